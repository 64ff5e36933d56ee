"""One visible editor with the keyboard in it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from widgets.editor.codeeditor import CodeEditor
from widgets.theme import load_theme


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    made = CodeEditor(load_theme("night"))
    made.resize(800, 600)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    return made
