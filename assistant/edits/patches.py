"""Unified diffs and ``*** Begin Patch`` envelopes, numbers right, wrong or missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from assistant.edits import marks
from assistant.edits.chunk import Chunk
from assistant.edits.desk import Desk
from assistant.edits.draft import Draft, Edit, part_id
from assistant.edits.find import Hint
from assistant.edits.rewrite import Rewrite
from assistant.types import FileAction, LineSpan, Refusal

NOWHERE = "/dev/null"


class _Files:
    """What both notations do to whole files."""

    opaque = False

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.draft: Draft | None = None
        self.chunk: Chunk | None = None
        self.creation: Rewrite | None = None
        self._doomed: Draft | None = None
        self._removed: list[str] = []
        self.skipping = False

    def show(self) -> None:
        if self.chunk is not None:
            self.chunk.draft.show(self.chunk.edits())
        elif self.creation is not None:
            self.creation.draft.show(self.creation.edits())

    def _update(self, path: str | None) -> None:
        opened = self.desk.open(path)
        self.skipping = isinstance(opened, Refusal)
        if isinstance(opened, Refusal):
            self.desk.refuse(opened)
        else:
            self.draft = opened

    def _create(self, path: str | None) -> None:
        made = self.desk.create(path)
        self.skipping = isinstance(made, Refusal)
        if isinstance(made, Refusal):
            self.desk.refuse(made)
        else:
            self.creation = Rewrite(made, LineSpan(0, 0), self.desk.next_part())

    def _delete(self, path: str | None) -> None:
        opened = self.desk.open(path)
        self.skipping = isinstance(opened, Refusal)
        if isinstance(opened, Refusal):
            self.desk.refuse(opened)
        else:
            self._doomed, self._removed = opened, []

    def _move(self, path: str) -> None:
        if self.draft is None:
            return
        to = self.desk.resolve(path)
        if isinstance(to, Refusal):
            self.desk.refuse(to)
        elif self.desk.exists(to):
            self.desk.refuse(Refusal(str(to), f"{to} exists already, so nothing was moved there."))
        else:
            self.draft.moved_to, self.draft.action = to, FileAction.MOVE
            self.draft.dirty = True

    def _end_chunk(self) -> None:
        if self.chunk is not None:
            self.desk.refuse(self.chunk.close())
            self.chunk = None

    def _end_file(self) -> None:
        """The file's section is complete."""
        self._end_chunk()
        if self.creation is not None:
            self.creation.draft.settle(self.creation.close())
            self.creation = None
        if self._doomed is not None:
            self._erase(self._doomed)
        self.draft = self._doomed = None
        self.skipping = False

    def _erase(self, draft: Draft) -> None:
        path = str(draft.base.path)
        here = [text.rstrip() for text in draft.index.lines]
        quoted = [text.rstrip() for text in self._removed]
        if quoted and _solid(quoted) != _solid(here):
            self.desk.refuse(
                Refusal(path, f"{path} was not deleted: it is not what the reply says it deletes.")
            )
            return
        draft.action = FileAction.DELETE
        whole = Edit(0, len(draft.lines), (), part_id(self.desk.next_part(), 0))
        draft.settled = []
        draft.settle([whole] if draft.lines else [])

    def cut(self, *, cancelled: bool) -> None:
        """An open chunk is dropped; so is a file that was being created or deleted."""
        path = ""
        if self.chunk is not None:
            path = str(self.chunk.draft.base.path)
            self.chunk.draft.show([])
            self.chunk = None
        if self.creation is not None:
            path = str(self.creation.draft.base.path)
            self.creation.draft.show([])
            self.desk.drop(self.creation.draft)
            self.creation = None
        if self._doomed is not None:
            path = str(self._doomed.base.path)
            self._doomed = None
        if path and not cancelled:
            self.desk.refuse(
                Refusal(path, f"The last change of {path} was cut off, so it was not applied.")
            )


def _solid(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line]


