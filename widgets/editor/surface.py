"""The private Scintilla widget: bytes in, bytes out. No theme, no language.

Nothing outside ``widgets/editor`` and ``widgets/inlinediff`` touches it. Positions are UTF-8 byte
offsets.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from pyside6_scintilla import ScintillaEdit

# Messages that carry text. The typed methods take only ``str`` and count bytes, so data goes by
# address.
ADD_REPRESENTATION = 2665
REPRESENTATION_APPEARANCE = 2766
ANNOTATION_TEXT = 2540
ANNOTATION_STYLES = 2544
FIND_TEXT_FULL = 2196
GET_RANGE_POINTER = 2643
GET_STYLED_TEXT = 2778
REPLACE_TARGET = 2194
REPLACE_TARGET_RE = 2195
SEARCH_IN_TARGET = 2197
SET_STYLING_EX = 2073

INSERTED, DELETED = 0x01, 0x02
UNDONE, REDONE = 0x20, 0x40

# Margins, and the markers they show. 21..24 are the change history's, 25..31 the folding's.
MARGIN_NUMBERS, MARGIN_CHANGES, MARGIN_REVIEW, MARGIN_FOLDS = range(4)
# Indicators below 8 belong to lexers.
IND_ADDED, IND_REMOVED, IND_FOUND, IND_CURRENT, IND_WORD = 9, 10, 11, 12, 13
IND_CLOSER = 17
"""On brackets that closed themselves; never seen."""

_LONE = re.compile("[\ud800-\udb7f\udb80-\udbff\udc00-\udc7f\udd00-\udfff]")


def encode(text: str) -> bytes:
    """UTF-8 with the bytes of ``surrogateescape`` restored; any other lone surrogate becomes
    U+FFFD.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _LONE.sub("\ufffd", text).encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """The inverse of :func:`encode` for every byte string."""
    return data.decode("utf-8", "surrogateescape")


class _StyledRange(ctypes.Structure):
    _fields_ = (("start", ctypes.c_ssize_t), ("end", ctypes.c_ssize_t), ("text", ctypes.c_char_p))


def _address(data: bytes) -> int:
    """Where ``data`` lies; the caller keeps it alive for the call, Scintilla copies before it
    returns.
    """
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0


