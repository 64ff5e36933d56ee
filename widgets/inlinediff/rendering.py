"""The rows of a proposal: syntax colours, word emphasis, hidden characters shown.

Colours come from a second, invisible editor with the same lexer, which reads the proposal after the
lines above it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from widgets.editor import hidden, lexing
from widgets.editor.languages import PLAIN, Language
from widgets.editor.styling import NOTE
from widgets.editor.surface import Surface, encode

Row = tuple[bytes, bytes]
Spans = list[tuple[int, int]]
DiffWords = Callable[[str, str], tuple[Spans, Spans]]

CONTEXT_LINES, CONTEXT_BYTES = 300, 24_000
WORDS_UP_TO = 60_000
"""Characters of both sides together; above, words are not compared."""
_FOLD_LEVEL, _FOLD_BASE, _FOLD_HEADER = 0x0FFF, 0x400, 0x2000
_PLAIN_ASCII = bytes(range(32, 127))


class Renderer:
    """Rows for lines that are not in the buffer. One per editor; the last proposal is re-lexed from
    its change on.
    """

    def __init__(self, surface: Surface, parent: QWidget) -> None:
        self._surface = surface
        self._shadow = Surface(parent)
        self._shadow.hide()
        self._shadow.setUndoCollection(False)  # nothing in it is anybody's text
        self._language: Language = PLAIN
        self._context = b""
        self._lines: list[bytes] = []
        self._owner: object = None

    def set_language(self, language: Language) -> None:
        """Colour as this language from now on."""
        self._language = language
        self._owner = None
        lexing.install(self._shadow, language)

    def rows(
        self,
        owner: object,
        position: int,
        lines: Sequence[str],
        table: bytes,
        spans: Spans,
        kind: int,
        start: int = 0,
    ) -> list[Row]:
        """Rows for ``lines[start:]`` as they would look at ``position``.

        ``table`` maps the lexer's styles to the bank; ``kind`` is added to them inside ``spans``,
        which are characters of all the lines joined.
        """
        data = [encode(line) for line in lines]
        context = self._surface.data(self._context_start(position), position)
        same = 0
        if owner is self._owner and context == self._context:
            most = min(len(data), len(self._lines))
            while same < most and data[same] == self._lines[same]:
                same += 1
        else:
            self._fill(0, context)
            self._owner, self._context, self._lines = owner, context, []
        offset = len(context) + sum(map(len, self._lines[:same]))
        if same < len(data) or same < len(self._lines):
            self._fill(offset, b"".join(data[same:]))
        self._lines = data
        first = len(context) + sum(map(len, data[:start]))
        _, styles = self._shadow.styled(first, self._shadow.length())
        styles = styles.translate(table)
        found, at = [], 0
        base = sum(map(len, lines[:start]))
        for line, raw in zip(lines[start:], data[start:], strict=True):
            own = styles[at : at + len(raw)]
            if spans:
                own = _emphasized(own, line, base, spans, kind)
            found.append(self._row(line, raw, own))
            at += len(raw)
            base += len(line)
        return found

    def _fill(self, offset: int, data: bytes) -> None:
        self._shadow.replace(offset, self._shadow.length(), data)
        self._shadow.colourise(offset, -1)

    def _context_start(self, position: int) -> int:
        """A line at the outermost level not far above, where a lexer can start from nothing."""
        s = self._surface
        line = s.lineFromPosition(position)
        lowest = max(0, line - CONTEXT_LINES, s.lineFromPosition(max(0, position - CONTEXT_BYTES)))
        for above in range(line - 1, lowest, -1):
            level = s.foldLevel(above)
            if level & _FOLD_HEADER and level & _FOLD_LEVEL == _FOLD_BASE and line - above > 2:
                return s.positionFromLine(above)
        return s.positionFromLine(lowest)

    def _row(self, line: str, raw: bytes, styles: bytes) -> Row:
        body = raw.rstrip(b"\r\n")
        if body.isascii() and not body.translate(None, _PLAIN_ASCII) and len(body) < 200:
            return body, styles[: len(body)]
        return visible(line.rstrip("\r\n"), styles, self._surface.tabWidth())


def visible(line: str, styles: bytes, tab: int) -> Row:
    """Tabs as blanks (annotations do not expand them), hidden characters by name, far text drawn
    near.
    """
    text, out = bytearray(), bytearray()
    column = at = 0
    marks = iter([*hidden.find(line), (len(line), len(line), "")])
    start, end, name = next(marks)
    for index, character in enumerate(line):
        raw = encode(character)
        style = styles[at : at + 1] or b"\0"
        at += len(raw)
        if index == start and name:
            shown = encode(name)
            text += shown
            out += bytes([NOTE]) * len(shown)
            column += len(name)
        if start <= index < end:
            if index == end - 1:
                start, end, name = next(marks)
            continue
        if character == "\t":
            size = tab - column % tab
            text += b" " * size
            out += style * size
            column += size
        else:
            text += raw
            out += style * len(raw)
            column += 1
    return bytes(text), bytes(out)


def note_row(text: str) -> Row:
    """A remark as a row of its own."""
    data = encode(text)
    return data, bytes([NOTE]) * len(data)


def changed_words(
    diff_words: DiffWords, old: Sequence[str], new: Sequence[str]
) -> tuple[Spans, Spans]:
    """Character spans that differ in the joined lines; line by line where the whole is too unlike
    to help.
    """
    before, after = "".join(old), "".join(new)
    if not before or not after or len(before) + len(after) > WORDS_UP_TO:
        return [], []
    found = diff_words(before, after)
    if any(found) or len(old) != len(new) or len(old) == 1:
        return found
    left: Spans = []
    right: Spans = []
    at = to = 0
    for one, other in zip(old, new, strict=True):
        a, b = diff_words(one, other)
        left += [(start + at, end + at) for start, end in a]
        right += [(start + to, end + to) for start, end in b]
        at, to = at + len(one), to + len(other)
    return left, right


def _emphasized(styles: bytes, line: str, base: int, spans: Spans, kind: int) -> bytes:
    """``kind`` added to the styles of ``line`` (which starts at character ``base``) inside
    ``spans``.
    """
    stop = base + len(line)
    marked = bytearray(styles)
    for start, end in spans:
        if start < stop and end > base:
            first = len(encode(line[: max(start, base) - base]))
            last = len(encode(line[: min(end, stop) - base]))
            marked[first:last] = bytes(style + kind for style in marked[first:last])
    return bytes(marked)


def line_ends(lines: Sequence[str]) -> set[str]:
    """Which line ends occur; the last line may have none."""
    return {line[len(line.rstrip("\r\n")) :] for line in lines}


def end_note(line: str, usual: set[str]) -> str:
    """What to say of a line whose end differs from those on the other side."""
    end = line[len(line.rstrip("\r\n")) :]
    if end in usual:
        return ""
    return {"\r\n": " [CRLF]", "\n": " [LF]", "\r": " [CR]", "": " [no line end]"}[end]
