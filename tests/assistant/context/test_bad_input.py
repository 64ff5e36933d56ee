"""Whatever lies in a folder: indexed, or left out with a reason; never a hang, never a crash."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from assistant.context.project import Project
from assistant.types import split_lines
from tests.assistant.context.door import Door, git, write


def _project(root: Path, store: Path) -> Project:
    project = Project(str(root), str(store))
    changed, gone = project.walk()
    project.forget(gone)
    project.refresh(changed)
    project.index.sync()
    return project


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def test_huge_and_minified_files_are_listed_by_path_and_not_read(
    tmp_path: Path, store: Path
) -> None:
    """Check 4: huge and minified files by their path only."""
    with open(tmp_path / "huge.txt", "wb") as file:
        file.truncate(200_000_000)
    write(
        tmp_path,
        {"app.min.js": "var needle_min=1;" * 70_000, "wide.js": "var needle_wide=1;" * 60_000},
    )
    started = time.monotonic()
    project = _project(tmp_path, store)
    assert time.monotonic() - started < 2
    for path, word in (("huge.txt", "larger"), ("app.min.js", "larger"), ("wide.js", "larger")):
        assert path in project.index.files and word in project.unread[path]
    assert "needle" not in project.index.words


def test_a_line_of_a_million_characters_is_no_text_for_the_index(
    tmp_path: Path, store: Path
) -> None:
    """Check 4: the same for one line of a million characters."""
    write(tmp_path, {"one.py": "x = '" + "a" * 900_000 + "'\n"})
    project = _project(tmp_path, store)
    assert "lines of over" in project.unread["one.py"]


def test_binary_files_are_known_by_their_path_only(tmp_path: Path, store: Path) -> None:
    """Check 5: binary content, also behind a name of code."""
    write(tmp_path, {"logo.bin": b"\x89PNG\0\0needle", "fake.py": b"needle = 1\0\0\0"})
    project = _project(tmp_path, store)
    assert project.unread == {"logo.bin": "is binary", "fake.py": "is binary"}
    assert project.text("fake.py") is None and "needl" not in project.index.words


def test_links_are_never_followed(tmp_path: Path, store: Path) -> None:
    """Check 6: links to a parent, to themselves, outside, to nothing."""
    outside = store / "outside.py"
    outside.write_text("needle_outside = 1\n")
    write(tmp_path, {"real/a.py": "needle_inside = 1\n"})
    os.symlink("..", tmp_path / "real" / "parent")
    os.symlink("self", tmp_path / "self")
    os.symlink(str(outside), tmp_path / "out.py")
    os.symlink("/etc/passwd", tmp_path / "passwd")
    os.symlink(str(store), tmp_path / "outdir")
    os.symlink("nowhere", tmp_path / "dangling")
    os.symlink("real/a.py", tmp_path / "twin.py")
    project = _project(tmp_path, store)
    assert set(project.index.files) == {"real/a.py"}
    assert project.text("out.py") is None and project.text("outdir/outside.py") is None
    assert project.text("../" + store.name + "/outside.py") is None
    assert {p for p, why in project.scan.skipped.items() if why == "is a link"} >= {
        "self",
        "out.py",
        "twin.py",
    }


def test_pipes_and_sockets_are_skipped_without_waiting(tmp_path: Path, store: Path) -> None:
    """Check 7: pipes and sockets hold nothing up."""
    write(tmp_path, {"a.py": "x = 1\n"})
    os.mkfifo(tmp_path / "pipe.py")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "sock"))
        started = time.monotonic()
        project = _project(tmp_path, store)
        project.refresh(["pipe.py", "sock"])
    assert time.monotonic() - started < 2
    assert set(project.index.files) == {"a.py"} and "pipe" in project.scan.skipped["pipe.py"]


_AS_NOBODY = """
import os
import assistant.context.worker
from assistant.context.grammars import grammar
from tree_sitter import QueryCursor
grammar("python")
import assistant.context.service  # what is imported late must be there before nobody may read it
os.setgid(65534); os.setuid(65534)
"""


def test_what_may_not_be_read_is_left_out_with_a_reason_and_read_once_it_may(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Check 8: unreadable files and folders."""
    root = Path(os.path.realpath("/tmp")) / f"galley-test-{os.getpid()}"
    write(root, {"a.py": "x = 1\n", "locked.py": "needle_locked = 1\n", "shut/b.py": "y = 1\n"})
    try:
        os.chmod(root, 0o755)
        os.chmod(root / "locked.py", 0)
        os.chmod(root / "shut", 0)
        prelude = _AS_NOBODY if os.getuid() == 0 else ""
        with Door(prelude=prelude) as door:
            door.ask("index", root=str(root), watch=True)
            left = door.ask("report")["left_out"]
            assert "opened" in left["locked.py"] and "read" in left["shut"]
            os.chmod(root / "locked.py", 0o644)
            door.until(lambda: "locked.py" in door.holds("needle_locked"))
            os.chmod(root / "shut", 0o755)
            door.until(lambda: "shut/b.py" in door.files("shut b y"))
    finally:
        for name in ("locked.py", "shut"):
            os.chmod(root / name, 0o755)
        for path in ("a.py", "locked.py", "shut/b.py"):
            os.unlink(root / path)
        os.rmdir(root / "shut")
        os.rmdir(root)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("latin.py", "# caf\u00e9\ndef needle():\n    pass\n".encode("latin-1")),
        ("wide.py", "def needle():\n    pass\n".encode("utf-16")),
        ("mark.py", b"\xef\xbb\xbfdef needle():\n    pass\n"),
        ("broken.py", b"# \xff\xfe\xfa\ndef needle():\n    pass\n"),
        ("dos.py", b"# one\r\ndef needle():\r\n    pass\r\n"),
        ("mac.py", b"# one\rdef needle():\r    pass\r"),
        ("mixed.py", b"# one\n# two\r\r\n\x0c# three\ndef needle():\n    pass"),
        ("separators.py", "# \u2028 \x0b \x1c \x85\ndef needle():\n    pass\n".encode()),
    ],
)
def test_any_encoding_and_any_line_end_gives_the_editors_line_numbers(
    tmp_path: Path, store: Path, name: str, data: bytes
) -> None:
    """Check 9: encodings and line ends."""
    write(tmp_path, {name: data})
    project = _project(tmp_path, store)
    ((_, first, last, _, _),) = project.index.files[name].definitions()
    text = project.text(name)
    assert text is not None
    lines = split_lines(text)
    assert lines[first - 1].startswith("def needle") and "pass" in lines[last - 1]


