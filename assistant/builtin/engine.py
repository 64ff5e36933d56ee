"""The engine that answers without a model: reads the wish, edits, streams the reply."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path, PurePosixPath

from assistant.builtin.intent import read_wishes
from assistant.builtin.languages import language_of
from assistant.builtin.reply import pieces, write_reply
from assistant.builtin.ruffing import nearest_settings
from assistant.builtin.runs import Differ, changed_runs
from assistant.builtin.scene import CannotDo, Edited, Scene
from assistant.builtin.skills import perform
from assistant.types import Instruction, LineSpan, ModelEvent, ModelRequest, Stop, TextDelta, Usage

NAME = "built-in edits (no model)"
ABILITIES = (
    "The built-in edits work without a model and did not understand that; they can format, fix "
    "lint, sort or tidy "
    "imports, rename, extract, inline, sort, dedupe, wrap, align, comment, change case and "
    "replace text. "
    "For anything else connect a model in Settings → Models (a key, or a local server such as "
    "Ollama)."
)
NO_EDIT = "The built-in edits made no change.\n\n"
"""Opens every reply that is not an edit:

Plain words, which no reader of edits takes for new text of the selection.
"""
_CODE_LIKE = re.compile(r"[;{}]\s*$|\w\(.*\)|->|=>|::|&&|\|\||[!=<>]=|\s=\s|</?\w+>")
_NO_FILE = "Open a file first: the built-in edits work on the text of an editor."


class BuiltinEngine:
    """A ChatModel that is not a model. Reads only the instruction and, for Python refactorings,
    ``root``.

    ``list_files`` gives the project's files, relative to ``root``; without it the folder is walked,
    leaving out hidden folders, environments and links. ``trusted`` says whether the project's own
    ruff settings may be read.
    """

    name = NAME

    def __init__(
        self,
        root: Path | None = None,
        *,
        list_files: Callable[[Path], Sequence[PurePosixPath]] | None = None,
        trusted: Callable[[], bool] = lambda: False,
        diff_lines: Differ = changed_runs,
    ) -> None:
        self._root = root
        self._list_files = list_files
        self._trusted = trusted
        self._diff_lines = diff_lines

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Never raises ModelError: what cannot be done is said in the reply.

        Closing ends a helper that still runs.
        """
        reply = await self._reply(request.instruction)
        for piece in pieces(reply):
            yield TextDelta(piece)
            await asyncio.sleep(0)
        yield Usage(cost=0.0)
        yield Stop("stop")

    async def _reply(self, instruction: Instruction | None) -> str:
        if instruction is None:
            return NO_EDIT + ABILITIES
        wishes = read_wishes(instruction.text)
        if not wishes:
            return NO_EDIT + ABILITIES
        if instruction.target is None:
            return NO_EDIT + _NO_FILE
        scene = self._scene(instruction)
        try:
            edited = await perform(wishes, scene)
        except CannotDo as reason:
            return _no_edit(str(reason))
        if not edited.changed:
            return _no_edit(_unchanged(edited))
        return await asyncio.to_thread(write_reply, edited, self._diff_lines)

    def _settings(self, path: PurePosixPath) -> Path | None:
        if self._root is None or path.is_absolute() or not self._trusted():
            return None
        return nearest_settings(self._root, path)

    def _scene(self, instruction: Instruction) -> Scene:
        target = instruction.target
        assert target is not None
        total = len(target.lines())
        span = instruction.span
        caret: int | None = None
        if span is not None:
            span = LineSpan(max(0, min(span.start, total)), max(0, min(span.end, total)))
            if span.empty:
                caret = min(span.start, max(0, total - 1))
                span = None
            elif span.size == total:
                span = None
        return Scene(
            target=target,
            language=language_of(target.path),
            span=span,
            caret=caret,
            buffers=instruction.buffers,
            root=self._root,
            config=self._settings(target.path),
            list_files=self._list_files,
        )


def _no_edit(sentence: str) -> str:
    """Without quoted code, where that would make the sentence look like code."""
    if _CODE_LIKE.search(sentence):
        sentence = re.sub(r"`[^`]*[^\w\s.,'`-][^`]*`", "that text", sentence)
    return NO_EDIT + sentence


def _unchanged(edited: Edited) -> str:
    if edited.said.startswith("Nothing to change"):
        return edited.said
    return "Nothing to change: the text is already as asked."
