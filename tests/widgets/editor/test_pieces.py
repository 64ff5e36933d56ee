"""What is known of a text's old bytes is always true, and only new ones are copied."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.repo.pieces import built
from widgets.editor import pieces
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.surface import Surface, encode

BASE = "one two three\nvier fünf sechs\n" * 4
EDIT = st.tuples(
    st.sampled_from(["insert", "delete", "replace", "undo", "redo"]),
    st.integers(0, 200),
    st.integers(0, 12),
    st.sampled_from(["x", "neu\n", "ü", "abc"]),
)


def act(surface: Surface, what: str, at: int, size: int, text: str) -> None:
    start = min(at, surface.length())
    end = min(start + size, surface.length())
    match what:
        case "insert":
            surface.replace(start, start, text.encode())
        case "delete":
            surface.replace(start, end, b"")
        case "replace":
            surface.replace(start, end, text.encode())
        case "undo":
            surface.undo()
        case _:
            surface.redo()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EDIT, max_size=30), st.sampled_from([3, pieces.MOST]), st.booleans())
def test_the_pieces_of_any_edits_make_the_text(
    editor: CodeEditor, edits: list[tuple[str, int, int, str]], most: int, same: bool
) -> None:
    editor.set_text(BASE)
    followed = editor.follow(same=same)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "MOST", most)
        for edit in edits:
            act(editor.surface, *edit)
            base = encode(BASE) if same else b""
            assert built(base, followed.parts()) == editor.surface.data()
    followed.drop()


def test_only_what_is_new_is_copied(editor: CodeEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    editor.set_text("a line of text\n" * 100_000)
    followed = editor.follow()
    for at in (1_400_000, 700_000, 3):
        editor.surface.replace(at, at, b"typed")
    taken = counted(monkeypatch)
    found = followed.parts()
    assert sum(taken) == 15
    assert [one for one in found if isinstance(one, bytes)] == [b"typed"] * 3


def test_a_change_everywhere_is_a_few_pieces(editor: CodeEditor) -> None:
    editor.set_text("a\n" * 20_000)
    followed = editor.follow()
    for line in reversed(range(0, 20_000, 2)):
        editor.surface.replace(line * 2, line * 2 + 1, b"b")
    assert len(followed.parts()) < pieces.MOST
    assert built(b"a\n" * 20_000, followed.parts()) == editor.surface.data()


def test_an_emptied_text_is_one_empty_piece(editor: CodeEditor) -> None:
    editor.set_text("all of it")
    followed = editor.follow()
    editor.surface.replace(0, 9, b"")
    assert followed.parts() == (b"",)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all copies that are taken of a text from now on."""
    taken: list[int] = []
    data: Callable[..., bytes] = Surface.data

    def counting(surface: Surface, *where: int) -> bytes:
        found = data(surface, *where)
        taken.append(len(found))
        return found

    monkeypatch.setattr(Surface, "data", counting)
    return taken
