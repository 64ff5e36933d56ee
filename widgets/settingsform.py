"""A page of settings built from a plain description; says what the person changed.

Knows no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import IconButton, Text, fill, named
from widgets.look import Look

Value = str | bool | float


@dataclass(frozen=True, slots=True)
class Field:
    """``kind`` is text, secret, choice, bool, number or row; ``choices`` are (value, words).

    A row has no value of its own: its ``parts`` stand side by side under its title.
    """

    key: str
    title: str
    kind: str = "text"
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    minimum: float = 0.0
    maximum: float = 1e9
    decimals: int = 0
    unit: str = ""
    parts: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: tuple[Field, ...]
    help: str = ""
    words: tuple[str, ...] = field(default=())
    """More words under which the search finds it."""


class _Combo(QComboBox):
    """The wheel scrolls the page, not the choice."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Number(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Parts(QFrame):
    """Inputs side by side, in two lines where one would cut their words."""

    NARROW = 520

    def __init__(self, inputs: Sequence[QWidget], shares: Sequence[int]) -> None:
        super().__init__()
        self._inputs, self._shares = inputs, shares
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._lay(len(inputs))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self.NARROW
        self._lay((len(self._inputs) + 1) // 2 if narrow else len(self._inputs))

    def _lay(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, widget in enumerate(self._inputs):
            self._grid.addWidget(widget, place // columns, place % columns)
            self._grid.setColumnStretch(place, self._shares[place] if place < columns else 0)


class SettingsForm(QFrame):
    """Values come in with :meth:`set_values`; each change by the person comes out once, when it is
    complete.
    """

    changed = Signal(str, object)
    """Key, and a str, bool or float."""
    closed = Signal()

    def __init__(
        self, look: Look, sections: Sequence[Section], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        named(self, "centre")
        self.setAccessibleName("Settings")
        self._look = look
        self._fields: dict[str, Field] = {}
        self._inputs: dict[str, QWidget] = {}
        self._errors: dict[str, Text] = {}
        self._rows: list[tuple[QWidget, str]] = []
        self._filter = QLineEdit()
        self._filter.setPlaceholderText("Search the settings")
        self._filter.setAccessibleName("Search the settings")
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._filtered)
        page = QFrame()
        named(page, "centre")
        column = QVBoxLayout(page)
        fill(column, (), (28, 10, 28, 28), 6)
        for section in sections:
            self._add_section(column, section)
        column.addStretch(1)
        scroll = self._scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page.setMaximumWidth(760)
        close = IconButton(look, "x", "Close the settings")
        close.clicked.connect(self.closed)
        head = QFrame()
        fill(line := QHBoxLayout(head), (Text("Settings", "big"), 16, self._filter, close))
        line.setContentsMargins(28, 16, 14, 6)
        line.setStretch(2, 1)
        fill(outer := QVBoxLayout(self), (head, scroll), spacing=0)
        outer.setStretch(1, 1)

    def set_values(self, values: Mapping[str, Value]) -> None:
        """Show these; nothing is said to have changed."""
        for key, value in values.items():
            widget = self._inputs.get(key)
            if widget is None:
                continue
            widget.blockSignals(True)
            match widget:
                case QCheckBox():
                    widget.setChecked(bool(value))
                case QComboBox():
                    widget.setCurrentIndex(max(0, widget.findData(str(value))))
                case QDoubleSpinBox():
                    widget.setValue(float(value))
                case QLineEdit():
                    widget.setText(str(value))
                    widget.setProperty("told", str(value))
            widget.blockSignals(False)

    def value(self, key: str) -> Value:
        match self._inputs[key]:
            case QCheckBox() as box:
                return box.isChecked()
            case QComboBox() as combo:
                return str(combo.currentData())
            case QDoubleSpinBox() as number:
                return number.value()
            case QLineEdit() as line:
                return line.text()
        raise KeyError(key)

    def show_error(self, key: str, text: str) -> None:
        """A sentence under the field; no text takes it away."""
        self._errors[key].setText(text)
        self._errors[key].setVisible(bool(text))

    def focus(self, key: str = "") -> None:
        """Into the search, or into one setting, which comes into sight."""
        if not key:
            self._filter.setFocus()
            return
        self._filter.clear()
        self._inputs[key].setFocus()
        QTimer.singleShot(0, self, self._show_focused)  # once the page is laid out

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def _show_focused(self) -> None:
        focused = self.focusWidget()
        if focused is not None:
            self._scroll.ensureWidgetVisible(focused, 0, 120)

    def input(self, key: str) -> QWidget:
        return self._inputs[key]

    def _add_section(self, column: QVBoxLayout, section: Section) -> None:
        title = Text(section.title, "section")
        title.setContentsMargins(0, 14, 0, 0)
        column.addWidget(title)
        about = Text(section.help, "muted", wrap=True)
        column.addWidget(about)
        about.setVisible(bool(section.help))
        names = " ".join((section.title, *section.words))
        every = " ".join(f"{f.title} {f.help} {f.key}" for f in section.fields)
        self._rows.append((title, f"{names} {every}".lower()))
        for each in section.fields:
            row = self._row(each)
            column.addWidget(row)
            self._rows.append((row, f"{names} {each.title} {each.help} {each.key}".lower()))

    def _parts(self, entry: Field) -> QWidget:
        """Several inputs of one matter in one line; they share the width there is."""
        row = QFrame()
        inputs: list[QWidget] = []
        for part in entry.parts:
            widget = self._made(part)
            widget.setAccessibleName(f"{entry.title}: {part.title}")
            widget.setToolTip(part.title)
            widget.setMinimumWidth(40)
            widget.setMaximumWidth(16_777_215)
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            inputs.append(widget)
        line = _Parts(inputs, [int(part.maximum) for part in entry.parts])
        title, about = Text(entry.title, "small"), Text(entry.help, "tiny", wrap=True)
        fill(QVBoxLayout(row), (title, about, line), (0, 6, 0, 6), 3)
        about.setVisible(bool(entry.help))
        return row

    def _made(self, entry: Field) -> QWidget:
        self._fields[entry.key] = entry
        widget = self._inputs[entry.key] = self._input(entry)
        widget.setObjectName(entry.key)
        widget.setAccessibleName(entry.title)
        widget.setAccessibleDescription(entry.help)
        return widget

    def _row(self, entry: Field) -> QWidget:
        if entry.kind == "row":
            return self._parts(entry)
        row, side = QFrame(), QFrame()
        widget = self._made(entry)
        error = self._errors[entry.key] = Text("", "failed", wrap=True)
        error.hide()
        title, about = Text(entry.title, "small", wrap=True), Text(entry.help, "tiny", wrap=True)
        title.setBuddy(widget)
        fill(QVBoxLayout(side), (title, about, error), spacing=2)
        about.setVisible(bool(entry.help))
        items: tuple[QWidget, ...] = (side, widget)
        if entry.kind == "secret":
            eye = IconButton(
                self._look, "eye", f"Show {entry.title}", key=entry.key, checkable=True
            )
            eye.pressed_key.connect(self._show_secret)
            items = (side, widget, eye)
        fill(line := QHBoxLayout(row), items, (0, 5, 0, 5), 12)
        line.setStretch(0, 1)
        line.setAlignment(widget, Qt.AlignmentFlag.AlignTop)
        return row

    def _input(self, entry: Field) -> QWidget:
        match entry.kind:
            case "bool":
                box = QCheckBox()
                box.toggled.connect(self._told)
                return box
            case "choice":
                combo = _Combo()
                for value, words in entry.choices:
                    combo.addItem(words, value)
                _between(combo, 150, 230)
                combo.view().setAccessibleName(entry.title)
                combo.currentIndexChanged.connect(self._told)
                return combo
            case "number":
                number = _Number()
                number.setRange(entry.minimum, entry.maximum)
                number.setDecimals(entry.decimals)
                number.setSuffix(f" {entry.unit}" if entry.unit else "")
                number.setFixedWidth(130)
                number.setKeyboardTracking(False)
                number.valueChanged.connect(self._told)
                return number
            case "text" | "secret":
                line = QLineEdit()
                line.setPlaceholderText(entry.placeholder)
                _between(line, 130, 230 if entry.kind == "text" else 190)
                if entry.kind == "secret":
                    line.setEchoMode(QLineEdit.EchoMode.Password)
                line.editingFinished.connect(self._line_finished)
                return line
        raise ValueError(f"no kind of field: {entry.kind}")

    def _told(self) -> None:
        widget = self.sender()
        assert isinstance(widget, QWidget)
        self.changed.emit(widget.objectName(), self.value(widget.objectName()))

    def _line_finished(self) -> None:
        """Once per change: leaving a field that is as it was says nothing."""
        line = self.sender()
        assert isinstance(line, QLineEdit)
        if (line.property("told") or "") != line.text():
            line.setProperty("told", line.text())
            self.changed.emit(line.objectName(), line.text())

    def _show_secret(self, key: str) -> None:
        line, eye = self._inputs[key], self.sender()
        assert isinstance(line, QLineEdit) and isinstance(eye, IconButton)
        mode = QLineEdit.EchoMode.Normal if eye.isChecked() else QLineEdit.EchoMode.Password
        line.setEchoMode(mode)

    def _filtered(self, text: str) -> None:
        words = text.lower().split()
        for row, names in self._rows:
            row.setVisible(all(word in names for word in words))


def _between(widget: QWidget, least: int, most: int) -> None:
    """As wide as ``most`` where there is room, and never less than ``least``."""
    widget.setMinimumWidth(least)
    widget.setMaximumWidth(most)
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
