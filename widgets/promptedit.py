"""The field one writes an instruction in: grows, remembers, completes mentions.

Knows text, not models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from assistant.types import Mention
from widgets.look import Look
from widgets.mentions import MentionItem

if TYPE_CHECKING:
    from widgets.mentionpopup import MentionPopup

LINES = 8
HISTORY = 100


class PromptEdit(QPlainTextEdit):
    """Enter sends, Shift+Enter breaks the line, Up and Down walk through what was sent."""

    submitted = Signal()
    mentions_requested = Signal(str)
    """``@`` and these letters stand before the caret; answer with :meth:`set_mentions`."""
    mentioned = Signal(object)
    image_chosen = Signal(str)
    """Path of a picture of the project, chosen by name."""
    image_pasted = Signal(QImage)
    files_dropped = Signal(list)
    """Paths of files that were dropped or pasted."""
    escaped = Signal()
    height_changed = Signal()

    def __init__(self, look: Look, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._history: list[str] = []
        self._at = 0
        self._draft = ""
        self._popup: MentionPopup | None = None
        self._copied: Mention | None = None
        self.setProperty("kind", "bare")
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(1)
        self.textChanged.connect(self._changed)
        look.changed.connect(self._restyle)
        self._restyle()

    def text(self) -> str:
        return self.toPlainText().strip()

    def set_text(self, text: str) -> None:
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def remember(self, text: str) -> None:
        """Put what was sent at the end of the history and empty the field."""
        if text and self._history[-1:] != [text]:
            self._history = [*self._history, text][-HISTORY:]
        self._at, self._draft = len(self._history), ""
        self.clear()

    def set_history(self, texts: Sequence[str]) -> None:
        self._history = list(texts)[-HISTORY:]
        self._at = len(self._history)

    def history(self) -> tuple[str, ...]:
        return tuple(self._history)

    def set_mentions(self, items: Sequence[MentionItem]) -> None:
        """The answer to :attr:`mentions_requested`; an empty one closes the list."""
        popup = self._list()
        popup.show_items(items if self._prefix() is not None else ())
        popup.setVisible(popup.count() > 0)
        if popup.count():
            self._place(popup)

    def know_copied(self, lines: Mention | None) -> None:
        """What was copied out of an editor last: pasted here it is a mention with its place."""
        self._copied = lines

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasImage() or source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Lines of an editor, pictures and files become mentions; other text is text."""
        paths = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if self._copied is not None and source.text() == self._copied.text:
            self.mentioned.emit(self._copied)
        elif paths:
            self.files_dropped.emit(paths)
        elif source.hasImage():
            self.image_pasted.emit(QImage(source.imageData()))
        else:
            self.insertPlainText(source.text())

    def popup_open(self) -> bool:
        return self._popup is not None and self._popup.isVisible()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.popup_open() and self._popup_key(key):
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & _OTHER:
            if shift:
                self.insertPlainText("\n")
            else:
                self.submitted.emit()
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif key == Qt.Key.Key_Up and not event.modifiers() & _OTHER and self._on_edge(first=True):
            self._recall(-1)
        elif (
            key == Qt.Key.Key_Down and not event.modifiers() & _OTHER and self._on_edge(first=False)
        ):
            self._recall(1)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Alt+Backspace is a key of the review, not the text field's second key for undo."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if alt and event.key() == Qt.Key.Key_Backspace:
                event.ignore()
                return False
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab chooses from the list while there is one."""
        return not self.popup_open() and super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._popup is not None:
            self._popup.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(200, self._wanted())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self._wanted())

    def _popup_key(self, key: Qt.Key) -> bool:
        popup = self._list()
        match key:
            case Qt.Key.Key_Down:
                popup.list.step(1)
            case Qt.Key.Key_Up:
                popup.list.step(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Tab:
                popup.list.take()
            case Qt.Key.Key_Escape:
                popup.hide()
            case _:
                return False
        return True

    def _prefix(self) -> str | None:
        """The letters after an ``@`` that starts a word before the caret, or None."""
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        head, at, prefix = before.rpartition("@")
        if not at or " " in prefix or (head and not head[-1].isspace() and head[-1] not in "(["):
            return None
        return prefix

    def _changed(self) -> None:
        self._fit()
        prefix = self._prefix()
        if prefix is not None:
            self.mentions_requested.emit(prefix)
        elif self._popup is not None:
            self._popup.hide()

    def _picked(self, item: MentionItem) -> None:
        prefix = self._prefix()
        if prefix is not None:
            cursor = self.textCursor()
            left = QTextCursor.MoveOperation.Left
            cursor.movePosition(left, QTextCursor.MoveMode.KeepAnchor, len(prefix) + 1)
            cursor.insertText(f"@{item.prefix}" if item.prefix else "")
        if item.prefix:
            return  # the field asks again by itself
        self._list().hide()
        if item.mention.kind == "image":
            self.image_chosen.emit(item.mention.value)
        else:
            self.mentioned.emit(item.mention)

    def _recall(self, by: int) -> None:
        if self._at == len(self._history):
            self._draft = self.toPlainText()
        at = min(len(self._history), max(0, self._at + by))
        if at != self._at:
            self._at = at
            self.set_text(self._draft if at == len(self._history) else self._history[at])

    def _on_edge(self, *, first: bool) -> bool:
        cursor = self.textCursor()
        if cursor.hasSelection():
            return False
        edge = QTextCursor.MoveOperation.Up if first else QTextCursor.MoveOperation.Down
        return not cursor.movePosition(edge)

    def _list(self) -> MentionPopup:
        if self._popup is None:
            from widgets.mentionpopup import MentionPopup

            self._popup = MentionPopup(self._look, self.window())
            self._popup.picked.connect(self._picked)
            self.destroyed.connect(self._popup.deleteLater)
        return self._popup

    def _place(self, popup: MentionPopup) -> None:
        window = self.window()
        height = popup.height_for(10)
        width = min(480, window.width() - 16)
        at = self.mapTo(window, self.cursorRect().bottomLeft() + QPoint(0, 6))
        if at.y() + height > window.height():
            at = self.mapTo(window, self.cursorRect().topLeft()) - QPoint(0, height + 6)
        x = max(8, min(at.x(), window.width() - width - 8))
        popup.setGeometry(x, max(0, at.y()), width, height)
        popup.raise_()

    def _restyle(self) -> None:
        self.setFont(self._look.font(13))
        self._fit()

    def _wanted(self) -> int:
        rows = 0
        block = self.document().begin()
        while block.isValid() and rows < LINES:
            rows += max(1, block.layout().lineCount())
            block = block.next()
        return min(LINES, max(1, rows)) * self.fontMetrics().lineSpacing() + 6

    def _fit(self) -> None:
        wanted = self._wanted()
        if self.height() != wanted or self.minimumHeight() != wanted:
            self.setFixedHeight(wanted)
            self.height_changed.emit()


_OTHER = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
