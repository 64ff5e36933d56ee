"""A scrolling column of entries, measured one by one and only when they change. Knows heights."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

SIDE, TOP, GAP = 14, 12, 12
_NEAR = 30
"""Pixels from the end within which a growing column stays at its end."""


class ColumnView(QScrollArea):
    """Cheaper than a box layout for a long talk: an entry that grows moves only those below it."""

    arranged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = QWidget()
        self.setViewport(self._view)  # one of ours: asking for Qt's own loads every kind of widget
        self._inside = QWidget()
        self._entries: list[QWidget] = []
        self._gaps: dict[QWidget, int] = {}
        self._heights: dict[QWidget, int] = {}
        self._dirty: set[QWidget] = set()
        self._width = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.arrange)
        self.setWidget(self._inside)
        self._inside.setAutoFillBackground(False)
        self._view.setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(24)

    def entries(self) -> tuple[QWidget, ...]:
        return tuple(self._entries)

    def add(self, entry: QWidget, gap: int = GAP) -> None:
        """At the end, ``gap`` pixels under what is there."""
        self._entries.append(entry)
        self._gaps[entry] = gap
        entry.setParent(self._inside)
        entry.installEventFilter(self)
        entry.show()
        self.mark(entry)

    def drop(self, entry: QWidget) -> None:
        self._entries.remove(entry)
        for table in (self._gaps, self._heights):
            table.pop(entry, None)
        self._dirty.discard(entry)
        entry.removeEventFilter(self)
        entry.hide()
        entry.deleteLater()
        self._later()

    def clear(self) -> None:
        for entry in list(self._entries):
            self.drop(entry)

    def mark(self, entry: QWidget) -> None:
        """This entry may have another height now."""
        self._dirty.add(entry)
        self._later()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and isinstance(watched, QWidget):
            self.mark(watched)
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Measure what changed, put everything in its place, stay at the end if that is where we
        are.
        """
        self._soon.stop()
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - _NEAR
        width = self._view.width() - 2 * SIDE
        if width <= 0:
            return
        stale = set(self._entries) if width != self._width else self._dirty
        self._width, self._dirty = width, set()
        y = TOP
        for index, entry in enumerate(self._entries):
            if entry in stale or entry not in self._heights:
                self._heights[entry] = height_of(entry, width)
            if index:
                y += self._gaps[entry]
            if entry.geometry().getRect() != (SIDE, y, width, self._heights[entry]):
                entry.setGeometry(SIDE, y, width, self._heights[entry])
            y += self._heights[entry]
        self._inside.resize(self._view.width(), y + TOP)
        # The area learns of the new size with the next event; the end must be known now.
        bar.setPageStep(self._view.height())
        bar.setRange(0, max(0, y + TOP - self._view.height()))
        if at_end:
            bar.setValue(bar.maximum())
        self.arranged.emit()

    def _later(self) -> None:
        if not self._soon.isActive():
            self._soon.start(0)


def height_of(widget: QWidget, width: int) -> int:
    """What a widget needs at this width."""
    layout = widget.layout()
    if layout is not None:
        layout.activate()
        if layout.hasHeightForWidth():
            return max(layout.totalHeightForWidth(width), 0)
        return layout.totalSizeHint().height()
    if widget.hasHeightForWidth():
        return widget.heightForWidth(width)
    return widget.sizeHint().height()
