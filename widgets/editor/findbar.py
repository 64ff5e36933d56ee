"""The bar that finds and replaces in one editor; replaces in one undo step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from assistant.types import Found, Query, Search, look
from widgets.editor.surface import IND_CURRENT, IND_FOUND, Surface, decode, encode
from widgets.icons import Icons
from widgets.theme import Theme, mix

MOST = 20_000
"""Matches that are counted and marked; more are shown as this many and a plus sign."""
EVERY = 10_000_000
Finder = Callable[[Search, str, Callable[[Found], object]], object]
"""Looks for something in a text and tells what it found, now or later."""


def at_once(search: Search, text: str, then: Callable[[Found], object]) -> None:
    """The finder of an editor that stands alone."""
    then(look(search, text))


class FindBar(QWidget):
    """Above the text it searches. Enter is next, Shift+Enter previous, Escape closes."""

    closed = Signal()

    def __init__(self, surface: Surface, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._surface = surface
        self.finder: Finder = at_once
        """Set by whoever can look without holding the window; only its last answer counts."""
        self._spans: tuple[tuple[int, int], ...] = ()
        self._stale = True
        self._asked = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(120)
        self._later.timeout.connect(self._search)
        self._icons: dict[QToolButton, str] = {}
        self._pictures = Icons()
        self._build()
        self.apply_theme(theme)
        surface.modified.connect(self._on_modified)

    def open(self, replace: bool = False) -> None:
        """Show the bar with the selected text in it, ready to type."""
        s = self._surface
        start, end = s.selectionStart(), s.selectionEnd()
        if 0 < end - start < 300 and s.lineFromPosition(start) == s.lineFromPosition(end):
            self.pattern.setText(decode(s.data(start, end)))
        for widget in (self.replacement, self.one, self.every):
            widget.setVisible(replace)
        self._draw_icons()
        self.show()
        self.pattern.setFocus()
        self.pattern.selectAll()
        self._search()

    def close_bar(self) -> None:
        """Hide the bar, leave the match selected, give the keyboard back to the text."""
        self._later.stop()
        self._mark([])
        self.hide()
        QWidget.setFocus(self._surface)
        self.closed.emit()

    def query(self) -> Query:
        return Query(
            self.pattern.text(),
            self.regex.isChecked(),
            self.case.isChecked(),
            self.word.isChecked(),
        )

    def next(self) -> None:
        """Select the match after the selection; after the last comes the first."""
        self._refreshed(partial(self._go, forward=True))

    def previous(self) -> None:
        self._refreshed(partial(self._go, forward=False))

    def replace_one(self) -> None:
        """Replace the selected match and go to the next; without one only go."""
        self._search(self._replace_here, template=self.replacement.text())

    def _replace_here(self, found: Found) -> None:
        s = self._surface
        here = (s.selectionStart(), s.selectionEnd())
        if here in self._spans and not s.readOnly():
            new = encode(found.new[self._spans.index(here)])
            s.replace(*here, new)
            s.setSelection(here[0] + len(new), here[0] + len(new))
        self.next()

    def replace_all(self) -> None:
        """Replace every match as one step of undo."""
        if self._surface.readOnly():
            self._say("The text is read-only.", bad=True)
        else:
            self._search(self._replace_every, limit=EVERY, template=self.replacement.text())

    def _replace_every(self, found: Found) -> None:
        s = self._surface
        s.beginUndoAction()
        for (start, end), text in zip(reversed(self._spans), reversed(found.new), strict=True):
            s.replace(start, end, encode(text))
        s.endUndoAction()
        self._search(partial(self._say_replaced, len(found.new)))

    def _say_replaced(self, count: int, _found: Found) -> None:
        self._say(f"{count} replaced")

    def apply_theme(self, theme: Theme) -> None:
        ui = theme.ui
        self._bad = ui["red"]
        self._calm = ui["muted"]
        chosen = mix(ui["accent"], ui["panel"], 0.25)
        self.setStyleSheet(
            f"""
            #findbar {{ background: {ui["panel"]}; border-bottom: 1px solid {ui["border"]}; }}
            QToolButton {{ color: {ui["muted"]}; padding: 2px 8px; border: 1px solid transparent;
            border-radius: 5px; background: transparent; }}
            QToolButton:hover {{ background: {ui["hover"]}; color: {ui["fg"]}; }}
            QToolButton:pressed {{ background: {ui["border"]}; }}
            QToolButton:focus {{ border-color: {ui["accent"]}; }}
            QToolButton:checked {{ background: {chosen}; border-color: {ui["accent"]}; }}
            """
        )
        self._ink = ui["fg"]
        if self.isVisible():
            self._draw_icons()

    def _draw_icons(self) -> None:
        """Not before the bar is seen: most editors never show theirs."""
        for button, icon in self._icons.items():
            button.setIcon(self._pictures.icon(icon, self._ink, 16))

    # ---- searching ----

    def _search(
        self,
        then: Callable[[Found], object] | None = None,
        limit: int = MOST,
        template: str | None = None,
    ) -> None:
        """Look through the text as it is now; ``then`` is told what was found."""
        self._later.stop()
        self._stale = False
        self._asked += 1
        query = self.query()
        if not query.pattern:
            self._take(self._asked, then, Found())
            return
        take = partial(self._take, self._asked, then)
        text = decode(self._surface.data())
        self._say("Searching…")
        self.finder(Search(query, limit, template), text, take)

    def _take(self, asked: int, then: Callable[[Found], object] | None, found: Found) -> None:
        """An answer; what was asked about an older text or pattern is no longer of use."""
        if asked != self._asked:
            return
        if self._stale:
            self._search()
            return
        self._spans = found.spans
        self._mark(self._spans)
        if found.error:
            self._say(found.error, bad=True)
            return
        self._count()
        if then is not None:
            then(found)

    def _refreshed(self, act: Callable[[], object]) -> None:
        """Do something with matches that are those of the present text."""
        if self._stale:
            self._search(partial(_ignoring, act))
        else:
            act()

    def _go(self, forward: bool) -> None:
        if not self._spans:
            return
        s = self._surface
        if forward:
            here = s.selectionEnd()
            span = next((span for span in self._spans if span[0] >= here), self._spans[0])
        else:
            here = s.selectionStart()
            span = next(
                (span for span in reversed(self._spans) if span[1] <= here), self._spans[-1]
            )
        s.ensureVisibleEnforcePolicy(s.lineFromPosition(span[0]))
        s.setSelection(span[1], span[0])
        s.scrollRange(span[0], span[1])
        self._mark_current(span)
        self._count()

    def _mark(self, spans: Sequence[tuple[int, int]]) -> None:
        s = self._surface
        for indicator in (IND_FOUND, IND_CURRENT):
            s.setIndicatorCurrent(indicator)
            s.indicatorClearRange(0, s.length())
        s.setIndicatorCurrent(IND_FOUND)
        for start, end in spans[:MOST]:
            s.indicatorFillRange(start, end - start)

    def _mark_current(self, span: tuple[int, int]) -> None:
        s = self._surface
        s.setIndicatorCurrent(IND_CURRENT)
        s.indicatorClearRange(0, s.length())
        s.indicatorFillRange(span[0], span[1] - span[0])

    def _count(self) -> None:
        if not self.pattern.text():
            self._say("")
            return
        here = (self._surface.selectionStart(), self._surface.selectionEnd())
        total = f"{len(self._spans)}{'+' if len(self._spans) >= MOST else ''}"
        place = (
            f"{self._spans.index(here) + 1} of {total}" if here in self._spans else f"{total} found"
        )
        self._say(place if self._spans else "No match", bad=not self._spans)

    def _say(self, text: str, bad: bool = False) -> None:
        self.count.setText(text)
        self.count.setStyleSheet(f"color: {self._bad if bad else self._calm}")

    def _on_modified(self, *_: object) -> None:
        self._stale = True
        if self.isVisible():
            self._later.start()

    def _changed(self) -> None:
        self._search(self._go_near)

    def _go_near(self, _found: Found) -> None:
        """The match at the caret, or the next one."""
        s = self._surface
        if self._spans and (s.selectionStart(), s.selectionEnd()) not in self._spans:
            s.gotoPos(s.selectionStart())
            self._go(forward=True)

    # ---- building ----

    def _build(self) -> None:
        self.pattern, self.replacement = QLineEdit(self), QLineEdit(self)
        for edit, name in ((self.pattern, "Find"), (self.replacement, "Replace with")):
            edit.setPlaceholderText(name)
            edit.setAccessibleName(name)
            edit.installEventFilter(self)
        self.pattern.textChanged.connect(self._changed)
        self.count = QLabel(self)
        self.count.setMinimumWidth(84)
        self.count.setAccessibleName("Matches")
        self.case = self._button("case-sensitive", "Match case", checkable=True)
        self.word = self._button("whole-word", "Whole words", checkable=True)
        self.regex = self._button("regex", "Regular expression", checkable=True)
        self.back = self._button("arrow-up", "Previous match (Shift+Enter)")
        self.forth = self._button("arrow-down", "Next match (Enter)")
        self.shut = self._button("x", "Close (Escape)")
        self.one = self._button("", "Replace this match and go to the next", "Replace")
        self.every = self._button("", "Replace every match", "Replace all")
        for button in (self.case, self.word, self.regex):
            button.toggled.connect(self._changed)
        for button, slot in (
            (self.back, self.previous),
            (self.forth, self.next),
            (self.shut, self.close_bar),
            (self.one, self.replace_one),
            (self.every, self.replace_all),
        ):
            button.clicked.connect(slot)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 5, 8, 5)
        grid.setHorizontalSpacing(3)
        grid.setVerticalSpacing(4)
        buttons = (self.case, self.word, self.regex, self.count, self.back, self.forth, self.shut)
        grid.addWidget(self.pattern, 0, 0)
        grid.addWidget(self.replacement, 1, 0)
        for widgets, line in ((buttons, 0), ((self.one, self.every), 1)):
            row = QHBoxLayout()
            row.setSpacing(3)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
            grid.addLayout(row, line, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 1)

    def _button(self, icon: str, name: str, text: str = "", checkable: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setCheckable(checkable)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if icon:
            button.setFixedSize(28, 26)
            button.setIconSize(QSize(16, 16))
            button.setStyleSheet("padding: 0")
            self._icons[button] = icon
        return button

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            match event.key():
                case Qt.Key.Key_Escape:
                    self.close_bar()
                    return True
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    if watched is self.replacement:
                        self.replace_one()
                    elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                        self.previous()
                    else:
                        self.next()
                    return True
        return super().eventFilter(watched, event)


def _ignoring(act: Callable[[], object], _found: Found) -> None:
    act()
