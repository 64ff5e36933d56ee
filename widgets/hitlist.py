"""What a search through files found: a row for each file, its lines under it. Searches nothing."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import PurePosixPath

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from assistant.types import FileHits, Hit
from widgets.hidden import reveal_code, reveal_line
from widgets.icons import file_icon
from widgets.look import Look
from widgets.rows import Index, Rows, is_picked, is_under_mouse

ROW = 24


@dataclass(frozen=True, slots=True)
class HitRow:
    """The head of a file when ``hit`` is None."""

    path: str
    hit: Hit | None
    count: int = 0
    closed: bool = False


class _Hits(Rows[HitRow]):
    defined: frozenset[tuple[str, int]] = frozenset()

    def defines(self, row: HitRow) -> bool:
        return row.hit is not None and (row.path, row.hit.line) in self.defined

    def words(self, row: HitRow) -> str:
        return row.path if row.hit is None else row.hit.text

    def spoken(self, row: HitRow) -> str:
        if row.hit is None:
            return f"{row.path}, {row.count} found{', closed' if row.closed else ''}"
        kind = ", defined here" if self.defines(row) else ""
        return f"line {row.hit.line + 1}{kind}: {row.hit.text}"

    def tip(self, row: HitRow) -> str | None:
        if row.hit is None:
            return row.path
        return f"{row.path}:{row.hit.line + 1}{', defined here' if self.defines(row) else ''}"


class HitList(QListView):
    """Enter or a click opens a line; on a file it closes or opens its lines."""

    opened = Signal(str, object)
    """Path and :class:`Hit`."""
    left = Signal()
    """Up from the first row: the field shall have the keys."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: dict[str, FileHits] = {}
        self._closed: set[str] = set()
        self._rows = _Hits(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Paint(look, self))
        self.setUniformItemSizes(True)
        self.setAccessibleName("Search results")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._activate)
        self.installEventFilter(self)
        look.changed.connect(self._on_look)

    def _on_look(self) -> None:
        self.viewport().update()

    def mark(self, places: Set[tuple[str, int]]) -> None:
        """These lines (path, 0-based) are definitions, until the next search."""
        self._rows.defined = frozenset(places)
        self.viewport().update()

    def clear(self) -> None:
        self._rows.defined = frozenset()
        self._files.clear()
        self._closed.clear()
        self._rows.show(())

    def add(self, found: FileHits) -> None:
        self._files[found.path] = found
        self._rows.add(self._of(found))

    def files(self) -> tuple[FileHits, ...]:
        return tuple(self._files.values())

    def close_all(self) -> None:
        """Only the files, or everything again when only they are shown."""
        everything = set(self._files)
        self._closed = set() if self._closed == everything else everything
        self._show()

    def _of(self, found: FileHits) -> list[HitRow]:
        closed = found.path in self._closed
        head = HitRow(found.path, None, len(found.hits), closed)
        return [head, *(() if closed else (HitRow(found.path, hit) for hit in found.hits))]

    def _show(self) -> None:
        self._rows.show(row for found in self._files.values() for row in self._of(found))

    def _activate(self, index: Index) -> None:
        row = self._rows.row(index)
        if row is None:
            return
        if row.hit is not None:
            self.opened.emit(row.path, row.hit)
            return
        at = index.row()
        self._closed ^= {row.path}
        self._show()
        self.setCurrentIndex(self._rows.index(at))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            at = self.currentIndex()
            row = self._rows.row(at)
            match event.key():
                case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                    self._activate(at)
                    return True
                case Qt.Key.Key_Up if at.row() <= 0:
                    self.left.emit()
                    return True
                case Qt.Key.Key_Left | Qt.Key.Key_Right if row is not None and row.hit is None:
                    if row.closed is (event.key() == Qt.Key.Key_Right):
                        self._activate(at)
                    return True
        return super().eventFilter(watched, event)


class _Paint(QStyledItemDelegate):
    def __init__(self, look: Look, view: QListView) -> None:
        super().__init__(view)
        self._look, self._view = look, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, max(ROW, self._look.px(13) + 10))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, row = self._look, index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        picked = is_picked(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if picked or is_under_mouse(option):
            share = 0.18 if picked else 0.08
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.mixed("accent", "panel", share))
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 5, 5)
        if row.hit is None:
            self._paint_file(painter, row, rect)
        else:
            self._paint_hit(painter, row.hit, rect)
            model = index.model()
            if isinstance(model, _Hits) and model.defines(row):
                density = self._view.devicePixelRatioF()
                mark = look.pixmap("square-function", "accent", 13, density)
                painter.drawPixmap(rect.x() + 8, rect.center().y() - 6, mark)
        painter.restore()

    def _paint_file(self, painter: QPainter, row: HitRow, rect: QRect) -> None:
        look, density, y = self._look, self._view.devicePixelRatioF(), rect.center().y()
        chevron = "chevron-right" if row.closed else "chevron-down"
        painter.drawPixmap(rect.x() + 4, y - 6, look.pixmap(chevron, "muted", 13, density))
        painter.drawPixmap(rect.x() + 21, y - 7, look.pixmap(*file_icon(row.path), 15, density))
        path = PurePosixPath(row.path)
        painter.setFont(look.font(11))
        count = str(row.count)
        right = rect.right() - painter.fontMetrics().horizontalAdvance(count) - 10
        painter.setPen(look.colour("muted"))
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(right, rect.y(), 60, rect.height()), flags, count)
        painter.setFont(look.font(13))
        painter.setPen(look.colour("fg"))
        x = self._say(painter, reveal_line(path.name), rect.x() + 42, right - 8, rect)
        painter.setFont(look.font(11))
        painter.setPen(look.colour("muted"))
        folder = "" if path.parent == PurePosixPath() else str(path.parent)
        self._say(painter, reveal_line(folder), x + 8, right - 8, rect)

    def _paint_hit(self, painter: QPainter, hit: Hit, rect: QRect) -> None:
        """The line with its match on a tint and underlined; what stands before it gives way."""
        look, right, x = self._look, rect.right() - 8, rect.x() + 26
        painter.setFont(look.code_font(12))
        before, match, after = hit.text[: hit.start], hit.text[hit.start : hit.end], hit.text
        before = reveal_code(before.lstrip().expandtabs(4))
        width = painter.fontMetrics().horizontalAdvance
        room = max(40, (right - x) // 2)
        if width(before) > room:
            while before and width("…" + before) > room:
                before = before[max(1, len(before) // 12) :]
            before = "…" + before
        painter.setPen(look.colour("muted"))
        x = self._say(painter, before, x, right, rect)
        shown = reveal_code(match)
        size = min(width(shown), right - x)
        painter.fillRect(x, rect.y() + 3, size, rect.height() - 6, look.mixed("yellow", "bg", 0.3))
        painter.setPen(look.colour("fg"))
        end = self._say(painter, shown, x, right, rect)
        painter.drawLine(x, rect.bottom() - 4, end, rect.bottom() - 4)
        painter.setPen(look.colour("muted"))
        self._say(painter, reveal_code(after[hit.end :].expandtabs(4)), end, right, rect)

    @staticmethod
    def _say(painter: QPainter, text: str, x: int, right: int, rect: QRect) -> int:
        """Draw and return where the text ends."""
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, right - x))
        place = QRect(x, rect.y(), max(0, right - x), rect.height())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), shown)
        return x + metrics.horizontalAdvance(shown)
