"""Which shell is started, how, and with whose environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assistant.terminal.start import scrubbed, shell_start
from resources import ROOT

SCRIPTS = ROOT / "shell"


def test_the_persons_environment_is_theirs() -> None:
    own = {"OPENAI_API_KEY": "k", "EDITOR": "vi", "GIT_AUTHOR_NAME": "Ada", "LD_LIBRARY_PATH": "/x"}
    assert scrubbed(own) == own


@pytest.mark.parametrize(
    "name",
    ["TMUX", "VSCODE_IPC", "KITTY_WINDOW_ID", "GIT_DIR", "GIT_INDEX_FILE", "OLDPWD", "COLUMNS",
     "TERM_PROGRAM", "QT_QPA_PLATFORM", "GALLEY_WORD", "GIT_PYTHON_REFRESH"],
)  # fmt: skip
def test_what_speaks_of_another_terminal_or_repository_goes(name: str) -> None:
    assert scrubbed({name: "1", "HOME": "/h"}) == {"HOME": "/h"}


def test_the_apps_own_python_goes_and_the_persons_stays() -> None:
    path = f"{sys.prefix}/bin:/usr/bin"
    assert scrubbed({"VIRTUAL_ENV": sys.prefix, "PATH": path}) == {"PATH": "/usr/bin"}
    theirs = {"VIRTUAL_ENV": "/home/ada/venv", "PATH": "/home/ada/venv/bin:/usr/bin"}
    assert scrubbed(theirs) == theirs


def test_the_shell_is_the_persons(tmp_path: Path) -> None:
    start = shell_start(tmp_path, SCRIPTS, {"SHELL": "/bin/sh"})
    assert (start.program, start.folder, start.word) == ("/bin/sh", str(tmp_path), "")
    assert start.environment["TERM"] == "xterm-256color"
    missing = shell_start(tmp_path, SCRIPTS, {"SHELL": "/no/such/shell"})
    assert missing.program == "/bin/sh"
    relative = shell_start(tmp_path, SCRIPTS, {"SHELL": "bash"})
    assert relative.program == "/bin/sh"  # nothing of the folder is found by a bare name


def test_each_shell_has_a_word_of_its_own(tmp_path: Path) -> None:
    words = {shell_start(tmp_path, SCRIPTS, {"SHELL": "/bin/bash"}).word for _ in range(3)}
    assert len(words) == 3
    assert all(len(word) == 16 for word in words)
