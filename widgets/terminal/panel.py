"""The panel of the terminals: tabs, the views, what floats over them, and what to do without one.

Knows keys of terminals, not their programs.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from widgets.controls import Button, IconButton, Picture, Text, fill, named
from widgets.look import Look
from widgets.terminal.floats import EndedBar, Offer, PasteCheck, TerminalSearch, needs_a_look
from widgets.terminal.keys import encode_paste
from widgets.terminal.searching import find
from widgets.terminal.tabs import HEIGHT, TerminalTabs
from widgets.terminal.view import TerminalView


class TerminalPanel(QFrame):
    """One page for each terminal, and one that says why there is none."""

    new_requested = Signal()
    hide_requested = Signal()
    trust_requested = Signal()
    ask_requested = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "terminals")
        self._look = look
        self.tabs = TerminalTabs(look)
        self._pages: dict[int, TerminalPage] = {}
        self._stack = QStackedWidget()
        self.empty = Empty(look)
        self._stack.addWidget(self.empty)
        self._new = IconButton(look, "plus", "New terminal", size=15)
        self._find = IconButton(look, "search", "Find in the terminal", size=14)
        self._ask = IconButton(look, "message-square", "Ask about what it said last", size=14)
        self._hide = IconButton(look, "x", "Hide the terminals", size=14)
        head = QFrame()
        named(head, "panelhead")
        head.setFixedHeight(HEIGHT)
        items = (self.tabs, None, self._new, self._find, self._ask, self._hide)
        fill(line := QHBoxLayout(head), items, (4, 0, 6, 0), 2)
        line.setStretch(0, 0)
        fill(column := QVBoxLayout(self), (head, self._stack), spacing=0)
        column.setStretch(1, 1)
        self._new.clicked.connect(self.new_requested)
        self._hide.clicked.connect(self.hide_requested)
        self._find.clicked.connect(self.find_words)
        self._ask.clicked.connect(self._on_ask)
        self.empty.button.clicked.connect(self._on_empty)
        self.tabs.chosen.connect(self.show_page)
        self._settle()

    def set_keys(self, keys: dict[str, str]) -> None:
        """Keys to tell: ``new`` and ``hide``."""
        self._new.rename("New terminal", keys.get("new", ""))
        self._hide.rename("Hide the terminals", keys.get("hide", ""))

    def add(self, key: int, view: TerminalView) -> TerminalPage:
        page = self._pages[key] = TerminalPage(self._look, view)
        self._stack.addWidget(page)
        page.ask_requested.connect(self._on_ask)
        return page

    def page(self, key: int) -> TerminalPage | None:
        return self._pages.get(key)

    def current(self) -> TerminalPage | None:
        return self._pages.get(self.tabs.current())

    def show_page(self, key: int) -> None:
        """Bring a terminal forward and give it the keys, where the panel is seen."""
        page = self._pages[key]
        self._stack.setCurrentWidget(page)
        self._settle()
        page.view.fit()
        if self.isVisible():
            page.view.setFocus()

    def remove(self, key: int) -> None:
        """A terminal goes; another comes forward."""
        page = self._pages.pop(key)
        self.tabs.remove(key)
        self._stack.removeWidget(page)
        page.deleteLater()
        if following := self.tabs.current():
            self.show_page(following)
        else:
            self._stack.setCurrentWidget(self.empty)
            self._settle()

    def explain(self, words: str, button: str) -> None:
        """Why there is no terminal, and what to press; no button where nothing helps."""
        self.empty.show_words(words, button)

    def take_focus(self) -> None:
        page = self.current()
        (page.view if page is not None else self.empty.button).setFocus()

    def find_words(self) -> None:
        """Search what the terminal in front said."""
        if (page := self.current()) is not None:
            page.open_search()

    def _settle(self) -> None:
        there = bool(self._pages)
        for button in (self._find, self._ask):
            button.setEnabled(there)

    def _on_ask(self) -> None:
        self.ask_requested.emit(self.tabs.current())

    def _on_empty(self) -> None:
        wish = self.trust_requested if self.empty.asks_trust else self.new_requested
        wish.emit()


class Empty(QWidget):
    """What stands there without a terminal."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.asks_trust = False
        self._words = Text("", "muted", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setMaximumWidth(560)
        self.button = Button("New terminal")
        column = QVBoxLayout(self)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(1)
        column.addWidget(Picture(look, "terminal", "faint", 22), 0, middle)
        column.addWidget(self._words, 0, middle)
        column.addWidget(self.button, 0, middle)
        column.addStretch(1)

    def show_words(self, words: str, button: str) -> None:
        self._words.setText(words)
        self.button.setText(button)
        self.button.setAccessibleName(button)
        self.button.setVisible(bool(button))
        self.asks_trust = button.startswith("Trust")


class TerminalPage(QWidget):
    """A view with what floats over it."""

    first_shown = Signal()
    restart_requested = Signal()
    close_requested = Signal()
    ask_requested = Signal()
    forget_requested = Signal()

    def __init__(self, look: Look, view: TerminalView) -> None:
        super().__init__()
        self.view = view
        self._shown = False
        fill(QVBoxLayout(self), (view,), spacing=0)
        self.search = TerminalSearch(look, self)
        self.check = PasteCheck(look, self)
        self.offer = Offer(look, self)
        self.end = EndedBar(look, self)
        for float_ in (self.search, self.check, self.offer, self.end):
            float_.installEventFilter(self)
        view.pasted.connect(self.paste)
        view.search_requested.connect(self.open_search)
        self.offer.taken.connect(self.ask_requested)
        self.end.restart.clicked.connect(self.restart_requested)
        self.end.close_.clicked.connect(self.close_requested)
        self.check.accepted.connect(self._on_accepted)
        self.check.refused.connect(view.setFocus)
        self.search.changed.connect(self._on_search)
        self.search.stepped.connect(self._step)
        self.search.left.connect(self.close_search)

    def paste(self, text: str) -> None:
        """One plain line is typed; anything that could do more is shown first."""
        if needs_a_look(text):
            self.check.ask(text, held=self.view.source.wants.paste)
            self._place()
        else:
            self._on_accepted(text)

    def insert(self, text: str) -> None:
        """As :meth:`paste`, but nothing of it may run by itself."""
        text = text.strip("\r\n")
        if needs_a_look(text):
            self.check.ask(text, held=self.view.source.wants.paste, waits=True)
            self._place()
        else:
            self._on_accepted(text)

    def show_end(self, words: str) -> None:
        """The shell ended."""
        self.offer.hide()
        self.check.hide()
        self.end.show_words(words)
        self._place()
        if self.view.hasFocus():
            self.end.restart.setFocus()

    def show_begin(self) -> None:
        """A shell runs here."""
        self.end.hide()
        self.view.setFocus()

    def menu(self) -> QMenu:
        """What can be done with the text of this terminal."""
        menu, view = QMenu(self), self.view
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction("Copy")
        copy.setEnabled(bool(view.selected_text()))
        copy.triggered.connect(view.copy)
        menu.addAction("Paste").triggered.connect(view.paste)
        menu.addAction("Select all").triggered.connect(view.select_all)
        menu.addSeparator()
        menu.addAction("Find").triggered.connect(self.open_search)
        menu.addAction("Ask about what it said last").triggered.connect(self.ask_requested)
        menu.addAction("Forget what scrolled by").triggered.connect(self.forget_requested)
        return menu

    def open_search(self) -> None:
        self.search.open(self.view.selected_text().partition("\n")[0])
        self._place()
        self._on_search(self.search.field.text())

    def close_search(self) -> None:
        self.search.hide()
        self.view.found, self.view.found_at = [], -1
        self.view.viewport().update()
        self.view.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True  # its size is known: a shell may start
            self.first_shown.emit()

    def _place(self) -> None:
        """Search and offer stand at the upper right, a paste and the end at the foot."""
        y = 8
        for float_ in (self.search, self.offer):
            if float_.isVisibleTo(self):
                size = float_.sizeHint()
                width = min(size.width(), self.width() - 28)
                float_.setGeometry(self.width() - width - 20, y, width, size.height())
                y += size.height() + 6
        if self.end.isVisibleTo(self):
            size = self.end.sizeHint()
            width = min(size.width(), self.width() - 28)
            y = self.height() - size.height() - 8
            self.end.setGeometry((self.width() - width) // 2, y, width, size.height())
        if self.check.isVisibleTo(self):
            width = min(640, self.width() - 24)
            height = self.check.sizeHint().height()
            self.check.setGeometry(10, max(4, self.height() - height - 8), width, height)

    def _on_accepted(self, text: str) -> None:
        self.view.type(encode_paste(text, self.view.source.wants))
        self.view.setFocus()

    def _on_search(self, words: str) -> None:
        view = self.view
        view.found = find(view.source, words)
        view.found_at = len(view.found) - 1
        self._show_found()

    def _step(self, by: int) -> None:
        view = self.view
        if view.found:
            view.found_at = (view.found_at + by) % len(view.found)
            self._show_found()

    def _show_found(self) -> None:
        view = self.view
        if view.found:
            view.scroll_to(view.found[view.found_at][0])
        self.search.show_count(view.found_at, len(view.found))
        view.viewport().update()
