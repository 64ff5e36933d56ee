"""One terminal: a shell on the asyncio thread, its screen here, a view of it.

Nothing but the person's keys, pastes and what they put here by a press goes to the shell; no model
types. What the shell says is worked through in slices between two frames.
"""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.bridge import Door, Run
from assistant.errors import sentence_of
from assistant.events import Event, Failed, Outcome, TerminalEnded, TerminalOutput, TerminalStarted
from assistant.terminal.emulator import Emulator
from assistant.terminal.marks import Ran
from assistant.terminal.saying import last_said
from assistant.terminal.screen import Screen
from assistant.terminal.shell import Shell
from assistant.terminal.start import Start, shell_start
from assistant.types import Finished
from resources import ROOT
from widgets.look import Look
from widgets.terminal.tabs import TerminalTab
from widgets.terminal.view import TerminalView

SLICE_S = 0.008
"""How long output is worked through before the window has its turn."""
FRAME_MS = 16
HELD_MS = 150
"""A program that began a picture and does not end it is not waited for longer."""
JOB_MS = 250
SHORT_S = 2.0
"""A shell that ends sooner did not end because it was told to."""
JUST_NOW_S = 1.5
"""What changes on disk is heard of so much later."""
SIZE = (80, 24)


class Terminal(QObject):
    """:meth:`start` it once the view is in its place; :meth:`end` ends all it started."""

    started = Signal()
    changed = Signal(int)
    began = Signal(int)
    """A command runs now."""
    failed_command = Signal(int, object)  # Finished
    ended = Signal(int)
    said = Signal(int)
    told = Signal(str)
    failed = Signal(str)

    def __init__(self, key: int, door: Door, look: Look, folder: Path, keeps: int, points: float):
        super().__init__()
        self.key, self.name = key, ""
        """``name`` is the person's own for it."""
        self._door, self._look, self._folder, self._keeps = door, look, folder, keeps
        self.screen = Screen(*SIZE, keeps)
        self.view = TerminalView(look, self.screen, points)
        self._size = SIZE
        self._emulator = Emulator(self.screen)
        self._shell: Shell | None = None
        self._run: Run | None = None
        self._start: Start | None = None
        self.pid = 0
        self.status: int | None = None
        self.over = False
        """The shell ended; ``status`` says how, where that is known."""
        self.typed = False
        self._began = 0.0
        self._job = ""
        self._running: Ran | None = None
        self._bells = 0
        self._bell = False
        self._painted = 0.0
        self._again, self._frame, self._look_at_job = QTimer(self), QTimer(self), QTimer(self)
        for timer, wait in ((self._again, 0), (self._frame, FRAME_MS), (self._look_at_job, JOB_MS)):
            timer.setSingleShot(True)
            timer.setInterval(wait)
        self._again.timeout.connect(self._work)
        self._frame.timeout.connect(self._show)
        self._look_at_job.timeout.connect(self._on_job)
        self.view.typed.connect(self._on_typed)
        self.view.sized.connect(self._on_sized)
        self.view.focused.connect(self._on_focused)

    # -- its life ------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """The shell was started and did not end."""
        return self._shell is not None and not self.over

    @Slot()
    def start(self) -> None:
        """Start the shell; after it ended, a new one on an empty screen."""
        self.leave()
        start = self._start = shell_start(self._folder, ROOT / "shell", os.environ)
        self.screen = Screen(*self._size, self._keeps, start.word)
        self.screen.colours = (_told(self._look, "fg"), _told(self._look, "bg"))
        self._emulator = Emulator(self.screen)
        self.view.source = self.screen
        self.view.select(None)
        self.over, self.status, self.typed, self.pid = False, None, False, 0
        self._began, self._bells = time.monotonic(), 0
        self._shell = Shell(start, *self._size)
        run = self._run = self._door.open(self._shell.stream())
        run.events.connect(self._on_events)
        run.ended.connect(self._on_ended)
        self.view.refresh()
        self.view.show_all()
        self.changed.emit(self.key)
        self.started.emit()

    @Slot()
    def forget(self) -> None:
        """What scrolled by is not kept."""
        self.screen.grid.forget()
        self.screen.marks.forget_before(self.screen.top)
        self.view.select(None)
        self.view.refresh()

    def end(self) -> None:
        """Hang up; everything in the session ends, whatever it does about it."""
        if self._shell is not None:
            self._door.call(self._shell.end)

    def leave(self) -> None:
        """End it, and hear no more of it."""
        if self._run is not None:
            self._run.events.disconnect(self._on_events)
            self._run.ended.disconnect(self._on_ended)
            self._run = None
        self.end()
        for timer in (self._again, self._frame, self._look_at_job):
            timer.stop()

    def job(self) -> str:
        """The program that has the keys, when it is not the shell; asked of the system now."""
        return self._shell.job() if self._shell is not None and not self.over else ""

    def folder(self) -> Path:
        """Where the shell is."""
        return Path(self._shell.folder()) if self._shell is not None else self._folder

    def write(self, data: bytes) -> None:
        if self._shell is not None and data:
            self._door.call(partial(self._shell.write, data))

    def words(self) -> str:
        """What it said last, for a model."""
        return last_said(self.screen)

    def command(self) -> str:
        """The command that runs or ended a moment ago, as far as the shell tells."""
        commands = self.screen.marks.commands
        last = commands[-1] if commands else None
        if last is None or (last.end is not None and time.monotonic() - last.ended > JUST_NOW_S):
            return ""
        return last.line

    def tab(self) -> TerminalTab:
        shell = self._start.name if self._start is not None else "Terminal"
        state = self._job
        if self.over:
            state = "ended" if self.status is None else f"ended with {self.status}"
        return TerminalTab(self.key, self.name or shell, state, self.over, self._bell)

    def dress(self, points: float, keeps: int) -> None:
        """The person's size of text; lines that are kept count from the next start on."""
        self._keeps = keeps
        self.view.set_size(points)

    # -- what the shell says -------------------------------------------------------------------

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case TerminalStarted(pid):
                    self.pid = pid
                case TerminalOutput(data):
                    self._emulator.take(data)
                case TerminalEnded(status):
                    self._finish()
                    self._over(status)
        if not self._again.isActive():
            self._work()

    @Slot()
    def _work(self) -> None:
        done = self._emulator.work(SLICE_S)
        if self._emulator.waiting:
            self._again.start()
        if done:
            self._heard(done)

    def _finish(self) -> None:
        """The last words, all of them: they are few."""
        while done := self._emulator.work(SLICE_S):
            self._heard(done)

    def _heard(self, done: int) -> None:
        screen, shell = self.screen, self._shell
        if shell is not None:
            self._door.call(partial(shell.arrived, done))
            if screen.replies:
                self._door.call(partial(shell.write, bytes(screen.replies)))
                screen.replies.clear()
        if (running := screen.marks.running) is not None and running is not self._running:
            self._running = running
            self.began.emit(self.key)
        for finished in screen.marks.finished:
            self._on_finished(finished)
        screen.marks.finished.clear()
        for refusal in screen.refused:
            self.told.emit(refusal)
        screen.refused.clear()
        if screen.bells != self._bells:
            self._bells = screen.bells
            self._ring()
        if not self._look_at_job.isActive():
            self._look_at_job.start()
        if not self._frame.isActive():
            passed = (time.monotonic() - self._painted) * 1000
            if screen.held:
                self._frame.start(HELD_MS)
            elif passed >= FRAME_MS:
                self._show()
            else:
                self._frame.start(max(1, round(FRAME_MS - passed)))
        elif not screen.held and self._frame.interval() == HELD_MS:
            self._show()  # the picture is whole before its time
        self.said.emit(self.key)

    @Slot()
    def _show(self) -> None:
        self._frame.stop()
        self._painted = time.monotonic()
        if self.view.isVisible():
            self.view.refresh()

    def _on_finished(self, finished: Finished) -> None:
        if finished.status not in (0, 130, 148):  # Ctrl+C and Ctrl+Z are no failures
            self.failed_command.emit(self.key, finished)

    def _ring(self) -> None:
        if not self.view.hasFocus() and not self._bell:
            self._bell = True
            self.changed.emit(self.key)

    @Slot()
    def _on_job(self) -> None:
        job = self.job()
        if job != self._job:
            self._job = job
            self.changed.emit(self.key)

    def _over(self, status: int | None) -> None:
        self.over, self.status, self._job = True, status, ""
        self._show()
        self.changed.emit(self.key)
        self.ended.emit(self.key)

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self.failed.emit(sentence_of(outcome.error))
        if not self.over:
            self._over(None)

    # -- what the view says --------------------------------------------------------------------

    @Slot(bytes)
    def _on_typed(self, data: bytes) -> None:
        self.typed = True
        self.write(data)

    @Slot(int, int)
    def _on_sized(self, columns: int, rows: int) -> None:
        if (columns, rows) == self._size:
            return
        self._size = (columns, rows)
        self.screen.resize(columns, rows)
        if self._shell is not None:
            self._door.call(partial(self._shell.resize, columns, rows))
        self.view.select(None)
        self.view.refresh()
        self.view.show_all()

    @Slot(bool)
    def _on_focused(self, yes: bool) -> None:
        if yes and self._bell:
            self._bell = False
            self.changed.emit(self.key)

    def ended_by_itself(self) -> bool:
        """The person typed its end: nothing is left to be read."""
        return self.status == 0 and self.typed and time.monotonic() - self._began > SHORT_S


def _told(look: Look, role: str) -> str:
    """A colour as a program that asks for it is told."""
    colour = look.colour(role)
    parts = (colour.red(), colour.green(), colour.blue())
    return "rgb:" + "/".join(f"{part:02x}{part:02x}" for part in parts)
