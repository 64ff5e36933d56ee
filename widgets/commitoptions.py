"""What is true of a commit before it is made, and what can be chosen about it.

Knows words, no git.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from widgets.controls import Button, Elided, Picture, Text, fill, named
from widgets.hidden import literal
from widgets.look import Look

_ASKS = "git does not know who you are. A commit carries a name and an address."
_ALL = 'For all projects: git config --global user.name "…" and user.email "…"'


@dataclass(frozen=True, slots=True)
class CommitGround:
    """``known`` is false before anything was read; ``author`` is empty when nobody knows the
    person: then they are asked.

    ``hooks_off`` says why hooks cannot run though there are some; ``last`` is the message of the
    commit that would be amended; ``remarks`` are what else should be known, ``blocked`` why nothing
    can be committed now.
    """

    known: bool = False
    author: str = ""
    branch: str = ""
    hooks: tuple[str, ...] = ()
    hooks_on: bool = True
    hooks_off: str = ""
    notes_on: bool = False
    signing: str = ""
    signs: bool = False
    last: str = ""
    pushed: bool = False
    remarks: tuple[str, ...] = ()
    blocked: str = ""


class AuthorBar(QFrame):
    """Asks for a name and an address; nothing is guessed."""

    given = Signal(str, str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "callout_warning")
        self.name, self.address = QLineEdit(), QLineEdit()
        self.name.setPlaceholderText("Name")
        self.name.setAccessibleName("Your name for commits")
        self.address.setPlaceholderText("name@example.org")
        self.address.setAccessibleName("Your address for commits")
        self._use = Button("Use in this project", "plain")
        self._use.setToolTip(_ALL)
        top = QFrame()
        items = (Picture(look, "user", "yellow", 14), Text(_ASKS, "small", wrap=True))
        fill(line := QHBoxLayout(top), items, (0, 0, 0, 0), 7)
        line.setStretch(1, 1)
        fill(QVBoxLayout(self), (top, self.name, self.address, self._use), (9, 8, 9, 9), 6)
        self.setAccessibleName(_ASKS)
        self.name.textChanged.connect(self._tell)
        self.address.textChanged.connect(self._tell)
        self.name.returnPressed.connect(self._next)
        self.address.returnPressed.connect(self._give)
        self._use.clicked.connect(self._give)
        self._tell()
        self.hide()

    def _tell(self) -> None:
        name, address = self.name.text().strip(), self.address.text().strip()
        self._use.setEnabled(bool(name) and "@" in address and " " not in address)

    def _next(self) -> None:
        self.address.setFocus()

    def _give(self) -> None:
        if self._use.isEnabled():
            self.given.emit(self.name.text().strip(), self.address.text().strip())


class CommitOptions(QFrame):
    """Boxes and lines under the list of hunks; what does not apply is not shown."""

    chosen = Signal(bool, bool)
    """Hooks, notes: the person changed one of them, for this project."""
    author_given = Signal(str, str)
    notes_requested = Signal()
    """Notes about the commit that is the newest now."""
    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.ground = CommitGround()
        self.amend = QCheckBox("Amend the last commit")
        self.hooks = QCheckBox("Run hooks")
        self.notes = QCheckBox("Write authorship as git notes")
        self.notes.setToolTip(
            "After the commit, who wrote which line goes to refs/notes/galley. Off unless you want "
            "it; your branch is not touched by it."
        )
        self.note_last = Button(
            "For the last commit…", "link", name="Write authorship of the last commit as git notes"
        )
        self.note_last.setToolTip("Says first what is written; the notes can be taken back.")
        self.author = AuthorBar(look)
        self._amends = Text("", "tiny", wrap=True)
        self._off = Text("", "tiny", wrap=True)
        self._who = Elided("", "tiny")
        self._shield = Picture(look, "shield-check", "muted", 12)
        self._signing = Text("", "tiny", wrap=True)
        self._remarks = Text("", "tiny", wrap=True)
        self._signed = QFrame()
        fill(line := QHBoxLayout(self._signed), (self._shield, self._signing), (0, 0, 0, 0), 5)
        line.setStretch(1, 1)
        line.setAlignment(self._shield, Qt.AlignmentFlag.AlignTop)
        noted = QFrame()
        fill(QHBoxLayout(noted), (self.note_last, None), (22, 0, 0, 0), 0)
        items: tuple[QWidget, ...] = (
            self.amend,
            self._amends,
            self.hooks,
            self._off,
            self.notes,
            noted,
            self.author,
            self._who,
            self._signed,
            self._remarks,
        )
        fill(QVBoxLayout(self), items, (0, 0, 0, 0), 5)
        self.amend.toggled.connect(self._tell)
        self.hooks.clicked.connect(self._chosen)
        self.notes.clicked.connect(self._chosen)
        self.note_last.clicked.connect(self.notes_requested)
        self.author.given.connect(self.author_given)
        self.show_ground(CommitGround())

    def show_ground(self, ground: CommitGround) -> None:
        """What is true now; the person's ticks on amend stay."""
        self.ground = ground
        runs = bool(ground.hooks) and not ground.hooks_off
        self.hooks.setVisible(runs)
        self.hooks.setText(literal(f"Run hooks: {', '.join(ground.hooks)}"))
        self.hooks.setToolTip(
            "On, as with git commit: the project's own checks see your commit and may refuse it."
        )
        self.hooks.setChecked(runs and ground.hooks_on)
        self._say(self._off, ground.hooks_off if ground.hooks else "")
        self.notes.setChecked(ground.notes_on)
        self.author.setVisible(self.asks())
        where = f" on {ground.branch}" if ground.branch else ""
        self._say(self._who, f"{ground.author}{where}" if ground.author else "")
        self._shield.show_icon(*_SHIELD[ground.signs])
        self._signed.setVisible(bool(ground.signing))
        self._signing.setText(ground.signing)
        self._say(self._remarks, "\n".join((*ground.remarks, ground.blocked)).strip())
        self._tell()

    def asks(self) -> bool:
        """Whether a name and an address are needed first."""
        return self.ground.known and not (self.ground.author or self.ground.blocked)

    def show_branch(self, branch: str) -> None:
        """With a branch of its own the commit has no hooks: they see what is checked out."""
        self.hooks.setEnabled(not branch)
        self.amend.setEnabled(not branch and bool(self.ground.last or not self.ground.known))

    def _tell(self) -> None:
        ground, on = self.ground, self.amend.isChecked()
        subject = ground.last.partition("\n")[0]
        pushed = ", which was pushed already" if ground.pushed else ""
        self._say(self._amends, f"“{subject}”{pushed}" if on and subject else "")
        self.changed.emit()

    def _say(self, label: Text, words: str) -> None:
        label.setText(words)
        label.setVisible(bool(words))

    def _chosen(self) -> None:
        runs = self.hooks.isChecked() if not self.hooks.isHidden() else self.ground.hooks_on
        self.chosen.emit(runs, self.notes.isChecked())


_SHIELD = {True: ("shield-check", "green"), False: ("shield-alert", "yellow")}
