"""The acceptance checks that concern the edit engine, by their numbers."""

# ruff: noqa: E501  (a reply is one literal)
from __future__ import annotations

import ast
import random
import re
import time
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.edits.reader import EditFormat
from assistant.types import FileAction, HunkState
from tests.assistant.edits.project import SHOWN, Project, pieces, reader, texts, whole
from tests.assistant.edits.sources import source
from tests.assistant.edits.spoiled import block

PATH = "src/cart.py"
CART = (
    "import os\n\n\nclass Cart:\n    def total(self, items):\n        value = 0\n        for item in items:\n"
    "            value += item.price\n        return value\n\n    def clear(self):\n        self.items = []\n"
    "        return None\n"
)


def edit(old: str, new: str, path: str = PATH) -> str:
    return block(path, old.splitlines(), new.splitlines())


def apply(text: str, *replies: str, path: str = PATH) -> tuple[str | None, str]:
    """The text after the reply, None when nothing changed; and why parts were refused."""
    changes = whole(reader({path: text}), "\n".join(replies))
    return texts(changes).get(path), " ".join(r.reason for r in changes.refused)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_02_every_byte_outside_the_changed_lines_stays(seed: int) -> None:
    rng = random.Random(seed)
    ends = ["\n", "\r\n", "\r"] if seed % 3 == 0 else ["\n", "\r\n"]
    odd = ["", " ", "\t", "\x0c", "\u2028", "\x85", "\x1c", "\udcff", "é", "“x”"]
    lines = [f"line {k} {rng.choice(odd)}" for k in range(30)]
    text = "".join(line + rng.choice(ends) for line in lines)
    if rng.random() < 0.3:
        text = "\ufeff" + text
    if rng.random() < 0.3:
        text = re.sub(r"(\r\n|\r|\n)\Z", "", text)
    at = rng.randrange(3, 26)
    old = lines[at - 2 : at + 3]
    new = [*old[:2], "fresh", *old[3:]]
    (change,) = whole(reader({PATH: text}), block(PATH, old, new)).files
    (hunk,) = change.hunks
    base = change.base.lines()
    assert hunk.base.start == at and hunk.base.size == 1
    assert change.applied(SHOWN) == "".join([*base[:at], *hunk.new, *base[at + 1 :]])
    assert hunk.new == (f"fresh{base[at][len(base[at].rstrip(chr(13) + chr(10))) :]}",)


def test_03_inserted_lines_take_the_line_end_of_their_neighbour() -> None:
    text = "a\r\nb\r\nc\nd\n"
    assert apply(text, edit("b\nc", "b\nnew\nc"))[0] == "a\r\nb\r\nnew\r\nc\nd\n"
    assert apply(text, edit("c\nd", "c\nnew\nd"))[0] == "a\r\nb\r\nc\nnew\nd\n"


def test_05_the_missing_or_present_last_newline_stays_as_it_was() -> None:
    assert apply("a\nb\nlast", edit("b\nlast", "b\nLAST"))[0] == "a\nb\nLAST"
    assert apply("a\nb\nlast", edit("b\nlast", "b\nlast\nmore"))[0] == "a\nb\nlast\nmore"
    assert apply("a\nb\nlast\n", edit("b\nlast", "b\nLAST"))[0] == "a\nb\nLAST\n"


def test_07_new_lines_use_the_file_s_indent_at_the_right_depth() -> None:
    tabs = CART.replace("    ", "\t")
    got, _ = apply(
        tabs,
        edit(
            "        value = 0\n        for item in items:",
            "        value = 0\n        for item in items:\n            if not item:\n                continue",
        ),
    )
    assert got is not None
    assert "\t\tfor item in items:\n\t\t\tif not item:\n\t\t\t\tcontinue\n\t\t\tvalue" in got
    ast.parse(got)
    got, _ = apply(
        CART,
        edit(
            "\t\tvalue = 0\n\t\tfor item in items:",
            "\t\tvalue = 0\n\t\tfor item in items:\n\t\t\tif not item:\n\t\t\t\tcontinue",
        ),
    )
    assert got is not None and "            if not item:\n                continue\n" in got


@pytest.mark.parametrize("shift", ["dedent", "indent"])
def test_08_a_reply_at_another_indent_gives_the_same_as_a_right_one(shift: str) -> None:
    old = "        value = 0\n        for item in items:\n            value += item.price"
    new = "        value = 1\n        for item in items:\n            check(item)\n            value += item.price"
    move = (
        (lambda t: re.sub(r"(?m)^    ", "", t))
        if shift == "dedent"
        else (lambda t: re.sub(r"(?m)^", "    ", t))
    )
    assert (
        apply(CART, edit(move(old), move(new)))[0]
        == apply(CART, edit(old, new))[0]
        == CART.replace(old, new)
    )


