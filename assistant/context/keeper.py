"""Keeps an index in step with its folder, a little at a time: indexing, events, history.

One thread owns everything. Other threads (helpers' readers, git, the watcher) only leave things in
``inbox``; :meth:`step` takes some of them up and returns soon, so that questions can be answered in
between.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from assistant.context.analyst import Analysts, Frame, unpacked
from assistant.context.following import FEW, Follower
from assistant.context.history import Commit
from assistant.context.postings import Merged
from assistant.context.project import Project
from assistant.context.terms import Splitter
from assistant.context.walker import Scan
from assistant.watcher import Told

_MANY = 48
"""Files; more than these are given to helper processes."""
_SLICE = 0.03
"""Seconds a step may take before it looks for questions again."""
_PENDING = 60_000
"""Entries; so many are sorted within some ms, and then they can be found."""
_TOLD_AT_ONCE = 16
_IDLE_HELPERS = 5.0
_LOOK = 1.0
"""Seconds between looks at HEAD."""
_POLL = 2.0
_RECONCILE = 60.0
SAVE_AFTER = 20.0
"""Seconds without a change."""
_RULES = frozenset((".gitignore", ".ignore", ".galleyignore", ".git/info/exclude"))


class Keeper:
    """``wake`` is called from any thread when there is work for :meth:`step`."""

    def __init__(self, project: Project, wake: Callable[[], None], *, helpers: int = 2) -> None:
        self.project = project
        self._wake = wake
        self._helpers = helpers
        self._inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._analysts: Analysts | None = None
        self._outstanding: set[str] = set()
        self._todo: list[str] = []
        self._gone: list[str] = []
        self._untold: list[str] = []
        self._look: tuple[Scan, Iterator[None]] | None = None
        self._perhaps: list[str] = []
        self._recall: tuple[list[str], Iterator[None]] | None = None
        self._look_again = self._git_again = False
        self._sorting: threading.Thread | None = None
        self._git: threading.Thread | None = None
        self._last_use = 0.0
        self._fresh = True
        self._unfound = False
        self.changed = False
        self.warnings: list[str] = []
        self._disk = Follower(project.root, self._heard)
        self._next_look = self._next_scan = time.monotonic() + _LOOK
        self._last_change = time.monotonic()

    # ---- the disk, by itself

    def watch(self) -> None:
        """Follow the disk from now on; call after :meth:`begin`. What changed since then is looked
        for once more, when the watches stand."""
        self._disk.start(self.project.scan)

    def tick(self) -> None:
        """To be called about once a second: HEAD, lost events, folders without watches."""
        now = time.monotonic()
        if now < self._next_look or not self.settled:
            return
        self._next_look = now + _LOOK
        self.look_at_head()
        self._try_locked()
        if now >= self._next_scan and (self._disk.watching or self._disk.refused):
            self._next_scan = now + (_POLL if self._disk.refused else _RECONCILE)
            self.look()

    def idle_since(self) -> float:
        """Seconds since something changed and all has settled; 0.0 when nothing has to be saved."""
        if not self.changed or not self.settled:
            return 0.0
        return time.monotonic() - self._last_change

    # ---- asking for work

    def begin(self) -> None:
        """Compare the folder with the index, now, and read what differs; the history beside it."""
        self._look = None
        self._compare(*self.project.walk())
        self._start_git()

    def look(self) -> None:
        """The same a little at a time. What is said to have changed meanwhile waits for its end."""
        if self._look is not None:
            self._look_again = True
            return
        found = Scan()
        self._look = found, self.project.look(found)
        self._start_git()
        self._wake()

    def touched(self, paths: list[str], deleted: list[str]) -> None:
        """These changed on the disk. Ignore rules and unknown folders lead to a look at the whole
        folder."""
        if (
            any(p.rpartition("/")[2] in _RULES or p in _RULES for p in (*paths, *deleted))
            or len(paths) > 200
        ):
            self.look()
            return
        if self._look is not None:
            self._disk.add((*paths, *deleted))
            return
        project = self.project
        wanted = []
        for path in paths:
            if project.admit(path):
                wanted.append(path)
            elif path in project.index.files:
                deleted = [*deleted, path]
        for path in deleted:
            inside = path + "/"
            project.forget([p for p in project.index.files if p == path or p.startswith(inside)])
            project.scan.files.pop(path, None)
        self.changed = self.changed or bool(wanted or deleted)
        self._enqueue([p for p in wanted if p in project.scan.files])

    def look_at_head(self) -> None:
        """HEAD may have moved."""
        self._start_git()

    # ---- working

    @property
    def settled(self) -> bool:
        """Nothing under way and nothing waiting."""
        files = self._todo or self._gone or self._outstanding or self._perhaps
        looks = self._look or self._recall
        disk = self._disk.waiting or self._disk.starting or self._unfound
        return not (files or looks or disk or self._untold or self._git or self._inbox.qsize())

    @property
    def first(self) -> bool:
        """The files of the first look are not all read yet."""
        return self._fresh and bool(self._todo or self._outstanding)

    def step(self, asked: Callable[[], bool] = lambda: False) -> bool:
        """Work for some 30 ms, less as soon as something is ``asked``; whether there was anything
        to do. Something is always done, however much is asked."""
        until = time.monotonic() + _SLICE
        took = False
        while self._next_piece():
            took = True
            if time.monotonic() >= until or asked():
                break
        took = self._flush() or took
        if self._analysts is not None and not self._outstanding:
            self._rest()
        elif self._analysts is not None and not took and self._one_died():
            self._helpers_died()
        if took:
            self._last_change = time.monotonic()
            self._unfound = True
        if self._unfound and not asked():
            self._unfound = False
            self._make_findable()
        return took

    def _next_piece(self) -> bool:
        """What others left goes first; False when there is nothing to do."""
        try:
            kind, value = self._inbox.get_nowait()
        except queue.Empty:
            return self._piece()
        self._handle(kind, value)
        return True

    def _piece(self) -> bool:
        """The smallest part of what waits; False when nothing does."""
        project = self.project
        if self._gone:
            path = self._gone.pop()
            if path not in project.scan.files:  # else it came back meanwhile
                project.forget([path])
        elif self._look is not None:
            found, steps = self._look
            if next(steps, self) is self:
                self._look = None
                self._compare(*project.compare(found))
                self._disk.cover(found)
                if self._look_again:
                    self._look_again = False
                    self.look()
        elif self._recall is not None:
            strange, steps = self._recall
            if next(steps, self) is self:
                self._recall = None
                self._read(strange)
        elif self._perhaps:
            strange = []
            self._recall = strange, project.recall(self._perhaps, strange)
            self._perhaps = []
        elif self._todo:
            project.refresh([self._todo.pop()])
        elif self._untold:
            project.index.retell(self._untold[-_TOLD_AT_ONCE:])
            del self._untold[-_TOLD_AT_ONCE:]
        else:
            return False
        return True

    def _make_findable(self) -> None:
        """Little by little while much comes; all of it at the end, then sorted in beside."""
        index = self.project.index
        busy = bool(self._todo or self._outstanding or self._untold)
        busy = busy or bool(self._perhaps or self._recall)
        index.sync(_PENDING if busy else 0)
        if busy:
            return
        self._fresh = False
        if index.crowded:
            self.sort()

    def sort(self, *, every: bool = False) -> None:
        """Sort segments into their bases, beside; at once when that is under way."""
        if self._sorting is None:
            work = self.project.index.begin_sorting(every=every)
            self._sorting = threading.Thread(target=self._sort, args=(work,), name="sorting")
            self._sorting.start()

    def _sort(self, work: Callable[[], dict[str, Merged]]) -> None:
        self._inbox.put(("sorted", work()))
        self._wake()

    def close(self) -> None:
        """End helpers, watches and threads."""
        self._disk.close()
        if self._analysts is not None:
            self._analysts.close()
            self._analysts = None
        for beside in (self._git, self._sorting):
            if beside is not None:
                beside.join()
        self._git = self._sorting = None

    # ---- inside

    def _compare(self, changed: list[str], gone: list[str]) -> None:
        self.changed = self.changed or bool(changed or gone)
        self._gone += gone[::-1]
        self._enqueue(changed)

    def _try_locked(self) -> None:
        """What could not be read may have become readable; watchdog does not ask the kernel for
        that."""
        root, project = self.project.root, self.project
        files = [p for p, why in project.unread.items() if why.startswith("cannot be")]
        opened = [p for p in files if os.access(os.path.join(root, p), os.R_OK)]
        if opened:
            self.touched(opened, [])
        shut = [p for p, why in project.scan.skipped.items() if why.startswith("the folder")]
        if any(os.access(os.path.join(root, p), os.R_OK | os.X_OK) for p in shut):
            self.look()

    def _heard(self, told: Told) -> None:
        self._inbox.put(("heard", told))
        self._wake()

    def _hear(self, told: Told) -> None:
        if self._disk.hear(told):
            self.look()
        if told.refused:
            self.warnings.append(
                f"Changes on the disk are looked for every two seconds: {told.refused}."
            )

    def _flush(self) -> bool:
        """Take up what is said to have changed."""
        if self._look is not None or not self._disk.waiting:
            return False
        paths = self._disk.take()
        if not paths:
            return False
        if len(paths) > FEW or any(self._is_folder(path) for path in paths):
            self.look()
            return True
        there = [p for p in paths if os.path.lexists(os.path.join(self.project.root, p))]
        self.touched(sorted(there), sorted(paths.difference(there)))
        return True

    def _is_folder(self, path: str) -> bool:
        """A folder that came, went or became readable; ignored ones say nothing."""
        full = os.path.join(self.project.root, path)
        there = os.path.isdir(full) and not os.path.islink(full)
        return there or path in self.project.scan.known_folders()

    def _enqueue(self, paths: list[str]) -> None:
        new = [p for p in paths if p not in self._outstanding]
        known = set(self.project.perhaps_known(new))
        self._perhaps = [p for p in self._perhaps if p not in known] + sorted(known)
        new = [p for p in new if p not in known]
        self._read(new)
        self._wake()

    def _read(self, new: list[str]) -> None:
        """Take these apart: here when they are few, else in the helpers."""
        if len(new) < _MANY or self._helpers == 0:
            again = set(new)
            self._todo = [p for p in self._todo if p not in again] + new[::-1]
        else:
            if self._analysts is None:
                self._analysts = Analysts(self.project.root, self._helpers, self._deliver)
            self._outstanding.update(new)
            self._analysts.send(new)

    def _deliver(self, frame: Frame) -> None:
        self._inbox.put(("examined", frame))
        self._wake()

    def _handle(self, kind: str, value: Any) -> None:
        if kind == "examined":
            one = unpacked(value)
            self._outstanding.discard(one.path)
            self._last_use = time.monotonic()
            self.project.take(one)
            if self.project.outran(one):
                self._enqueue([one.path])
        elif kind == "heard":
            self._hear(value)
        elif kind == "sorted":
            assert self._sorting is not None
            self._sorting.join()
            self._sorting = None
            self.project.index.end_sorting(value)
        elif kind == "history":
            assert self._git is not None
            self._git.join()
            self._git = None
            if value is not None:
                self._untold = list({*self._untold, *self.project.learn(*value)})
                self.changed = True
            if self._git_again:
                self._git_again = False
                self._start_git()

    def _rest(self) -> None:
        """Helpers without work go home after a while."""
        if time.monotonic() - self._last_use > _IDLE_HELPERS and self._analysts is not None:
            self._analysts.close()
            self._analysts = None

    def _one_died(self) -> bool:
        """Asks the system about each: too much to be done for every file."""
        assert self._analysts is not None
        return not self._analysts.alive() and not self._inbox.qsize()

    def _helpers_died(self) -> None:
        """What the dead helpers owed is read here; slower, but whole."""
        assert self._analysts is not None
        self._analysts.close()
        self._analysts = None
        self.warnings.append("a helper process ended early; its files are read without it")
        self._todo += sorted(self._outstanding)
        self._outstanding.clear()

    def _start_git(self) -> None:
        if self._git is not None:
            self._git_again = True
            return
        log, known = self.project.log, self.project.index.commits.known
        before = self.project.head
        if log.head() == before:
            return
        self._git = threading.Thread(
            target=self._read_git, args=(before, frozenset(known)), name="history"
        )
        self._git.start()

    def _read_git(self, before: str | None, known: frozenset[str]) -> None:
        """Runs beside; leaves (HEAD, order, new commits), or None when nothing moved."""
        log = self.project.log
        head = log.head()
        found: tuple[str | None, list[str], dict[str, Commit]] | None = None
        if head != before:
            order = log.order(head) if head else []
            found = head, order, log.commits([h for h in order if h not in known], Splitter())
        self._inbox.put(("history", found))
        self._wake()
