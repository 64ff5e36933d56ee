"""What a terminal said last, as text for a model: the last command with its output and its end.

Where the shell sets no marks, what is on the screen and the lines before it.
"""

from __future__ import annotations

from assistant.cells import Spot
from assistant.terminal.marks import Ran
from assistant.terminal.screen import Screen

MOST_LINES = 400
HEAD_LINES = 60
"""Of an output that is too long, its first lines and its last are kept."""
WITHOUT_MARKS = 200
MOST = 60_000


def last_said(screen: Screen) -> str:
    """Empty while nothing was said."""
    if screen.marks.commands:
        return _command(screen, screen.marks.commands[-1])
    end = screen.spot
    start = Spot(max(screen.first, end.line - WITHOUT_MARKS), 0)
    return _cut(screen.text(start, Spot(end.line, screen.columns)).strip("\n"))


def command_said(screen: Screen, line: str) -> str:
    """The same for the latest command of these words; empty where it is not known any more."""
    ran = next((c for c in reversed(screen.marks.commands) if c.line == line), None)
    return _command(screen, ran) if ran is not None else ""


def _command(screen: Screen, ran: Ran) -> str:
    end = ran.end if ran.end is not None else screen.spot.line + 1
    output = screen.text(Spot(ran.start, 0), Spot(end, 0)).rstrip("\n")
    how = "It still runs."
    if ran.end is not None:
        how = "It ended." if ran.status is None else f"It ended with {ran.status}."
    return f"$ {ran.line}\n{_cut(output)}\n{how}\n"


def _cut(text: str) -> str:
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        left = len(lines) - MOST_LINES
        tail = lines[len(lines) - (MOST_LINES - HEAD_LINES) :]
        lines = [*lines[:HEAD_LINES], f"… {left} lines left out …", *tail]
    text = "\n".join(lines)
    if len(text) > MOST:
        text = f"… {len(text) - MOST} characters left out …\n{text[-MOST:]}"
    return text
