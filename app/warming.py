"""What waits for the first frame: the folder, then, piece by piece, what a person may want next.

Knows names of modules, not what they are for.

A window is shown before its editor is loaded. What is loaded here is loaded in the window's idle
moments, so that the first file, the first key and the first answer find it there; whoever is faster
than that loads it themselves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from importlib import import_module

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

LATEST_MS = 400
"""A window that nobody can see is not painted; then the folder is opened without that."""
SOON = (
    "widgets.editor.surface",
    "widgets.editor.lexing",
    "widgets.editor.codeeditor",
    "widgets.inlinediff.inlinediff",
    "rapidfuzz.distance",
    "widgets.mentionpopup",
    "widgets.promptbar",
    "widgets.markdownview",
)
"""In the order in which they may be wanted; each takes less than a frame or two."""


class Warming(QObject):
    """``painted`` comes once, when the first frame of ``window`` stands; ``done`` once all of
    ``SOON`` is loaded.
    """

    painted = Signal()
    done = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._left = deque(SOON)
        self._latest = _timer(self, LATEST_MS, self._on_painted)
        self._frame = _timer(self, 0, self._on_painted)
        self._idle = _timer(self, 0, self._load_one)

    def start(self) -> None:
        """Call it before the window is shown."""
        self._window.installEventFilter(self)
        self._latest.start()

    def stop(self) -> None:
        """The window closes: what was not loaded is not loaded, and no folder opened."""
        self._window.removeEventFilter(self)
        for timer in (self._latest, self._frame, self._idle):
            timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            self._frame.start()  # the children are painted before a timer has its turn
        return False

    @Slot()
    def _on_painted(self) -> None:
        self._latest.stop()
        self._frame.stop()
        self._window.removeEventFilter(self)
        self.painted.emit()
        self._idle.start()

    @Slot()
    def _load_one(self) -> None:
        if not self._left:
            self.done.emit()
            return
        import_module(self._left.popleft())
        self._idle.start()


def _timer(owner: Warming, ms: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    timer.timeout.connect(slot)
    return timer
