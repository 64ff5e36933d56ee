"""The very text of one piece, as it leaves: placeholders marked, hidden characters shown.

Knows one piece.
"""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPixmap, QShowEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QStackedLayout, QTextEdit, QWidget

from widgets.contextmap import Piece
from widgets.hidden import reveal
from widgets.look import Look

_SECRET = re.compile(r"GALLEY_SECRET_[A-Z_]+_[0-9a-f]{12}")
_MOST = 400_000
"""Characters that are shown; a longer piece is cut here, and says so."""


class PieceView(QWidget):
    """Text or picture; it can be read and copied, not changed."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._piece: Piece | None = None
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("The text as it leaves")
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(80, 80)
        self.picture.setAccessibleName("The picture as it leaves")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.text)
        self._pages.addWidget(self.picture)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_piece(self, piece: Piece | None) -> None:
        if piece is self._piece and piece is not None:
            return
        self._piece = piece
        if piece is not None and piece.picture:
            self._show_picture(piece)
            return
        self._pages.setCurrentWidget(self.text)
        words = "" if piece is None else piece.why if piece.stays else reveal(piece.text[:_MOST])
        if piece is not None and len(piece.text) > _MOST:
            words += f"\n… {len(piece.text) - _MOST:,} more characters leave"
        self.text.setPlainText(words)
        self._mark_secrets(words)

    def showEvent(self, event: QShowEvent) -> None:
        """The style sheet gives a field the font of words when it is first shown."""
        super().showEvent(event)
        self._restyle()

    def _show_picture(self, piece: Piece) -> None:
        pixmap = QPixmap()
        pixmap.loadFromData(piece.picture)
        size = self.size() * self.devicePixelRatioF()
        if pixmap.width() > size.width() or pixmap.height() > size.height():
            pixmap = pixmap.scaled(
                size,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.picture.setPixmap(pixmap)
        self._pages.setCurrentWidget(self.picture)

    def _mark_secrets(self, words: str) -> None:
        form = QTextCharFormat()
        form.setBackground(QColor(self._look.mixed("yellow", "bg", 0.3)))
        form.setToolTip("A secret stays here; this word leaves in its place.")
        marks = []
        masked = self._piece is not None and self._piece.redactions
        for found in _SECRET.finditer(words) if masked else ():
            mark = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.text.document())
            cursor.setPosition(found.start())
            cursor.setPosition(found.end(), QTextCursor.MoveMode.KeepAnchor)
            mark.cursor, mark.format = cursor, form
            marks.append(mark)
        self.text.setExtraSelections(marks)

    def _restyle(self) -> None:
        self.text.setFont(self._look.code_font(11))
        self._mark_secrets(self.text.toPlainText())
