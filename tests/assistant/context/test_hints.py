"""What the person has around decides when the words do not: each signal alone, with its why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.context.gathering import Gatherer, Wish
from assistant.context.project import Project
from tests.assistant.context.door import Door, write

_PARSER = """from app.clock import tick_clock


def parse_header(line):
    return tick_clock(line)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "p"
    write(
        folder,
        {
            "app/parser.py": _PARSER,
            "app/clock.py": "import time\n\n\ndef tick_clock(x):\n    return time.time() + x\n",
            "app/server.py": "from app.parser import parse_header\n\n\n"
            "def serve(sock):\n    return parse_header(sock.read())\n",
            **{
                f"lib/m{i}.py": f"def alpha_{i}(v):\n    return v + {i}\n\n\n"
                f"def beta_{i}(v):\n    return v - {i}\n"
                for i in range(80)
            },
        },
    )
    return folder


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Project:
    project = Project(str(root), str(tmp_path / "store"))
    changed, _ = project.walk()
    project.refresh(changed)
    project.index.merge()
    return project


def _gather(project: Project, **wish: Any) -> list[dict[str, Any]]:
    given = {"text": "please improve this", "budget": 600, **wish}
    rows: list[dict[str, Any]] = Gatherer(project, b"salt").gather(Wish(**given))["snippets"]
    return rows


def _first(rows: list[dict[str, Any]], path: str) -> dict[str, Any]:
    return next(row for row in rows if row["path"] == path)


def test_without_a_signal_none_of_these_files_is_preferred(project: Project) -> None:
    assert "lib/m41.py" not in [row["path"] for row in _gather(project)]


def test_an_open_tab_comes_in_and_says_so(project: Project) -> None:
    rows = _gather(project, open_paths=["lib/m41.py"])
    assert "you have it open" in _first(rows, "lib/m41.py")["why"]


def test_the_lines_edited_last_come_in_before_other_lines_of_the_file(project: Project) -> None:
    rows = _gather(project, edited=[["lib/m42.py", 4, 6]], budget=30)
    row = _first(rows, "lib/m42.py")
    assert "you edited it lately" in row["why"] and "beta_42" in row["text"]
    assert "alpha_42" not in row["text"]


def test_a_problem_brings_the_lines_it_stands_in_and_its_message(project: Project) -> None:
    problem = ["lib/m43.py", 5, "F821 undefined name 'walrus'"]
    row = _first(_gather(project, problems=[problem], budget=30), "lib/m43.py")
    assert row["why"].startswith("it has a problem: F821 undefined name 'walrus'")
    assert "beta_43" in row["text"] and "alpha_43" not in row["text"]


def test_names_in_the_selection_bring_their_definitions(project: Project) -> None:
    rows = _gather(project, target="app/parser.py", target_text=_PARSER, start=4, end=5)
    assert "it defines tick_clock, which you selected" in _first(rows, "app/clock.py")["why"]


def test_a_changed_definition_brings_its_callers(project: Project) -> None:
    rows = _gather(project, target="app/parser.py", target_text=_PARSER, start=3, end=4)
    assert "it uses parse_header, which you are changing" in _first(rows, "app/server.py")["why"]


def test_what_is_not_in_the_index_does_no_harm(project: Project) -> None:
    away = {
        "open_paths": ["gone.py"],
        "edited": [["gone.py", 0, 1], ["lib/m1.py", 900, 901]],
        "problems": [["gone.py", 1, "x"], ["lib/m1.py", 900, "y"]],
    }
    assert isinstance(_gather(project, **away), list)


def test_the_signals_cross_the_wire(root: Path, tmp_path: Path) -> None:
    with Door() as door:
        door.ask("index", root=str(root), store=str(tmp_path))
        wish = {
            "text": "please improve this",
            "budget": 300,
            "open_paths": ["lib/m44.py"],
            "edited": [["lib/m45.py", 0, 1]],
            "problems": [["lib/m46.py", 0, "E999 cannot be read"]],
        }
        whys = {r["path"]: r["why"] for r in door.ask("gather", wish=wish)["snippets"]}
    assert "open" in whys["lib/m44.py"]
    assert "edited" in whys["lib/m45.py"]
    assert "E999 cannot be read" in whys["lib/m46.py"]


def test_pieces_of_the_last_answer_keep_their_place(project: Project) -> None:
    """The beginning of a prompt stays the same while its content does, whatever is asked next."""
    gatherer = Gatherer(project, b"salt")

    def pieces(text: str) -> list[tuple[str, int]]:
        rows = gatherer.gather(Wish(text=text, budget=900))["snippets"]
        return [(row["path"], row["start"]) for row in rows]

    first = pieces("parse_header tick_clock serve")
    second = pieces("serve sock tick_clock and then parse_header, time")
    kept = [piece for piece in first if piece in second]
    assert len(kept) >= 2 and second[: len(kept)] == kept
