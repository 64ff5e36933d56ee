"""A run that is over is played again from its record. Knows the door, the window and the journal.

No model is asked, no file is read or written but the record itself.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.bridge import Door
from app.window import Window
from assistant.errors import SettingsError, sentence_of
from assistant.events import Failed, Outcome

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.tape import Moment
    from widgets.replaypage import ReplayPage


class Replaying(QObject):
    """One page for the window, made when something is played first."""

    told = Signal(str)
    failed = Signal(str)
    context_requested = Signal(str)

    def __init__(self, door: Door, window: Window) -> None:
        super().__init__(window)
        self._door, self._window = door, window
        self._project: Project | None = None
        self._page: ReplayPage | None = None
        self._before: QWidget | None = None
        self._last = ""
        window.panel.transcript.replay_requested.connect(self.play)

    def use(self, project: Project | None) -> None:
        """Another project has other runs."""
        self._project, self._last = project, ""
        if self._page is not None and self._window.stack.currentWidget() is self._page:
            self._page.pause()

    def remember(self, run: str) -> None:
        """The run that :meth:`play_last` plays."""
        self._last = run

    def play_last(self) -> None:
        self.play(self._last)

    @Slot(str)
    def play(self, run: str) -> None:
        """Play a run of this project."""
        if self._project is None or not run:
            self.told.emit("There is no run to play yet.")
            return
        self._ask(partial(self._project.recording, run))

    def play_file(self, path: Path) -> None:
        """Play the record in a file."""
        self._ask(partial(moments_of, path))

    def _ask(self, what: partial[tuple[Moment, ...]]) -> None:
        run = self._door.ask(what)
        run.answered.connect(self._on_read)
        run.ended.connect(self._on_ended)

    @Slot(object)
    def _on_read(self, moments: tuple[Moment, ...]) -> None:
        if not moments:
            self.told.emit("This run was not recorded.")
            return
        page = self._made()
        page.load([(moment.at, moment.event) for moment in moments])
        if self._window.stack.currentWidget() is not page:
            self._before = self._window.stack.currentWidget()
        self._window.stack.setCurrentWidget(page)
        page.setFocus()
        page.toggle()

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self.failed.emit(sentence_of(outcome.error))

    def _made(self) -> ReplayPage:
        from assistant.edits.diff import diff_words
        from widgets.replaypage import ReplayPage

        if self._page is None:
            page = self._page = ReplayPage(self._window.look, diff_words)
            self._window.stack.addWidget(page)
            page.closed.connect(self._on_closed)
            page.context_requested.connect(self.context_requested)
            page.pressed_in_vain.connect(self._on_pressed_in_vain)
        return self._page

    @Slot()
    def _on_closed(self) -> None:
        """Back to what was in front."""
        if self._before is not None and self._window.stack.indexOf(self._before) >= 0:
            self._window.stack.setCurrentWidget(self._before)
            self._before.setFocus()
        else:
            self._window.show_welcome()

    @Slot()
    def _on_pressed_in_vain(self) -> None:
        self.told.emit("This is a recording: nothing changes here.")


def moments_of(path: Path) -> tuple[Moment, ...]:
    """What a run's log holds of it. Raises SettingsError with the cause; blocks."""
    from assistant.tape import read

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return read([json.loads(line) for line in lines if line.strip()])
    except (OSError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"{path.name} cannot be played: {error}.", "Give the log of a run of Galley."
        ) from error
