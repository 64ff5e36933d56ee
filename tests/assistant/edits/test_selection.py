"""Ctrl+K: the reply is the new text of some lines, however the model wraps it."""

# ruff: noqa: E501  (a reply is one literal)
from __future__ import annotations

import random
import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.edits.reader import EditFormat
from assistant.types import HunkState, LineSpan, Snapshot
from tests.assistant.edits.project import SHOWN, reader, selected, texts

TEXT = (
    "import os\n\n\nclass Cart:\n    def total(self, items):\n        value = 0\n        for item in items:\n"
    "            value += item.price\n        return value\n\n    def clear(self):\n        self.items = []\n"
)
OLD = "    def total(self, items):\n        value = 0\n        for item in items:\n            value += item.price\n        return value\n"
NEW = OLD.replace("value = 0", "value = Decimal(0)").replace(
    "        return value", "        self.last = value\n        return value"
)
WANT = TEXT.replace(OLD, NEW)
DEDENTED = "".join(line.removeprefix("    ") for line in NEW.splitlines(keepends=True))


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{NEW}```\n",
        f"```python\n{NEW}```",
        f"Here is the new version:\n\n```\n{NEW}```\n\nIt keeps the last total.\n",
        NEW,
        NEW.rstrip("\n"),
        f"```python\n{DEDENTED}```\n",
        DEDENTED,
        f"```python\n{NEW.lstrip()}```\n",
        f"```python\n{NEW.replace('    ', chr(9))}```\n",
        f"~~~~\n{NEW}~~~~\n",
        f"```python\n\n{NEW}\n\n```\n",
        f"```python\n{NEW}```\n".replace("\n", "\r\n"),
        f"Sure! Here is the code you asked for.\n\n{NEW}",
        f"The old code was:\n```python\n{OLD}```\nThe new code is:\n```python\n{NEW}```\n",
        f"m.py\n```python\n{NEW}```\n",
        f"```python\n{NEW}",
    ],
    ids=[
        "fenced",
        "no last newline",
        "with prose",
        "bare",
        "bare, no last newline",
        "dedented",
        "bare dedented",
        "first line stripped",
        "tabs for blanks",
        "tildes",
        "blank lines around",
        "crlf",
        "prose then bare code",
        "old text first",
        "path before",
        "fence left open",
    ],
)
def test_the_selection_is_rewritten_however_the_reply_is_wrapped(reply: str) -> None:
    for step in (0, 1, 5):
        changes, _, _ = selected(TEXT, 4, 9, reply, step=step)
        assert texts(changes) == {"m.py": WANT}
        assert [h.state for h in changes.files[0].hunks] == [HunkState.PENDING, HunkState.PENDING]


def test_prose_alone_makes_no_hunk_and_is_the_answer() -> None:
    reply = "The function adds up the prices of all items.\nIt returns the sum.\n"
    for step in (0, 3):
        changes, seen, made = selected(TEXT, 4, 9, reply, step=step)
        assert changes.files == ()
        assert "".join(p.prose for p in seen) + made.last_prose() == reply


def test_a_hunk_can_be_kept_before_the_reply_ends() -> None:
    reply = f"```python\n{NEW}```\n"
    upto = reply.index("            value +=")
    _, seen, _ = selected(TEXT, 4, 9, reply[:upto], step=4)
    last = [p for p in seen if p.changes][-1].changes[0]
    assert [h.state for h in last.hunks] == [HunkState.PENDING]


def test_lines_the_stream_has_not_reached_are_in_no_hunk() -> None:
    body = "".join(f"call({k})\n" for k in range(60))
    reply = "```\n" + body.replace("call(3)", "call(three)")[:90]
    _, seen, _ = selected(body, 0, 60, reply, step=1)
    for progress in seen:
        for change in progress.changes:
            assert max(h.base.end for h in change.hunks) <= 4


def test_ids_stay_from_first_sight_to_the_end() -> None:
    reply = f"```python\n{NEW}```\n"
    shown: dict[int, int] = {}
    changes, seen, _ = selected(TEXT, 4, 9, reply, step=3)
    for progress in seen:
        for change in progress.changes:
            shown |= {h.id: h.base.start for h in change.hunks if h.state is HunkState.PENDING}
    assert shown == {h.id: h.base.start for h in changes.files[0].hunks}


def test_a_reply_in_another_notation_is_taken_too() -> None:
    block = f"m.py\n```\n<<<<<<< SEARCH\n{OLD}=======\n{NEW}>>>>>>> REPLACE\n```\n"
    diff = "```diff\n--- a/m.py\n+++ b/m.py\n@@ @@\n-        value = 0\n+        value = Decimal(0)\n         for item in items:\n```\n"
    assert texts(selected(TEXT, 4, 9, block)[0]) == {"m.py": WANT}
    assert texts(selected(TEXT, 4, 9, diff)[0]) == {
        "m.py": TEXT.replace("value = 0", "value = Decimal(0)")
    }


