"""Blocking calls one after the other, in the order they were asked. Knows the door, not the calls.

The door's executor runs calls side by side; what writes to one journal must not overtake itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from assistant.events import Cancelled, Outcome


class Lane(QObject):
    """One call at a time. A call that fails is told and does not stop those behind it."""

    failed = Signal(object, object)  # the error, None

    def __init__(self, door: Door, parent: QObject) -> None:
        super().__init__(parent)
        self._door = door
        self._waiting: deque[tuple[Callable[..., object], tuple[object, ...], _Then | None]]
        self._waiting = deque()
        self._run: Run | None = None

    def ask(
        self, function: Callable[..., object], *args: object, then: _Then | None = None
    ) -> None:
        """Call ``function`` off the Qt thread after all that were asked before; ``then`` gets its
        value.
        """
        self._waiting.append((function, args, then))
        self._go_on()

    def _go_on(self) -> None:
        if self._run is None and self._waiting:
            function, args, then = self._waiting.popleft()
            self._run = self._door.ask(function, *args)
            if then is not None:
                self._run.answered.connect(then)
            self._run.failed.connect(self.failed)
            self._run.ended.connect(self._on_ended)

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self._run = None
        if isinstance(outcome, Cancelled):  # the door closes: nothing more can be asked
            self._waiting.clear()
        self._go_on()


_Then = Callable[..., object]
