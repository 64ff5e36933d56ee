"""The overlay's algebra: what is proposed, kept, is what the tools were shown."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.agent.overlay import Overlay
from assistant.edits.merge import three_way
from assistant.types import FileAction, HunkState, Snapshot, split_lines
from tests.assistant.agent.trees import Desk, DiskTree, P

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "x = 1\n", "\n", "y\r\n"]), max_size=9)
TEXT = st.builds("".join, LINES)
PATH = P("a.py")


class OneFile(DiskTree):
    """A tree without a disk."""

    def __init__(self, text: str) -> None:
        super().__init__(Path(tempfile.gettempdir()))
        self.open[PATH] = text

    def paths(self) -> list[P]:  # type: ignore[override]
        return list(self.open)


def never(_path: P) -> str | None:
    return None


@given(TEXT, st.lists(TEXT, min_size=1, max_size=5))
@settings(max_examples=300)
def test_keeping_everything_gives_the_last_text_and_ids_stay(base: str, steps: list[str]) -> None:
    overlay = Overlay(OneFile(base), never, never)
    before: dict[int, tuple[int, int]] = {}
    for text in steps:
        overlay.write(PATH, text)
        change = overlay.change(PATH)
        assert change is not None and change.base == Snapshot(PATH, base)
        assert change.applied([HunkState.PENDING]) == text
        ids = [hunk.id for hunk in change.hunks]
        assert len(set(ids)) == len(ids)
        for hunk in change.hunks:  # who had a place keeps its number
            if (place := before.get(hunk.id)) is not None:
                assert hunk.base.start <= place[1] and place[0] <= hunk.base.end
        before = {hunk.id: (hunk.base.start, hunk.base.end) for hunk in change.hunks}
    assert bool(overlay) is (steps[-1] != base)


@given(TEXT, TEXT, TEXT)
@settings(max_examples=300)
def test_what_the_person_types_is_never_lost(base: str, proposed: str, typed: str) -> None:
    tree = OneFile(base)
    overlay = Overlay(tree, never, never)
    overlay.write(PATH, proposed)
    tree.open[PATH] = typed
    moved = overlay.follow()
    assert moved == ((PATH,) if typed != base else ())
    change = overlay.change(PATH)
    assert change is not None and change.base.text == typed
    merged = three_way(split_lines(base), split_lines(typed), split_lines(proposed))
    assert change.applied([HunkState.PENDING]) == "".join(merged.lines)
    assert overlay.follow() == ()
    if proposed == base:  # the run changed nothing, so it proposes nothing
        assert not overlay


@given(TEXT.filter(bool), st.lists(st.one_of(st.none(), TEXT), max_size=5))
def test_deleting_and_writing_again_ends_where_the_last_word_says(
    base: str, steps: list[str | None]
) -> None:
    overlay = Overlay(OneFile(base), never, never)
    for text in steps:
        overlay.write(PATH, text)
    last = steps[-1] if steps else base
    texts = overlay.texts()
    assert texts == ({} if last == base else {PATH: last})
    files = overlay.change_set("r", "t").files
    if last is None:
        assert files[0].action is FileAction.DELETE and files[0].hunks[0].new == ()


def test_a_file_that_is_new_in_the_run_stands_against_nothing(tmp_path: Path) -> None:
    desk = Desk(DiskTree(tmp_path))
    desk.call("create_file", path="deep/new.py", file_text="x = 1\n")
    [change] = desk.overlay.change_set("r", "t").files
    assert (change.action, change.base.text) == (FileAction.CREATE, "")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/new.py").write_text("x = 2\n")  # the person was faster
    assert desk.overlay.follow() == (P("deep/new.py"),)
    assert desk.overlay.texts() == {}


def test_no_two_hunks_of_a_run_have_one_number(tmp_path: Path) -> None:
    tree = DiskTree(tmp_path, {"a.py": "a\nb\nc\n", "b.py": "a\nb\nc\n"})
    overlay = Overlay(tree, never, never)
    overlay.write(P("a.py"), "A\nb\nC\n")
    overlay.write(P("b.py"), "A\nb\nC\n")
    ids = [hunk.id for change in overlay.change_set("r", "t").files for hunk in change.hunks]
    assert len(ids) == len(set(ids)) == 4
