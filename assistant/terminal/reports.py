"""What a terminal tells a program that asks, and what it hears from one in words.

Everything told is made of the terminal's own numbers; nothing that a program wrote ever comes back
as if typed. So titles, status strings and answerbacks are not reported, and the clipboard is
neither read nor written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.terminal.modes import mode

if TYPE_CHECKING:
    from assistant.terminal.screen import Screen

CLIPBOARD = "A program wanted to write the clipboard; it was refused."
LONGEST_TITLE = 200
LONGEST_LINK = 2048
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def report(screen: Screen, key: str, numbers: list[int]) -> None:
    """The answer to ``ESC [`` with ``key``, where there is one."""
    cursor = screen.cursor
    base = screen.grid.upper if cursor.origin else 0
    match key, numbers[0]:
        case ("c", 0):
            answer = "\x1b[?62;22c"
        case (">c", 0):
            answer = "\x1b[>1;10;0c"
        case ("n", 5):
            answer = "\x1b[0n"
        case ("n", 6):
            answer = f"\x1b[{cursor.y - base + 1};{cursor.x + 1}R"
        case ("?n", 6):
            answer = f"\x1b[?{cursor.y - base + 1};{cursor.x + 1}R"
        case ("t", 18):
            answer = f"\x1b[8;{screen.height};{screen.columns}t"
        case ("?$p", number):
            answer = f"\x1b[?{number};{mode(screen, number)}$y"
        case _:
            return
    say(screen, answer)


def say(screen: Screen, answer: str) -> None:
    """Back to the program; a flood of questions gets no flood of answers."""
    if len(screen.replies) < 4096:
        screen.replies += answer.encode("ascii")


def hear_command(screen: Screen, text: str) -> None:
    """``ESC ]``: titles, links, marks; a colour may be asked, nothing may be set."""
    number, _, rest = text.partition(";")
    if number in ("0", "2"):
        screen.title = _CONTROLS.sub("", rest)[:LONGEST_TITLE]
    elif number == "8":
        address = rest.partition(";")[2]
        fits = len(address) <= LONGEST_LINK and not _CONTROLS.search(address)
        screen.cursor.pen = screen.pens.linked(screen.cursor.pen, address if fits else "")
    elif number in ("10", "11") and rest == "?":
        say(screen, f"\x1b]{number};{screen.colours[int(number) - 10]}\x1b\\")
    elif number == "52" and CLIPBOARD not in screen.refused:
        screen.refused.append(CLIPBOARD)
    elif number == "133" and not screen.wants.alternate:
        screen.marks.hear(rest, screen.spot)
