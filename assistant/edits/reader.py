"""A model's reply, as it arrives, into hunks. Sans I/O: it knows no disk and no window."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.edits import marks
from assistant.edits.codeblock import CodeBlock, names_only, open_file
from assistant.edits.desk import Desk, FileSource
from assistant.edits.formats import EditFormat
from assistant.edits.machine import Machine
from assistant.edits.patches import Envelope, Unified
from assistant.edits.rulers import Ruled
from assistant.edits.selection import Aside, Creation, Loose, Selection
from assistant.edits.sniff import is_prose, looks_like_code
from assistant.edits.tools import Calls
from assistant.types import (
    ChangeSet,
    FileChange,
    LineSpan,
    Refusal,
    Snapshot,
    ToolCall,
    ToolCallDelta,
)

__all__ = ["EditFormat", "EditReader", "FileSource", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """What one push brought: changes of the files it moved, prose for the panel, parts that were
    refused.
    """

    changes: tuple[FileChange, ...] = ()
    prose: str = ""
    refused: tuple[Refusal, ...] = ()


class EditReader:
    """Push the reply in any pieces; the result is the same.

    Hunk ids stay from first sight to the end.
    """

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
        self._target = target
        self._desk = Desk(files, target, protected)
        self._calls = Calls(self._desk)
        self._digest = hashlib.sha256()
        self._rest = ""
        self._prose: list[str] = []
        self._told = 0
        self._fence: marks.Fence | None = None
        self._machine: Machine | None = None
        self._path: str | None = None
        self._held: list[str] = []
        self._raw: list[str] = []
        self._dashes: str | None = None
        self._selected = False
        self._inner: list[marks.Fence] = []
        self._used = False
        self._fresh = self._passing = False

    # ---- the door ------------------------------------------------------------------------------

    def push(self, text: str) -> Progress:
        """The next piece of the reply, cut anywhere."""
        self._digest.update(text.encode("utf-8", "surrogatepass"))
        self._rest += text
        if "\n" in text:
            *lines, self._rest = self._rest.split("\n")
            for line in lines:
                self._line(line.removesuffix("\r"))
        return self._progress()

    def push_tool(self, call: ToolCall | ToolCallDelta) -> Progress:
        """A string-replacement call; a piece of one that still arrives is only previewed."""
        self._calls.push(call)
        return self._progress()

    def finish(self, *, complete: bool = True) -> ChangeSet:
        """The reply is over. What it left open is refused, never guessed.

        ``complete`` is False when the model was stopped, by its length limit for one: then the last
        line may be half a line, and a text without a fence is not taken to be whole.
        """
        if not complete:
            self._desk.refuse(self._cut_short())
            return self.cancel()
        if self._rest:
            rest, self._rest = self._rest, ""
            self._line(rest.removesuffix("\r"), ended=False)
        self._end(cancelled=False)
        return self._desk.change_set(self._digest.hexdigest()[:16], self.title)

    def cancel(self) -> ChangeSet:
        """Stop here: what is complete stays as pending, the rest is dropped."""
        self._rest = ""
        self._end(cancelled=True)
        return self._desk.change_set(self._digest.hexdigest()[:16], self.title)

    def _cut_short(self) -> Refusal | None:
        if self._machine is None and self._fence is None:
            return None
        path = str(self._target.path) if self._target is not None else self._path or ""
        reason = "The reply was cut off; what was complete is proposed, the last part was dropped."
        return Refusal(path, reason)

    def last_prose(self) -> str:
        """Prose that only the end of the reply showed to be prose."""
        prose = "".join(self._prose)
        self._prose.clear()  # asides hold on to the list
        return prose

    def _progress(self) -> Progress:
        if self._machine is not None:
            self._machine.show()
        refused = tuple(self._desk.refused[self._told :])
        self._told = len(self._desk.refused)
        return Progress(self._desk.changed(), self.last_prose(), refused)

    # ---- one line ------------------------------------------------------------------------------

    def _line(self, line: str, *, ended: bool = True) -> None:
        """A line of the reply; ``ended`` is False for a last line that the reply did not end."""
        machine = self._machine
        if machine is not None:
            if not machine.opaque and self._closes(machine, line):
                machine.close()
                self._leave()
                return
            if machine.feed(line):
                self._after_feed(machine)
                return
            machine.close()
            self._machine = None
        if self._fence is not None:
            self._in_fence(line)
        else:
            self._outside(line)

    def _closes(self, machine: Machine, line: str) -> bool:
        """Whether the line ends the fence; not when it ends a fence inside a Markdown text."""
        if self._fence is None:
            return False
        ends = self._fence.closed_by(line, flush=isinstance(machine, Unified | Envelope))
        if isinstance(machine, CodeBlock | Creation | Selection) and machine.is_markdown:
            if self._inner and self._inner[-1].closed_by(line):
                self._inner.pop()
                return False
            inner = marks.fence_of(line)
            if not ends and inner is not None and inner.info and self._fence.clashes(inner):
                self._inner.append(inner)
        return ends

    def _after_feed(self, machine: Machine) -> None:
        if isinstance(machine, Ruled | Envelope) and machine.finished:
            self._machine = None

    def _leave(self) -> None:
        machine = self._machine
        if isinstance(machine, Selection) and machine.changed:
            self._selected = True
        self._machine = self._fence = None
        self._inner = []
        self._held = []

    def _notation(self, line: str) -> bool:
        """Open what the line begins, if it begins a notation of its own."""
        if marks.is_search(line):
            self._machine = Ruled(self._desk, self._path)
            self._used = self._selected = True
            return True
        if marks.is_patch_begin(line) or marks.patch_file(line) is not None:
            self._machine = Envelope(self._desk)
            self._machine.feed(line)
            return True
        begins = line.startswith("diff --git ") or (
            line.startswith("+++ ") and self._dashes is not None
        )
        fenced = self._fence is not None
        if begins or (marks.hunk_head(line) is not None and self._may_diff(line)):
            self._machine = Unified(self._desk, self._path, fenced=fenced)
            if self._dashes is not None:
                self._machine.feed(self._dashes)
                self._dashes = None
            self._machine.feed(line)
            return True
        return False

    def _may_diff(self, line: str) -> bool:
        """A hunk head without a file header counts where a path was said, or the numbers are
        there.
        """
        head = marks.hunk_head(line)
        return head is not None and (
            head.line is not None
            or self.format is EditFormat.UDIFF
            or (self._fence is not None and self._fence.is_diff)
        )

    # ---- outside a fence -----------------------------------------------------------------------

    def _outside(self, line: str) -> None:
        held, self._dashes = self._dashes, None
        if line.startswith("--- ") and marks.diff_path(line, "-"):
            if held is not None:
                self._say(held)
            self._dashes = line
            return
        self._dashes = held if held is not None and line.startswith("+++ ") else None
        if held is not None and self._dashes is None:
            self._say(held)
        if self._notation(line):
            self._flush_raw()
            return
        fence = marks.fence_of(line)
        if fence is not None:
            self._flush_raw()
            self._fence, self._held, self._used = fence, [], False
            self._path_from_info(fence)
            return
        if self._wants_selection():
            self._maybe_new_text(line)
            return
        self._say(line)

    def _path_from_info(self, fence: marks.Fence) -> None:
        target = self._desk.target
        path = self._desk.paths.in_fence(fence.info, None if target is None else target.path)
        if path is not None:
            self._path, self._fresh, self._passing = path, True, False

    def _say(self, line: str) -> None:
        """Prose; it may name the file of what follows."""
        stated = self._desk.paths.in_line(line)
        path = stated or (self._desk.paths.mentioned(line) if not self._raw else None)
        if path is not None:
            self._path, self._fresh, self._passing = path, True, stated is None
            if stated is not None and not line.rstrip().endswith((".", "!")):
                return
        self._prose.append(line + "\n")

    def _wants_selection(self) -> bool:
        return (
            self._target is not None
            and self.span is not None
            and self.format in (EditFormat.SELECTION, EditFormat.AUTO)
            and not self._selected
        )

    def _maybe_new_text(self, line: str) -> None:
        """A reply without fences may be the new text itself: hold it until it shows which it is."""
        assert self._target is not None and self.span is not None
        old = self._target.lines(self.span)
        if not self._raw and is_prose(line, old):
            self._say(line)
            return
        self._raw.append(line)
        if not line.strip() and not any(text.strip() for text in self._raw):
            return
        if looks_like_code(self._raw, old):
            held, self._raw = self._raw, []
            draft = self._desk.open(str(self._target.path))
            if isinstance(draft, Refusal):
                self._desk.refuse(draft)
                return
            self._machine = Loose(self._desk, draft, self.span)
            for text in held:
                self._line(text)

    def _flush_raw(self) -> None:
        """What was held turned out to be prose."""
        raw, self._raw = self._raw, []
        for line in raw:
            self._say(line)

    # ---- inside a fence ------------------------------------------------------------------------

    def _in_fence(self, line: str) -> None:
        """The first lines of a fence decide what it is."""
        assert self._fence is not None
        if self._fence.closed_by(line):
            self._short_fence()
            return
        if (
            line.startswith("--- ")
            and marks.diff_path(line, "-")
            and not any(t.strip() for t in self._held)
        ):
            self._held, self._dashes = [], None
            self._machine = Unified(self._desk, self._path, fenced=True)
            self._machine.feed(line)
            return
        solid = [text for text in self._held if text.strip()]
        if len(solid) <= 1 and self._notation(line):
            if solid and (
                path := self._desk.paths.in_line(solid[0]) or self._desk.paths.in_comment(solid[0])
            ):
                self._path, self._fresh = path, True
                if isinstance(self._machine, Ruled):
                    self._machine.path = path
            self._held = []
            return
        self._held.append(line)
        names = self._desk.paths.in_line(line) or self._desk.paths.in_comment(line)
        if not line.strip() or (not solid and names):
            return
        held, self._held = self._held, []
        self._open_code(held)
        for text in held:
            if self._machine is not None:
                self._machine.feed(text)
            else:
                self._prose.append(text + "\n")

    def _short_fence(self) -> None:
        """A fence that ends before it showed what it is: a path of its own, or very short code."""
        solid = [text for text in self._held if text.strip()]
        held, self._held = self._held, []
        if len(solid) == 1 and (path := self._desk.paths.in_line(solid[0])):
            self._path, self._fresh = path, True
        elif solid or (self._wants_selection() and not self._used):
            self._open_code(held)
            for text in held:
                if self._machine is not None:
                    self._machine.feed(text)
            if self._machine is not None:
                self._machine.close()
        self._leave()

    def _open_code(self, held: list[str]) -> None:
        """Bare code in a fence: the selection, a file, or an example in the prose."""
        first = next((text for text in held if text.strip()), "")
        named = self._desk.paths.in_comment(first) or self._desk.paths.in_line(first)
        if self._wants_selection() and (self._path is None or self._is_target(self._path)):
            self._open_selection()
            return
        if named is not None and not self._fresh:
            self._path, self._fresh = named, True
        aside = self.format in (EditFormat.SEARCH_REPLACE, EditFormat.UDIFF, EditFormat.V4A)
        if self.format in (EditFormat.AUTO, EditFormat.SELECTION):
            aside = not self._fresh or (self._fence is not None and self._fence.is_shell)
        if aside:
            self._machine = Aside(self._prose, self._fence)
            return
        self._fresh = False
        doubtful = self._passing and self.format is EditFormat.AUTO
        lines = self._prose if doubtful else None
        self._machine = open_file(self._desk, self._path, self.format, lines)
        if named is not None and names_only(self._desk, self._machine, first):
            held.remove(first)

    def _is_target(self, path: str) -> bool:
        found = self._desk.resolve(path)
        return self._target is not None and found == self._target.path

    def _open_selection(self) -> None:
        assert self._target is not None and self.span is not None
        draft = self._desk.open(str(self._target.path))
        if isinstance(draft, Refusal):
            self._desk.refuse(draft)
            self._machine = Aside(self._prose, self._fence)
            return
        self._machine = Selection(self._desk, draft, self.span)

    # ---- the end -------------------------------------------------------------------------------

    def _end(self, *, cancelled: bool) -> None:
        if self._machine is not None:
            self._machine.cut(cancelled=cancelled)
            self._machine = None
        elif self._fence is not None and self._held and not cancelled:
            self._open_code(self._held)
            if self._machine is not None:
                for text in self._held:
                    self._machine.feed(text)
                self._machine.cut(cancelled=False)
                self._machine = None
        if self._dashes is not None:
            self._say(self._dashes)
        self._calls.end()
        self._flush_raw()