def test_09_a_misquoted_context_line_is_not_written_to_the_file() -> None:
    old = "class Cart:\n    def totals(self, items):\n        value = 0\n        for item in items:\n            value += item.price"
    got, _ = apply(CART, edit(old, old.replace("value = 0", "value = 1")))
    assert got == CART.replace("value = 0", "value = 1")


def test_10_two_equal_places_are_refused_with_their_line_numbers_unless_something_decides() -> None:
    text = "def a():\n    x = 1\n    return x\n\n\ndef b():\n    x = 1\n    return x\n"
    got, reason = apply(text, edit("    x = 1", "    x = 2"))
    assert got is None and "lines 2, 7" in reason
    numbered = (
        f"```diff\n--- a/{PATH}\n+++ b/{PATH}\n@@ -7,1 +7,1 @@\n-    x = 1\n+    x = 2\n```\n"
    )
    assert apply(text, numbered)[0] == text[:-27] + text[-27:].replace("x = 1", "x = 2")
    scoped = f"*** Begin Patch\n*** Update File: {PATH}\n@@ def b():\n-    x = 1\n+    x = 2\n*** End Patch\n"
    assert apply(text, scoped)[0] == text[:-27] + text[-27:].replace("x = 1", "x = 2")


def test_11_an_exact_place_wins_over_an_earlier_one_that_differs_in_blanks() -> None:
    text = "if a:\n        go()\nif b:\n    go()\n"
    assert (
        apply(text, edit("    go()", "    stop()"))[0] == "if a:\n        go()\nif b:\n    stop()\n"
    )


def test_12_a_line_that_changed_since_it_was_read_is_refused_with_what_stands_there() -> None:
    now = CART.replace("value = 0", "value = start")
    got, reason = apply(
        now,
        edit(
            "        value = 0\n        for item in items:",
            "        value = 1\n        for item in items:",
        ),
    )
    assert got is None
    assert "value = start" in reason and "6" in reason


def test_13_a_reply_that_is_already_applied_says_so_and_inserts_nothing() -> None:
    reply = edit("        value = 0\n", "        value = 0\n        count = 0")
    once, _ = apply(CART, reply)
    assert once is not None
    again, reason = apply(once, reply)
    assert again is None and "already applied" in reason


def test_14_a_reply_cut_anywhere_never_applies_the_cut_block() -> None:
    rng = random.Random(3)
    first = edit("        value = 0", "        value = 1")
    second = edit("        self.items = []", "        self.items = [0]\n        self.count = 0")
    reply = first + second
    for _ in range(60):
        at = rng.randrange(len(reply) - 5)
        changes = whole(reader({PATH: CART}), reply[:at])
        got = texts(changes).get(PATH)
        done = CART.replace("value = 0", "value = 1")
        both = done.replace("= []", "= [0]\n        self.count = 0")
        tail = reply[len(first) : at]
        if ">>>>>>> REPLACE" in tail:
            assert got == both
        elif ">>>>>" not in tail:
            assert got in (None, done)
            if "<<<<<<< SEARCH\n" in tail:
                assert changes.refused


def test_15_blocks_out_of_order_overlapping_doubled_or_built_on_each_other() -> None:
    a = edit(
        "        value = 0\n        for item in items:",
        "        value = 1\n        for item in items:",
    )
    b = edit(
        "        for item in items:\n            value += item.price",
        "        for item in items:\n            value += item.cost",
    )
    c = edit("        self.items = []", "        self.items = [0]")
    want = (
        CART.replace("value = 0", "value = 1")
        .replace("item.price", "item.cost")
        .replace("= []", "= [0]")
    )
    for order in ([a, b, c], [c, b, a], [b, c, a, a], [c, a, c, b]):
        got, reason = apply(CART, *order)
        assert got == want
        assert not reason or "already" in reason
    built = edit(
        "        value = 1\n        for item in items:",
        "        value = 2\n        for item in items:",
    )
    assert apply(CART, a, built)[0] == CART.replace("value = 0", "value = 2")


def test_16_a_file_that_fails_is_refused_alone() -> None:
    files = Project({PATH: CART}, {"logo.png": "logo.png is binary."})
    made = reader({PATH: CART})
    made._desk.files = files
    reply = (
        edit("        value = 0", "        value = 1")
        + edit("x", "y", "logo.png")
        + edit("x", "y", "gone.py")
    )
    changes = whole(made, reply)
    assert [str(c.base.path) for c in changes.files] == [PATH]
    assert [r.path for r in changes.refused] == ["logo.png", "gone.py"]
    assert changes.refused[0].reason == "logo.png is binary."


