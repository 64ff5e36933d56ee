"""String-replacement tool calls: arguments in, settled edits out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.edits.blocks import BlockEdit
from assistant.edits.desk import Desk
from assistant.edits.rewrite import Rewrite
from assistant.types import LineSpan, Refusal, ToolCall, ToolCallDelta

_PATH = ("path", "file_path", "filePath", "filename", "file", "target_file")
_OLD = ("old_str", "old_string", "oldString", "old_text", "search", "find", "old")
_NEW = ("new_str", "new_string", "newString", "new_text", "replace", "replacement", "new")
_TEXT = ("file_text", "content", "contents", "text")


def argument(arguments: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these arguments that is a string."""
    for name in names:
        value = arguments.get(name)
        if isinstance(value, str):
            return value
    return None


class Calls:
    """Applies complete calls; pieces of one are never applied."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def push(self, call: ToolCall | ToolCallDelta) -> None:
        """One call, or a piece that is ignored until the call is complete."""
        if isinstance(call, ToolCallDelta):
            return
        edits = call.arguments.get("edits")
        if isinstance(edits, list):
            path = argument(call.arguments, _PATH)
            for edit in edits:
                if isinstance(edit, Mapping):
                    self._apply({"path": argument(edit, _PATH) or path, **edit})
            return
        self._apply(call.arguments)

    def end(self) -> None:
        """Nothing is held over."""

    def _apply(self, arguments: Mapping[str, Any]) -> None:
        path = argument(arguments, _PATH)
        old, new = argument(arguments, _OLD), argument(arguments, _NEW)
        if old is None:
            self._create(path, argument(arguments, _TEXT))
            return
        if old == "":
            self._create(path, new)
            return
        draft = self._desk.open(path)
        if isinstance(draft, Refusal):
            self._desk.refuse(draft)
            return
        part = self._desk.next_part()
        block = BlockEdit(draft, part, part + 1)
        everywhere = arguments.get("replace_all") is True
        self._desk.refuse(block.replace_text(old, new or "", everywhere=everywhere))

    def _create(self, path: str | None, text: str | None) -> None:
        if text is None:
            self._desk.refuse(
                Refusal(path or "", "The call has neither an old text nor the text of a file.")
            )
            return
        draft = self._desk.create(path)
        if isinstance(draft, Refusal):
            self._desk.refuse(draft)
            return
        rewrite = Rewrite(draft, LineSpan(0, 0), self._desk.next_part())
        for line in text.removesuffix("\n").split("\n"):
            rewrite.push(line.removesuffix("\r"))
        draft.settle(rewrite.close())
