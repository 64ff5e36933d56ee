"""Ignore rules are git's: compared with git itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.context.walker import Walker
from tests.assistant.context.door import git, write

_PATHS = [
    "a.py",
    "b.txt",
    "foo",
    "foo.c",
    "x/a.py",
    "x/foo",
    "x/y/a.py",
    "x/y/z/b.txt",
    "build/out.o",
    "src/build/keep.c",
    "docs/a b.md",
    "docs/#hash",
    "docs/!bang",
    "x/[q].py",
    "x/q.py",
    "é.py",
    ".hidden",
    "x/.hidden/c",
]
_LINES = [
    "*.py",
    "!a.py",
    "foo",
    "/foo",
    "foo/",
    "x/",
    "x/*",
    "!x/y",
    "!x/y/",
    "**/a.py",
    "x/**",
    "x/**/b.txt",
    "/build",
    "build/",
    "*.[oc]",
    "[!a].py",
    "docs/a b.md",
    "docs/a b.md ",
    "\\#hash",
    "\\!bang",
    "#comment",
    "",
    "  ",
    "?.py",
    "x/\\[q\\].py",
    "*",
    "!*/",
    "!*.txt",
    "**",
    "**/",
    "/**/foo",
    "x/**/",
    ".hidden",
    "a.py/",
    "[",
    "[a-c].py",
    "\\",
    "é.py",
    "foo**",
    "**foo",
    "a**y",
    "[[:alpha:]].py",
    "[]a].py",
    "[a-]*.py",
    "x//a.py",
    "/",
    "//",
    "!",
]


def _git_list(root: Path) -> set[str]:
    out = git(root, "-c", "core.quotepath=off", "ls-files", "-co", "--exclude-standard", "-z")
    return {path for path in out.split("\0") if path}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    git(root, "init", "-q", ".")
    write(root, dict.fromkeys(_PATHS, "x"))
    return root


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(_LINES), max_size=6),
    st.lists(st.sampled_from(_LINES), max_size=4),
    st.lists(st.sampled_from(_LINES), max_size=3),
)
def test_the_files_found_are_those_git_lists(
    tree: Path, top: list[str], nested: list[str], exclude: list[str]
) -> None:
    """Check 1: the same on trees made at random."""
    write(
        tree,
        {
            ".gitignore": "\n".join(top) + "\n",
            "x/.gitignore": "\n".join(nested),
            ".git/info/exclude": "\n".join(exclude) + "\n",
        },
    )
    assert set(Walker(str(tree)).scan().files) == _git_list(tree)


def test_root_nested_negated_and_excluded_rules_together(tmp_path: Path) -> None:
    """Check 1: the file set equals what git lists, rule files of every kind together."""
    git(tmp_path, "init", "-q", ".")
    write(
        tmp_path,
        {
            ".gitignore": "*.log\nbuild/\n!keep.log\n/only_root\n",
            "sub/.gitignore": "!*.log\nonly_root\n",
            ".git/info/exclude": "private.txt\n",
            "a.log": "",
            "keep.log": "",
            "sub/b.log": "",
            "build/x.py": "",
            "sub/build/y.py": "",
            "only_root": "",
            "sub/only_root": "",
            "private.txt": "",
            "sub/private.txt": "",
            "ok.py": "",
        },
    )
    assert set(Walker(str(tmp_path)).scan().files) == _git_list(tmp_path)


def test_a_tracked_file_counts_although_a_rule_ignores_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", ".")
    write(tmp_path, {"gen/kept.py": "x", "gen/other.py": "x", "a.py": "x"})
    git(tmp_path, "add", "gen/kept.py")
    write(tmp_path, {".gitignore": "gen/\n"})
    assert set(Walker(str(tmp_path)).scan().files) == _git_list(tmp_path)
    for version in ("2", "4"):
        git(tmp_path, "update-index", "--index-version", version)
        assert "gen/kept.py" in Walker(str(tmp_path)).scan().files


def test_one_path_is_judged_like_the_whole_walk(tree: Path) -> None:
    write(
        tree,
        {
            ".gitignore": "*.py\n!a.py\nx/*\n!x/y\n",
            "x/.gitignore": "foo\n",
            ".git/info/exclude": "",
        },
    )
    walker = Walker(str(tree))
    found = set(walker.scan().files)
    for path in _PATHS:
        assert (walker.judge(path) is None) == (path in found), path


def test_a_folder_without_git_follows_the_same_rules_and_never_enters_a_git_folder(
    tmp_path: Path,
) -> None:
    """Check 3: without git the same rules, and never a nested .git."""
    write(
        tmp_path,
        {
            ".gitignore": "*.log\nout/\n",
            "a.py": "",
            "b.log": "",
            "out/c.py": "",
            "d/.gitignore": "e.py\n",
            "d/e.py": "",
            "d/f.py": "",
            "nested/.git/config": "x",
            "nested/.git/HEAD": "ref: refs/heads/main\n",
            "nested/g.py": "",
            "node_modules/m/index.js": "",
        },
    )
    assert set(Walker(str(tmp_path)).scan().files) == {
        ".gitignore",
        "a.py",
        "d/.gitignore",
        "d/f.py",
        "nested/g.py",
    }


def test_a_nested_repository_has_its_own_rules(tmp_path: Path) -> None:
    """Check 17: nested repositories."""
    git(tmp_path, "init", "-q", ".")
    write(tmp_path, {".gitignore": "*.tmp\n", "inner/.gitignore": "*.gen\n"})
    git(tmp_path / "inner", "init", "-q", ".")
    write(tmp_path, {"inner/a.gen": "", "inner/b.py": "", "c.tmp": "", ".git/info/exclude": ""})
    assert set(Walker(str(tmp_path)).scan().files) == {
        ".gitignore",
        "inner/.gitignore",
        "inner/b.py",
    }
