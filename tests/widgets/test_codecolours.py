"""Code outside the editor is coloured by the editor's lexers, in characters, whatever the text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QWidget

from assistant.types import FileChange, Hunk, LineSpan, Snapshot
from widgets.codecolours import LONGEST, CodeColours, language_named
from widgets.diffcard import DiffCard
from widgets.look import Look
from widgets.markdownview import MarkdownView


@pytest.fixture
def holder(qtbot) -> Iterator[QWidget]:
    holder = QWidget()
    qtbot.addWidget(holder)
    yield holder
    holder.close()


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("python", "python"),
        ("py", "python"),
        ("TSX", "typescriptreact"),
        ("src/client.py", "python"),
        ("toml", "toml"),
        ("Makefile", "makefile"),
        ("", "plain"),
        ("brainfuck", "plain"),
    ],
)
def test_a_fence_or_a_path_names_its_language(name: str, language: str) -> None:
    assert language_named(name) == language


def test_roles_stand_on_the_words_they_belong_to(holder: QWidget) -> None:
    text = 'def größe(x):\n    return "😀 text"  # done\n'
    found = {text[start:end]: role for start, end, role in CodeColours(holder)("python", text)}
    assert found["def"] == found["return"] == "keyword"
    assert found["größe"] == "function"
    assert found['"😀 text"'] == "string"
    assert found["# done"] == "comment"


def test_the_language_can_change_from_call_to_call(holder: QWidget) -> None:
    colours = CodeColours(holder)
    assert (0, 6, "keyword") in colours("sql", "SELECT 1")
    assert (0, 3, "keyword") in colours("python", "def f(): pass")
    assert colours("plain", "def f(): pass") == []
    assert colours("python", "#" * (LONGEST + 1)) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text("def f():#'\"\n é😀", max_size=60))
def test_spans_are_in_order_and_inside_the_text(holder: QWidget, text: str) -> None:
    at = 0
    for start, end, role in CodeColours(holder)("python", text):
        assert at <= start < end <= len(text)
        assert role
        at = end


def test_an_answer_is_coloured_also_behind_characters_of_two_units(look: Look, qtbot) -> None:
    view = MarkdownView(look)
    qtbot.addWidget(view)
    view._maker._highlighter = CodeColours(view)
    view.set_markdown('```python\ns = "😀"; return\n```\n')
    block = view.document().findBlock(view._codes[0].position)
    parts = {
        block.text()
        .encode("utf-16-le")[2 * f.start : 2 * (f.start + f.length)]
        .decode("utf-16-le"): f.format.foreground().color().name()
        for f in block.textFormats()
    }
    assert parts["return"] == look.theme.role("keyword").fg
    assert parts['"😀"'] == look.theme.role("string").fg


@pytest.mark.parametrize("step", [1, 4, 11])
def test_code_is_coloured_while_it_still_streams(look: Look, qtbot, step: int) -> None:
    view = MarkdownView(look)
    qtbot.addWidget(view)
    view._maker._highlighter = CodeColours(view)
    text = "```python\ndef f():\n    return 1\n    # so far"
    for start in range(0, len(text), step):
        view.append(text[start : start + step])
    colours = {}
    block = view.document().begin()
    while block.isValid():
        for form in block.textFormats():
            word = block.text()[form.start : form.start + form.length]
            colours[word] = form.format.foreground().color().name()
        block = block.next()
    assert colours["def"] == colours["return"] == look.theme.role("keyword").fg
    assert colours["# so far"] == look.theme.role("comment").fg


def test_a_small_diff_is_coloured_under_red_and_green(look: Look, qtbot) -> None:
    card = DiffCard(look, "a.py", None, None)
    qtbot.addWidget(card)
    card._highlighter = CodeColours(card)
    base = Snapshot(PurePosixPath("a.py"), "def f():\n    return 1\n")
    hunk = Hunk(1, LineSpan(1, 2), ("    return 1\n",), ("    return None\n",))
    card.show_change(FileChange(base, (hunk,)))
    assert all((4, 10, "keyword") in row.styles for row in card.diff.rows()[1:])
    assert not card.grab().isNull()
