"""Three-way merge, and hunks that follow the text."""

from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.edits.rebase import rebase
from assistant.types import FileAction, FileChange, Hunk, HunkState, LineSpan, Snapshot

BASE = [f"line {k}\n" for k in range(20)]
PENDING = (HunkState.PENDING,)


def snapshot(lines: list[str], version: int = 0) -> Snapshot:
    return Snapshot(PurePosixPath("a.txt"), "".join(lines), version)


def change(old: list[str], new: list[str]) -> FileChange:
    hunks = tuple(
        Hunk(k + 1, LineSpan(a0, a1), tuple(old[a0:a1]), tuple(new[b0:b1]))
        for k, (a0, a1, b0, b1) in enumerate(diff_lines(old, new))
    )
    return FileChange(snapshot(old), hunks)


def test_changes_apart_merge_without_a_conflict() -> None:
    ours = [*BASE[:3], "mine\n", *BASE[4:]]
    theirs = [*BASE[:12], "yours\n", *BASE[13:]]
    merged = three_way(BASE, ours, theirs)
    assert merged.lines == (*BASE[:3], "mine\n", *BASE[4:12], "yours\n", *BASE[13:])
    assert merged.conflicts == ()


def test_changes_that_touch_are_a_conflict_that_shows_all_three_sides() -> None:
    ours = [*BASE[:3], "mine\n", *BASE[4:]]
    theirs = [*BASE[:4], "yours\n", *BASE[5:]]
    (conflict,) = three_way(BASE, ours, theirs).conflicts
    assert conflict.base == ("line 3\n", "line 4\n")
    assert conflict.ours == ("mine\n", "line 4\n")
    assert conflict.theirs == ("line 3\n", "yours\n")


def test_the_same_change_on_both_sides_is_made_once() -> None:
    ours = [*BASE[:3], "same\n", *BASE[4:]]
    assert three_way(BASE, ours, ours).lines == tuple(ours)


@given(
    st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12)
)
def test_merging_with_an_untouched_side_gives_the_other(base: list[str], other: list[str]) -> None:
    assert three_way(base, base, other).lines == tuple(other)
    assert three_way(base, other, base).lines == tuple(other)


def test_a_hunk_moves_with_lines_typed_above_it() -> None:
    proposal = change(BASE, [*BASE[:10], "new\n", *BASE[11:]])
    current = ["typed\n", "typed\n", *BASE]
    moved = rebase(proposal, snapshot(current, 1))
    assert moved.hunks[0].base == LineSpan(12, 13)
    assert moved.applied(PENDING) == "".join([*current[:12], "new\n", *current[13:]])


def test_a_hunk_stays_when_lines_below_it_change() -> None:
    proposal = change(BASE, [*BASE[:3], "new\n", *BASE[4:]])
    moved = rebase(proposal, snapshot([*BASE[:15], "typed\n"], 1))
    assert moved.hunks[0].base == LineSpan(3, 4)
    assert moved.hunks[0].state is HunkState.PENDING


def test_an_edit_inside_a_hunk_makes_it_conflicted_with_both_sides() -> None:
    proposal = change(BASE, [*BASE[:3], "new\n", *BASE[4:]])
    moved = rebase(proposal, snapshot([*BASE[:3], "typed\n", *BASE[4:]], 1))
    (hunk,) = moved.hunks
    assert hunk.state is HunkState.CONFLICTED
    assert hunk.old == ("typed\n",)
    assert hunk.new == ("new\n",)


def test_a_hunk_that_was_kept_in_the_buffer_becomes_kept_and_comes_back_with_undo() -> None:
    proposed = [*BASE[:3], "new\n", "newer\n", *BASE[4:]]
    proposal = change(BASE, proposed)
    kept = rebase(proposal, snapshot(proposed, 1))
    assert [h.state for h in kept.hunks] == [HunkState.KEPT]
    assert kept.hunks[0].old == ("line 3\n",)
    assert kept.applied() == "".join(proposed)
    undone = rebase(kept, snapshot(BASE, 2))
    assert [h.state for h in undone.hunks] == [HunkState.PENDING]
    assert undone.applied(PENDING) == "".join(proposed)


