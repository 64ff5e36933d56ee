"""Where commands begin and end in what a terminal said: OSC 133, from the shell started here.

A mark counts only with the word that was given to that shell: a file that is shown, or a program
on another machine, cannot make the terminal believe that a command ended well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant.cells import Finished, Spot

MOST = 200
"""Commands that are remembered."""


@dataclass(slots=True)
class Ran:
    """One command. ``status`` is None while it runs, or where the shell could not tell."""

    line: str
    start: int
    """The line on which its output begins."""
    began: float
    end: int | None = None
    """One after the last line of its output."""
    status: int | None = None
    ended: float = 0.0


class Marks:
    """``word`` is the secret of the shell; ``said`` gives the text between two spots."""

    def __init__(self, word: str, said: Callable[[Spot, Spot], str]) -> None:
        self._word, self._said = word, said
        self.commands: list[Ran] = []
        self.heard = False
        """The shell sets marks at all."""
        self.finished: list[Finished] = []
        """Commands that ended since the list was taken."""
        self.prompt: Spot | None = None
        """Where the person types, while the shell waits for a command."""

    @property
    def running(self) -> Ran | None:
        last = self.commands[-1] if self.commands else None
        return last if last is not None and last.end is None else None

    def hear(self, text: str, at: Spot) -> None:
        """The text after ``133;``, while the cursor stood at ``at``."""
        kind, *rest = text.split(";")
        if not self._word or f"k={self._word}" not in rest:
            return
        self.heard = True
        if kind == "B":
            self.prompt = at
        elif kind == "C" and self.running is None:
            typed = self._said(self.prompt, at) if self.prompt is not None else ""
            self.prompt = None
            self.commands.append(Ran(typed.strip()[:2000], at.line, time.monotonic()))
            del self.commands[:-MOST]
        elif kind == "D":
            self._end(rest, at)

    def _end(self, rest: list[str], at: Spot) -> None:
        last = self.running
        if last is None:
            return  # an empty line at the prompt
        code = rest[0] if rest else ""
        last.status = int(code) if code.isdigit() and len(code) < 4 else None
        last.end = at.line + (1 if at.column else 0)
        last.ended = time.monotonic()
        if last.status is not None:
            lines, seconds = max(0, last.end - last.start), last.ended - last.began
            self.finished.append(Finished(last.line, last.status, lines, seconds))

    def move(self, place: Callable[[int], int]) -> None:
        """Lines have other numbers now."""
        for command in self.commands:
            command.start = place(command.start)
            if command.end is not None:
                command.end = place(command.end)
        if self.prompt is not None:
            self.prompt = Spot(place(self.prompt.line), self.prompt.column)

    def forget_before(self, line: int) -> None:
        """What the terminal does not keep any more."""
        self.commands = [c for c in self.commands if c.end is None or c.end > line]