@pytest.mark.parametrize(
    "form",
    [
        "./src/cart.py",
        "a/src/cart.py",
        "/home/me/shop/src/cart.py",
        "SRC/Cart.py",
        "src\\cart.py",
        "cart.py",
        "`src/cart.py`",
        "**src/cart.py**",
        "### src/cart.py",
        "File: src/cart.py",
    ],
)
def test_17_a_path_in_any_form_means_the_one_file_it_fits(form: str) -> None:
    assert apply(CART, edit("        value = 0", "        value = 1", form))[0] == CART.replace(
        "value = 0", "value = 1"
    )


@pytest.mark.parametrize(
    "path",
    [
        "../x.py",
        "src/../../x.py",
        "/etc/passwd",
        ".git/hooks/pre-commit",
        "src/.GIT/config",
        "~/x.py",
        "C:\\Windows\\x.py",
        "a/../.git/config",
    ],
)
def test_17_a_path_outside_the_project_or_in_git_is_refused(path: str) -> None:
    for reply in (
        block(path, [], ["x"]),
        f"{path}\n```\nx = 1\ny = 2\n```\n",
        f"```diff\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n```\n",
        f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch\n",
        f"*** Begin Patch\n*** Update File: {PATH}\n*** Move to: {path}\n@@\n-        value = 0\n+        value = 1\n*** End Patch\n",
    ):
        changes = whole(reader({PATH: CART}), reply)
        assert all(c.moved_to is None and c.action is not FileAction.CREATE for c in changes.files)
        assert changes.refused


def test_17_a_protected_file_is_refused_with_the_reason_given() -> None:
    made = reader(
        {PATH: CART}, protected=lambda path: "It holds secrets." if path.name == "cart.py" else None
    )
    changes = whole(made, edit("        value = 0", "        value = 1"))
    assert changes.files == () and changes.refused[0].reason == "It holds secrets."


@pytest.mark.parametrize(
    "mark",
    [
        "# ... existing code ...",
        "# ...",
        "# … rest unchanged …",
        "// ... existing code ...",
        "# rest of the code remains the same",
    ],
)
def test_18_a_mark_for_elided_lines_never_ends_up_in_a_file(mark: str) -> None:
    for reply in (
        edit("        value = 0\n        for item in items:", f"        value = 1\n        {mark}"),
        f"{PATH}\n```python\nclass Cart:\n    {mark}\n    def clear(self):\n        self.items = None\n    {mark}\n```\n",
        f"new.py\n```python\nx = 1\n{mark}\n```\n",
        f"{PATH}\n```python\nx = 1\n{mark}\nnothing(that, stands)\n{mark}\n```\n",
        f"*** Begin Patch\n*** Update File: {PATH}\n@@\n-        value = 0\n+        value = 1\n+        {mark}\n*** End Patch\n",
    ):
        for text in texts(whole(reader({PATH: CART}), reply)).values():
            assert mark not in text


def test_19_what_looks_like_a_pattern_or_a_marker_is_only_text() -> None:
    text = "a\n<<<<<<< HEAD\nmine\n=======\nyours\n>>>>>>> branch\n```\nb\n"
    new = "a $1 \\1 \\g<0> {0} %s\n```python"
    assert apply(text, edit("a", new))[0] == text.replace("a\n", new + "\n", 1)
    solved = edit("<<<<<<< HEAD\nmine\n=======\nyours\n>>>>>>> branch", "ours")
    assert apply(text, solved)[0] == "a\nours\n```\nb\n"
    title = "Title\n=======\n\ntext\n"
    assert apply(title, edit("Title\n=======", "Better\n======="))[0] == "Better\n=======\n\ntext\n"


def test_20_a_refusal_names_the_file_the_edit_and_the_lines_nearest() -> None:
    _, reason = apply(CART, edit("        self.items = [1]", "        self.items = [2]"))
    assert PATH in reason and "Edit 1" in reason and "12 |         self.items = []" in reason
    corrected = edit("        self.items = []", "        self.items = [2]")
    assert apply(CART, corrected)[0] == CART.replace("= []", "= [2]")


def test_21_forty_blocks_in_a_file_of_14000_lines_are_applied() -> None:
    lines = [f"value_{k} = call_{k % 97}(limit_{k})" for k in range(14_000)]
    at = random.Random(1).sample(range(100, 13_900), 40)
    reply = "".join(
        block(
            PATH, lines[k - 2 : k + 3], [*lines[k - 2 : k], "changed = True", *lines[k + 1 : k + 3]]
        )
        for k in at
    )
    text = "\n".join(lines) + "\n"
    before = time.process_time()
    got, _ = apply(text, reply)
    assert time.process_time() - before < 5
    for k in at:
        lines[k] = "changed = True"
    assert got == "\n".join(lines) + "\n"


