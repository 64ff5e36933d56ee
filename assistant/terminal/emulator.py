"""Bytes of a program into the screen of a terminal, for as long as there is time. Knows UTF-8."""

from __future__ import annotations

import codecs
import time

from assistant.terminal.parser import Parser
from assistant.terminal.screen import Screen
from assistant.terminal.sequences import Interpreter

PIECE = 4096
"""Bytes between two looks at the clock."""


class Emulator:
    """``feed`` everything at once, or :meth:`take` bytes and :meth:`work` while there is time."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._parser = Parser(Interpreter(screen))
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = bytearray()

    @property
    def waiting(self) -> int:
        """Bytes that were taken and not yet worked through."""
        return len(self._waiting)

    def feed(self, data: bytes) -> None:
        self._parser.feed(self._decoder.decode(data))

    def take(self, data: bytes) -> None:
        self._waiting += data

    def work(self, seconds: float) -> int:
        """Work through what waits, for about so long; how many bytes that were."""
        end = time.perf_counter() + seconds
        done, size = 0, PIECE
        while done < len(self._waiting):
            began = time.perf_counter()
            piece = bytes(self._waiting[done : done + size])
            self.feed(piece)
            done += len(piece)
            now = time.perf_counter()
            if now >= end:
                break
            # Plain lines go thirty times as fast as colours: pieces as long as half a millisecond.
            size = min(1 << 18, max(1024, int(size * 0.0015 / max(now - began, 1e-5))))
        del self._waiting[:done]
        return done
