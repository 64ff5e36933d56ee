"""What @diff, @problems, @terminal and @image stand for just now. Lives on the asyncio thread.

@terminal is what the terminal in front said last, and what the last run of the project's tests
printed.
"""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from assistant.errors import ContextError
from assistant.events import CheckFinished
from assistant.images import picture_kind
from assistant.types import Image, Refusal

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.types import Instruction

_MOST_FILES = 60
_LARGEST = 20_000_000
_TESTS = "tests"


class Mentioned:
    """Remembers what the checks of this project said last."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._tests: CheckFinished | None = None
        self._said = ""

    def terminal_said(self, words: str) -> None:
        """The terminal in front; empty when there is none."""
        self._said = words

    def heard(self, event: CheckFinished) -> None:
        """The tests said something."""
        if event.tool == _TESTS:
            self._tests = event

    async def diff(self, _instruction: Instruction) -> str:
        return await asyncio.to_thread(self._project.diff)

    async def terminal(self, _instruction: Instruction) -> str:
        """What the terminal said last, and what the last run of the tests printed; empty where
        there was neither.
        """
        parts = [self._said.rstrip()] if self._said.strip() else []
        if (last := self._tests) is not None:
            parts.append(f"{last.scope}\n\n{last.output.rstrip() or last.summary}")
        return "\n\n".join(parts) + "\n" if parts else ""

    async def problems(self, instruction: Instruction) -> str:
        """What readers and linters find in the files at hand, and tests that failed last."""
        from assistant.agent.problems import present_problems

        texts = await asyncio.to_thread(self._at_hand, instruction)
        trusted = self._project.is_trusted()
        lines = await present_problems(self._project.root, texts, trusted)
        lines += [f"{p.path}:{p.line + 1}: {p.message}" for p in instruction.around.problems]
        if self._tests is not None and not self._tests.ok:
            lines += [f"tests: {self._tests.summary}", *self._tests.details]
        return "".join(f"{line}\n" for line in dict.fromkeys(lines))

    def picture(self, path: PurePosixPath) -> Image:
        """The bytes of a picture of the project, as they are on disk.

        Raises ContextError for what may not leave or is no picture.
        """
        if reason := self._project.withheld(path):
            raise ContextError(f"{path} stays on this machine: {reason}.")
        data = self._project.bytes_of(path, _LARGEST)
        kind = picture_kind(data)
        if kind is None:
            raise ContextError(f"{path} is no picture.", "Choose a PNG, JPEG, GIF or WebP file.")
        return Image(kind, data)

    def _at_hand(self, instruction: Instruction) -> dict[PurePosixPath, str]:
        """Open and changed files as the person sees them, without those that stay here."""
        shown = [*instruction.buffers]
        if instruction.target is not None:
            shown.insert(0, instruction.target)
        texts = {snapshot.path: snapshot.text for snapshot in shown}
        for name, letter in sorted(self._project.status().letters.items()):
            path = PurePosixPath(name)
            if path in texts or letter == "D" or len(texts) >= _MOST_FILES:
                continue
            read = self._project.read(path)
            if not isinstance(read, Refusal):
                texts[path] = read.text
        return {path: text for path, text in texts.items() if self._project.withheld(path) is None}
