"""One open folder: walk, index and history in step with the disk. Knows no protocol, no threads."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assistant.context.analyst import Content, Examined, examine, examine_text, read_content
from assistant.context.copies import Copies, same_kind
from assistant.context.gitlog import GitLog
from assistant.context.history import Commit
from assistant.context.rank import Ranker
from assistant.context.reading import Unread, read_text
from assistant.context.secrets import is_secret_path
from assistant.context.store import FileEntry, Index
from assistant.context.terms import Splitter
from assistant.context.walker import Found, Scan, Walker

_REMEMBERED = 64
_FEW = 48
"""Files; so many are rather read than looked up by their sizes."""


@dataclass(slots=True)
class _Text:
    """A text by the stamp of its file; a buffer has no stamp."""

    stamp: tuple[int, ...]
    text: str
    rows: list[str] | None = None


class Project:
    """The state of one root. Everything here runs on one thread."""

    def __init__(self, root: str, store: str) -> None:
        self.root = root
        self.index = Index()
        self.splitter = Splitter()
        self.ranker = Ranker(self.index, self.splitter)
        self.log = GitLog(root, store)
        self.scan = Scan()
        self.head: str | None = None
        self.unread: dict[str, str] = {}
        self.parsed = self.recalled = 0
        self.buffers: dict[str, str] = {}
        self._texts: dict[str, _Text] = {}

    def reset(self) -> None:
        """Know nothing again."""
        self.index = Index()
        self.ranker = Ranker(self.index, self.splitter)
        self.head = None
        self.unread = {}

    # ---- the disk

    def walk(self) -> tuple[list[str], list[str]]:
        """Look at the whole folder again: (new or changed paths, gone paths), both sorted."""
        found = Scan()
        for _ in self.look(found):
            continue
        return self.compare(found)

    def look(self, found: Scan) -> Iterator[None]:
        """The look itself, a folder a step; what was judged harmless by name before is not judged
        again."""
        return Walker(self.root, harmless=self.index.files).steps(found)

    def compare(self, found: Scan) -> tuple[list[str], list[str]]:
        """Go by this look from now on; (new or changed paths, gone paths), both sorted."""
        self.scan = found
        files = self.index.files
        changed = []
        for path, file in found.files.items():
            known = files.get(path)
            stamp = None if known is None else (known.mtime_ns, known.size)
            if stamp != (file.mtime_ns, file.size) and path not in self.buffers:
                changed.append(path)
        gone = [path for path in files if path not in self.scan.files and path not in self.buffers]
        return sorted(changed), sorted(gone)

    def allowed(self, path: str) -> bool:
        """Whether the last walk, or the walk of a path seen since, let the file in."""
        return path in self.scan.files

    def admit(self, path: str) -> bool:
        """Whether a file that changed may be known. New ones are judged by the rules on their
        way."""
        full = os.path.join(self.root, path)
        try:
            facts = os.lstat(full)
        except OSError:
            self.scan.files.pop(path, None)
            return False
        if path not in self.scan.files:
            reason = Walker(self.root).judge(path)
            if not reason and not stat.S_ISREG(facts.st_mode):
                reason = "is not a regular file"
            if reason:
                if reason != "is ignored" and not stat.S_ISDIR(facts.st_mode):
                    self.scan.skipped[path] = reason
                return False
        elif not stat.S_ISREG(facts.st_mode):
            del self.scan.files[path]
            return False
        self.scan.files[path] = Found(path, facts.st_mtime_ns, facts.st_size, facts.st_ino)
        self.scan.skipped.pop(path, None)
        return True

    def take(self, one: Examined, *, parsed: bool = True) -> None:
        """Enter one examined file, or forget it; ``parsed`` says that its text was taken apart for
        this."""
        self.unread.pop(one.path, None)
        if one.reason:
            self.unread[one.path] = one.reason
        if one.path in self.buffers and not one.digest.startswith("buffer:"):
            return
        gone = one.path not in self.scan.files and one.path not in self.buffers
        if one.found is None or gone:  # it went while it was read
            self.index.drop(one.path)
            return
        self.parsed += parsed and not one.reason
        self.recalled += not parsed
        self.index.add(
            one.path,
            one.found,
            mtime_ns=one.mtime_ns,
            size=one.size,
            digest=one.digest,
            reason=one.reason,
        )

    def outran(self, one: Examined) -> bool:
        """Whether the file is known to have changed since it was read for ``one``."""
        file = self.scan.files.get(one.path)
        return file is not None and (file.mtime_ns, file.size) != (one.mtime_ns, one.size)

    def refresh(self, paths: Iterable[str]) -> None:
        """Read these files again, now."""
        for path in paths:
            self.take(examine(self.root, path, self.splitter))

    def perhaps_known(self, paths: list[str]) -> list[str]:
        """Those of ``paths`` whose texts may be known already, from other files or from before."""
        if not self.index.contents:
            return []
        if len(paths) < _FEW:
            return paths
        sizes, files = self.index.contents.sizes(), self.scan.files
        return [p for p in paths if p in files and files[p].size in sizes]

    def recall(self, paths: Iterable[str], strange: list[str]) -> Iterator[None]:
        """Enter files whose texts are known by content, without taking them apart, a little a
        step; the paths of the others are added to ``strange``."""
        known: list[tuple[Content, FileEntry]] = []
        for path in paths:
            one = read_content(self.root, path, self.splitter)
            entry = self.index.contents.find(one.digest) if isinstance(one, Content) else None
            if isinstance(one, Examined):
                self.take(one)
            elif entry is None or not same_kind(entry.path, path):
                strange.append(path)
            elif entry.path != path:
                known.append((one, entry))
            elif not self._return(one, entry):
                strange.append(path)
            yield
        if known:
            yield from self._copy(known, strange)

    def _copy(self, known: list[tuple[Content, FileEntry]], strange: list[str]) -> Iterator[None]:
        """Enter these files as copies of others."""
        copies = Copies(self.index, [entry for _, entry in known])
        yield from copies.read()
        for one, entry in known:
            found = None
            there = self.index.files.get(entry.path) is entry
            # else it was let go, perhaps before it was read back, or the file changed meanwhile
            if (there or self.index.contents.left(entry)) and self._still(one):
                found = copies.analysis(entry, one.path, self.splitter)
            if found is None:
                strange.append(one.path)
            else:
                same = Examined(one.path, found, one.mtime_ns, one.size, one.digest)
                self.take(same, parsed=False)
            yield

    def _still(self, one: Content) -> bool:
        """Whether the file is as it was read."""
        try:
            facts = os.lstat(os.path.join(self.root, one.path))
        except OSError:
            return False
        return (facts.st_mtime_ns, facts.st_size) == (one.mtime_ns, one.size)

    def _return(self, one: Content, entry: FileEntry) -> bool:
        """The text of a path is what it was, or what it is already; False when that cannot be
        said."""
        there = self.index.files.get(one.path)
        if one.path in self.buffers or one.path not in self.scan.files:
            return False
        if there is not entry and not self.index.contents.left(entry):
            return False
        self.unread.pop(one.path, None)
        entry.mtime_ns, entry.size = one.mtime_ns, one.size
        if there is not entry:
            self.index.bring_back(entry)
        self.recalled += 1
        return True

    def forget(self, paths: Iterable[str]) -> None:
        """These files are gone."""
        for path in paths:
            self.index.drop(path)
            self.unread.pop(path, None)

    def stale(self, path: str) -> bool:
        """Whether the disk says something else than the index: an event was lost, or is on its
        way."""
        entry = self.index.files.get(path)
        if entry is None or path in self.buffers:
            return False
        try:
            facts = os.lstat(os.path.join(self.root, path))
        except OSError:
            return True
        return (facts.st_mtime_ns, facts.st_size) != (entry.mtime_ns, entry.size)

    # ---- buffers

    def set_buffers(self, texts: Mapping[str, str]) -> None:
        """Unsaved texts stand in for their files until they are no longer named here."""
        gone = [path for path in self.buffers if path not in texts]
        for path in gone:
            del self.buffers[path]
            if self.allowed(path):
                self.refresh([path])
            else:
                self.forget([path])
        for path, text in texts.items():
            if is_secret_path(path) or self.buffers.get(path) == text:
                continue
            if path not in self.scan.files and Walker(self.root).judge(path) is not None:
                continue
            self.buffers[path] = text
            self.take(examine_text(path, text, self.splitter))
        self.index.sync()

    def lines(self, path: str) -> list[str] | None:
        """Lines of a file as the person sees it, without their ends; None when it has no text to
        give."""
        known = self._known(path)
        if known is None:
            return None
        if known.rows is None:
            known.rows = _rows(known.text)
        return known.rows

    def text(self, path: str) -> str | None:
        """The text of the buffer or the file; None for secrets, links, binaries, huge files and
        what is gone."""
        known = self._known(path)
        return None if known is None else known.text

    def _known(self, path: str) -> _Text | None:
        """Remembers a few texts: one question asks for the same file many times."""
        if is_secret_path(path):
            return None
        stamp: tuple[int, ...] = ()
        if path not in self.buffers:
            try:
                facts = os.lstat(os.path.join(self.root, path))
            except OSError:
                return None
            stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino, facts.st_dev)
        known = self._texts.get(path)
        if (
            known is not None
            and known.stamp == stamp
            and (stamp or known.text == self.buffers[path])
        ):
            return known
        text = self.buffers[path] if path in self.buffers else read_text(self.root, path)
        if isinstance(text, Unread):
            return None
        if len(self._texts) >= _REMEMBERED:
            self._texts.pop(next(iter(self._texts)))
        known = self._texts[path] = _Text(stamp, text)
        return known

    # ---- history

    def history_order(self) -> tuple[str | None, list[str]]:
        """HEAD and the commits in view; the commits only when HEAD moved."""
        head = self.log.head()
        if head is None or head == self.head:
            return head, []
        return head, self.log.order(head)

    def learn(self, head: str | None, order: list[str], fresh: dict[str, Commit]) -> list[str]:
        """Take the commits in; the paths whose words changed by that, to be told to the index
        (``index.retell``)."""
        touched = self.index.commits.replace(order, fresh)
        self.head = head
        self.index.commit_documents()
        return sorted(path for path in touched if path in self.index.files)

    def read_history(self) -> None:
        """Bring the history up to date, now."""
        head, order = self.history_order()
        if order or (head is None and self.head is not None):
            missing = self.index.commits.missing(order)
            self.index.retell(self.learn(head, order, self.log.commits(missing, self.splitter)))


def _rows(text: str) -> list[str]:
    plain = text if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n")
    rows = plain.split("\n")
    if rows[-1] == "":
        rows.pop()
    return rows
