"""Finding and replacing: what matches, what is counted, and that replacing all is one step back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from assistant.query import Found, Query, Search, byte_spans, look
from widgets.editor.codeeditor import CodeEditor

TEXT = "Cat cat über cat\ncatalogue 🙂 CAT\n"


def look_for(editor: CodeEditor, pattern: str) -> None:
    editor.find_bar.open(replace=True)
    editor.find_bar.pattern.clear()
    editor.find_bar.pattern.setText(pattern)  # QTest types no umlauts


def selected(editor: CodeEditor) -> tuple[int, int]:
    s = editor.surface
    return s.selectionStart(), s.selectionEnd()


def test_typing_finds_counts_and_walks_around(editor: CodeEditor) -> None:
    editor.set_text(TEXT)
    look_for(editor, "cat")
    bar = editor.find_bar
    assert bar.count.text() == "1 of 5"
    assert selected(editor) == (0, 3)
    QTest.keyClick(bar.pattern, Qt.Key.Key_Return)
    assert bar.count.text() == "2 of 5"
    QTest.keyClick(bar.pattern, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    bar.previous()
    assert bar.count.text() == "5 of 5"


@pytest.mark.parametrize(
    ("pattern", "options", "found"),
    [
        ("cat", {}, 5),
        ("cat", {"case"}, 3),
        ("cat", {"word"}, 4),
        ("cat", {"word", "case"}, 2),
        ("c.t", {}, 0),
        ("c.t$", {"regex"}, 2),
        (r"\büb\w+", {"regex"}, 1),
        (r"cat\s", {"regex"}, 4),
    ],
)
def test_the_options_narrow_the_search(
    editor: CodeEditor, pattern: str, options: set[str], found: int
) -> None:
    editor.set_text(TEXT)
    look_for(editor, pattern)
    bar = editor.find_bar
    for name in options:
        getattr(bar, name).setChecked(True)
    said = bar.count.text()
    assert said.endswith(f"of {found}") if found else said == "No match"


def test_replacing_all_is_one_undo_and_groups_work(editor: CodeEditor) -> None:
    editor.set_text(TEXT)
    look_for(editor, r"(c)(at)")
    bar = editor.find_bar
    bar.regex.setChecked(True)
    bar.replacement.setText(r"\2ü\1")
    bar.replace_all()
    assert bar.count.text() == "5 replaced"
    assert editor.text() == "atüC atüc über atüc\natücalogue 🙂 ATüC\n"
    editor.undo()
    assert editor.text() == TEXT


def test_replacing_one_goes_to_the_next(editor: CodeEditor) -> None:
    editor.set_text("a b a b a")
    look_for(editor, "a")
    editor.find_bar.replacement.setText("xx")
    QTest.keyClick(editor.find_bar.replacement, Qt.Key.Key_Return)
    assert editor.text() == "xx b a b a"
    assert selected(editor) == (5, 6)
    QTest.keyClick(editor.find_bar.replacement, Qt.Key.Key_Return)
    assert editor.text() == "xx b xx b a"


def test_a_replacement_that_holds_the_pattern_is_not_searched_again(editor: CodeEditor) -> None:
    editor.set_text("a a")
    look_for(editor, "a")
    editor.find_bar.replacement.setText("aa")
    editor.find_bar.replace_all()
    assert editor.find_bar.count.text() == "2 replaced"
    assert editor.text() == "aa aa"


def test_a_bad_pattern_and_a_bad_group_are_said_and_change_nothing(editor: CodeEditor) -> None:
    editor.set_text(TEXT)
    bar = editor.find_bar
    bar.regex.setChecked(True)
    look_for(editor, "(cat")
    assert bar.count.text().startswith("Missing ), unterminated")
    look_for(editor, "cat")
    bar.replacement.setText(r"\7")
    bar.replace_all()
    assert "group" in bar.count.text()
    assert editor.text() == TEXT


def test_a_read_only_text_is_not_replaced(editor: CodeEditor) -> None:
    editor.set_text(TEXT)
    editor.set_read_only(True)
    look_for(editor, "cat")
    editor.find_bar.replace_all()
    assert editor.text() == TEXT
    assert editor.find_bar.count.text() == "The text is read-only."


def test_an_edit_renews_the_matches(editor: CodeEditor) -> None:
    editor.set_text("cat")
    look_for(editor, "cat")
    editor.surface.replace(0, 0, b"cat ")
    editor.find_bar.next()
    assert editor.find_bar.count.text().endswith("of 2")


def test_escape_closes_and_gives_the_keyboard_back(editor: CodeEditor) -> None:
    editor.set_text("cat")
    look_for(editor, "cat")
    QTest.keyClick(editor.find_bar.pattern, Qt.Key.Key_Escape)
    assert not editor.find_bar.isVisible()
    assert editor.surface.hasFocus()


def test_the_selected_words_are_what_is_searched(editor: CodeEditor) -> None:
    editor.set_text("one two one")
    editor.surface.setSelection(0, 3)
    editor.find_bar.open()
    assert editor.find_bar.pattern.text() == "one"
    assert not editor.find_bar.replacement.isVisible()


def test_spans_in_characters_become_spans_in_bytes() -> None:
    text = "ü🙂a\udcffb"
    spans = [match.span() for match in Query(r"\S", regex=True).find(text, 99)]
    data = text.encode("utf-8", "surrogateescape")
    cut = [data[a:b].decode("utf-8", "surrogateescape") for a, b in byte_spans(text, spans)]
    assert cut == list(text)


class Later:
    """A finder that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Search, str, Callable[[Found], object]]] = []

    def __call__(self, search: Search, text: str, then: Callable[[Found], object]) -> None:
        self.asked.append((search, text, then))

    def answer(self, at: int) -> None:
        search, text, then = self.asked[at]
        then(look(search, text))


def test_an_answer_to_an_older_pattern_is_passed_over(editor: CodeEditor) -> None:
    editor.set_text("a b b")
    bar, later = editor.find_bar, Later()
    bar.finder = later
    bar.open()
    bar.pattern.setText("a")
    bar.pattern.setText("b")
    assert bar.count.text() == "Searching…"
    later.answer(1)
    assert bar.count.text() == "1 of 2"
    later.answer(0)
    assert bar.count.text() == "1 of 2"


def test_what_was_found_in_an_older_text_replaces_nothing(editor: CodeEditor) -> None:
    editor.set_text("a a")
    bar, later = editor.find_bar, Later()
    bar.finder = later
    bar.open(replace=True)
    bar.pattern.setText("a")
    bar.replacement.setText("xx")
    bar.replace_all()
    editor.surface.replace(0, 0, b"- ")
    later.answer(-1)
    assert editor.text() == "- a a"
    later.answer(-1)
    assert bar.count.text() == "2 found"
