"""Bytes to text and back, byte for byte. Knows encodings and BOMs; never changes a line's end.

A file that is not UTF-8 is opened as Windows-1252 only when nothing in it looks like UTF-8 and
every byte is a printable character there; everything else stays UTF-8, each wrong byte as a lone
surrogate (surrogateescape), and is written back as the same byte. UTF-16 without a BOM is
recognised by its zero bytes. What fits nowhere is binary: it has no text, and cannot be encoded.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from assistant.errors import WriteRefused

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BOM_OF = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
_SAMPLE = 8192
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NOT_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file's text and what is needed to write it back: ``note`` is a sentence when something is
    unusual."""

    text: str
    encoding: str = "utf-8"
    bom: bool = False
    binary: bool = False
    note: str = ""


def decode(data: bytes, encoding: str | None = None) -> TextFile:
    """The text of ``data``; ``encode(result.text, result) == data`` always, unless it is binary.

    ``encoding`` is the person's own choice; a file that does not fit it is read as if none were
    given.
    """
    if encoding is not None and (chosen := _try(data, encoding, bom=False)) is not None:
        return chosen
    for mark, name in _BOMS:
        if data.startswith(mark) and (found := _try(data[len(mark) :], name, bom=True)) is not None:
            return found
    if b"\0" in data[:_SAMPLE] or b"\0" in data:
        return _utf16_by_zeros(data) or TextFile(
            "", "binary", binary=True, note="This is not text; it can be looked at but not edited."
        )
    try:
        return TextFile(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _legacy(data)


def encode(text: str, like: TextFile) -> bytes:
    """The bytes of ``text`` in the encoding of ``like``, with its BOM.

    Raises WriteRefused with the 1-based line of the first character that the encoding cannot hold.
    """
    if like.binary:
        raise WriteRefused("A binary file has no text to save.", "Close it without saving.")
    mark = _BOM_OF.get(like.encoding, b"") if like.bom else b""
    try:
        return mark + text.encode(like.encoding, _errors(like.encoding))
    except UnicodeEncodeError as error:
        raise WriteRefused(
            f"Line {_line_of(text, error.start)} has {_named(text[error.start])}, "
            f"which {like.encoding} cannot hold.",
            "Remove it, or save the file as UTF-8.",
        ) from error


def _errors(encoding: str) -> str:
    return "surrogateescape" if encoding == "utf-8" else "strict"


def _try(data: bytes, encoding: str, *, bom: bool) -> TextFile | None:
    """``data`` in ``encoding`` when it comes back byte for byte, else None."""
    try:
        text = data.decode(encoding, _errors(encoding))
        if text.encode(encoding, _errors(encoding)) != data:
            return None
    except (UnicodeError, LookupError):
        return None
    note = _wrong_bytes(data) if encoding == "utf-8" and not data.isascii() else ""
    return TextFile(text, encoding, bom, note=note)


def _utf16_by_zeros(data: bytes) -> TextFile | None:
    sample = data[:_SAMPLE]
    half = max(len(sample) // 2, 1)
    for name, zeros in (("utf-16-le", sample[1::2].count(0)), ("utf-16-be", sample[0::2].count(0))):
        if zeros / half > 0.4 and len(data) % 2 == 0:
            found = _try(data, name, bom=False)
            if found is not None and not re.search(r"[\0-\x08\x0e-\x1a\ufffe\uffff]", found.text):
                return found
    return None


def _legacy(data: bytes) -> TextFile:
    looks_utf8 = _MULTIBYTE.search(data) is not None
    if not looks_utf8 and not _CONTROL.search(data) and not _NOT_1252.search(data):
        return TextFile(
            data.decode("cp1252"), "cp1252", note="Not UTF-8; read and saved as Windows-1252."
        )
    return TextFile(data.decode("utf-8", "surrogateescape"), note=_wrong_bytes(data))


def _wrong_bytes(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        return f"Not all of it is UTF-8 (line {line}); such bytes are kept as they are."
    return ""


def _line_of(text: str, at: int) -> int:
    head = text[:at]
    return 1 + head.count("\n") + head.count("\r") - head.count("\r\n")


def _named(char: str) -> str:
    shown = f"“{char}” " if char.isprintable() else ""
    return f"{shown}(U+{ord(char):04X})"