class Surface(ScintillaEdit):
    """Scintilla with binary-safe text access. It shadows QWidget names: call
    ``QWidget.setFocus(surface)``.
    """

    menu_requested = Signal(QPoint)
    """The right button, or the key for menus; the place on the screen."""
    user_acted = Signal()
    """A key, a mouse button, a wheel or the scroll bar: by hand, not by a program."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ground = QColor("white")
        self.overpaint: list[Callable[[QPainter], None]] = []
        """Run in order after Scintilla painted, each with a painter on the viewport."""
        self.key_filters: list[Callable[[QKeyEvent], bool]] = []
        """Asked in order before Scintilla sees a key; the first that says True has taken it."""
        self.press_filters: list[Callable[[QMouseEvent], bool]] = []
        """The same for a press of a mouse button."""
        self.styler: Callable[[int], object] | None = None
        """Styles the text up to a position, where no lexer of the library does."""
        self.styleNeeded.connect(self._on_style_needed)
        self.pasting: Callable[[], AbstractContextManager[None]] = nullcontext
        """Stands around whatever is pasted by the mouse or dropped."""
        self.verticalScrollBar().actionTriggered.connect(self._on_scroll_bar)
        self.setCodePage(65001)
        # Insertions and deletions only: any further bit lets styling through to ``modified``.
        self.setModEventMask(INSERTED | DELETED)

    # ---- text ----

    def data(self, start: int = 0, end: int | None = None) -> bytes:
        """A copy of the bytes from ``start`` to ``end`` (the whole text by default)."""
        stop = self.length() if end is None else end
        if stop <= start:
            return b""
        return ctypes.string_at(self.send(GET_RANGE_POINTER, start, stop - start), stop - start)

    def replace(self, start: int, end: int, data: bytes) -> None:
        """Replace bytes as one primitive edit, which is one step of undo."""
        self.setTargetRange(start, end)
        self.send(REPLACE_TARGET, len(data), _address(data))

    def styled(self, start: int, end: int) -> tuple[bytes, bytes]:
        """The bytes of a range and their style numbers, in one message."""
        size = end - start
        if size <= 0:
            return b"", b""
        buffer = ctypes.create_string_buffer(2 * size + 2)
        wanted = _StyledRange(start, end, ctypes.cast(buffer, ctypes.c_char_p))
        self.send(GET_STYLED_TEXT, 0, ctypes.addressof(wanted))
        raw = buffer.raw[: 2 * size]
        return raw[0::2], raw[1::2]

    def set_styles(self, start: int, styles: bytes) -> None:
        """Style numbers for the bytes from ``start`` on; they are styled then."""
        self.startStyling(start, 0)
        self.send(SET_STYLING_EX, len(styles), _address(styles))

    def annotate(self, line: int, text: bytes, styles: bytes) -> None:
        """Rows under ``line``, joined with newlines; one style byte each, relative to the view's
        offset.
        """
        if not text:
            self.send(ANNOTATION_TEXT, line, 0)
            return
        self.send(ANNOTATION_TEXT, line, _address(text))
        self.send(ANNOTATION_STYLES, line, _address(styles))

    def represent(self, character: str, shown: str) -> None:
        """Draw ``character`` as ``shown`` in a box."""
        what, as_what = (
            encode(character),
            encode(shown),
        )  # named, so that they live through the call
        self.send(ADD_REPRESENTATION, _address(what), _address(as_what))

    def represent_plainly(self, character: str) -> None:
        """Measure and draw ``character`` by itself from its left edge, looking as it always does.

        The invisible override before it is never in the text: with it Qt measures from the left.
        """
        self.represent(character, "\u202d" + character)
        data = encode(character)
        self.send(REPRESENTATION_APPEARANCE, _address(data), 0)

    def search(self, start: int, end: int, wanted: bytes, flags: int) -> tuple[int, int] | None:
        """The first match in a range (backwards when ``start`` > ``end``); raises ``ValueError`` on
        a bad pattern.
        """
        self.setSearchFlags(flags)
        self.setTargetRange(start, end)
        found = self.send(SEARCH_IN_TARGET, len(wanted), _address(wanted))
        if found == -2:
            raise ValueError("the pattern is not a regular expression")
        return (self.targetStart(), self.targetEnd()) if found >= 0 else None

    # ---- places ----

    def line_start(self, line: int) -> int:
        """The position where ``line`` starts; the end of the text for a line past the last one."""
        return self.positionFromLine(line) if line < self.lineCount() else self.length()

    def line_count(self) -> int:
        """Lines as :func:`assistant.types.split_lines` counts them: no empty line after a final
        newline.
        """
        count = self.lineCount()
        return count - 1 if self.positionFromLine(count - 1) == self.length() else count

    def text_left(self) -> int:
        """The x where margins end and the text's own space begins."""
        return sum(self.marginWidthN(margin) for margin in range(self.margins()))

    def _on_style_needed(self, position: int) -> None:
        if self.styler is not None:
            self.styler(position)

    def _on_scroll_bar(self, _: int) -> None:
        self.user_acted.emit()

    # ---- Qt ----

    def paintEvent(self, event: QPaintEvent) -> None:
        # At fractional scales Scintilla's fills leave hairlines; the ground shines through.
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.ground)
        painter.end()
        super().paintEvent(event)
        if self.overpaint:
            painter = QPainter(self.viewport())
            for paint in self.overpaint:
                painter.save()
                paint(painter)
                painter.restore()
            painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.user_acted.emit()
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.user_acted.emit()
        if not any(taken(event) for taken in self.key_filters):
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.user_acted.emit()
        if any(taken(event) for taken in self.press_filters):
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            with self.pasting():
                super().mousePressEvent(event)
        else:
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """At the caret by key; by mouse the caret goes there first, unless it is a selection's."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            at = self.positionFromPoint(event.pos().x(), event.pos().y())
            if not self.selectionStart() <= at <= self.selectionEnd():
                self.gotoPos(at)
            self.menu_requested.emit(event.globalPos())
            return
        caret = self.currentPos()
        place = QPoint(self.pointXFromPosition(caret), self.pointYFromPosition(caret) + 20)
        self.menu_requested.emit(self.viewport().mapToGlobal(place))

    def dropEvent(self, event: QDropEvent) -> None:
        with self.pasting():
            super().dropEvent(event)
