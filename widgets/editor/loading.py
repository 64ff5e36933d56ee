"""Fills a document away from the editor: bytes in on any thread. Makes no thread itself.

Scintilla's ``ILoader`` is a C++ object whose virtual table is called here (0 release, 1 add data, 2
convert). It starts small and grows, because reserving hundreds of megabytes at once would hold the
window for half a second.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable

from widgets.editor.hidden import RARE_BYTES
from widgets.editor.surface import Surface

ABOVE = 5_000_000
"""Bytes above which a file is loaded this way."""
LARGE = 50_000_000
_NO_STYLES, _LARGE_TEXT = 0x01, 0x100
_Pointer = ctypes.c_void_p


class DocumentLoader:
    """One document being filled. Made on the window's thread, filled on any one thread, adopted on
    the window's.
    """

    def __init__(self, surface: Surface, size: int) -> None:
        self.rare = False
        """Whether it holds letters that almost no text holds; known once it is filled."""
        self.large = size > LARGE
        options = _NO_STYLES | _LARGE_TEXT if self.large else 0
        self._loader = surface.createLoader(0, options)
        table = ctypes.cast(
            ctypes.cast(self._loader, ctypes.POINTER(_Pointer))[0] or 0, ctypes.POINTER(_Pointer)
        )
        # Calls through CFUNCTYPE give up the interpreter's lock while they run.
        self._release = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer)(table[0] or 0)
        self._add = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, ctypes.c_char_p, ctypes.c_ssize_t)(
            table[1] or 0
        )
        self._convert = ctypes.CFUNCTYPE(_Pointer, _Pointer)(table[2] or 0)

    def fill(self, chunks: Iterable[bytes]) -> int:
        """Append UTF-8 in pieces of about a megabyte; returns how many bytes. Raises
        ``MemoryError``.
        """
        total = 0
        for chunk in chunks:
            self.rare = self.rare or RARE_BYTES in chunk
            if self._add(self._loader, chunk, len(chunk)) != 0:
                raise MemoryError("the text does not fit into memory")
            total += len(chunk)
        return total

    def fill_text(self, text: str) -> int:
        """:meth:`fill` with all of ``text``, a megabyte at a time."""
        step = 1 << 20
        pieces = (text[at : at + step] for at in range(0, len(text), step))
        return self.fill(piece.encode("utf-8", "surrogateescape") for piece in pieces)

    def document(self) -> int:
        """What :meth:`CodeEditor.adopt` takes; the loader is used up."""
        document = self._convert(self._loader)
        self._loader = 0
        return int(document or 0)

    def discard(self) -> None:
        """Give up what was loaded; nothing happens when it was used up already."""
        if self._loader:
            self._release(self._loader)
            self._loader = 0
