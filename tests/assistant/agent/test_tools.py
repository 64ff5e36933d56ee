"""Looking and proposing: reads see the edits, stale and unclear edits come back with what is there.

Numbers in names are those of the acceptance checks.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.agent.tool import fitted, problem
from assistant.types import PROTECTED, FileAction, HunkState
from tests.assistant.agent.trees import Desk, DiskTree, P

CLIENT = "import json\n\n\ndef fetch(url):\n    return json.loads(url)\n\n\ndef main():\n    pass\n"
KEY = "AKIAIOSFODNN7EXAMPLQ"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    files = {
        "src/client.py": CLIENT,
        "src/other.py": "from client import fetch\n\nfetch('a')\nfetch('b')\n",
        "notes.md": "# Notes\n",
        "crlf.txt": "one\r\ntwo\r\nthree\r\n",
        ".env": f"KEY={KEY}\n",
        ".gitignore": "ignored/\n",
        "ignored/big.txt": "x\n",
        "pyproject.toml": "[project]\nname='x'\n",
    }
    return Desk(DiskTree(tmp_path / "p", files))


def test_a_file_is_read_with_numbers_and_in_parts(desk: Desk) -> None:
    whole = desk.call("read_file", path="src/client.py")
    assert whole.text.startswith("src/client.py, lines 1-9 of 9\n     1 | import json\n")
    part = desk.call("read_file", path="client.py", start=4, end=5)
    assert part.text.split("\n")[1:] == [
        "     4 | def fetch(url):",
        "     5 |     return json.loads(url)",
        "[4 more lines]",
    ]
    assert part.summary == "2 lines"
    assert "only 9 lines" in desk.call("read_file", path="client.py", start=99).text


@pytest.mark.parametrize(
    "path", [".env", "../p/.env", "/etc/passwd", "ignored/big.txt", "src", "nothing.py", ".ENV"]
)
def test_secret_ignored_and_foreign_files_are_not_read(desk: Desk, path: str) -> None:
    found = desk.call("read_file", path=path)
    assert not found.ok
    assert KEY not in found.text and "root:" not in found.text


def test_the_search_finds_lines_in_files_buffers_and_edits(desk: Desk) -> None:
    assert desk.call("search_text", pattern="fetch(").text.split("\n") == [
        "src/client.py:4: def fetch(url):",
        "src/other.py:3: fetch('a')",
        "src/other.py:4: fetch('b')",
    ]
    desk.tree.open[P("notes.md")] = "# fetch(\n"
    desk.call("edit_file", path="src/client.py", old_str="def fetch(url)", new_str="def get(url)")
    found = desk.call("search_text", pattern=r"^(def|#) (get|fetch)\(", regex=True)
    assert found.text.split("\n") == ["notes.md:1: # fetch(", "src/client.py:4: def get(url):"]
    assert found.summary == "2 hits"
    assert desk.call("search_text", pattern=KEY).text == "Nothing found."
    assert desk.call("search_text", pattern="FETCH", folder="src").text == "Nothing found."
    assert desk.call("search_text", pattern="FETCH", ignore_case=True, folder="src").ok
    assert "unterminated" in desk.call("search_text", pattern="(", regex=True).text


def test_a_search_that_never_ends_is_stopped(tmp_path: Path) -> None:
    desk = Desk(DiskTree(tmp_path, {"a.txt": "a" * 60 + "\n"}), seconds=0.5)
    found = desk.call("search_text", pattern="(a+)+$b", regex=True)
    assert not found.ok and "too long" in found.text


def test_outline_list_and_symbols_see_the_edits(desk: Desk) -> None:
    assert "function fetch" in desk.call("outline", path="src/client.py").text
    desk.call("create_file", path="src/new.py", file_text="class Fresh:\n    pass\n")
    assert "src/new.py" in desk.call("list_files", folder="src").text.split("\n")
    assert "class in src/new.py:1" in desk.call("find_symbol", name="Fres").text
    assert not desk.call("list_files", folder="nowhere").ok


def test_an_edit_becomes_a_hunk_and_the_disk_stays(desk: Desk) -> None:
    done = desk.call(
        "edit_file", path="client.py", old_str="    pass\n", new_str="    fetch('c')\n"
    )
    assert done.ok and done.touched == (P("src/client.py"),)
    assert (desk.tree.root / "src/client.py").read_text() == CLIENT
    change = desk.overlay.change(P("src/client.py"))
    assert change is not None
    assert [(h.old, h.new) for h in change.hunks] == [(("    pass\n",), ("    fetch('c')\n",))]
    assert "fetch('c')" in desk.call("read_file", path="client.py").text


def test_29_an_edit_of_a_file_that_changed_since_it_was_read_is_refused_with_what_it_says_now(
    desk: Desk,
) -> None:
    desk.call("read_file", path="src/client.py")
    for change in ("disk", "buffer"):
        now = CLIENT.replace("json.loads(url)", f"json.loads(url)  # {change}")
        if change == "disk":
            (desk.tree.root / "src/client.py").write_text(now)
        else:
            desk.tree.open[P("src/client.py")] = now
        found = desk.call(
            "edit_file",
            path="src/client.py",
            old_str="    return json.loads(url)",
            new_str="    return 1",
        )
        assert not found.ok and "changed since you read it" in found.text
        assert f"     5 |     return json.loads(url)  # {change}" in found.text
    again = desk.call("edit_file", path="src/client.py", old_str="    pass", new_str="    return")
    assert again.ok
    text = desk.overlay.read(P("src/client.py"))
    assert getattr(text, "text", "").count("# buffer") == 1


def test_29_what_the_person_types_meanwhile_is_carried_along(desk: Desk) -> None:
    desk.call("edit_file", path="src/client.py", old_str="    pass\n", new_str="    run()\n")
    desk.tree.open[P("src/client.py")] = "# mine\n" + CLIENT
    assert desk.overlay.follow() == (P("src/client.py"),)
    change = desk.overlay.change(P("src/client.py"))
    assert change is not None
    assert change.base.text == "# mine\n" + CLIENT
    assert change.applied([HunkState.PENDING]) == "# mine\n" + CLIENT.replace("pass", "run()")


def test_30_a_text_that_is_not_there_is_answered_with_the_closest_lines(desk: Desk) -> None:
    found = desk.call(
        "edit_file",
        path="src/client.py",
        old_str="def fetch(uri):\n    return json.load(uri)\n",
        new_str="x",
    )
    assert not found.ok
    assert "    4 | def fetch(url):" in found.text and "first differ at line 4" in found.text


def test_30_a_text_that_is_there_twice_is_answered_with_the_places(desk: Desk) -> None:
    found = desk.call("edit_file", path="src/other.py", old_str="fetch(", new_str="get(")
    assert not found.ok and "lines 3, 4" in found.text
    everywhere = desk.call(
        "edit_file", path="src/other.py", old_str="fetch(", new_str="get(", replace_all=True
    )
    assert everywhere.ok
    text = desk.overlay.read(P("src/other.py"))
    assert getattr(text, "text", "").count("get(") == 2


def test_line_ends_stay(desk: Desk) -> None:
    desk.call("edit_file", path="crlf.txt", old_str="two", new_str="2\n2b")
    text = desk.overlay.read(P("crlf.txt"))
    assert getattr(text, "text", "") == "one\r\n2\r\n2b\r\nthree\r\n"


PATCH = """*** Begin Patch
*** Update File: src/client.py
@@ def main():
 def main():
