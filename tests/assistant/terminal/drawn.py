"""A terminal without a shell: bytes in, rows out."""

from __future__ import annotations

from assistant.terminal.emulator import Emulator
from assistant.terminal.rows import cells_of, spans_of, text_of, wrapped
from assistant.terminal.screen import Screen


def fed(*parts: str | bytes, columns: int = 20, rows: int = 5, keeps: int = 100) -> Screen:
    """A screen after these bytes."""
    screen = Screen(columns, rows, keeps, word="k")
    emulator = Emulator(screen)
    for part in parts:
        emulator.feed(part.encode() if isinstance(part, str) else part)
    return screen


def shown(screen: Screen) -> list[str]:
    """The rows of the screen, without what is blank at their ends and below the last."""
    rows = [text_of(row).rstrip() for row in screen.grid.rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def past(screen: Screen) -> list[str]:
    return [text_of(row) for row in screen.grid.past]


def everything(screen: Screen) -> tuple[object, ...]:
    """All that can be seen or asked of a screen, to be compared."""
    lines = [
        ("".join(cells_of(row)).rstrip(), wrapped(row), _styles(screen, row))
        for row in screen.grid.lines(screen.first, screen.grid.end)
    ]
    cursor = screen.cursor
    return (
        *lines,
        (cursor.x, cursor.y, cursor.wrapping, screen.pens[cursor.pen]),
        (screen.first, screen.top, screen.wants, screen.title, screen.bells),
        bytes(screen.replies),
        tuple(sorted(screen.tabs)),
    )


def _styles(screen: Screen, row: object) -> tuple[object, ...]:
    found = []
    for start, end, pen in spans_of(row):  # type: ignore[arg-type]
        if pen:
            found.append((start, end, screen.pens[pen]))
    return tuple(found)