class Envelope(_Files):
    """``*** Begin Patch`` … ``*** End Patch``."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.finished = False
        self._scopes: list[str] = []
        self._hint = Hint()

    def feed(self, line: str) -> bool:
        if self.finished:
            return False
        if marks.is_patch_begin(line):
            return True
        if marks.is_patch_end(line):
            self.close()
            return True
        if (found := marks.patch_file(line)) is not None:
            self._end_file()
            verb, path = found
            {"update": self._update, "add": self._create, "delete": self._delete}[verb](path)
            self._scopes, self._hint = [], Hint()
            return True
        if (to := marks.patch_move(line)) is not None:
            self._move(to)
            return True
        if marks.is_end_of_file(line):
            if self.chunk is not None:
                self.chunk.at_end()
            return True
        self._body(line)
        return True

    def _body(self, line: str) -> None:
        if self.skipping:
            return
        if self.creation is not None:
            if line.startswith("+"):
                self.creation.push(line[1:])
            elif line.strip():
                self.creation.push(line)
            return
        if self.draft is None:
            return
        head = marks.hunk_head(line)
        if head is not None:
            self._end_chunk()
            if head.heading:
                self._scopes.append(head.heading)
            else:
                self._scopes = []
            self._hint = Hint(head.line, tuple(self._scopes))
            return
        if self.chunk is None:
            if not line.strip() and not line.startswith((" ", "+", "-")):
                return
            self.chunk = Chunk(self.draft, self.desk, self._hint)
            self._scopes = []
        self.chunk.feed(line)

    def close(self) -> None:
        self.finished = True
        self._end_file()


class Unified(_Files):
    """``---``, ``+++``, ``@@`` and what follows.

    ``fenced``: the end of the fence is the end of the diff.
    """

    def __init__(self, desk: Desk, path: str | None, *, fenced: bool) -> None:
        super().__init__(desk)
        self.fenced = fenced
        self._path = path
        self._old_path: str | None = None
        self._held: str | None = None
        self._rename: str | None = None
        self._moves: tuple[str, str] | None = None
        self._begun = False
        self._counts: tuple[int, int] | None = None

    def feed(self, line: str) -> bool:
        if self._held is not None:
            held, self._held = self._held, None
            if (path := marks.diff_path(line, "+")) is not None and not self._owes(held, line):
                self._header(marks.diff_path(held, "-") or "", path)
                return True
            self._body(held)
        if marks.diff_path(line, "-") is not None:
            self._held = line
            return True
        if line.startswith("diff --git "):
            self._end_file()
            self._begun = False
            return True
        if self._in_git_header(line):
            return True
        if (
            self.chunk is None
            and self.creation is None
            and self._doomed is None
            and not self._begun
        ):
            if marks.diff_path(line, "+") is not None:
                self._header("", marks.diff_path(line, "+") or "")
                return True
            if marks.hunk_head(line) is None:
                return line.strip() == "" or self.fenced
        if not self.fenced and self._ends(line):
            return False
        self._body(line)
        return True

    def _ends(self, line: str) -> bool:
        """Whether an unfenced diff ends here: prose after a hunk whose numbers are used up."""
        if self._counts is None or self._counts[0] > 0 or self._counts[1] > 0:
            return False
        return not line.startswith(("+", "-", "@@", "\\", " "))

    def _in_git_header(self, line: str) -> bool:
        if self._begun:
            return False
        for word in (
            "index ",
            "new file mode",
            "deleted file mode",
            "old mode",
            "new mode",
            "similarity index",
        ):
            if line.startswith(word):
                return True
        if line.startswith("rename from "):
            self._rename = line[12:].strip()
            return True
        if line.startswith("rename to ") and self._rename is not None:
            self._update(self._rename)
            self._move(line[10:].strip())
            return True
        return False

    def _owes(self, held: str, line: str) -> bool:
        """Whether ``--- x`` and ``+++ y`` are lines of the hunk: it still lacks them and they are
        no paths.
        """
        if self._counts is None or self._counts[0] <= 0 or self._counts[1] <= 0:
            return False
        paths = [marks.diff_path(held, "-") or "", marks.diff_path(line, "+") or ""]
        return not all(p == NOWHERE or self.desk.paths.in_line(p) for p in paths)

    def _header(self, old: str, new: str) -> None:
        renamed = self.draft if self._rename is not None and self.chunk is None else None
        if renamed is None:
            self._end_file()
        self._rename = None
        self._begun = True
        self._counts = None
        if old == NOWHERE:
            known = new in self.desk.paths.known
            self._create(new[2:] if new.startswith("b/") and not known else new)
        elif new == NOWHERE:
            self._delete(old)
        elif renamed is None:
            self._open_pair(old, new)

    def _open_pair(self, old: str, new: str) -> None:
        first = self.desk.resolve(old) if old else None
        second = self.desk.resolve(new)
        if isinstance(second, PurePosixPath) and self.desk.exists(second):
            self._update(new)
        elif isinstance(first, PurePosixPath) and self.desk.exists(first):
            self._update(old)
            if isinstance(second, PurePosixPath):
                self._move(str(second))
        else:
            self._update(new)

    def _body(self, line: str) -> None:
        if self.skipping:
            return
        head = marks.hunk_head(line)
        if head is not None:
            self._begun = True
            self._end_chunk()
            if self.draft is None and self.creation is None and self._doomed is None:
                self._update(self._path)
                if self.skipping:
                    return
            self._counts = None
            if head.old_count is not None and head.new_count is not None:
                self._counts = (head.old_count, head.new_count)
            if self.draft is not None:
                scopes = (head.heading,) if head.heading else ()
                self.chunk = Chunk(self.draft, self.desk, Hint(head.line, scopes))
            return
        self._count(line)
        if self.creation is not None:
            if line.startswith("+"):
                self.creation.push(line[1:])
        elif self._doomed is not None:
            if line.startswith("-"):
                self._removed.append(line[1:])
        elif self.chunk is not None:
            self.chunk.feed(line)

    def _count(self, line: str) -> None:
        if self._counts is not None and not line.startswith("\\"):
            old, new = self._counts
            self._counts = (old - (line[:1] != "+"), new - (line[:1] != "-"))

    def close(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._body(held)
        self._end_file()

    def cut(self, *, cancelled: bool) -> None:
        """Without a fence the end of the reply is the end of the diff, unless its numbers promise
        more.
        """
        owed = self._counts is not None and (self._counts[0] > 0 or self._counts[1] > 0)
        if not self.fenced and not owed and not cancelled:
            self.close()
            return
        super().cut(cancelled=cancelled)
