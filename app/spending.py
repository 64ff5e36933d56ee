"""The page of what was spent: today, this project, the last two weeks. Knows the totals."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.bridge import Door
from app.progress import dollars, short
from app.reach import Book, Reach
from widgets.controls import Button, Elided, IconButton, fill, named, row
from widgets.costchart import CostChart, Day
from widgets.look import Look


class SpendingPage(QFrame):
    """A chart and three sentences; Esc leaves."""

    closed = Signal()
    limit_requested = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "centre")
        self.setAccessibleName("Spending")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.chart = CostChart(look)
        head = QFrame()
        close = IconButton(look, "x", "Close")
        close.clicked.connect(self.closed)
        fill(line := QHBoxLayout(head), (Elided("What was spent", "big"), close))
        line.setStretch(0, 1)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        limit = Button("Change the limit for a day", "link")
        limit.clicked.connect(self.limit_requested)
        fill(column, (head, self._words, row(limit, None), self.chart, None), (28, 16, 14, 20), 14)

    def show_words(self, text: str) -> None:
        self._words.setText(text)

    def words(self) -> str:
        return self._words.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class Spending(QObject):
    """Asks the ledger when the page is shown."""

    def __init__(self, door: Door, reach: Reach, page: SpendingPage) -> None:
        super().__init__(page)
        self._door, self._reach, self._page = door, reach, page
        self._cap = 0.0

    def refresh(self, project: str, cap: float) -> None:
        self._cap = cap
        self._door.ask(self._reach.book, project).answered.connect(self._on_book)

    @Slot(object)
    def _on_book(self, book: Book) -> None:
        days = [
            Day(
                day.strftime("%d %b"),
                total.usage.cost if total.requests else 0.0,
                total.usage.input + total.usage.output,
                total.unpriced > 0,
            )
            for day, total in book.days
        ]
        self._page.chart.show_days(days, self._cap or None)
        today = book.days[-1][1]
        tokens = today.usage.input + today.usage.cache_read + today.usage.output
        parts = [
            f"Today: {dollars(today.usage.cost)} for {today.requests} requests,"
            f" {short(tokens)} tokens.",
            f"This project so far: {dollars(book.project.usage.cost)}.",
        ]
        if today.unpriced:
            parts.append(f"{today.unpriced} of today's requests have no known price.")
        if self._cap:
            parts.append(f"The cap for a day is {dollars(self._cap)}.")
        self._page.show_words(" ".join(parts))