def test_other_hunks_follow_when_one_is_kept() -> None:
    proposed = [*BASE[:3], "a\n", "b\n", *BASE[4:10], "c\n", *BASE[11:]]
    proposal = change(BASE, proposed)
    with_first = [*BASE[:3], "a\n", "b\n", *BASE[4:]]
    moved = rebase(proposal, snapshot(with_first, 1))
    assert [h.state for h in moved.hunks] == [HunkState.KEPT, HunkState.PENDING]
    assert moved.applied((HunkState.PENDING, HunkState.KEPT)) == "".join(proposed)


def test_typing_on_the_line_beside_a_hunk_is_no_conflict_when_touching_is_allowed() -> None:
    proposal = change(BASE, [*BASE[:3], "new\n", *BASE[4:]])
    current = snapshot([*BASE[:2], "typed\n", "more\n", *BASE[3:]], 1)
    assert rebase(proposal, current).hunks[0].state is HunkState.CONFLICTED
    moved = rebase(proposal, current, touching=True)
    assert moved.hunks[0].state is HunkState.PENDING
    assert moved.hunks[0].base == LineSpan(4, 5)


def test_a_rejected_hunk_stays_rejected_while_the_text_moves() -> None:
    proposal = change(BASE, [*BASE[:3], "new\n", *BASE[4:]]).with_states({1: HunkState.REJECTED})
    moved = rebase(proposal, snapshot(["typed\n", *BASE], 1))
    assert moved.hunks[0].state is HunkState.REJECTED
    assert moved.hunks[0].base == LineSpan(4, 5)


def test_a_deletion_is_judged_again_when_the_file_changed() -> None:
    hunk = Hunk(1, LineSpan(0, 20), tuple(BASE), ())
    proposal = FileChange(snapshot(BASE), (hunk,), FileAction.DELETE)
    assert rebase(proposal, snapshot([*BASE, "more\n"], 1)).hunks[0].state is HunkState.CONFLICTED


def test_a_creation_conflicts_with_a_file_that_came_to_exist() -> None:
    proposal = FileChange(snapshot([]), (Hunk(1, LineSpan(0, 0), (), ("x\n",)),), FileAction.CREATE)
    moved = rebase(proposal, snapshot(["other\n"], 1))
    assert moved.hunks[0].state is HunkState.CONFLICTED
    assert moved.hunks[0].old == ("other\n",)


SMALL = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "e\n"]), min_size=1, max_size=12)


@given(SMALL, SMALL, SMALL)
def test_no_hunk_is_ever_lost_and_none_overlaps_another(
    old: list[str], new: list[str], current: list[str]
) -> None:
    proposal = change(old, new)
    moved = rebase(proposal, snapshot(current, 1))
    assert {h.id for h in moved.hunks} == {h.id for h in proposal.hunks}
    ends = [0]
    for hunk in moved.hunks:
        assert ends[-1] <= hunk.base.start <= hunk.base.end <= len(current)
        ends.append(hunk.base.end)
        assert hunk.state in (HunkState.KEPT,) or hunk.old == tuple(
            current[hunk.base.start : hunk.base.end]
        )


@given(SMALL, SMALL, st.randoms(use_true_random=False))
def test_hunks_kept_in_any_order_give_the_new_text(old: list[str], new: list[str], rng) -> None:
    here = change(old, new)
    for number in rng.sample([h.id for h in here.hunks], len(here.hunks)):
        kept = here.with_states({number: HunkState.KEPT})
        here = FileChange(Snapshot(here.base.path, kept.applied()), _moved(kept, number))
    assert here.base.text == "".join(new)


def _moved(kept: FileChange, number: int) -> tuple[Hunk, ...]:
    """The other hunks, where the kept one has put them."""
    chosen = next(h for h in kept.hunks if h.id == number)
    delta = len(chosen.new) - len(chosen.old)
    return tuple(
        Hunk(
            h.id,
            LineSpan(h.base.start + delta, h.base.end + delta)
            if h.base.start >= chosen.base.end
            else h.base,
            h.old,
            h.new,
        )
        for h in kept.hunks
        if h.id != number
    )