-    pass
+    fetch("c")
*** Add File: src/fresh.py
+x = 1
*** Delete File: notes.md
*** Update File: src/other.py
*** Move to: src/moved.py
@@
-fetch('a')
+fetch('z')
*** End Patch
"""


def test_a_patch_changes_creates_deletes_and_moves(desk: Desk) -> None:
    done = desk.call("apply_patch", patch=PATCH)
    assert done.ok, done.text
    actions = {str(c.base.path): c.action for c in desk.overlay.change_set("r", "t").files}
    assert actions == {
        "src/client.py": FileAction.MODIFY,
        "src/fresh.py": FileAction.CREATE,
        "notes.md": FileAction.DELETE,
        "src/other.py": FileAction.MOVE,
    }
    names = [str(path) for path in desk.overlay.paths()]
    assert "src/moved.py" in names and "notes.md" not in names and "src/other.py" not in names
    assert "fetch('z')" in desk.call("read_file", path="src/moved.py").text
    assert not desk.call("read_file", path="src/other.py").ok
    edited = desk.call("edit_file", path="src/moved.py", old_str="fetch('b')", new_str="fetch(2)")
    assert edited.ok, edited.text
    moved = next(c for c in desk.overlay.change_set("r", "t").files if c.moved_to)
    assert moved.applied([HunkState.PENDING]).endswith("fetch('z')\nfetch(2)\n")


@pytest.mark.parametrize(
    "path",
    ["../out.py", "/etc/cron.d/x", ".git/config", ".GIT/config", "git~1/config", ".git/hooks/x",
     ".galley/rules", ".Galley/settings.json", ".env", "a/../../out.py",
     ".g\u200cit/config", "src/link/x.py"],
)  # fmt: skip
def test_37_a_patch_cannot_name_what_is_forbidden_or_outside(desk: Desk, path: str) -> None:
    (desk.tree.root / "src/link").symlink_to("/tmp")
    head = "*** Begin Patch\n*** Update File: src/other.py\n"
    for patch in (
        f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch",
        f"{head}*** Move to: {path}\n@@\n-fetch('a')\n+fetch('z')\n*** End Patch",
        f"*** Begin Patch\n*** Delete File: {path}\n*** End Patch",
    ):
        if "link" in path:
            continue
        found = desk.call("apply_patch", patch=patch)
        assert not found.ok, (patch, found.text)
    assert not desk.call("create_file", path=path, file_text="x").ok or "link" in path
    assert "link" in path or not desk.overlay


@pytest.mark.parametrize(
    "path", [".vscode/s.json", "conftest.py", "pyproject.toml", ".github/workflows/ci.yml"]
)
def test_37_what_other_programs_obey_is_proposed_with_a_flag_on_every_hunk(
    desk: Desk, path: str
) -> None:
    assert desk.call("create_file", path=f"one/{path}", file_text="x\n").ok
    moved = f"*** Begin Patch\n*** Update File: src/other.py\n*** Move to: two/{path}\n"
    assert desk.call("apply_patch", patch=f"{moved}@@\n-fetch('a')\n+fetch('z')\n*** End Patch").ok
    changes = desk.overlay.change_set("r", "t").files
    assert len(changes) == 2
    for change in changes:
        assert change.hunks
        assert all(PROTECTED in hunk.flags for hunk in change.hunks)


def test_37_a_patch_is_applied_whole_or_not_at_all(desk: Desk) -> None:
    broken = PATCH.replace("-fetch('a')", "-fetch('not there')")
    assert not desk.call("apply_patch", patch=broken).ok
    assert not desk.overlay
    cut = PATCH.replace("*** End Patch\n", "")
    assert "no *** End Patch" in desk.call("apply_patch", patch=cut).text
    assert not desk.overlay


def test_a_new_file_that_goes_again_is_no_change(desk: Desk) -> None:
    desk.call("create_file", path="a.py", file_text="x = 1\n")
    assert desk.overlay
    gone = desk.call("apply_patch", patch="*** Begin Patch\n*** Delete File: a.py\n*** End Patch")
    assert gone.ok, gone.text
    assert not desk.overlay
    change = desk.overlay.change(P("a.py"))
    assert change is not None and change.hunks == ()
    assert not desk.call("read_file", path="a.py").ok
    assert desk.call("create_file", path="a.py", file_text="x = 2\n").ok


SCHEMA = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "start": {"type": "integer", "minimum": 1, "maximum": 9},
        "all": {"type": "boolean"},
    },
    "required": ["path"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "'path' is missing"),
        ({"path": 3}, "must be of type string"),
        ({"path": "a", "start": 0}, "from 1 to 9"),
        ({"path": "a", "start": "x"}, "must be of type integer"),
        ({"path": "a", "start": True}, "must be of type integer"),
        ({"path": "a", "lines": 3}, "no argument 'lines'"),
        ({"path": None}, "must be of type string"),
        ({"path": "a", "start": "3", "all": "true"}, ""),
        ({"path": "a", "start": 3.0}, ""),
        ({"path": "a", "start": None}, ""),
    ],
)
def test_28_arguments_are_judged_by_the_schema(arguments: dict[str, object], says: str) -> None:
    found = problem(fitted(arguments, SCHEMA), SCHEMA)
    assert says in found and bool(says) == bool(found)
