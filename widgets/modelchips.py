"""The chips that say how long to think and which model answers. Knows levels and names."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QMenu

from assistant.types import Effort
from widgets.controls import Chip
from widgets.look import Look

_TIPS = {
    Effort.OFF: "Answer at once",
    Effort.LOW: "Think a little",
    Effort.MEDIUM: "Think as the model sees fit",
    Effort.HIGH: "Think long",
    Effort.MAX: "Think as long as the model can",
}
_LEVELS = tuple(Effort)


class EffortChip(Chip):
    """Press for the list; arrow keys or the wheel for one step."""

    effort_chosen = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__(look, "brain", "medium", clickable=True)
        self._effort, self._keys = Effort.MEDIUM, look.keys
        self.clicked.connect(self._open)
        self.show_effort(Effort.MEDIUM)

    def effort(self) -> Effort:
        return self._effort

    def show_effort(self, effort: Effort, note: str = "") -> None:
        """``note`` says what the model makes of it, for example that it ignores it."""
        self._effort = effort
        ways = [(way, self._keys.get(f"effort.{way}", "")) for way in ("less", "more")]
        how = ", ".join(f"{way} {key}" for way, key in ways if key)
        tip = f"Thinking: {_TIPS[effort]}. {note}".strip()
        self.set_text(effort.value, f"{tip}  ({how})" if how else tip)
        self.set_icon("brain", "muted" if effort is Effort.OFF else "accent")
        self.setAccessibleName(f"Thinking: {effort.value}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.step(step)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus() and event.angleDelta().y():
            self.step(1 if event.angleDelta().y() > 0 else -1)

    def step(self, by: int) -> None:
        """One level more or less, as the person's choice."""
        at = min(len(_LEVELS) - 1, max(0, _LEVELS.index(self._effort) + by))
        if _LEVELS[at] is not self._effort:
            self._choose(_LEVELS[at])

    def menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        for level in _LEVELS:
            action = menu.addAction(f"{level.value.capitalize():8}  {_TIPS[level]}")
            action.setCheckable(True)
            action.setChecked(level is self._effort)
            action.setData(level.value)
            group.addAction(action)
        menu.triggered.connect(self._picked)
        return menu

    def _open(self) -> None:
        menu = self.menu()
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))

    def _picked(self, action: QAction) -> None:
        self._choose(Effort(action.data()))

    def _choose(self, effort: Effort) -> None:
        self.show_effort(effort)
        self.effort_chosen.emit(effort)


class ModelChip(Chip):
    """The model that answers; pressing it asks for the list of models."""

    menu_requested = Signal(QPoint)

    def __init__(self, look: Look) -> None:
        super().__init__(look, "sparkles", "auto", clickable=True, shrinks=True)
        self._keys = look.keys
        self.clicked.connect(self._open)
        self.show_model("auto")

    def show_model(self, name: str, *, local: bool = False, detail: str = "") -> None:
        """``local`` models have a chip of their own, so that one sees what stays on the machine."""
        name = name or "auto"
        short = name if len(name) <= 26 else name[:24] + "…"
        keys = self._keys.get("model.choose", "")
        self.set_text(short, f"Model: {name}. {detail}".strip() + (f"  {keys}" if keys else ""))
        self.set_icon("cpu" if local else "sparkles", "green" if local else "muted")
        self.setAccessibleName(f"Model: {name}" + (", on this machine" if local else ""))

    def _open(self) -> None:
        self.menu_requested.emit(self.mapToGlobal(QPoint(0, 0)))
