"""Which shell is started for a terminal, how, and with which environment. Starts nothing itself.

The environment is the person's own, as Galley got it. Out of it go only the variables that speak
of Galley's own Python, of another terminal, or of another repository; keys and tokens stay, for
they are the person's and the shell is too.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FOREIGN = (
    *("VSCODE_", "KITTY_", "WEZTERM_", "ITERM_", "GHOSTTY_", "ALACRITTY_", "ZED_", "KONSOLE_"),
    *("TERM_PROGRAM", "LC_TERMINAL", "VTE_", "WT_", "GALLEY_", "GIT_PYTHON_"),
)
_DROPPED = frozenset(
    (
        *("COLUMNS", "LINES", "TERMCAP", "TMUX", "TMUX_PANE", "STY", "WINDOWID"),
        *("GNOME_TERMINAL_SCREEN", "OLDPWD", "SHLVL", "_", "__PYVENV_LAUNCHER__"),
        *("QT_QPA_PLATFORM", "QT_SCALE_FACTOR"),
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"),
        *("GIT_COMMON_DIR", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    )
)
_LOGIN = sys.platform == "darwin"
"""Terminals there start login shells; elsewhere they do not."""


@dataclass(frozen=True, slots=True)
class Start:
    """``word`` is what marks of this shell carry; empty where it sets none."""

    program: str
    arguments: tuple[str, ...]
    """From the name the program is called by."""
    folder: str
    environment: Mapping[str, str]
    word: str = ""

    @property
    def name(self) -> str:
        return Path(self.program).name


def shell_start(folder: Path, scripts: Path, given: Mapping[str, str]) -> Start:
    """The person's shell in ``folder``. ``scripts`` holds what makes a shell set marks."""
    program = _shell(given)
    environment = scrubbed(given) | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TERM_PROGRAM": "Galley",
        "PWD": os.fspath(folder),
    }
    name, word = Path(program).name, secrets.token_hex(8)
    arguments = [f"-{name}" if _LOGIN else name]
    match name:
        case "bash":
            # --init-file is not read by a login shell: the script does what a login would.
            arguments = [name, "--init-file", str(scripts / "galley.bash"), "-i"]
        case "zsh":
            environment["GALLEY_ZDOTDIR"] = given.get("ZDOTDIR", "")
            environment["ZDOTDIR"] = str(scripts / "zsh")
        case "fish":
            arguments += ["--init-command", f"source {_quoted(str(scripts / 'galley.fish'))}"]
        case _:
            return Start(program, tuple(arguments), os.fspath(folder), environment)
    environment["GALLEY_WORD"] = word
    if _LOGIN:
        environment["GALLEY_LOGIN"] = "1"
    return Start(program, tuple(arguments), os.fspath(folder), environment, word)


def scrubbed(given: Mapping[str, str]) -> dict[str, str]:
    """The person's environment without what is Galley's own, or another terminal's."""
    kept = {
        name: value
        for name, value in given.items()
        if name not in _DROPPED and not name.startswith(_FOREIGN)
    }
    own = os.path.realpath(sys.prefix)
    if "VIRTUAL_ENV" in kept and os.path.realpath(kept["VIRTUAL_ENV"]) == own:
        del kept["VIRTUAL_ENV"]
        kept.pop("VIRTUAL_ENV_PROMPT", None)
        folders = kept.get("PATH", "").split(os.pathsep)
        theirs = [f for f in folders if os.path.realpath(os.path.dirname(f)) != own]
        kept["PATH"] = os.pathsep.join(theirs)
    return kept


def _shell(given: Mapping[str, str]) -> str:
    """$SHELL, else what the system knows of this person, else what every system has."""
    named = given.get("SHELL", "")
    if not named:
        import pwd

        try:
            named = pwd.getpwuid(os.getuid()).pw_shell
        except KeyError:  # a person without an entry
            named = ""
    usable = os.path.isabs(named) and os.access(named, os.X_OK)
    return named if usable else "/bin/sh"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
