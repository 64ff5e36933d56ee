"""A field over the X-ray for one more file or symbol: type, choose, done. Knows mentions only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from widgets.controls import fill, named
from widgets.look import Look
from widgets.mentionpopup import MentionList
from widgets.mentions import MentionItem

_SIZE = (440, 300)


class PiecePicker(QFrame):
    """Esc and a click elsewhere close it."""

    typed = Signal(str)
    picked = Signal(object)
    """The :class:`assistant.types.Mention` that was chosen."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        named(self, "float")
        self.setAccessibleName("Add to the request")
        self.field = QLineEdit()
        self.field.setPlaceholderText("A file or a symbol whose lines shall go along")
        self.field.setAccessibleName(self.field.placeholderText())
        self.field.installEventFilter(self)
        self.list = MentionList(look)
        self.list.picked.connect(self._picked)
        self.field.textChanged.connect(self.typed)
        fill(QVBoxLayout(self), (self.field, self.list), (8, 8, 8, 8), 6)
        self.hide()

    def open_over(self, button: QWidget) -> None:
        """Above the button that opened it, with the keys in its field."""
        parent = self._page
        width = min(_SIZE[0], parent.width() - 16)
        height = min(_SIZE[1], parent.height() - 60)
        corner = button.mapTo(parent, QPoint(button.width(), 0))
        self.setGeometry(max(8, corner.x() - width), max(8, corner.y() - height - 6), width, height)
        self.field.clear()
        self.list.show_items(())
        self.show()
        self.raise_()
        self.field.setFocus()
        self.typed.emit("")

    def set_items(self, items: Sequence[MentionItem]) -> None:
        """The answer to :attr:`typed`."""
        self.list.show_items(items)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _key(self, key: Qt.Key) -> bool:
        match key:
            case Qt.Key.Key_Down:
                self.list.step(1)
            case Qt.Key.Key_Up:
                self.list.step(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.list.take()
            case Qt.Key.Key_Escape:
                self._close()
            case _:
                return False
        return True

    def _picked(self, item: MentionItem) -> None:
        self._close()
        self.picked.emit(item.mention)

    def _close(self) -> None:
        self.hide()
        self._page.setFocus()
