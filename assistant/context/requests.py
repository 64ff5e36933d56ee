"""What waits for the worker: lines of the other side, and calls to work."""

from __future__ import annotations

import queue


class Requests:
    """Any thread leaves something, one takes it. A line goes before every call to work: with one
    call for each of thousands of files, a question behind them would wait for seconds."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._put = self._taken = 0

    def put(self, line: str) -> None:
        """A line, which is not empty; always from the same thread."""
        self._put += 1
        self._waiting.put(line)

    def lines(self) -> bool:
        """Whether a line waits."""
        return self._put != self._taken

    def wake(self) -> None:
        """There is work."""
        self._waiting.put("")

    def end(self) -> None:
        """No line will follow."""
        self._waiting.put(None)

    def take(self, wait: float) -> str | None:
        """The first line, empty when there is none: then a call to work came, or ``wait`` seconds
        went by. None at the end."""
        try:
            line = self._waiting.get(timeout=wait) if wait else self._waiting.get_nowait()
            while line == "":
                line = self._waiting.get_nowait()
        except queue.Empty:
            return ""
        self._taken += line is not None
        return line
