"""A model's reply, as it arrives, into hunks. Sans I/O: text in, changes out; it knows no disk and no window."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from assistant.edits import marks
from assistant.edits.blocks import BlockEdit
from assistant.edits.desk import Desk, FileSource
from assistant.edits.draft import Edit, part_id
from assistant.edits.rewrite import Rewrite
from assistant.edits.sniff import looks_like_code
from assistant.types import (
    ChangeSet,
    FileAction,
    FileChange,
    LineSpan,
    Refusal,
    Snapshot,
    ToolCall,
    ToolCallDelta,
)

__all__ = ["EditFormat", "EditReader", "FileSource", "Progress"]


class EditFormat(StrEnum):
    """How a reply writes its edits. AUTO finds out; the others only settle what a bare code block means."""

    AUTO = "auto"
    SEARCH_REPLACE = "search_replace"
    UDIFF = "udiff"
    V4A = "v4a"
    WHOLE_FUNCTION = "whole_function"
    LAZY = "lazy"
    WHOLE_FILE = "whole_file"
    SELECTION = "selection"
    STR_REPLACE = "str_replace"


@dataclass(frozen=True, slots=True)
class Progress:
    """What one push brought: changes of the files it moved, prose for the panel, parts that were refused."""

    changes: tuple[FileChange, ...] = ()
    prose: str = ""
    refused: tuple[Refusal, ...] = ()


class EditReader:
    """Push the reply in any pieces; the result is the same. Hunk ids stay from first sight to the end."""

    def __init__(
        self,
        files: FileSource,
        *,
        title: str,
        target: Snapshot | None = None,
        span: LineSpan | None = None,
        format: EditFormat = EditFormat.AUTO,
        protected: Callable[[PurePosixPath], str | None] | None = None,
    ) -> None:
        self.title = title
        self.format = format
        self.span = span
        self._desk = Desk(files, target, protected)
        self._target = target
        self._rest = ""
        self._state: Callable[[str], None] = self._outside
        self._prose: list[str] = []
        self._fence: marks.Fence | None = None
        self._path: str | None = None
        self._first_lines: list[str] = []
        self._block: BlockEdit | None = None
        self._creating: Rewrite | None = None
        self._rewrite: Rewrite | None = None
        self._raw: list[str] = []
        self._number = 0
        self._told = 0
        self._selection_done = False
        self._digest = hashlib.sha256()

    # ---- the door ------------------------------------------------------------------------------

    def push(self, text: str) -> Progress:
        """The next piece of the reply, cut anywhere."""
        self._digest.update(text.encode("utf-8", "surrogatepass"))
        self._rest += text
        if "\n" in text:
            *lines, self._rest = self._rest.split("\n")
            for line in lines:
                self._state(line.removesuffix("\r"))
        return self._progress()

    def push_tool(self, call: ToolCall | ToolCallDelta) -> Progress:
        """A string-replacement call; a piece of one that still arrives shows nothing yet."""
        return self._progress()

    def finish(self) -> ChangeSet:
        """The reply is complete. What it left open is refused, never guessed."""
        if self._rest:
            rest, self._rest = self._rest, ""
            self._state(rest.removesuffix("\r"))
        self._end()
        return self._desk.change_set(self._digest.hexdigest()[:16], self.title)

    def cancel(self) -> ChangeSet:
        """Stop here: what is complete stays as pending, the rest is dropped."""
        self._rest = ""
        if self._rewrite is not None:
            self._rewrite.draft.settle(self._rewrite.complete_edits())
        return self._desk.change_set(self._digest.hexdigest()[:16], self.title)

    def _progress(self) -> Progress:
        if self._rewrite is not None:
            self._rewrite.draft.show(self._rewrite.edits())
        elif self._block is not None:
            self._block.draft.show(self._block.edits())
        elif self._creating is not None:
            self._creating.draft.show(self._creating.edits())
        prose, self._prose = "".join(self._prose), []
        refused = tuple(self._desk.refused[self._told :])
        self._told = len(self._desk.refused)
        return Progress(self._desk.changed(), prose, refused)

    # ---- outside a fence -----------------------------------------------------------------------

    def _outside(self, line: str) -> None:
        if marks.is_search(line):
            self._open_block()
            return
        fence = marks.fence_of(line)
        if fence is not None:
            self._flush_raw()
            self._fence = fence
            self._first_lines = []
            if fence.info and (path := self._desk.paths.in_line(fence.info.split()[-1])):
                self._path = path
            self._state = self._fence_start
            return
        if self._wants_selection() and not self._selection_done:
            self._maybe_raw(line)
            return
        path = self._desk.paths.in_line(line) or self._desk.paths.mentioned(line)
        if path is not None:
            self._path = path
        self._prose.append(line + "\n")

    def _wants_selection(self) -> bool:
        return (
            self._target is not None
            and self.format in (EditFormat.SELECTION, EditFormat.AUTO)
            and (self.span is not None)
        )

    def _maybe_raw(self, line: str) -> None:
        """A reply without fences may be the new text itself: hold it until it shows which it is."""
        if self._rewrite is not None:
            self._rewrite.push(line)
            return
        self._raw.append(line)
        if looks_like_code(self._raw, self._old_selection()):
            self._open_selection()
            held, self._raw = self._raw, []
            while held and not held[0].strip():
                held.pop(0)
            for text in held:
                if self._rewrite is not None:
                    self._rewrite.push(text)

    def _old_selection(self) -> tuple[str, ...]:
        assert self._target is not None
        return self._target.lines(self.span)

    def _flush_raw(self) -> None:
        """A fence begins: what was held before it is prose, also what looked like code."""
        if self._rewrite is not None:
            self._prose.extend(line + "\n" for line in self._rewrite.received)
            self._rewrite.draft.show([])
            self._rewrite = None
        for line in self._raw:
            if (path := self._desk.paths.in_line(line)) is not None:
                self._path = path
        self._prose.extend(line + "\n" for line in self._raw)
        self._raw = []

    # ---- inside a fence ------------------------------------------------------------------------

    def _fence_start(self, line: str) -> None:
        """The first lines of a fence decide what it is."""
        assert self._fence is not None
        if marks.is_search(line):
            for held in self._first_lines:
                self._path = self._desk.paths.in_line(held) or self._path
            self._open_block()
            return
        if self._fence.closed_by(line):
            held = [text for text in self._first_lines if text.strip()]
            if len(held) == 1 and (path := self._desk.paths.in_line(held[0])):
                self._path = path
            else:
                self._open_code()
                for text in self._first_lines:
                    self._code(text)
                self._close_code()
            self._leave_fence()
            return
        self._first_lines.append(line)
        if not line.strip() or (len(self._first_lines) == 1 and self._desk.paths.in_line(line)):
            return
        held, self._first_lines = self._first_lines, []
        self._open_code()
        self._state = self._in_code
        for text in held:
            self._code(text)

    def _in_code(self, line: str) -> None:
        assert self._fence is not None
        if self._fence.closed_by(line):
            self._close_code()
            self._leave_fence()
        else:
            self._code(line)

    def _after_block(self, line: str) -> None:
        """Between two blocks of one fence."""
        assert self._fence is not None
        if marks.is_search(line):
            self._open_block()
        elif self._fence.closed_by(line):
            self._leave_fence()
        elif path := self._desk.paths.in_line(line):
            self._path = path

    def _leave_fence(self) -> None:
        self._fence = None
        self._state = self._outside

    # ---- SEARCH/REPLACE ------------------------------------------------------------------------

    def _open_block(self) -> None:
        self._number += 1
        self._search: list[str] = []
        self._replace: list[str] = []
        self._block = None
        self._creating = None
        self._state = self._in_search

    def _in_search(self, line: str) -> None:
        if not marks.is_divider(line):
            self._search.append(line)
            return
        self._state = self._in_replace
        part = self._desk.next_part()
        path = self._desk.resolve(self._path)
        if not any(text.strip() for text in self._search):
            draft = self._desk.create(self._path)
            if isinstance(draft, Refusal):
                self._desk.refuse(draft)
            else:
                self._creating = Rewrite(draft, LineSpan(0, 0), part)
            return
        opened = self._desk.open(self._path) if not isinstance(path, Refusal) else path
        if isinstance(opened, Refusal):
            self._desk.refuse(opened)
            return
        self._block = BlockEdit(opened, part, self._number)
        self._block.old = self._search
        self._block.old_done()

    def _in_replace(self, line: str) -> None:
        if not marks.is_replace(line):
            if self._block is not None:
                self._block.push_new(line)
            elif self._creating is not None:
                self._creating.push(line)
            return
        if self._block is not None:
            self._desk.refuse(self._block.close())
        elif self._creating is not None:
            self._creating.draft.settle(self._creating.close())
        self._block = self._creating = None
        self._state = self._after_block if self._fence is not None else self._outside

    # ---- plain code ----------------------------------------------------------------------------

    def _open_code(self) -> None:
        if self._wants_selection() and not self._selection_done and self._path is None:
            self._open_selection()
            return
        if self.format in (EditFormat.AUTO, EditFormat.WHOLE_FILE):
            self._open_file()

    def _open_selection(self) -> None:
        assert self._target is not None and self.span is not None
        draft = self._desk.open(str(self._target.path))
        if isinstance(draft, Refusal):
            self._desk.refuse(draft)
            return
        self._rewrite = Rewrite(draft, self.span, self._desk.next_part())

    def _open_file(self) -> None:
        path = self._desk.resolve(self._path)
        if isinstance(path, Refusal):
            self._desk.refuse(path)
            return
        draft = (
            self._desk.open(self._path)
            if self._desk.exists(path)
            else self._desk.create(self._path)
        )
        if isinstance(draft, Refusal):
            self._desk.refuse(draft)
            return
        self._rewrite = Rewrite(draft, LineSpan(0, len(draft.lines)), self._desk.next_part())

    def _code(self, line: str) -> None:
        if self._rewrite is not None:
            self._rewrite.push(line)
        else:
            self._prose.append(line + "\n")

    def _close_code(self) -> None:
        if self._rewrite is None:
            return
        edits = self._rewrite.close()
        self._rewrite.draft.settle(edits)
        if self._wants_selection() and edits:
            self._selection_done = True
        self._rewrite = None

    # ---- the end -------------------------------------------------------------------------------

    def _end(self) -> None:
        if self._rewrite is not None:
            self._end_rewrite(self._rewrite)
        elif self._state in (self._in_search, self._in_replace):
            if self._block is not None:
                self._block.draft.show([])
            if self._creating is not None:
                self._creating.draft.show([])
                self._desk.drop(self._creating.draft)
            path = self._path or ""
            reason = f"Edit {self._number} of {path} was cut off, so it was not applied."
            self._desk.refuse(Refusal(path, reason))
        elif self._raw:
            self._prose.extend(line + "\n" for line in self._raw)

    def _end_rewrite(self, rewrite: Rewrite) -> None:
        whole = self._fence is None or rewrite.reached_end()
        if whole:
            rewrite.draft.settle(rewrite.close())
            return
        selection = self._wants_selection() and rewrite.span == self.span
        rewrite.draft.settle(rewrite.complete_edits() if selection else [])
        if not selection:
            self._desk.drop(rewrite.draft)
        path = str(rewrite.draft.base.path)
        self._desk.refuse(Refusal(path, f"The new text of {path} was cut off before its end."))
