"""Plays the tour without a person and writes what the window shows. Knows the tour and the window.

Every step waits for a signal of the real program and one settled frame, then grabs the real window.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Slot

from app.tour import Tour

if TYPE_CHECKING:
    from app.program import Program

SETTLE_MS = 250
LONGEST_MS = 60_000
Script = Generator[Any, None, None]


class Pictures(QObject):
    """Writes ``01-open.png`` and so on into ``folder``, then ends the program."""

    def __init__(self, program: Program, folder: Path) -> None:
        super().__init__(program)
        self._program, self._folder = program, folder
        self._tour = Tour(program, pace=0.004)
        self._script = self._play()
        self._waiting: Any = None
        self._count = 0
        self.written: list[Path] = []
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._too_late)

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._program.window.resize(1386, 868)
        self._program.window.trust.hide()
        self._late.start(LONGEST_MS)
        self._program.workspace.commits.failed.connect(self._on_failed)
        self._resume()

    def _play(self) -> Script:
        work, window, tour = self._program.workspace, self._program.window, self._tour
        edit, ask, mistake = tour.steps[0], tour.steps[1], tour.steps[2]
        tour.start()
        yield work.explorer.status_changed
        window.trust.hide()
        tour.play(edit)
        for _ in range(3):
            yield work.review.counted
        self._grab("streaming")
        yield work.inline.settled
        self._grab("review")
        work.review.keep()
        work.review.keep_all()
        while work.review.count.pending:  # the other files are opened first
            yield work.review.counted
        work.commits.propose()
        self._grab("commit")
        window.commit_box.commit_requested.emit(window.commit_box.wish())
        yield work.commits.committed
        yield work.explorer.status_changed
        self._grab("committed")
        window.frame.show_page("files")
        tour.play(ask)
        yield work.conversation.ended
        self._grab("answer")
        tour.play(mistake)
        yield work.inline.settled if mistake.mode == "edit" else work.conversation.ended
        self._grab("mistake")
        work.review.reject_all()
        self._program.options.theme = "day"
        self._program.apply_theme()
        work.finder.commands()
        self._grab("palette-day")

    def _resume(self) -> None:
        try:
            self._waiting = next(self._script)
        except StopIteration:
            self._late.stop()
            self._program.window.close()
            return
        self._waiting.connect(self._on_signal)

    @Slot()
    def _on_signal(self, *_: object) -> None:
        self._waiting.disconnect(self._on_signal)
        QTimer.singleShot(SETTLE_MS, self._resume)

    def _grab(self, name: str) -> None:
        self._count += 1
        path = self._folder / f"{self._count:02d}-{name}.png"
        if not self._program.window.grab().save(str(path)):
            raise OSError(f"{path} could not be written")
        self.written.append(path)
        sys.stdout.write(f"{path}\n")

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        sys.stderr.write(f"{sentence}\n")
        self._too_late()

    @Slot()
    def _too_late(self) -> None:
        sys.stderr.write("The tour did not go on; the pictures so far are written.\n")
        self._program.exit_status = 1
        self._program.window.close()