def test_names_of_any_bytes_and_vanishing_files_do_no_harm(tmp_path: Path, store: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \xff.py")
    write(tmp_path, {"new\nline.py": "a = 1\n", "tab\t.py": "b = 1\n", "gone.py": "c = 1\n"})
    with open(os.fsencode(tmp_path) + b"/" + os.fsencode(name), "wb") as file:
        file.write(b"needle_bytes = 1\n")
    project = Project(str(tmp_path), str(store))
    changed, _ = project.walk()
    os.unlink(tmp_path / "gone.py")
    project.refresh(changed)
    project.index.sync()
    assert set(project.index.files) == {name, "new\nline.py", "tab\t.py"}
    with Door() as door:
        door.ask("index", root=str(tmp_path))
        assert name in door.holds("needle_bytes")


def test_a_submodule_counts_when_it_is_there_and_its_git_folder_never(
    tmp_path: Path, store: Path
) -> None:
    """Check 17: submodules."""
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for root in (inner, outer):
        root.mkdir()
        git(root, "init", "-q", ".")
    write(inner, {"lib.py": "x = 1\n"})
    git(inner, "add", ".")
    git(inner, "commit", "-qm", "one")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "vendored")
    git(outer, "commit", "-qm", "two")
    assert "vendored/lib.py" in _project(outer, store).index.files
    git(outer, "submodule", "-q", "deinit", "-f", "vendored")
    files = set(_project(outer, store).index.files)
    assert files == {".gitmodules"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "the and of it",
        "\u4e2d\u6587\u641c\u7d22",
        "\U0001f600\U0001f680",
        "x" * 100_000,
        "ERROR at 0x7f: frame\n" * 5_000,
        "\0\x01",
        "((((",
        "[a-z]*\\",
    ],
)
def test_any_question_gets_a_valid_answer_soon(tmp_path: Path, store: Path, text: str) -> None:
    """Check 25: any question."""
    write(tmp_path, {f"m{i}.py": f"def frame_{i}():\n    return 'error'\n" for i in range(30)})
    project = _project(tmp_path, store)
    project.ranker.rank("warm up")
    started = time.monotonic()
    ranking = project.ranker.rank(text)
    assert time.monotonic() - started < 0.2 * 5, "five times the 200 ms of an idle machine"
    assert len(set(ranking.files)) == len(ranking.files)


def test_an_empty_folder_and_a_folder_that_goes_away_answer_nothing(tmp_path: Path) -> None:
    """Check 25: no folder to speak of."""
    root = tmp_path / "p"
    root.mkdir()
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        assert door.files("anything at all") == []
        write(root, {"a.py": "needle_here = 1\n"})
        door.until(lambda: door.holds("needle_here") == {"a.py"})
        os.unlink(root / "a.py")
        os.rmdir(root)
        door.until(lambda: door.files("needle_here") == [])
        answer = door.ask("query", text="needle_here", k=3, budget_tokens=100)
        assert answer["files"] == [] and answer["snippets"] == []


def test_a_folder_that_does_not_exist_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    with Door() as door:
        assert "not a folder" in door.try_ask("index", root=str(tmp_path / "no"))["error"]
        assert "open" in door.try_ask("query", text="x")["error"]
        assert "error" in door.try_ask("no such thing")
        assert door.ask("ping")["ok"]
