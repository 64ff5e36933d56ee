"""Each notation's own cases: files made, moved and deleted, tool calls, marks, flags, the door for scripts."""

# ruff: noqa: E501  (a reply is one literal)
from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from assistant.edits.__main__ import batch, stream
from assistant.edits.elision import is_elision
from assistant.edits.reader import EditFormat
from assistant.types import FileAction, ToolCall, ToolCallDelta
from tests.assistant.edits.project import reader, texts, whole
from tests.assistant.edits.spoiled import block

FILES = {"a.py": "one = 1\ntwo = 2\nthree = 3\n", "b/c.py": "def f():\n    return 1\n"}


def changes_of(reply: str, files: dict[str, str] | None = None, **options: object):
    return whole(reader(files or FILES, **options), reply)


def test_a_diff_against_nothing_creates_and_to_nothing_deletes() -> None:
    made = changes_of(
        "```diff\n--- /dev/null\n+++ b/new/x.py\n@@ -0,0 +1,2 @@\n+x = 1\n+y = 2\n```\n"
    ).files[0]
    assert (str(made.base.path), made.action, made.hunks[0].new) == (
        "new/x.py",
        FileAction.CREATE,
        ("x = 1\n", "y = 2\n"),
    )
    gone = changes_of(
        "```diff\n--- a/b/c.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-def f():\n-    return 1\n```\n"
    ).files[0]
    assert gone.action is FileAction.DELETE and gone.applied([h.state for h in gone.hunks]) == ""


def test_a_deletion_that_quotes_another_text_is_refused() -> None:
    changes = changes_of(
        "```diff\n--- a/b/c.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-def f():\n-    return 2\n```\n"
    )
    assert changes.files == () and "not deleted" in changes.refused[0].reason


def test_a_patch_adds_moves_and_deletes_files() -> None:
    reply = (
        "*** Begin Patch\n*** Add File: d.txt\n+hello\n*** Update File: a.py\n*** Move to: z/a.py\n@@\n one = 1\n-two = 2\n"
        "+two = 22\n*** Delete File: b/c.py\n*** End Patch\n"
    )
    by_path = {str(c.base.path): c for c in changes_of(reply).files}
    assert by_path["d.txt"].action is FileAction.CREATE
    assert by_path["a.py"].action is FileAction.MOVE and str(by_path["a.py"].moved_to) == "z/a.py"
    assert by_path["b/c.py"].action is FileAction.DELETE


def test_a_git_diff_with_several_files_and_a_rename() -> None:
    reply = (
        "diff --git a/a.py b/a.py\nindex 123..456 100644\n--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one = 1\n-two = 2\n+two = 22\n three = 3\n"
        "diff --git a/b/c.py b/b/d.py\nsimilarity index 90%\nrename from b/c.py\nrename to b/d.py\n--- a/b/c.py\n+++ b/b/d.py\n"
        "@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 2\n"
    )
    changes = changes_of(reply)
    assert texts(changes) == {
        "a.py": FILES["a.py"].replace("two = 2", "two = 22"),
        "b/c.py": "def f():\n    return 2\n",
    }
    assert [c.action for c in changes.files] == [FileAction.MODIFY, FileAction.MOVE]
    assert changes.refused == ()


def test_removed_lines_that_look_like_a_diff_header_are_content() -> None:
    files = {"q.sql": "-- note\nselect 1;\n++ odd\nend;\n"}
    reply = "```diff\n--- a/q.sql\n+++ b/q.sql\n@@ -1,4 +1,3 @@\n--- note\n+++ plus\n select 1;\n ++ odd\n end;\n```\n"
    assert texts(changes_of(reply, files)) == {"q.sql": "++ plus\nselect 1;\n++ odd\nend;\n"}


def test_prose_after_a_diff_without_a_fence_is_prose() -> None:
    made = reader(FILES)
    reply = "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one = 1\n-two = 2\n+two = 22\n three = 3\n\nThat doubles it.\n"
    prose = made.push(reply).prose
    assert texts(made.finish()) == {"a.py": FILES["a.py"].replace("two = 2", "two = 22")}
    assert "That doubles it." in prose