def test_an_elided_middle_of_the_selection_stays() -> None:
    reply = "```python\n    def total(self, items):\n        value = Decimal(0)\n        # ... existing code ...\n        return value\n```\n"
    changes, _, _ = selected(TEXT, 4, 9, reply)
    assert texts(changes) == {"m.py": TEXT.replace("value = 0", "value = Decimal(0)")}


def test_a_cut_reply_leaves_what_was_complete_and_says_so() -> None:
    lines = [f"step_{k}()\n" for k in range(40)]
    new = ["first()\n", *lines[1:]]
    reply = "```\n" + "".join(new)[:100] + "other("
    changes, _, _ = selected("".join(lines), 0, 40, reply)
    assert texts(changes) == {"m.py": "".join(new)}
    assert "cut off" in changes.refused[0].reason


def test_bare_new_text_that_stops_early_does_not_delete_the_rest() -> None:
    lines = [f"step_{k}()\n" for k in range(40)]
    changes, _, _ = selected("".join(lines), 0, 40, "first()\n" + "".join(lines[1:20]))
    assert texts(changes) == {"m.py": "first()\n" + "".join(lines[1:])}
    assert "cut off" in changes.refused[0].reason


def test_a_reply_stopped_by_its_length_limit_proposes_only_what_is_complete() -> None:
    lines = [f"step_{k}()\n" for k in range(40)]
    made = reader(
        {"m.py": "".join(lines)},
        target=Snapshot(PurePosixPath("m.py"), "".join(lines)),
        span=LineSpan(0, 40),
        format=EditFormat.SELECTION,
    )
    made.push("first()\n" + "".join(lines[1:38]) + "step_38(wrong")
    changes = made.finish(complete=False)
    assert texts(changes) == {"m.py": "first()\n" + "".join(lines[1:])}
    assert changes.refused


def test_letters_in_two_characters_become_one_as_in_the_file() -> None:
    text = "name = 'Zoë'\nplace = 'Orléans'\n"
    reply = unicodedata.normalize("NFD", "```\nname = 'Zoë!'\nplace = 'Orléans'\n```\n")
    block = unicodedata.normalize(
        "NFD", "m.py\n<<<<<<< SEARCH\nname = 'Zoë'\n=======\nname = 'Zoë!'\n>>>>>>> REPLACE\n"
    )
    for written in (reply, block):
        assert texts(selected(text, 0, 2, written)[0]) == {"m.py": text.replace("Zoë", "Zoë!")}


def test_deleting_trailing_blanks_is_an_edit_when_it_is_the_only_one() -> None:
    text = "a = 1  \nb = 2\n"
    changes, _, _ = selected(text, 0, 2, "```\na = 1\nb = 2\n```\n")
    assert texts(changes) == {"m.py": "a = 1\nb = 2\n"}


def test_new_lines_in_a_tab_file_are_written_with_tabs() -> None:
    text = "func f() {\n\tif x {\n\t\ty()\n\t}\n}\n"
    reply = "```go\nfunc f() {\n    if x {\n        y()\n        z()\n    }\n}\n```\n"
    changes, _, _ = selected(text, 0, 5, reply, path="m.go")
    assert texts(changes) == {"m.go": text.replace("\t\ty()\n", "\t\ty()\n\t\tz()\n")}


def test_a_prose_file_can_be_rewritten_without_a_fence() -> None:
    text = "# Title\n\nThe quick fox jumps over it.\nIt was a dog, I think.\n"
    changes, _, _ = selected(
        text, 2, 4, "The quick fox jumps over it.\nIt was a lazy dog.\n", path="a.md"
    )
    assert texts(changes) == {"a.md": text.replace("a dog, I think.", "a lazy dog.")}


def test_empty_selection_takes_new_code() -> None:
    changes, _, _ = selected(TEXT, 3, 3, "```python\nLIMIT = 3\n```\n")
    assert texts(changes) == {"m.py": TEXT.replace("class Cart", "LIMIT = 3\nclass Cart")}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_any_chunking_gives_the_same_hunks_and_only_they_differ_from_the_file(seed: int) -> None:
    rng = random.Random(seed)
    lines = [
        rng.choice(["", "}", "return x;", f"call({rng.randrange(9)});", f"let v{k} = {k};"])
        for k in range(25)
    ]
    new = list(lines)
    for _ in range(rng.randrange(1, 5)):
        k = rng.randrange(len(new) + 1)
        new[k : k + rng.randrange(4)] = [
            f"fresh({rng.randrange(99)});" for _ in range(rng.randrange(4))
        ]
    text = "".join(f"{line}\n" for line in lines)
    reply = "```\n" + "".join(f"{line}\n" for line in new) + "```\n"
    results = [selected(text, 0, 25, reply, path="m.js", step=step)[0] for step in (0, 1, 7)]
    assert results[0] == results[1] == results[2]
    want = "".join(f"{line}\n" for line in new)
    for change in results[0].files:
        assert change.applied(SHOWN).strip("\n") == want.strip("\n")
        for hunk in change.hunks:
            assert hunk.old == change.base.lines(hunk.base)
