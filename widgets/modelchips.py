"""The chips that say how long to think, with how much care, and which model answers. Knows levels
and names.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QMenu

from assistant.types import Care, Effort
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
_CARES = tuple(Care)
_CARE_TIPS = {
    Care.QUICK: "One call",
    Care.CHECKED: "Checked, and mended once if something is wrong",
    Care.COUNCIL: "Three drafts, checked; the best is taken",
}


class EffortChip(Chip):
    """How long to think and how much care to take. Press for the list; left and right or the wheel
    think less or more, up and down take more or less care.
    """

    effort_chosen = Signal(object)
    care_chosen = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__(look, "brain", "medium", clickable=True)
        self._effort, self._care, self._note = Effort.MEDIUM, Care.QUICK, ""
        self._keys = look.keys
        self.clicked.connect(self._open)
        self.show_effort(Effort.MEDIUM)

    def effort(self) -> Effort:
        return self._effort

    def show_effort(self, effort: Effort, note: str = "") -> None:
        """``note`` says what the model makes of it, for example that it ignores it."""
        self._effort, self._note = effort, note
        self._tell()

    def care(self) -> Care:
        return self._care

    def show_care(self, care: Care) -> None:
        self._care = care
        self._tell()

    def _tell(self) -> None:
        effort, care = self._effort, self._care
        quick = care is Care.QUICK
        tip = f"Thinking: {_TIPS[effort]}. Care: {_CARE_TIPS[care]}. {self._note}".strip()
        ways = [(way, self._keys.get(f"effort.{way}", "")) for way in ("less", "more")]
        ways.append(("care", self._keys.get("care.next", "")))
        how = ", ".join(f"{way} {key}" for way, key in ways if key)
        shown = effort.value if quick else f"{effort.value} · {care.value}"
        self.set_text(shown, f"{tip}  ({how})" if how else tip)
        icon = "brain" if quick else "shield-check" if care is Care.CHECKED else "network"
        self.set_icon(icon, "muted" if quick and effort is Effort.OFF else "accent")
        self.setAccessibleName(f"Thinking: {effort.value}. Care: {care.value}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        more = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.step(step)
        elif more is not None:
            self.step_care(more)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus() and event.angleDelta().y():
            self.step(1 if event.angleDelta().y() > 0 else -1)

    def step(self, by: int) -> None:
        """One level more or less, as the person's choice."""
        at = min(len(_LEVELS) - 1, max(0, _LEVELS.index(self._effort) + by))
        if _LEVELS[at] is not self._effort:
            self._choose(_LEVELS[at])

    def step_care(self, by: int) -> None:
        """More or less care, as the person's choice."""
        at = min(len(_CARES) - 1, max(0, _CARES.index(self._care) + by))
        if _CARES[at] is not self._care:
            self.choose_care(_CARES[at])

    def menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._head(menu, "Thinking")
        efforts = [(level, _TIPS[level], level is self._effort) for level in _LEVELS]
        self._add(menu, efforts)
        menu.addSeparator()
        self._head(menu, "Care for edits")
        self._add(menu, [(care, _CARE_TIPS[care], care is self._care) for care in _CARES])
        menu.triggered.connect(self._picked)
        return menu

    def _head(self, menu: QMenu, words: str) -> None:
        menu.addAction(words).setEnabled(False)

    def _add(self, menu: QMenu, rows: Sequence[tuple[Effort | Care, str, bool]]) -> None:
        group = QActionGroup(menu)
        for value, tip, chosen in rows:
            action = menu.addAction(f"{value.value.capitalize():8}  {tip}")
            action.setCheckable(True)
            action.setChecked(chosen)
            action.setData(value.value)
            group.addAction(action)

    def _open(self) -> None:
        menu = self.menu()
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))

    def _picked(self, action: QAction) -> None:
        value = action.data()
        if value in [care.value for care in _CARES]:
            self.choose_care(Care(value))
        else:
            self._choose(Effort(value))

    def _choose(self, effort: Effort) -> None:
        self.show_effort(effort)
        self.effort_chosen.emit(effort)

    def choose_care(self, care: Care) -> None:
        """Just so much care, as the person's choice."""
        self.show_care(care)
        self.care_chosen.emit(care)


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