REPLIES = {
    "search_replace": edit(
        "        value = 0\n        for item in items:",
        "        value = 1\n        for item in items:",
    ),
    "udiff": f"```diff\n--- a/{PATH}\n+++ b/{PATH}\n@@ -5,3 +5,3 @@\n     def total(self, items):\n-        value = 0\n+        value = 1\n         for item in items:\n             value += item.price\n```\n",
    "v4a": f"*** Begin Patch\n*** Update File: {PATH}\n@@\n     def total(self, items):\n-        value = 0\n+        value = 1\n         for item in items:\n             value += item.price\n*** End Patch\n",
    "whole_function": f"{PATH}\n```python\n    def total(self, items):\n        value = 1\n        for item in items:\n            value += item.price\n        return value\n```\n",
}


@pytest.mark.parametrize("notation", REPLIES)
def test_22_the_first_changed_line_is_seen_with_the_line_after_it_at_the_latest(
    notation: str,
) -> None:
    reply = REPLIES[notation]
    made = reader({PATH: CART}, format=EditFormat(notation))
    for k, char in enumerate(reply):
        if any(change.hunks for change in made.push(char).changes):
            break
    known = reply.index("value = 1") + len("value = 1\n")
    assert k <= known


@pytest.mark.parametrize("notation", REPLIES)
def test_23_and_24_one_character_at_a_time_gives_the_same_and_hunks_never_go_away(
    notation: str,
) -> None:
    reply = "Here:\n\n" + REPLIES[notation].replace("\n", "\r\n") + "\nDone.\n"
    at_once = whole(reader({PATH: CART}, format=EditFormat(notation)), reply)
    made = reader({PATH: CART}, format=EditFormat(notation))
    count = 0
    prose = ""
    for char in reply:
        progress = made.push(char)
        prose += progress.prose
        for change in progress.changes:
            assert len(change.hunks) >= count
            count = len(change.hunks)
            assert not any(
                re.search(r"[<>=]{7}|\*\*\*|^@@|```", line) for h in change.hunks for line in h.new
            )
    assert made.finish() == at_once
    assert texts(at_once) == {PATH: CART.replace("value = 0", "value = 1")}
    assert prose == "Here:\n\n\nDone.\n"


def test_25_cancel_anywhere_leaves_only_complete_hunks() -> None:
    reply = "".join(REPLIES.values())
    rng = random.Random(9)
    for _ in range(50):
        made = reader({PATH: CART})
        for piece in pieces(reply[: rng.randrange(len(reply))], rng):
            made.push(piece)
        changes = made.cancel()
        assert changes.refused == () or "already" in changes.refused[0].reason
        for text in texts(changes).values():
            assert text == CART.replace("value = 0", "value = 1")
        assert all(h.state is HunkState.PENDING for c in changes.files for h in c.hunks)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_28_keeping_and_rejecting_in_any_order_gives_the_text_with_exactly_the_kept_hunks(
    seed: int,
) -> None:
    rng = random.Random(seed)
    text = source("src/app.js", seed % 50)
    lines = text.split("\n")
    new = list(lines)
    for k in rng.sample(range(len(new) - 1), 6):
        new[k] = f"changed_{k}();"
    reply = "src/app.js\n~~~~\n" + "\n".join(new) + "~~~~\n"
    changes = whole(reader({"src/app.js": text}, format=EditFormat.WHOLE_FILE), reply)
    (change,) = changes.files
    kept = {h.id for h in change.hunks if rng.random() < 0.5}
    want = list(change.base.lines())
    for hunk in reversed(change.hunks):
        if hunk.id in kept:
            want[hunk.base.start : hunk.base.end] = hunk.new
    order = [h.id for h in change.hunks]
    rng.shuffle(order)
    for number in order:
        change = change.with_states(
            {number: HunkState.KEPT if number in kept else HunkState.REJECTED}
        )
    assert change.applied() == "".join(want)


def test_the_paths_of_a_project_are_asked_for_once() -> None:
    class Counting(Project):
        asked = 0

        def paths(self) -> list[PurePosixPath]:
            Counting.asked += 1
            return super().paths()

    made = reader({})
    made._desk.files = Counting({PATH: CART})
    whole(made, REPLIES["search_replace"] * 3)
    assert Counting.asked == 1
