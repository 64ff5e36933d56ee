"""Shows streaming Markdown in one document; draws only the last block again.

Loads nothing, opens nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from widgets.controls import IconButton
from widgets.diffcard import Highlighter
from widgets.hidden import reveal
from widgets.look import Look
from widgets.markdownblocks import Block, Splitter, closed_inline
from widgets.markdowntext import PAD, MarkdownText

LONG = 6_000
"""Characters of one open paragraph from which on it is drawn in steps."""
SHELLS = frozenset(("bash", "sh", "zsh", "fish", "shell", "console", "shell-session", "terminal"))
"""Languages of blocks that are commands, not text of a file."""
_APPLY = ("corner-down-left", "Apply to the file")
_TO_SHELL = ("terminal", "Put into the terminal, without running it")


@dataclass(slots=True)
class _Code:
    """A code block: where it starts in the document, its source, its buttons."""

    position: int
    block: Block
    copy: IconButton
    apply: IconButton


class MarkdownView(QTextBrowser):
    """As high as its text; lies in something that scrolls."""

    link_requested = Signal(str)
    apply_requested = Signal(str, str)
    """Text of a code block, and its language."""
    shell_requested = Signal(str)
    """Commands of a code block, for the terminal."""
    copied = Signal(str)

    def __init__(
        self, look: Look, parent: QWidget | None = None, highlighter: Highlighter | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._source: list[str] = []
        self._splitter = Splitter()
        self._tail = 0
        self._tail_code: tuple[str, int] | None = None
        self._codes: list[_Code] = []
        self._open_code: _Code | None = None
        self._streaming = False
        self._drawn = 0
        self._maker = MarkdownText(look, self.document(), highlighter)
        self._dress()
        self.anchorClicked.connect(self._link_clicked)
        look.changed.connect(self._restyle)

    def append(self, text: str) -> None:
        """More of the answer; costs the size of the last block, not of the answer."""
        self._source.append(text)
        self._streaming = True
        closed = self._splitter.push(text)
        rest = self._splitter.open_block()
        size = len(rest.text) if rest is not None and rest.kind != "code" else 0
        if not closed and size > LONG and size - self._drawn < size // 16:
            return  # a paragraph without end is drawn in steps, or each word would cost all of it
        self._drawn = size
        self._redraw(closed, rest)

    def finish(self) -> None:
        """The answer is complete."""
        if self._streaming:
            self._streaming = False
            self._redraw(self._splitter.finish(), None)
            self.viewport().update()

    def set_markdown(self, text: str) -> None:
        """All at once."""
        self._clear()
        self._source = [text]
        self._redraw([*self._splitter.push(text), *self._splitter.finish()], None)

    def markdown(self) -> str:
        return "".join(self._source)

    def codes(self) -> tuple[Block, ...]:
        return tuple(code.block for code in self._codes)

    def heightForWidth(self, width: int) -> int:
        # A width of its own: with WidgetWidth the edit lays the text out at its old width again.
        if self.lineWrapColumnOrWidth() != width:
            self.setLineWrapColumnOrWidth(width)
        ends_in_code = bool(self._all_codes()) and self._maker.ends_in_code()
        return math.ceil(self.document().size().height()) + (PAD + 2 if ends_in_code else 0)

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        return QSize(300, self.heightForWidth(max(self.width(), 60)))

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing a text names is ever fetched or read."""
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.heightForWidth(self.viewport().width())
        self.verticalScrollBar().setValue(0)
        self._place_buttons()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """It never scrolls by itself: what it lies in does."""
        self.verticalScrollBar().setValue(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for code in self._all_codes():
            box = self._box(code)
            if box.intersects(event.rect()):
                self._paint_code(painter, code, box)
        if self._streaming:
            end = QTextCursor(self.document())
            end.movePosition(QTextCursor.MoveOperation.End)
            at = self.cursorRect(end)
            caret = QRect(at.x() + 2, at.y() + 1, 6, max(8, at.height() - 3))
            painter.fillRect(caret, self._look.colour("accent"))
        painter.end()
        super().paintEvent(event)

    def _dress(self) -> None:
        self.setProperty("kind", "bare")
        self.setReadOnly(True)
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Answer")
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().setIndentWidth(16)

    def _redraw(self, closed: Sequence[Block], rest: Block | None) -> None:
        """Replace what stood after the last closed block."""
        if self._grown(closed, rest):
            self._place_buttons()
            return
        self._drop_open()
        self._maker.cut(self._tail)
        for block in closed:
            self._put(block, final=True)
            self._tail = self._maker.end()
        self._tail_code = None
        if rest is not None:
            self._put(rest, final=False)
        self._place_buttons()

    def _grown(self, closed: Sequence[Block], rest: Block | None) -> bool:
        """An open code block that only got longer takes the new lines without a redraw."""
        if closed or rest is None or rest.kind != "code" or self._tail_code is None:
            return False
        shown, position = self._tail_code
        if not rest.text.startswith(shown) or self._open_code is None:
            return False
        self._maker.extend_code(rest, reveal(rest.text[len(shown) :]), position)
        self._tail_code = (rest.text, position)
        self._open_code.block = rest
        return True

    def _put(self, block: Block, *, final: bool) -> None:
        if block.kind == "code":
            position = self._maker.put_code(block, final=final)
            code = self._made_code(block, position)
            if final:
                self._codes.append(code)
            else:
                self._open_code, self._tail_code = code, (block.text, position)
        elif block.kind == "table":
            self._maker.put_table(reveal(block.text))
        elif block.kind == "rule":
            self._maker.put_rule()
        else:
            text = reveal(block.text)
            self._maker.put_text(text if final else closed_inline(text))

    def _made_code(self, block: Block, position: int) -> _Code:
        buttons = []
        second = _TO_SHELL if _is_shell(block) else _APPLY
        for icon, name in (("copy", "Copy the code"), second):
            button = IconButton(self._look, icon, name, size=12, role="faint")
            button.setParent(self.viewport())
            button.setFixedSize(20, 20)
            button.setCursor(Qt.CursorShape.ArrowCursor)
            buttons.append(button)
        buttons[0].clicked.connect(self._copy_clicked)
        buttons[1].clicked.connect(self._apply_clicked)
        return _Code(position, block, *buttons)

    def _drop_open(self) -> None:
        if self._open_code is not None:
            for button in (self._open_code.copy, self._open_code.apply):
                button.hide()
                button.deleteLater()
            self._open_code = None

    def _all_codes(self) -> list[_Code]:
        return [*self._codes, *([self._open_code] if self._open_code else [])]

    def _box(self, code: _Code) -> QRect:
        """The card behind a code block, in the viewport."""
        first = self.document().findBlock(code.position)
        layout = self.document().documentLayout()
        top = layout.blockBoundingRect(first)
        lines = max(1, code.block.text.count("\n") + 1)
        last = self.document().findBlockByNumber(first.blockNumber() + lines - 1)
        bottom = layout.blockBoundingRect(last if last.isValid() else first)
        head = self._maker.head_height()
        return QRect(
            0,
            round(top.top()) - head,
            self.viewport().width() - 1,
            round(bottom.bottom() - top.top()) + head + PAD,
        )

    def _paint_code(self, painter: QPainter, code: _Code, box: QRect) -> None:
        look = self._look
        painter.setPen(look.colour("border"))
        painter.setBrush(look.colour("bg"))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        painter.setPen(look.colour("muted"))
        painter.setFont(look.font(11))
        head = QRect(box.x() + 10, box.y(), box.width() - 60, self._maker.head_height())
        words = reveal(code.block.language) or "text"
        painter.drawText(head, int(Qt.AlignmentFlag.AlignVCenter), words)

    def _place_buttons(self) -> None:
        for code in self._all_codes():
            box = self._box(code)
            y = box.y() + (self._maker.head_height() - 20) // 2
            code.apply.move(box.right() - 24, y)
            code.copy.move(box.right() - 46, y)
            code.copy.show()
            code.apply.show()

    def _clear(self) -> None:
        self._drop_open()
        for code in self._codes:
            code.copy.deleteLater()
            code.apply.deleteLater()
        self._codes, self._tail, self._tail_code = [], 0, None
        self._splitter = Splitter()
        self._maker.cut(0)

    def _restyle(self) -> None:
        streaming, text = self._streaming, self.markdown()
        self._clear()
        self._streaming = streaming
        closed = self._splitter.push(text)
        if streaming:
            self._redraw(closed, self._splitter.open_block())
        else:
            self._redraw([*closed, *self._splitter.finish()], None)
        self.updateGeometry()

    def _code_of(self, button: object) -> Block | None:
        for code in self._all_codes():
            if button in (code.copy, code.apply):
                return code.block
        return None

    def _copy_clicked(self) -> None:
        block = self._code_of(self.sender())
        if block is not None:
            QGuiApplication.clipboard().setText(block.text)
            self.copied.emit(block.text)

    def _apply_clicked(self) -> None:
        block = self._code_of(self.sender())
        if block is not None and _is_shell(block):
            self.shell_requested.emit(block.text)
        elif block is not None:
            self.apply_requested.emit(block.text, block.language)

    def _link_clicked(self, url: QUrl) -> None:
        self.link_requested.emit(bytes(url.toEncoded().data()).decode())


def _is_shell(block: Block) -> bool:
    return block.language.casefold() in SHELLS
