"""What stands in place of a text that is none: a picture, or a word about the file."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from widgets.controls import Button, Picture, Text, fill, named
from widgets.hidden import reveal_line
from widgets.look import Look

SQUARE = 8


class _Canvas(QWidget):
    """A picture at its own size, or smaller where there is no room; squares shine through."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.image = QImage()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        size = self.image.size() / self.devicePixelRatioF()
        room = self.size() - QSize(32, 16)
        if size.width() > room.width() or size.height() > room.height():
            size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        painter = QPainter(self)
        if self.image.hasAlphaChannel():
            self._squares(painter, place)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self.image)
        painter.setPen(self._look.colour("border"))
        painter.drawRect(place.adjusted(-1, -1, 0, 0))

    def _squares(self, painter: QPainter, place: QRect) -> None:
        painter.save()
        painter.setClipRect(place)
        painter.fillRect(place, self._look.colour("raised"))
        for row in range(place.height() // SQUARE + 1):
            for column in range(row % 2, place.width() // SQUARE + 1, 2):
                x, y = place.x() + column * SQUARE, place.y() + row * SQUARE
                painter.fillRect(x, y, SQUARE, SQUARE, self._look.colour("hover"))
        painter.restore()


class PictureView(QFrame):
    """Nothing in it can be edited; ``outside_requested`` asks the desktop to show the file."""

    outside_requested = Signal()

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "centre")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._name = name
        self._canvas = _Canvas(look)
        self._icon = Picture(look, "file-question-mark", "muted", 30)
        self._title = Text(reveal_line(name), "title")
        self._words = Text("", "muted")
        self._outside = Button("Open with the desktop's own program", "link")
        self._outside.clicked.connect(self.outside_requested)
        column = QVBoxLayout(self)
        items = (None, self._icon, self._canvas, 8, self._title, self._words, self._outside, None)
        fill(column, items, (16, 16, 16, 16), 4)
        for widget in (self._icon, self._title, self._words, self._outside):
            column.setAlignment(widget, Qt.AlignmentFlag.AlignHCenter)
        self._canvas.hide()
        self.show_file(0)
        look.changed.connect(self._canvas.update)

    def show_file(self, size: int, image: QImage | None = None) -> None:
        """The size in bytes, and the picture where the file is one."""
        seen = image is not None and not image.isNull()
        words = "This file is not text."
        if image is not None and seen:
            self._canvas.image = image
            words = f"{image.width():,} × {image.height():,} pixels"
            self.layout().setStretchFactor(self._canvas, 100)  # type: ignore[union-attr]
        self._icon.setVisible(not seen)
        self._canvas.setVisible(seen)
        self._words.setText(f"{words}  {_size(size)}" if size else words)
        self.setAccessibleName(f"{self._name}: {self._words.text()}")
        self._canvas.update()


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            digits = 0 if amount >= 100 or unit == "bytes" else 1
            return f"{amount:.{digits}f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
