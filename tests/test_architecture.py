"""Who may import whom, how long a room may be, and that README's tree is the real tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readme import BEGIN, END, tree

ROOT = Path(__file__).parent.parent
FLOORS = ("app", "widgets", "assistant", "resources")
STDLIB_ONLY = {
    "assistant.types",
    "assistant.calls",
    "assistant.query",
    "assistant.events",
    "assistant.errors",
    "assistant.settings",
    "assistant.writers",
}
QT = {"PySide6", "shiboken6", "pyside6_scintilla", "lexilla"}
SIBLINGS = {"edits", "models", "context", "repo", "builtin"}
FORBIDDEN: dict[str, set[str]] = {
    "assistant": QT | {"app", "widgets"},
    "assistant.edits": {
        "httpx",
        "git",
        "watchdog",
        "asyncio",
        "subprocess",
        "socket",
        "os",
        "pathlib.Path",
    },
    "widgets": {"app", "httpx", "git", "watchdog", "asyncio", "threading", "subprocess"},
    **{
        f"assistant.{me}": {
            f"assistant.{other}" for other in (SIBLINGS - {me}) | {"agent", "session", "turn"}
        }
        for me in SIBLINGS
    },
    "assistant.agent": {"assistant.session", "assistant.turn", "assistant.project"},
}
FORBIDDEN["assistant.edits"] |= {
    "httpx",
    "git",
    "watchdog",
    "asyncio",
    "subprocess",
    "socket",
    "os",
}
ALLOWED_IN_WIDGETS = {"assistant.types", "assistant.events"}
THIRD_PARTY = {
    "httpx",
    "git",
    "watchdog",
    "numpy",
    "rapidfuzz",
    "keyring",
    "platformdirs",
    "rope",
    "ignore",
    "tree_sitter",
}
WALL = 400
LONGEST_FUNCTION = 60


def modules() -> list[Path]:
    return [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: absolute imports only"
            yield node.module or ""


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_looks_up(path: Path) -> None:
    me = name_of(path)
    door_for_scripts = path.name == "__main__.py"
    for name in imports(path):
        for package, banned in FORBIDDEN.items():
            if within(me, package) and not (door_for_scripts and package == "assistant.edits"):
                assert not any(within(name, b) for b in banned), f"{me} imports {name}"
        if within(me, "widgets") and within(name, "assistant"):
            assert name in ALLOWED_IN_WIDGETS, f"{me} imports {name}"
        if me in STDLIB_ONLY:
            assert not any(within(name, package) for package in THIRD_PARTY | QT), (
                f"{me} imports {name}"
            )
        if name in {"asyncio", "threading"} and within(me, "app"):
            assert me == "app.bridge", f"threads meet in app.bridge, not in {me}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_has_a_docstring_and_fits_its_walls(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{path} says nothing about itself"
    assert text.count("\n") <= WALL, f"{path} has {text.count(chr(10))} lines; split it by noun"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno
            assert length <= LONGEST_FUNCTION, f"{path.name}: {node.name} has {length} lines"


def test_the_top_level_holds_nothing_else() -> None:
    allowed = {"pyproject.toml", "README.md", "LICENSE", *FLOORS, "tests"}
    tracked = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert tracked - allowed <= {"build", "dist", "galley_editor.egg-info", "uv.lock"}


def test_readme_shows_the_tree_that_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.partition(BEGIN)[2].partition(END)[0].strip() == tree(), (
        "run python -m tests.readme"
    )


def test_the_project_speaks_of_itself_alone() -> None:
    leaks = re.compile(
        "|".join(("/wo" + "rk/", r"\.\./sha" + "red", "far" + "m-", "sub" + "agent"))
    )
    for path in [
        *modules(),
        *(ROOT / "tests").rglob("*.py"),
        ROOT / "README.md",
        ROOT / "pyproject.toml",
    ]:
        found = leaks.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path} mentions {found and found.group()}"
