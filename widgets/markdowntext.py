"""Writes Markdown blocks into a text document in the theme's styles. Knows formats, not streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextList,
    QTextListFormat,
    QTextTable,
)

from widgets.hidden import hides, reveal, said
from widgets.look import Look
from widgets.markdownblocks import Block

PAD = 9
GAP = 8
LIVE = 12_000
"""Characters of a code block up to which it is coloured while it still grows."""
_BULLETS = (
    QTextListFormat.Style.ListDisc,
    QTextListFormat.Style.ListCircle,
    QTextListFormat.Style.ListSquare,
)
"""By how deep the list stands, whichever mark the model typed."""
_HEADS = {1: 16, 2: 14, 3: 13, 4: 13, 5: 13, 6: 13}
_FEATURES = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)


class MarkdownText:
    """Appends to ``document``; :meth:`cut` takes back from a position on."""

    def __init__(
        self,
        look: Look,
        document: QTextDocument,
        highlighter: Callable[[str, str], Sequence[tuple[int, int, str]]] | None = None,
    ) -> None:
        self._look, self._document, self._highlighter = look, document, highlighter
        self._scratch = QTextDocument()
        self._scratch.setUndoRedoEnabled(False)
        self._fresh = True

    def end(self) -> int:
        """The position after the last character; 0 while nothing stands there."""
        return 0 if self._fresh else self._document.characterCount() - 1

    def head_height(self) -> int:
        """Pixels above the first line of a code block, for its language and buttons."""
        return self._look.px(12) + 14

    def ends_in_code(self) -> bool:
        """Whether the last block is code, whose bottom margin the document's size leaves out."""
        return self._document.lastBlock().blockFormat().leftMargin() == PAD + 1

    def cut(self, position: int) -> None:
        """Take away everything from ``position`` (what :meth:`end` said) to the end."""
        cursor = QTextCursor(self._document)
        cursor.setPosition(position)
        shape = cursor.blockFormat()
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        # An empty block takes over the format of what is removed after it.
        if cursor.blockFormat() != shape:
            cursor.setBlockFormat(shape)
        if position == 0:
            cursor.setBlockFormat(QTextBlockFormat())
            self._fresh = True

    def put_text(self, markdown: str) -> None:
        """Paragraphs, headings, lists, quotes."""
        self._scratch.setMarkdown(markdown, _FEATURES)
        cursor = self._cursor()
        lists: dict[int, QTextList] = {}
        cursor.beginEditBlock()
        block = self._scratch.begin()
        while block.isValid():
            self._put_block(cursor, block, lists)
            block = block.next()
        cursor.endEditBlock()

    def put_code(self, block: Block, *, final: bool) -> int:
        """A code block; the position of its first line."""
        cursor = self._cursor()
        cursor.beginEditBlock()
        lines = reveal(block.text).split("\n")
        position = -1
        for index, line in enumerate(lines):
            self._next(cursor, self._code_block(index == 0, index == len(lines) - 1), None)
            if index == 0:
                position = cursor.position()
            cursor.insertText(line, self._code_chars())
        if final or len(block.text) < LIVE:
            self._colour(position, block, 0)
        cursor.endEditBlock()
        return position

    def extend_code(self, block: Block, more: str, position: int) -> None:
        """``more`` text at the end of the open code block, whose first line is at ``position``."""
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for index, line in enumerate(more.split("\n")):
            if index:
                first = cursor.blockFormat()
                first.setBottomMargin(0)
                cursor.setBlockFormat(first)
                self._next(cursor, self._code_block(False, True), None)
            cursor.insertText(line, self._code_chars())
        if len(block.text) < LIVE:
            before = len(block.text) - len(more)
            self._colour(position, block, block.text.rfind("\n", 0, max(0, before)) + 1)
        cursor.endEditBlock()

    def put_rule(self) -> None:
        cursor = self._cursor()
        shape = QTextBlockFormat()
        full = QTextLength(QTextLength.Type.PercentageLength, 100)
        shape.setProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth, full)
        shape.setBottomMargin(GAP)
        self._next(cursor, shape, None)

    def put_table(self, markdown: str) -> None:
        """A table, as wide as the text, with thin lines."""
        self._scratch.setMarkdown(markdown, _FEATURES)
        self._disarm()
        cursor = self._cursor()
        cursor.beginEditBlock()
        self._next(cursor, QTextBlockFormat(), None)
        cursor.insertFragment(QTextDocumentFragment(self._scratch))
        cursor.endEditBlock()
        tables = [f for f in self._document.rootFrame().childFrames() if isinstance(f, QTextTable)]
        if tables:
            self._dress_table(tables[-1])

    def _disarm(self) -> None:
        """Pictures in the scratch document become their names; what entities such as ``&#8238;``
        brought in is shown.
        """
        found: list[tuple[int, int, str, QTextCharFormat]] = []
        block = self._scratch.begin()
        while block.isValid():
            it = block.begin()
            while not it.atEnd():
                piece, form = it.fragment(), it.fragment().charFormat()
                if piece.isValid() and (form.isImageFormat() or hides(piece.text())):
                    found.append((piece.position(), piece.length(), piece.text(), form))
                it += 1
            block = block.next()
        for position, length, text, form in reversed(found):
            cursor = QTextCursor(self._scratch)
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            if form.isImageFormat():
                cursor.removeSelectedText()
                self._put_image(cursor, form.toImageFormat().name())
            else:
                cursor.insertText(_revealed(text), form)

    def _cursor(self) -> QTextCursor:
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return cursor

    def _next(self, cursor: QTextCursor, shape: QTextBlockFormat, joined: QTextList | None) -> None:
        """Start a block of this format: the first one is already there."""
        if self._fresh:
            cursor.setBlockFormat(shape)
            cursor.setBlockCharFormat(QTextCharFormat())
            self._fresh = False
        else:
            cursor.insertBlock(shape, QTextCharFormat())
        if joined is not None:
            joined.add(cursor.block())
        elif cursor.currentList() is not None:
            cursor.currentList().remove(cursor.block())
            cursor.setBlockFormat(shape)

    def _put_block(
        self, cursor: QTextCursor, block: QTextBlock, lists: dict[int, QTextList]
    ) -> None:
        level = block.blockFormat().headingLevel()
        shape = QTextBlockFormat()
        shape.setHeadingLevel(level)
        shape.setBottomMargin(4 if level or block.textList() is not None else GAP)
        shape.setTopMargin(6 if level and not self._fresh else 0)
        shape.setLineHeight(118, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        quote = block.blockFormat().intProperty(QTextFormat.Property.BlockQuoteLevel)
        if quote:
            shape.setLeftMargin(14 * quote)
            shape.setProperty(QTextFormat.Property.BlockQuoteLevel, quote)
        fenced = block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
        self._next(cursor, self._code_block(False, True) if fenced else shape, None)
        if (source := block.textList()) is not None:
            self._join(cursor, source, lists)
        it = block.begin()
        while not it.atEnd():
            fragment = it.fragment()
            if fragment.isValid():
                form = fragment.charFormat()
                if form.isImageFormat():
                    self._put_image(cursor, form.toImageFormat().name())
                else:
                    words = _revealed(fragment.text())
                    cursor.insertText(words, self._chars(form, level, bool(quote)))
            it += 1

    def _join(self, cursor: QTextCursor, source: QTextList, lists: dict[int, QTextList]) -> None:
        """Put the block into the copy of its list."""
        key = source.objectIndex()
        if key in lists:
            lists[key].add(cursor.block())
        else:
            form = QTextListFormat(source.format())
            if form.style() in _BULLETS:
                form.setStyle(_BULLETS[(form.indent() - 1) % len(_BULLETS)])
            lists[key] = cursor.createList(form)

    def _put_image(self, cursor: QTextCursor, url: str) -> None:
        """A picture is named, never loaded."""
        form = self._chars(QTextCharFormat(), 0, False)
        form.setForeground(self._look.colour("muted"))
        form.setAnchor(True)
        form.setAnchorHref(url)
        cursor.insertText(f"[picture: {reveal(url)}]", form)

    def _chars(self, source: QTextCharFormat, level: int, quoted: bool) -> QTextCharFormat:
        look, form = self._look, QTextCharFormat()
        code = source.fontFixedPitch() or (bool(source.fontFamilies()) and not level)
        bold = source.fontWeight() >= QFont.Weight.DemiBold or level > 0
        size = _HEADS.get(level, 13)
        font = look.code_font(12) if code else look.font(size, 600 if bold else 400)
        font.setItalic(source.fontItalic())
        font.setStrikeOut(source.fontStrikeOut())
        form.setFont(font)
        colour = look.colour("muted" if quoted else "fg")
        if bold:
            colour = look.mixed("fg", "fg", 1) if quoted else _strong(look)
        if code:
            colour = look.colour("accent")
        if source.isAnchor():
            form.setAnchor(True)
            form.setAnchorHref(source.anchorHref())
            form.setToolTip(said(source.anchorHref()))
            colour = look.colour("blue")
        form.setForeground(colour)
        return form

    def _code_chars(self) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFont(self._look.code_font(12))
        form.setForeground(self._look.colour("fg"))
        return form

    def _code_block(self, first: bool, last: bool) -> QTextBlockFormat:
        shape = QTextBlockFormat()
        shape.setLeftMargin(PAD + 1)
        shape.setRightMargin(PAD + 1)
        shape.setTopMargin(self.head_height() + GAP if first else 0)
        shape.setBottomMargin(PAD + GAP if last else 0)
        shape.setLineHeight(115, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        return shape

    def _colour(self, position: int, block: Block, start_at: int) -> None:
        """Give the code from the character ``start_at`` on the roles of the highlighter."""
        if self._highlighter is None or position < 0:
            return
        text = reveal(block.text)
        wide = not text.isascii()
        for start, end, role in self._highlighter(block.language, text):
            if end <= start_at:
                continue
            if wide:
                start, end = _units(text[:start]), _units(text[:end])
            cursor = QTextCursor(self._document)
            cursor.setPosition(position + start)
            cursor.setPosition(position + end, QTextCursor.MoveMode.KeepAnchor)
            form = QTextCharFormat()
            form.setForeground(QColor(self._look.theme.role(role).fg))
            cursor.mergeCharFormat(form)

    def _dress_table(self, table: QTextTable) -> None:
        form = table.format()
        form.setBorder(1)
        form.setBorderCollapse(True)
        form.setBorderBrush(self._look.colour("border"))
        form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        form.setCellPadding(4)
        form.setCellSpacing(0)
        form.setBottomMargin(GAP)
        table.setFormat(form)
        for row in range(table.rows()):
            for column in range(table.columns()):
                cell = table.cellAt(row, column)
                self._dress_cell(cell.firstCursorPosition().block(), bold=row == 0)

    def _dress_cell(self, block: QTextBlock, *, bold: bool) -> None:
        """The same styles as in running text, a little smaller."""
        for form in block.textFormats():
            chars = self._chars(form.format, 0, False)
            if not form.format.fontFixedPitch():
                heavy = bold or form.format.fontWeight() >= QFont.Weight.DemiBold
                font = self._look.font(12, 600 if heavy else 400, italic=form.format.fontItalic())
                chars.setFont(font)
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + form.start)
            last = block.position() + form.start + form.length
            cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(chars)


def _units(text: str) -> int:
    """Positions of a QTextDocument are UTF-16 units, those of a span are characters."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def _strong(look: Look) -> QColor:
    """Between the text's colour and white (or black): what headings and bold words have."""
    fg = look.colour("fg")
    return fg.lighter(118) if look.theme.dark else fg.darker(130)


def _revealed(text: str) -> str:
    """With hidden characters shown; U+2028 is how Qt breaks a line within a paragraph."""
    return "\u2028".join(reveal(part) for part in text.split("\u2028"))