def test_code_in_an_answer_without_a_file_is_prose() -> None:
    made = reader(FILES)
    reply = "You could run this:\n\n```sh\npip install it\n```\n"
    assert "pip install it" in made.push(reply).prose
    assert made.finish().files == ()


@pytest.mark.parametrize("step", [1, 4, 1000])
def test_an_explanation_with_examples_makes_no_edit_and_loses_no_word(step: int) -> None:
    reply = (
        "In `a.py` the numbers are added like this:\n\n```python\ntotal = one + two\n```\n\n"
        "Run it with:\n\n```console\npython a.py\n```\n"
    )
    made = reader(FILES)
    prose = "".join(made.push(reply[k : k + step]).prose for k in range(0, len(reply), step))
    changes = made.finish()
    assert changes.files == () and changes.refused == ()
    for line in ("In `a.py` the", "total = one + two", "Run it with:", "python a.py"):
        assert line in prose + made.last_prose()


@pytest.mark.parametrize(
    ("arguments", "want"),
    [
        (
            {"path": "a.py", "old_str": "two = 2", "new_str": "two = 22"},
            "one = 1\ntwo = 22\nthree = 3\n",
        ),
        (
            {"file_path": "a.py", "old_string": "= 2\nthree", "new_string": "= 3\nfour"},
            "one = 1\ntwo = 3\nfour = 3\n",
        ),
        ({"path": "a.py", "old_str": "two = 2\n", "new_str": ""}, "one = 1\nthree = 3\n"),
        (
            {"path": "a.py", "old_str": "two = 2\r\nthree", "new_str": "2\r\nthree"},
            "one = 1\n2\nthree = 3\n",
        ),
        (
            {
                "path": "a.py",
                "edits": [
                    {"old_text": "one", "new_text": "eins"},
                    {"old_text": "three", "new_text": "drei"},
                ],
            },
            "eins = 1\ntwo = 2\ndrei = 3\n",
        ),
        (
            {"path": "a.py", "old_str": " = ", "new_str": ": ", "replace_all": True},
            "one: 1\ntwo: 2\nthree: 3\n",
        ),
    ],
)
def test_a_string_replacement_call_changes_exactly_that_string(arguments: dict, want: str) -> None:
    made = reader(FILES, format=EditFormat.STR_REPLACE)
    made.push_tool(ToolCall("1", "str_replace", arguments))
    assert texts(made.finish()) == {"a.py": want}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"path": "a.py", "old_str": " = ", "new_str": ": "}, "3 times"),
        ({"path": "a.py", "old_str": "four = 4", "new_str": "4"}, "not in the file"),
        ({"path": "../a.py", "old_str": "x", "new_str": "y"}, "outside"),
        ({"path": "gone.py", "old_str": "x", "new_str": "y"}, "does not exist"),
        ({"path": "a.py", "old_str": "two = 2", "new_str": "two = 2"}, "same"),
        ({"path": "a.py"}, "neither"),
        ({"path": "a.py", "content": "x"}, "exists already"),
    ],
)
def test_a_string_replacement_call_that_cannot_be_placed_is_refused(
    arguments: dict, word: str
) -> None:
    made = reader(FILES)
    progress = made.push_tool(ToolCall("1", "str_replace", arguments))
    changes = made.finish()
    assert changes.files == () and word in changes.refused[0].reason
    assert progress.refused == changes.refused


def test_a_piece_of_a_call_is_never_applied() -> None:
    made = reader(FILES)
    made.push_tool(
        ToolCallDelta("k", "str_replace", '{"path": "a.py", "old_str": "two = 2", "new_str": "tw')
    )
    assert made.finish().files == ()


