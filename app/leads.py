"""Where what a terminal says leads: into the composer, to a file, to what @terminal stands for.

Knows one terminal at a time. Nothing is sent by any of it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from assistant.types import LineSpan, Mention, split_lines
from widgets.hidden import reveal_line

if TYPE_CHECKING:
    from app.terminal import Terminal
    from app.workspace import Workspace

LONGEST_TITLE = 60


def bare(text: str) -> str:
    """The commands of a block that may show prompts and output as well."""
    lines = [line.rstrip("\r\n") for line in split_lines(text)]
    typed = [line[2:] for line in lines if line.startswith(("$ ", "% "))]
    return "\n".join(typed or lines)


class Leads(QObject):
    """One for a window."""

    told = Signal(str)

    def __init__(self, work: Workspace) -> None:
        super().__init__(work)
        self._work = work

    def mention(self, terminal: Terminal) -> None:
        """What it said last goes along with the next question, as it is now."""
        words = terminal.words()
        if not words.strip():
            self.told.emit("The terminal has said nothing yet.")
            return
        title = words.partition("\n")[0].removeprefix("$ ")[:LONGEST_TITLE]
        window = self._work.window
        window.frame.show_panel("right", True)
        window.panel.composer.add_mention(Mention("terminal", title, words))
        window.panel.composer.focus()

    def tell(self, front: Terminal | None) -> None:
        """What @terminal stands for from now on."""
        if (assistance := self._work.assistance) is not None:
            words = front.words() if front is not None else ""
            self._work.door.call(partial(assistance.terminal_said, words))

    def open_place(self, terminal: Terminal, path: str, line: int) -> None:
        """Open a file that a program named, from where the shell is or from the folder."""
        project = self._work.project
        if project is None:
            return
        for base in (terminal.folder(), project.root):
            found = (base / Path(path).expanduser()).resolve()
            if found.is_relative_to(project.root) and found.is_file():
                inside = PurePosixPath(found.relative_to(project.root).as_posix())
                span = LineSpan(line - 1, line - 1) if line else None
                self._work.documents.open(inside, span)
                return
        self.told.emit(f"{reveal_line(path)} is no file of this folder.")
