"""The small parts every panel is made of: icon buttons, labels, chips, a segmented control.

No meaning of their own.

A control that stands in a list carries a ``key`` and sends it along, so that no slot needs a
closure.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from widgets.hidden import reveal, reveal_line, said
from widgets.look import Look

Item = QWidget | int | None
"""A widget, a gap in pixels, or None for the stretch."""


def row(
    *items: Item, margins: tuple[int, int, int, int] = (0, 0, 0, 0), spacing: int = 6
) -> QWidget:
    """Widgets side by side."""
    box = QWidget()
    fill(QHBoxLayout(box), items, margins, spacing)
    return box


def fill(
    layout: QHBoxLayout | QVBoxLayout,
    items: Sequence[Item],
    margins: tuple[int, int, int, int] = (0, 0, 0, 0),
    spacing: int = 6,
) -> None:
    """Put widgets, gaps and stretches into a box layout."""
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            layout.addWidget(item)


def named(widget: QWidget, kind: str) -> None:
    """Give a plain widget a class of the style sheet: ``[kind="..."]`` there."""
    widget.setProperty("kind", kind)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


def rekind(widget: QWidget, kind: str) -> None:
    """Change the style-sheet class of a widget that is already shown."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Text(QLabel):
    """Plain text only: what a model or a file says never becomes markup."""

    def __init__(self, text: str = "", kind: str = "", *, wrap: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(wrap)
        if kind:
            self.setProperty("kind", kind)

    def setText(self, text: str) -> None:
        """With hidden characters shown."""
        super().setText(reveal(text))


class Elided(Text):
    """One line that gives way: it shows what fits and the whole as a tool tip."""

    def __init__(
        self,
        text: str = "",
        kind: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(text, kind)
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        """As one line."""
        QLabel.setText(self, reveal_line(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(24, super().minimumSizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        width = self.contentsRect().width()
        shown = self.fontMetrics().elidedText(self.text(), self._mode, width)
        self.setToolTip(said(self.text()) if shown != self.text() else "")
        painter.drawText(self.contentsRect(), int(self.alignment()), shown)


class Picture(QWidget):
    """An icon that is only looked at."""

    def __init__(self, look: Look, icon: str, role: str = "muted", size: int = 16) -> None:
        super().__init__()
        self._look, self._icon, self._role, self._size = look, icon, role, size
        self._pixmap: QPixmap | None = None
        self.setFixedSize(size, size)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        look.changed.connect(self.update)

    def show_icon(self, icon: str, role: str) -> None:
        if (icon, role) != (self._icon, self._role):
            self._icon, self._role = icon, role
            self.update()

    def show_pixmap(self, pixmap: QPixmap, size: QSize) -> None:
        """A picture of its own instead of an icon, in so many pixels of the window."""
        self._pixmap = pixmap
        self.setFixedSize(size)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        density = self.devicePixelRatioF()
        if self._pixmap is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(self.rect(), self._pixmap)
            return
        painter.drawPixmap(0, 0, self._look.pixmap(self._icon, self._role, self._size, density))


class IconButton(QToolButton):
    """A flat button of one icon; its name is its tool tip and what a screen reader says."""

    pressed_key = Signal(str)

    def __init__(
        self,
        look: Look,
        icon: str,
        name: str,
        *,
        size: int = 16,
        role: str = "muted",
        key: str = "",
        checkable: bool = False,
        command: str = "",
    ) -> None:
        super().__init__()
        self._look, self._icon, self._role, self._size = look, icon, role, size
        self.key, self._command = key, command
        self.setCheckable(checkable)
        self.setFixedSize(size + 10, size + 10)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.rename(name)
        self.clicked.connect(self._clicked)
        look.changed.connect(self.update)

    def rename(self, name: str, keys: str = "") -> None:
        """What the button does, and the keys that do the same."""
        keys = keys or self._look.keys.get(self._command, "")
        self.setAccessibleName(name)
        self.setToolTip(said(f"{name}  {keys}" if keys else name))

    def show_icon(self, icon: str, role: str = "muted") -> None:
        self._icon, self._role = icon, role
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        role = self._role
        if not self.isEnabled():
            role = "faint"
        elif role in ("muted", "faint") and (self.isChecked() or self.underMouse()):
            role = "fg"
        picture = self._look.pixmap(self._icon, role, self._size, self.devicePixelRatioF())
        at = QPointF((self.width() - self._size) / 2, (self.height() - self._size) / 2)
        painter.drawPixmap(at, picture)

    def _clicked(self) -> None:
        self.pressed_key.emit(self.key)


class Button(QPushButton):
    """A button of words; ``kind`` is primary, plain, ghost, good or bad."""

    pressed_key = Signal(str)

    def __init__(self, text: str, kind: str = "plain", *, key: str = "", name: str = "") -> None:
        super().__init__(reveal_line(text))
        self.key = key
        self.setProperty("kind", kind)
        self.setAccessibleName(reveal_line(name or text))
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._clicked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def _clicked(self) -> None:
        self.pressed_key.emit(self.key)


class Chip(QFrame):
    """A small rounded label with an icon, that may be clicked or taken away."""

    clicked = Signal(str)
    removed = Signal(str)

    def __init__(
        self,
        look: Look,
        icon: str,
        text: str,
        *,
        role: str = "muted",
        key: str = "",
        removable: bool = False,
        clickable: bool = False,
        shrinks: bool = False,
        tip: str = "",
    ) -> None:
        super().__init__()
        self.key = key
        self._clickable, self._removable = clickable, removable
        named(self, "chip")
        self._picture = Picture(look, icon, role, 12)
        self._text = Elided(text, "chiptext") if shrinks else Text(text, "chiptext")
        fill(line := QHBoxLayout(self), (self._picture, self._text), (7, 2, 8, 2), 5)
        if removable:
            cross = IconButton(look, "x", f"Remove {self._text.text()}", size=10, key=key)
            cross.setFixedSize(15, 15)
            cross.pressed_key.connect(self.removed)
            line.setContentsMargins(7, 2, 3, 2)
            line.addWidget(cross)
        self.setAccessibleName(self._text.text())
        self.setToolTip(said(tip))
        if clickable or removable:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if clickable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setProperty("live", True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str, tip: str = "") -> None:
        self._text.setText(text)
        self.setAccessibleName(self._text.text())
        if tip:
            self.setToolTip(said(tip))

    def set_icon(self, icon: str, role: str = "muted") -> None:
        self._picture.show_icon(icon, role)

    def show_thumbnail(self, pixmap: QPixmap) -> None:
        """The picture itself, as high as two lines."""
        size = pixmap.size().scaled(QSize(64, 30), Qt.AspectRatioMode.KeepAspectRatio)
        self._picture.show_pixmap(pixmap, size.expandedTo(QSize(8, 8)))

    def text(self) -> str:
        return self._text.text()

    def set_compact(self, compact: bool) -> None:
        """Only the picture, where there is no room for words; the tool tip still says them."""
        self._text.setVisible(not compact)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and self._removable and inside:
            self.removed.emit(self.key)
        elif event.button() == Qt.MouseButton.LeftButton and self._clickable and inside:
            self.clicked.emit(self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._removable:
            self.removed.emit(self.key)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self._clickable:
            self.clicked.emit(self.key)
        else:
            super().keyPressEvent(event)


class Segments(QFrame):
    """One choice of a few, all in sight; arrow keys move it."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str, str]], name: str) -> None:
        """``options`` are (key, label, tool tip); ``name`` is what a screen reader says first."""
        super().__init__()
        named(self, "segments")
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._keys = [key for key, _, _ in options]
        fill(line := QHBoxLayout(self), (), (2, 2, 2, 2), 0)
        for index, (_, label, tip) in enumerate(options):
            button = QToolButton()
            button.setText(label)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {label}")
            button.setProperty("kind", "segment")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._group.addButton(button, index)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            line.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self._clicked)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def choice(self) -> str:
        return self._keys[self._group.checkedId()]

    def choose(self, key: str) -> None:
        """Show a choice without saying that the person made it."""
        self._group.button(self._keys.index(key)).setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        index = min(len(self._keys) - 1, max(0, self._group.checkedId() + step))
        self._group.button(index).setFocus()
        self._group.button(index).click()

    def _clicked(self, index: int) -> None:
        self.chosen.emit(self._keys[index])


class Ring(QWidget):
    """A share from 0 to 1 as an arc; yellow above four fifths, red above nineteen twentieths."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._share = look, 0.0
        self.setFixedSize(14, 14)
        look.changed.connect(self.update)

    def show_share(self, share: float) -> None:
        self._share = min(1.0, max(0.0, share))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, 2, 10, 10)
        painter.setPen(QPen(self._look.colour("border"), 2.4))
        painter.drawEllipse(box)
        role = "red" if self._share > 0.95 else "yellow" if self._share > 0.8 else "accent"
        pen = QPen(QColor(self._look.colour(role)), 2.4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(box, 90 * 16, int(-self._share * 360 * 16))