def test_a_part_of_a_line_is_replaced_but_an_older_version_of_a_line_is_not() -> None:
    files = {"a.py": "result = compute(alpha, beta, timeout=30)\nother = 1\n"}
    assert texts(changes_of(block("a.py", ["timeout=30"], ["timeout=60"]), files)) == {
        "a.py": files["a.py"].replace("30", "60")
    }
    for old in ("result = compute(alpha, beta", "other =", "imeout=3", "timeout=3"):
        changes = changes_of(block("a.py", [old], ["x"]), files)
        assert changes.files == () and changes.refused


def test_code_that_only_moved_is_linked_both_ways() -> None:
    lines = [f"line_{k} = {k}" for k in range(20)]
    moved = [*lines[:2], *lines[6:15], *lines[2:6], *lines[15:]]
    text, new = ("\n".join(x) + "\n" for x in (lines, moved))
    (change,) = changes_of(
        f"m.py\n```\n{new}```\n", {"m.py": text}, format=EditFormat.WHOLE_FILE
    ).files
    first, second = change.hunks
    assert (first.moved, second.moved) == (second.id, first.id)


def test_dangerous_hunks_are_flagged() -> None:
    text = "".join(f"line_{k} = {k}\n" for k in range(30))
    most = "".join(f"line_{k} = {k}\n" for k in range(0, 30, 3))
    (change,) = changes_of(
        f"m.py\n```\n{most}```\n", {"m.py": text}, format=EditFormat.WHOLE_FILE
    ).files
    assert all("deletes-most" in h.flags for h in change.hunks)
    (change,) = changes_of(block("m.py", text.splitlines(), []), {"m.py": text}).files
    assert "empties-file" in change.hunks[0].flags
    (change,) = changes_of(
        block("m.py", ["line_1 = 1"], ["line_1 = 1 # \u202e"]), {"m.py": text}
    ).files
    assert change.hunks[0].flags == ("hidden-characters",)
    (change,) = changes_of(block("m.py", ["line_1 = 1"], ["line_1 = 2"]), {"m.py": text}).files
    assert change.hunks[0].flags == ()


def test_29_text_behind_a_screen_of_blank_lines_is_flagged_with_their_number() -> None:
    text = "a = 1\n"
    for blanks, flags in ((3000, ("3000-blank-lines",)), (39, ())):
        new = ["a = 1", *[""] * blanks, "import evil"]
        (change,) = changes_of(block("m.py", ["a = 1"], new), {"m.py": text}).files
        assert change.hunks[0].flags == flags
    (change,) = changes_of(block("m.py", ["a = 1"], ["a = 1", *[""] * 90]), {"m.py": text}).files
    assert change.hunks[0].flags == ()  # nothing stands behind them


def test_a_rewrite_with_elided_parts_that_drops_lines_is_flagged() -> None:
    body = "".join(f"    step_{k}()\n" for k in range(8))
    text = f"def f():\n{body}    return 1\n\n\ndef g():\n    return 2\n"
    reply = (
        "m.py\n```python\ndef f():\n    step_0()\n    return 1\n\n# ... existing code ...\n```\n"
    )
    (change,) = changes_of(reply, {"m.py": text}).files
    assert any("drops-elided" in h.flags for h in change.hunks)


def test_a_place_that_was_not_found_exactly_is_told_on_the_hunk() -> None:
    (change,) = changes_of(block("b/c.py", ["return 1"], ["return 2"])).files
    assert "ndentation" in change.hunks[0].note
    assert change.hunks[0].new == ("    return 2\n",)


@pytest.mark.parametrize(
    "line",
    [
        "# ... existing code ...",
        "// ... rest of the file ...",
        "/* ... */",
        "<!-- ... unchanged ... -->",
        "  # ...",
        "-- ... other methods ...",
        "# rest of code remains the same",
        "// (unchanged)",
        "# --- unchanged ---",
        "{/* ... existing code ... */}",
        "# … existing …",
        "[...]",
        "// ... keep existing imports ...",
    ],
)
def test_a_line_that_stands_for_others_is_recognised(line: str) -> None:
    assert is_elision(line)


