"""Event streams without I/O: bytes in, frames out. Knows no protocol and no JSON.

Lines end at LF, CR and CRLF only. Text-level line splitters also break at U+2028, U+0085 and
others, which are legal inside a JSON string; they would cut a payload in half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Frame:
    """One event: its name (empty when unnamed) and payload.

    A comment has no payload and says the server lives.
    """

    event: str
    data: str
    comment: bool = False


class Decoder(Protocol):
    """Bytes in any chunking to frames; ``close`` delivers what the end of the stream left
    unfinished.
    """

    def feed(self, chunk: bytes) -> list[Frame]: ...

    def close(self) -> list[Frame]: ...


class _Lines:
    """Complete lines out of chunks; linear even when one line comes in single bytes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[bytes]:
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            if chunk:
                self._parts.append(chunk)
            return []
        self._parts.append(chunk)
        lines = self._join().split(b"\n")
        rest = lines.pop()
        if rest:
            self._parts.append(rest)
        return lines

    def close(self) -> bytes:
        """The last line, when the stream ended without ending it."""
        return self._join()

    def _join(self) -> bytes:
        text = b"".join(self._parts)
        self._parts.clear()
        if self._at_start:
            self._at_start = False
            text = text.removeprefix(_BOM)
        return text


class SSEDecoder:
    """Server-sent events.

    A last event without its blank line is delivered; a leading BOM is dropped.
    """

    def __init__(self) -> None:
        self._lines = _Lines()
        self._data: list[bytes] = []
        self._event = ""

    def feed(self, chunk: bytes) -> list[Frame]:
        frames: list[Frame] = []
        for line in self._lines.feed(chunk):
            self._line(line, frames)
        return frames

    def close(self) -> list[Frame]:
        frames: list[Frame] = []
        last = self._lines.close()
        if last:
            self._line(last, frames)
        self._flush(frames)
        return frames

    def _line(self, line: bytes, frames: list[Frame]) -> None:
        if not line:
            self._flush(frames)
        elif line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b"event:"):
            self._event = line[6:].removeprefix(b" ").decode("utf-8", "replace")
        elif line.startswith(b":"):
            frames.append(Frame("", "", comment=True))
        elif line == b"data":
            self._data.append(b"")

    def _flush(self, frames: list[Frame]) -> None:
        if self._data:
            payload = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            frames.append(Frame(self._event, payload.decode("utf-8", "replace")))
            self._data = []
        self._event = ""


class NDJSONDecoder:
    """One payload a line; empty lines are skipped."""

    def __init__(self) -> None:
        self._lines = _Lines()

    def feed(self, chunk: bytes) -> list[Frame]:
        return [self._frame(line) for line in self._lines.feed(chunk) if line.strip()]

    def close(self) -> list[Frame]:
        last = self._lines.close()
        return [self._frame(last)] if last.strip() else []

    @staticmethod
    def _frame(line: bytes) -> Frame:
        return Frame("", line.decode("utf-8", "replace"))


class SniffingDecoder:
    """Server-sent events, or one JSON document where a server or proxy ignored the wish to stream.

    The body decides, not the content type: proxies lose that header.
    """

    def __init__(self) -> None:
        self._events: SSEDecoder | None = None
        self._document: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Frame]:
        if self._events is not None:
            return self._events.feed(chunk)
        self._document.append(chunk)
        head = b"".join(self._document[:4]) if len(self._document) < 5 else self._document[0]
        start = head.removeprefix(_BOM).lstrip()
        if not start or _BOM.startswith(start) or start[:1] in b"{[<":
            return []
        self._events = SSEDecoder()
        return self._events.feed(b"".join(self._document))

    def close(self) -> list[Frame]:
        if self._events is not None:
            return self._events.close()
        text = b"".join(self._document).removeprefix(_BOM).strip().decode("utf-8", "replace")
        if not text:
            return []
        if text.startswith("["):
            return [Frame("array", text)]
        return [Frame("page" if text.startswith("<") else "document", text)]
