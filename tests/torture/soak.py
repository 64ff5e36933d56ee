"""``python -m tests.torture soak MINUTES SEED``: the real window at work, for hours if need be.

A person opens, types, asks, keeps, rejects, saves, undoes, commits, switches branches, closes and
reopens tabs, while another program writes beside them. Once in a while everything is closed, and
what the process holds then must not grow.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.torture.gauges import Gauges, Reading, verdict
from tests.walks.harness import (
    PENDING,
    Player,
    Walk,
    fenced,
    git,
    places_in,
    repository,
    select_lines,
)
from tests.walks.victim import Waiting

FILES = tuple(f"src/part{number}/file{number}.py" for number in range(12))
BODY = "".join(f"def work_{n}(value):\n    return value * {n}\n\n\n" for n in range(60))
BRANCHES = ("main", "side")
ROUND = 60
"""Actions between two quiet moments."""
CHILDREN = 3
"""The index, the watch, and what Python starts them with."""


class Watching(Waiting):
    """Counts a gap only while the window runs by itself: keys and git commands of ours block it."""

    gauges: Gauges | None = None

    def waitUntil(self, condition, timeout: int) -> None:  # type: ignore[no-untyped-def]
        if self.gauges is not None:
            self.gauges.skip()
        super().waitUntil(condition, timeout)


class Soak:
    """One window and everything that is done to it."""

    def __init__(self, walk: Walk, seed: int, gauges: Gauges) -> None:
        self.gauges = gauges
        self.walk, self.chance, self.done = walk, random.Random(seed), 0
        self.branch = BRANCHES[0]
        self.counts: dict[str, int] = {}
        self.latest: list[str] = []
        self.acts: tuple[tuple[int, Callable[[], None]], ...] = (
            (20, self.open),
            (30, self.type),
            (14, self.ask),
            (10, self.keep),
            (6, self.reject),
            (10, self.save),
            (8, self.undo),
            (6, self.commit),
            (3, self.switch),
            (8, self.close),
            (4, self.reopen),
            (4, self.untitled),
            (10, self.outside),
            (4, self.look),
        )

    def act(self) -> None:
        weights = [weight for weight, _ in self.acts]
        (_, what) = self.chance.choices(self.acts, weights)[0]
        self.latest = [*self.latest[-9:], what.__name__]
        try:
            what()
        except AssertionError as error:
            raise AssertionError(self._where()) from error
        self.done += 1
        self.counts[what.__name__] = self.counts.get(what.__name__, 0) + 1
        self.gauges.skip()
        QTest.qWait(self.chance.randrange(1, 25))

    def _where(self) -> str:
        """What stood in the way, to whoever reads it."""
        popup, front = QApplication.activePopupWidget(), QApplication.activeWindow()
        front_key = self.document.key if self.document is not None else ""
        return (
            f"after {', '.join(self.latest)}: {front_key} is in front, {self.walk.focused()} has "
            f"the focus, popup {popup}, window {front}, message {self.walk.message()!r}, "
            f"notices {self.walk.notices()}"
        )

    @property
    def document(self):  # type: ignore[no-untyped-def]
        return self.walk.work.documents.current()

    def focus(self) -> bool:
        if self.document is None:
            self.open()
        self.document.editor.setFocus()
        return True

    # -- what a person does ------------------------------------------------------------------------

    def open(self) -> None:
        self.walk.open(self.chance.choice(FILES))

    def type(self) -> None:
        self.focus()
        editor = self.document.editor
        editor.goto(self.chance.randrange(0, max(1, editor.surface.lineCount() - 1)))
        self.walk.type(f"# {self.chance.randrange(10**6)}\n")

    def ask(self) -> None:
        self.focus()
        document, player = self.document, self.walk.work.model
        assert isinstance(player, Player)
        select_lines(document, 0, document.editor.surface.lineCount())
        lines = document.editor.text().split("\n")
        for _ in range(3):
            lines[self.chance.randrange(len(lines))] = f"x = {self.chance.randrange(10**6)}"
        player.reply = fenced("\n".join(lines).rstrip("\n") + "\n")
        self.walk.ask("make it better")
        self.walk.press("Escape")

    def keep(self) -> None:
        self.focus()
        if PENDING in self.walk.states(self.document.key):
            self.walk.press(self.chance.choice(["Alt+Return", "Alt+Shift+Return"]))

    def reject(self) -> None:
        self.focus()
        if PENDING in self.walk.states(self.document.key):
            self.walk.press("Alt+Backspace")

    def save(self) -> None:
        self.focus()
        if not self.document.untitled:
            self.walk.press("Ctrl+S")
            self.walk.until(lambda: not any(d.saving for d in self.walk.work.documents.all()))

    def undo(self) -> None:
        self.focus()
        for _ in range(self.chance.randrange(1, 5)):
            self.walk.press("Ctrl+Z")
        if self.chance.random() < 0.4:
            self.walk.press("Ctrl+Shift+Z")

    def commit(self) -> None:
        if self.walk.work.review.kept():
            self.walk.press("Ctrl+Shift+Return")
            self.walk.until(lambda: self.walk.window.commit_box.isVisible())
            self.walk.press("Ctrl+Return")
            self.walk.until(self.idle)
            self.walk.press("Escape")

    def switch(self) -> None:
        """Everything is committed by git itself, so that nothing is in the way."""
        self.settle()
        root = self.walk.root
        if git(root, "status", "--porcelain").strip():
            git(root, "add", "-A")
            git(root, "commit", "-q", "-m", "all of it")
        self.branch = next(name for name in BRANCHES if name != self.branch)
        branching = self.walk.work.versions.branching
        branching._go(self.branch, False)
        self.walk.until(lambda: git(root, "branch", "--show-current").strip() == self.branch)
        self.walk.until(self.idle)

    def close(self) -> None:
        if self.document is None:
            return
        self.focus()
        self.walk.press("Ctrl+W")
        for notice in self.walk.notices():
            if "has unsaved text" in notice:
                bar = self.walk.window.notices
                self.walk.click(self.walk.button(bar, "Close without saving"))
                break

    def reopen(self) -> None:
        self.walk.press("Ctrl+Shift+T")

    def untitled(self) -> None:
        self.walk.press("Ctrl+N")
        self.walk.until(lambda: self.document is not None and self.document.untitled)
        self.focus()
        self.walk.type("words\n")
        self.walk.press("Ctrl+W")

    def outside(self) -> None:
        """Another program changes a file."""
        path = self.walk.root / self.chance.choice(FILES)
        match self.chance.randrange(3):
            case 0:
                with path.open("a") as file:
                    file.write(f"# outside {self.done}\n")
            case 1:
                path.write_text(BODY.replace("value * 7", f"value * {self.done}"))
            case _:
                (self.walk.root / "scratch.txt").write_text(f"{self.done}\n")

    def look(self) -> None:
        """Pages, palettes, themes: what only shows."""
        frame = self.walk.window.frame
        for page in ("history", "search", "files"):
            frame.show_page(page)
        self.walk.press("Ctrl+P")
        self.walk.type("file")
        self.walk.press("Escape")
        self.walk.program.next_theme()

    # -- quiet moments -----------------------------------------------------------------------------

    def idle(self) -> bool:
        work = self.walk.work
        waits = work.recovery._timer.isActive() or work.recovery.lane._run is not None
        return not waits and self.walk.program.door.runs() <= 2

    def settle(self) -> None:
        """Decide, save and close everything."""
        work = self.walk.work
        self.walk.settled()
        work.review.reject_all()
        for document in work.documents.all():
            if document.modified and not document.untitled:
                work.documents.save(document)
        self.walk.until(lambda: not any(d.saving for d in work.documents.all()))
        for notice in self.walk.window.notices.notices():
            work.notices.drop(notice.key)
        for document in work.documents.all():
            work.documents.close(document)
        self.walk.until(lambda: not work.documents.all() and not work.documents.awaited())
        self.walk.until(self.idle)
        QTest.qWait(50)


def leftovers(root: Path) -> list[str]:
    """Locks and waiting files that nobody took away."""
    ends = (".lock", ".idx.tmp", ".tmp", ".galley")
    return [str(p) for p in root.rglob("*") if p.name.endswith(ends) or "galley.waiting" in p.name]


def soak(minutes: float, seed: int) -> list[str]:
    """What was wrong at the end."""
    app = QApplication.instance() or QApplication(["galley"])
    with tempfile.TemporaryDirectory() as base:
        root = repository(Path(base, "project"), dict.fromkeys(FILES, BODY))
        git(root, "branch", BRANCHES[1])
        places = places_in(Path(base, "home"))
        bot = Watching()
        walk = Walk(bot, root, places)  # type: ignore[arg-type]
        walk.start(Player(""))
        gauges = bot.gauges = Gauges(places.data)
        one = Soak(walk, seed, gauges)
        readings: list[Reading] = []
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            for _ in range(ROUND):
                one.act()
            one.settle()
            readings.append(gauges.read(one.done))
            print(readings[-1].row(), flush=True)
        wrong = verdict(readings, most_children=CHILDREN)
        print(", ".join(f"{name} {count}" for name, count in sorted(one.counts.items())))
        walk.close()
        wrong += [f"left {name}" for name in leftovers(root)]
        git(root, "fsck", "--strict", "--no-dangling")
    assert app is not None
    return wrong


def main(arguments: list[str]) -> int:
    minutes = float(arguments[0]) if arguments else 10.0
    seed = int(arguments[1]) if arguments[1:] else 1
    wrong = soak(minutes, seed)
    for line in wrong:
        print(f"    {line}")
    print(f"soak of {minutes:g} minutes, seed {seed}: {len(wrong)} bad")
    return len(wrong)