@pytest.mark.parametrize(
    "line",
    [
        "...",
        "    ...",
        "x = [...]",
        "# the rest of the code depends on this flag being set early",
        "return (...args) => f(...args)",
        "# Loads ... and stores",
        "# existing users keep their session",
        "",
        "print('...')",
        "// see the original issue",
        "def f(*args): ...",
        "# unchanged lines keep their bytes, see above",
    ],
)
def test_ordinary_code_and_comments_are_no_marks(line: str) -> None:
    assert not is_elision(line)


def test_the_door_answers_each_request_with_one_line() -> None:
    requests = [
        {
            "id": 1,
            "format": "auto",
            "reply": block("a.py", ["two = 2"], ["two = 22"]),
            "files": FILES,
        },
        {
            "id": 2,
            "format": "search_replace",
            "reply": block("a.py", ["four"], ["4"]),
            "files": FILES,
        },
        {
            "id": 3,
            "format": "auto",
            "reply": block("a.py", ["two = 2"], ["2"]) + block("a.py", ["four"], ["4"]),
            "files": FILES,
        },
        {
            "id": 4,
            "format": "v4a",
            "reply": "*** Begin Patch\n*** Delete File: a.py\n*** End Patch",
            "files": FILES,
        },
        {"id": 5, "format": "auto", "reply": "Nothing to do.", "files": FILES},
    ]
    source = "\n".join(json.dumps(r) for r in requests) + "\n"
    done = subprocess.run(
        [sys.executable, "-m", "assistant.edits"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0] == {"id": 1, "files": {"a.py": "one = 1\ntwo = 22\nthree = 3\n"}}
    assert set(answers[1]) == {"id", "refused"}
    assert set(answers[2]) == {"id", "files", "failed"}
    assert answers[3] == {"id": 4, "files": {"a.py": None}}
    assert set(answers[4]) == {"id", "refused"}


def test_the_streaming_door_previews_and_cancel_takes_everything_back() -> None:
    reply = block("a.py", ["two = 2"], ["two = 22"])
    messages = [{"op": "begin", "id": 1, "format": "auto", "files": FILES}]
    messages += [{"op": "chunk", "text": reply[k : k + 9]} for k in range(0, len(reply), 9)]
    out = io.StringIO()
    stream(
        io.StringIO(
            "\n".join(
                map(
                    json.dumps,
                    [*messages, {"op": "end"}, messages[0], messages[1], {"op": "cancel"}],
                )
            )
        ),
        out,
    )
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    previews = [a for a in answers if "preview" in a]
    assert previews[-2] == {"preview": {"a.py": "one = 1\ntwo = 22\nthree = 3\n"}, "hunks": 1}
    assert answers[-4] == {"files": {"a.py": "one = 1\ntwo = 22\nthree = 3\n"}}
    assert answers[-1] == {"files": {}}


def test_text_that_is_not_unicode_survives_the_door() -> None:
    out = io.StringIO()
    text = "one\n\udcff\ntwo\n"
    batch(
        io.StringIO(
            json.dumps({"id": 1, "reply": block("a", ["two"], ["2"]), "files": {"a": text}})
        ),
        out,
    )
    assert json.loads(out.getvalue())["files"]["a"] == "one\n\udcff\n2\n"


def test_a_comment_behind_the_last_line_of_a_function_stays() -> None:
    text = "def f():\n    return 1\n    # END of f\n\n\ndef g():\n    return 2\n"
    reply = "m.py\n```python\ndef f():\n    return 3\n```\n"
    for format in ("auto", "whole_function"):
        changes = changes_of(reply, {"m.py": text}, format=EditFormat(format))
        assert texts(changes) == {"m.py": text.replace("return 1", "return 3")}


def test_a_function_that_fills_most_of_a_file_is_not_taken_for_the_whole_file() -> None:
    body = "".join(f"    step_{k}(value)\n" for k in range(30))
    text = f"import os\nimport sys\n\n\ndef f(\n    value,\n):\n{body}"
    broken = f"def f(\n    value,\n{body}".replace("step_3(", "step_three(")
    changes = changes_of(f"m.py\n```python\n{broken}```\n", {"m.py": text})
    assert changes.files == () and changes.refused
