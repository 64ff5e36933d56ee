"""Where paths lead, and which names are protected in every disguise."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assistant.errors import WriteRefused
from assistant.repo.paths import forbidden, protected, resolve

NEVER = [
    ".git/config",
    ".GIT/config",
    ".git./hooks/x",
    ".git /x",
    "sub/.git/hooks/pre-commit",
    "git~1/config",
    "GIT~2/x",
    ".g\u200cit/config",
    ".git::$INDEX_ALLOCATION/config",
    "\uff0egit/config",
    ".galley/settings.toml",
    ".gi\u0300t/x",
    ".git\u202e/x",
]
GUARDED = [
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".vscode/settings.json",
    ".VSCODE/tasks.json",
    ".idea/x.xml",
    ".cursor/mcp.json",
    ".cursorrules",
    "CLAUDE.md",
    "agents.MD",
    "mcp.json",
    "x.code-workspace",
    ".envrc",
    ".env",
    ".bashrc",
    ".npmrc",
    ".husky/pre-commit",
    ".gitattributes",
    ".gitmodules",
    ".gitconfig",
    "conftest.py",
    "Conftest.py",
    "tests/conftest.py",
    "a.pth",
    "sitecustomize.py",
    "setup.py",
    "pyproject.toml",
    "package.json",
    "Makefile",
    "Dockerfile",
    "Dockerfile.dev",
    "docker-compose.yml",
    "Jenkinsfile",
    "build.rs",
    "node_modules/x/index.js",
    "venv/bin/python",
    "lib/site-packages/x.py",
    "hooks/post-update",
    "tox.ini",
    ".pre-commit-config.yaml",
    "gradlew",
    "pom.xml",
    "conftest\u200b.py",
    "conftest.py ",
    "conftest.py.",
]
FREE = [
    "a.py",
    "src/main.rs",
    "README.md",
    "git/x.py",
    "gitignore",
    "docs/conftest.md",
    "x.gitlab.txt",
    "digit~1.py",
]


@pytest.mark.parametrize("path", NEVER)
def test_18_gits_own_names_are_never_written_in_any_disguise(path: str) -> None:
    assert forbidden(path)
    assert protected(path)


@pytest.mark.parametrize("path", GUARDED)
def test_18_names_that_run_or_configure_need_a_confirmation(path: str) -> None:
    assert protected(path)
    assert not forbidden(path)


@pytest.mark.parametrize("path", FREE)
def test_ordinary_names_are_free(path: str) -> None:
    assert protected(path) is None


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "sub/a.txt").write_text("a")
    (tmp_path / "project-private").mkdir()
    (tmp_path / "project-private/secret").write_text("secret")
    return root


def where(root: Path, path: str) -> str:
    with resolve(str(root), path) as place:
        return str(place.relative)


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("sub/a.txt", "sub/a.txt"),
        ("./sub//a.txt", "sub/a.txt"),
        ("sub/../sub/a.txt", "sub/a.txt"),
        ("new/deep/x", "new/deep/x"),
        ("sub/../new.txt", "new.txt"),
    ],
)
def test_ordinary_paths_resolve(tree: Path, path: str, real: str) -> None:
    assert where(tree, path) == real
    assert where(tree, f"{tree}/{path}") == real


@pytest.mark.parametrize(
    "path",
    [
        "../project-private/secret",
        "sub/../../x",
        "/etc/passwd",
        "new/../../x",
        "",
        ".",
        "sub/..",
        "a\0b",
        "sub/a.txt/x",
    ],
)
def test_10_paths_that_leave_or_mean_nothing_are_refused(tree: Path, path: str) -> None:
    with pytest.raises(WriteRefused):
        where(tree, path)


def test_10_a_sibling_with_the_same_beginning_is_outside(tree: Path) -> None:
    with pytest.raises(WriteRefused, match="outside"):
        where(tree, f"{tree}-private/secret")


def test_10_links_inside_are_followed_and_links_out_are_refused(tree: Path) -> None:
    (tree / "in").symlink_to("sub")
    (tree / "abs").symlink_to(tree / "sub")
    (tree / "chain").symlink_to("in/../in/a.txt")
    (tree / "out").symlink_to("../project-private")
    (tree / "outabs").symlink_to("/etc")
    (tree / "loop").symlink_to("loop")
    (tree / "twice").symlink_to("out/secret")
    for path in ("in/a.txt", "abs/a.txt", "chain"):
        assert where(tree, path) == "sub/a.txt"
    for path in ("out/secret", "outabs/passwd", "loop", "loop/x", "twice", "in/../../x"):
        with pytest.raises(WriteRefused):
            where(tree, path)


def test_33_long_and_deep_link_chains_end(tree: Path) -> None:
    for number in range(60):
        os.symlink(f"l{number + 1}", tree / f"l{number}")
    with pytest.raises(WriteRefused, match="circle"):
        where(tree, "l0")
    (tree / "bomb").symlink_to("bomb/" * 500 + "x")
    with pytest.raises(WriteRefused):
        where(tree, "bomb")
