"""What is around a question counts: tabs, edits and findings of the window reach the index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from assistant.types import Context, LineSpan
from tests.walks.harness import Player, Walk, fenced, plain, select_lines

Start = Callable[..., Walk]
P = PurePosixPath


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        f"lib/m{i}.py": f"def alpha_{i}(v):\n    return v + {i}\n\n\n"
        f"def beta_{i}(v):\n    return v - {i}\n"
        for i in range(60)
    }
    return plain(tmp_path / "project", files)


def _whys(walk: Walk) -> dict[str, str]:
    """Ask in the panel; the reason of every file that went along."""
    said: list[Context] = []
    walk.work.conversation.heard.connect(
        lambda event: said.append(event.context) if hasattr(event, "context") else None
    )
    walk.press("Ctrl+L")
    walk.type("please improve this")
    walk.press("Return")
    walk.until(lambda: said and not walk.work.conversation.running())
    return {str(snippet.path): snippet.why for snippet in said[-1].snippets}


def test_open_tabs_and_the_last_edit_say_why_a_file_goes_along(start: Start, folder: Path) -> None:
    walk = start(folder, Player("Nothing to change."))
    walk.open("lib/m41.py")
    document = walk.open("lib/m42.py")
    document.editor.goto(5, 4)
    walk.type("x = 1  # ")
    walk.open("lib/m43.py")
    around = walk.work.surroundings.now()
    assert set(around.open) == {P("lib/m41.py"), P("lib/m42.py"), P("lib/m43.py")}
    assert around.edited == ((P("lib/m42.py"), LineSpan(5, 6)),)
    whys = _whys(walk)
    assert "you have it open" in whys["lib/m41.py"]
    assert "you edited it lately" in whys["lib/m42.py"]


def test_what_the_checks_found_goes_along_with_its_message(start: Start, folder: Path) -> None:
    model = Player(fenced("def alpha_7(v):\n    return undefined_thing + v\n"))
    walk = start(folder, model)
    document = walk.open("lib/m7.py")
    select_lines(document, 0, 2)
    walk.ask("use the other thing")
    walk.until(lambda: walk.work.surroundings.now().problems)
    [problem] = walk.work.surroundings.now().problems
    assert problem.path == P("lib/m7.py") and problem.line == 1
    assert "undefined_thing" in problem.message
    walk.press("Escape")
    walk.work.documents.close(document)
    walk.open("lib/m9.py")
    assert "it has a problem: F821" in _whys(walk)["lib/m7.py"]


def test_the_palette_says_what_the_index_knows_and_leaves_out(start: Start, folder: Path) -> None:
    (folder / ".env").write_text("KEY=1\n")
    walk = start(folder, Player(""))

    def said() -> str:
        return walk.work.status._bar.text_of("message")

    walk.press("Ctrl+Shift+P")
    walk.type("what the index knows")
    walk.press("Return")
    walk.until(lambda: "The index knows" in said())

    def all_of_it() -> bool:
        walk.work.finder.index_report()
        return "The index knows 60 files;" in said()

    walk.until(all_of_it)
    assert ".env (it is an environment file" in said()
