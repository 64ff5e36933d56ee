"""Commands: an id, a title, keys and what it does. Knows the keymap file and QAction, no room of
the window.

The keymap is data (``resources/keymaps/default.toml``); a person's own keys lie in the settings. A
command whose predicate says no leaves its keys to whoever has the focus.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from assistant.errors import SettingsError
from resources import ROOT


@dataclass(frozen=True, slots=True)
class Command:
    """``keys`` are portable Qt key sequences; ``when`` names the focus in which they act, or is
    empty.
    """

    id: str
    title: str
    group: str
    keys: tuple[str, ...] = ()
    when: str = ""


def read_keymap(
    path: Path = ROOT / "keymaps" / "default.toml", own: Mapping[str, str] | None = None
) -> tuple[Command, ...]:
    """The commands that ship, with the person's own keys over theirs. Raises SettingsError."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    commands = []
    for name, entry in raw["command"].items():
        keys = entry.get("keys", [])
        if own and name in own:
            keys = [key.strip() for key in own[name].split(",") if key.strip()]
        for key in keys:
            sequence = QKeySequence(key, QKeySequence.SequenceFormat.PortableText)
            first = sequence[0] if not sequence.isEmpty() else None  # type: ignore[index]
            if first is None or first.key() == Qt.Key.Key_unknown:  # the stubs miss __getitem__
                raise SettingsError(
                    f"{key!r} is not a key that {name} can have.", "Write it like Ctrl+Shift+P."
                )
        commands.append(
            Command(name, entry["title"], entry["group"], tuple(keys), entry.get("when", ""))
        )
    return tuple(commands)


def own_keymap(own: Mapping[str, str]) -> tuple[tuple[Command, ...], tuple[SettingsError, ...]]:
    """The commands with the person's keys as far as they can be used, and what is wrong with the
    rest: a key that is none, a command that is none, one key for two commands in one place.
    """
    problems: list[SettingsError] = []
    good = dict(own)
    shipped = {command.id: command for command in read_keymap()}
    for name, keys in own.items():
        try:
            read_keymap(own={name: keys})
        except SettingsError as problem:
            problems.append(problem)
            del good[name]
        if name not in shipped:
            problems.append(SettingsError(f"There is no command {name} to have keys.", ""))
    commands = read_keymap(own=good)
    owner: dict[tuple[str, str], Command] = {}
    for command in sorted(commands, key=lambda each: each.id in good):
        for key in command.keys:
            other = owner.setdefault((key.casefold(), command.when), command)
            if other is not command:
                problems.append(
                    SettingsError(
                        f"{key} stands for “{other.title}” and for “{command.title}”.",
                        "Neither hears it until one of them gets another key.",
                    )
                )
    return commands, tuple(problems)


_SIGNS = {"Return": "⏎", "Enter": "⏎", "Backspace": "⌫"}


def key_words(key: str) -> str:
    """A portable key sequence as it is shown: in the words of this system, signs for long names."""
    sequence = QKeySequence(key, QKeySequence.SequenceFormat.PortableText)
    words = sequence.toString(QKeySequence.SequenceFormat.NativeText)
    head, plus, last = words.rpartition("+")
    return f"{head}{plus}{_SIGNS.get(last, last)}"


def shown_keys(commands: Iterable[Command]) -> dict[str, str]:
    """Command id to its first key as it is shown, for those that have one."""
    return {c.id: key_words(c.keys[0]) for c in commands if c.keys}


class Commands(QObject):
    """The actions of one window. Shortcuts are window-wide; ``when`` narrows where they act."""

    ran = Signal(str)  # command id

    def __init__(self, window: QWidget, commands: Iterable[Command]) -> None:
        super().__init__(window)
        self._window = window
        self._slots: dict[str, Callable[[], object]] = {}
        self.all = {command.id: command for command in commands}
        self.actions: dict[str, QAction] = {}
        for command in self.all.values():
            action = QAction(command.title, window)
            action.setObjectName(command.id)
            action.setShortcuts([QKeySequence(key) for key in command.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(self._triggered)
            action.setEnabled(False)
            self.actions[command.id] = action
            window.addAction(action)

    def bind(self, name: str, slot: Callable[[], object]) -> None:
        """What the command does. Raises KeyError for a command that the keymap does not name."""
        self._slots[name] = slot
        self.actions[name].setEnabled(True)

    def narrow(self, when: str, *widgets: QWidget) -> None:
        """Commands with this ``when`` act only while one of ``widgets`` has the focus."""
        for command in self.all.values():
            if command.when == when:
                action = self.actions[command.id]
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                self._window.removeAction(action)
                for widget in widgets:
                    widget.addAction(action)

    def unbound(self) -> tuple[str, ...]:
        return tuple(name for name in self.all if name not in self._slots)

    def run(self, name: str) -> None:
        self._slots[name]()
        self.ran.emit(name)

    @Slot()
    def _triggered(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.run(sender.objectName())
