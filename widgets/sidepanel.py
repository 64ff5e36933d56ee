"""The assistant panel: title, conversation, composer.

Passes wishes on; knows no model and no file.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from widgets.codecolours import CodeColours
from widgets.composer import Composer
from widgets.controls import Elided, IconButton, Text, fill, named
from widgets.diffcard import Highlighter, WordDiff
from widgets.look import Look
from widgets.talklist import TalkList
from widgets.transcript import Transcript


class SidePanel(QFrame):
    """``transcript`` and ``composer`` are public: their signals are the panel's.

    Code is coloured by the editor's lexers unless another ``highlighter`` is passed in.
    """

    new_requested = Signal()
    history_requested = Signal()
    menu_requested = Signal(QPoint)
    close_requested = Signal()

    def __init__(
        self,
        look: Look,
        parent: QWidget | None = None,
        *,
        diff_words: WordDiff | None = None,
        highlighter: Highlighter | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "panel")
        self.setAccessibleName("Assistant")
        colours = highlighter or CodeColours(self)
        self.transcript = Transcript(look, diff_words=diff_words, highlighter=colours)
        self.composer = Composer(look)
        self._title = Elided("New conversation", "title")
        self._pages = QStackedWidget()
        self._empty = self._hint(look)
        self._buttons = [
            IconButton(look, icon, name, key=key, command=command)
            for icon, name, key, command in (
                ("history", "Earlier conversations", "history", "chat.earlier"),
                ("plus", "New conversation", "new", "chat.new"),
                ("ellipsis", "More", "menu", ""),
            )
        ]
        head, foot = QFrame(), QFrame()
        named(head, "panelhead")
        head.setFixedHeight(36)
        fill(line := QHBoxLayout(head), (self._title, *self._buttons), (14, 0, 8, 0), 2)
        line.setStretch(0, 1)
        fill(QVBoxLayout(foot), (self.composer,), (10, 4, 10, 10), 0)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.transcript)
        self.talks = TalkList(look)
        self._pages.addWidget(self.talks)
        self.talks.left.connect(self._on_list_left)
        fill(column := QVBoxLayout(self), (head, self._pages, foot), spacing=0)
        column.setStretch(1, 1)
        for button in self._buttons:
            button.pressed_key.connect(self._pressed)
        self.transcript.arranged.connect(self._arranged)
        self.transcript.again_requested.connect(self.composer.focus)

    def show_title(self, title: str) -> None:
        self._title.setText(title or "New conversation")

    def show_list(self) -> None:
        """Earlier conversations in place of this one."""
        self.talks.words.clear()
        self._pages.setCurrentWidget(self.talks)
        self.talks.focus()

    def show_talk(self) -> None:
        """The conversation again."""
        spoken = bool(self.transcript.entries())
        self._pages.setCurrentWidget(self.transcript if spoken else self._empty)

    def _on_list_left(self) -> None:
        self.show_talk()
        self.composer.focus()

    def show_hint(self, text: str) -> None:
        """What stands there before the first question."""
        self._words.setText(text)

    def clear(self) -> None:
        """A new conversation."""
        self.transcript.clear()
        self.show_title("")
        self._pages.setCurrentWidget(self._empty)

    def _hint(self, look: Look) -> QWidget:
        page = QFrame()
        self._words = Text(
            "Ask about the project, or say what shall change.\n"
            "Edits come as a proposal: nothing is saved until you keep it.",
            "muted",
            wrap=True,
        )
        fill(QVBoxLayout(page), (None, self._words, None), (24, 0, 24, 0), 0)
        return page

    def _arranged(self) -> None:
        """The first words take the hint's place; the list stays while an answer comes."""
        if self.transcript.entries() and self._pages.currentWidget() is self._empty:
            self._pages.setCurrentWidget(self.transcript)

    def _pressed(self, key: str) -> None:
        if key == "history":
            self.history_requested.emit()
        elif key == "new":
            self.new_requested.emit()
        else:
            button = self._buttons[-1]
            self.menu_requested.emit(button.mapToGlobal(QPoint(0, button.height())))
