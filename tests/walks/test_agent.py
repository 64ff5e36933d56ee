"""A run that works by itself, as a person meets it: steps, questions, stop, kill -9.

A real llama.cpp server calls the tools. Numbers in names are those of the acceptance checks.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytestqt.qtbot import QtBot

from assistant.agent import sandbox
from tests.peers.scripted import Line, ScriptedServer, gguf_of, serve
from tests.walks.harness import KEPT, LONG_MS, PENDING, Walk, connected, repository, walking
from widgets.cards import Callout, EvidenceRow, StepRow
from widgets.permissioncard import PermissionCard

Start = Callable[..., Walk]

CODE = "def area(r):\n    return 3 * r * r\n\n\ndef name():\n    return 'circle'\n"
FIXED = CODE.replace("3 *", "3.14 *")
TEST = (
    "import unittest\nfrom shapes import area\n\n\nclass T(unittest.TestCase):\n"
    "    def test_area(self):\n        self.assertEqual(area(1), 3.14)\n"
)
FILES = {"shapes.py": CODE, "tests/__init__.py": "", "tests/test_shapes.py": TEST}
NAP = "77.125"


def calling(*calls: tuple[str, dict[str, Any]]) -> str:
    return "\n".join(
        f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"
        for name, arguments in calls
    )


EDIT = ("edit_file", {"path": "shapes.py", "old_str": "return 3 *", "new_str": "return 3.14 *"})
SEARCH = ("search_text", {"pattern": "area("})
READ = ("read_file", {"path": "shapes.py", "start": 1, "end": 2})


def script(wish: str, *steps: tuple[int, str]) -> list[Line]:
    """What is said to ``wish`` after so many answers of tools."""
    return [Line(say, f"'{wish}' in lu and nt == {count}") for count, say in steps]


SCRIPT = [
    *script(
        "fix the area",
        (0, "I look first.\n" + calling(SEARCH, READ)),
        (2, calling(EDIT)),
        (3, calling(("run_command", {"command": "python3 -m unittest -q tests.test_shapes"}))),
        (4, "The area is `3.14` times the square now, and its test passes."),
    ),
    *script(
        "redirect it",
        (0, calling(EDIT, ("run_command", {"command": "python3 -c 'print(6*7)' > answer.txt"}))),
        (2, "That is what came of it, whatever it was."),
    ),
    *script(
        "take a nap",
        (0, calling(EDIT)),
        (1, calling(("run_command", {"command": f"sleep {NAP} && echo done"}))),
    ),
    Line("Awake again, and nothing is lost.", "'good morning' in lu"),
    Line("Nothing to do here at all, said the model."),
]


@pytest.fixture(scope="module")
def llama() -> Iterator[ScriptedServer]:
    with serve(gguf_of(SCRIPT), context=65_536) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, llama: ScriptedServer) -> Path:
    connected(tmp_path / "home", llama.connection())
    return tmp_path / "home"


@pytest.fixture
def walk(start: Start, tmp_path: Path, home: Path) -> Walk:
    return start(repository(tmp_path / "project", FILES))


def entries(walk: Walk, kind: type) -> list[Any]:
    return [e for e in walk.window.panel.transcript.entries() if isinstance(e, kind)]


def wish(walk: Walk, words: str) -> None:
    """The autonomy Agent, then the words."""
    walk.press("Ctrl+L")
    walk.click(walk.button(walk.window.panel.composer, "Agent"))
    walk.window.panel.composer.focus()
    walk.type(f"{words}\n")


def over(walk: Walk) -> None:
    walk.until(lambda: not walk.work.conversation.running())


def question(walk: Walk) -> PermissionCard:
    """What the run asks, once it can be answered."""
    walk.until(lambda: [card for card in entries(walk, PermissionCard) if card.waits])
    card: PermissionCard = entries(walk, PermissionCard)[-1]
    walk.until(lambda: all(button.isEnabled() for button in card._buttons))
    return card


def napping() -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if words == ["sleep", NAP] and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def steps(walk: Walk) -> list[str]:
    return [step.words() for step in entries(walk, StepRow)]


def test_27_a_run_is_seen_step_by_step_and_its_hunks_are_kept_and_committed(walk: Walk) -> None:
    walk.open("shapes.py")
    gauge = walk.window.panel.composer.gauge
    seen: list[str] = []
    walk.work.conversation.heard.connect(lambda _event: seen.append(gauge.text()))
    wish(walk, "fix the area")
    if sandbox.confinement() not in sandbox.FULL:
        walk.click(walk.button(question(walk), "Allow once"))
    over(walk)
    said = steps(walk)
    assert any(s.startswith("Searched area(") and "3 hits" in s for s in said), said
    assert any(s.startswith("Read shapes.py:1-2") for s in said), said
    assert any(s.startswith("Edited shapes.py") and "+1 −1" in s for s in said), said
    assert any(s.startswith("Ran python3 -m unittest") and "OK" in s for s in said), said
    assert any(text.startswith("Step 4 of 40 · ") for text in seen)
    assert not gauge.isVisible()
    walk.until(lambda: entries(walk, EvidenceRow))
    document = walk.document("shapes.py")
    assert document.editor.text() == CODE
    assert walk.states("shapes.py") == [PENDING]
    document.editor.setFocus()
    walk.press("Alt+Shift+Return")
    assert walk.states("shapes.py") == [KEPT]
    walk.commit()
    assert walk.git("show", "HEAD:shapes.py") == FIXED
    assert walk.git("status", "--porcelain") == ""


def test_a_step_opens_by_a_click(walk: Walk) -> None:
    wish(walk, "fix the area")
    if sandbox.confinement() not in sandbox.FULL:
        walk.click(walk.button(question(walk), "Allow once"))
    over(walk)
    row = next(step for step in entries(walk, StepRow) if step.words().startswith("Read"))
    walk.click(walk.button(row, "Show what came of it"))
    assert "     2 |     return 3 * r * r" in row._body.toPlainText()
    row = next(step for step in entries(walk, StepRow) if step.words().startswith("Ran"))
    walk.click(walk.button(row, "Show what came of it"))
    assert row._body.toPlainText().startswith("$ python3 -m unittest -q tests.test_shapes\nexit")


def test_21_allowed_once_it_runs_and_what_it_made_is_a_proposal(walk: Walk) -> None:
    wish(walk, "redirect it")
    card = question(walk)
    assert "python3 -c 'print(6*7)' > answer.txt" in card.accessibleName()
    assert "Waiting for your answer" in walk.window.panel.composer.gauge.text()
    assert not any(button.hasFocus() for button in card._buttons)
    walk.press("Ctrl+Alt+A")
    assert card.word.hasFocus()
    walk.press("Tab")
    assert card._buttons[0].hasFocus()
    walk.press("Return")
    over(walk)
    assert any("Ran python3 -c" in s for s in steps(walk))
    assert not (walk.root / "answer.txt").exists()
    proposals = {str(p.change.base.path) for p in walk.work.review.proposals()}
    assert "answer.txt" in proposals and "shapes.py" in proposals


def test_21_denied_with_a_word_nothing_runs_and_the_model_hears_it(
    walk: Walk, llama: ScriptedServer
) -> None:
    wish(walk, "redirect it")
    card = question(walk)
    walk.press("Ctrl+Alt+A")
    walk.type("print it instead\n")
    over(walk)
    assert card._answer.text() == "Denied: print it instead"
    refused = next(s for s in steps(walk) if s.endswith("refused"))
    assert refused.startswith("Not done: python3 -c")
    proposals = {str(p.change.base.path) for p in walk.work.review.proposals()}
    assert proposals == {"shapes.py"}


def test_esc_in_a_question_answers_nothing_and_a_second_one_stops_the_run(walk: Walk) -> None:
    wish(walk, "redirect it")
    card = question(walk)
    walk.press("Ctrl+Alt+A")
    walk.press("Escape")
    assert card.waits
    assert walk.work.conversation.running()
    assert walk.window.panel.composer.edit.hasFocus()
    walk.press("Escape")
    over(walk)
    assert card._answer.text() == "Not answered"
    assert not (walk.root / "answer.txt").exists()
    assert [p.change.base.path.name for p in walk.work.review.proposals()] == ["shapes.py"]


def test_22_stop_ends_request_tools_and_children_within_a_second(walk: Walk) -> None:
    walk.open("shapes.py")
    wish(walk, "take a nap")
    walk.click(walk.button(question(walk), "Allow once"))
    walk.until(napping)
    started = time.monotonic()
    walk.click(walk.button(walk.window.panel.composer, "Stop"))
    over(walk)
    shown = time.monotonic() - started
    walk.until(lambda: not napping())
    gone = time.monotonic() - started
    assert shown < 0.5
    assert gone < 1.0 or psutil.getloadavg()[0] > 3
    assert walk.states("shapes.py") == [PENDING]  # what came stays
    wish(walk, "good morning")
    over(walk)
    assert not [c for c in entries(walk, Callout) if "error" in c.accessibleName()]


def test_22_closing_the_window_ends_what_runs(qtbot: QtBot, tmp_path: Path, home: Path) -> None:
    with walking(qtbot, repository(tmp_path / "project", FILES), home) as walk:
        wish(walk, "take a nap")
        walk.click(walk.button(question(walk), "Allow once"))
        walk.until(napping)
    assert not napping()


def test_29_typing_while_it_works_stays_and_the_hunks_follow(walk: Walk) -> None:
    document = walk.open("shapes.py")
    wish(walk, "redirect it")
    card = question(walk)
    assert walk.states("shapes.py") == [PENDING]
    document.editor.setFocus()
    document.editor.goto(5)
    walk.type("# mine\n")
    walk.until(lambda: not walk.work.errands._soon.isActive())
    walk.until(lambda: all(button.isEnabled() for button in card._buttons))
    walk.click(walk.button(card, "Allow once"))
    over(walk)
    typed = CODE.replace("    return 'circle'", "# mine\n    return 'circle'")
    assert document.editor.text() == typed
    assert walk.states("shapes.py") == [PENDING]
    document.editor.setFocus()
    walk.press("Alt+Shift+Return")
    assert document.editor.text() == typed.replace("3 *", "3.14 *")


def test_the_setting_says_how_far_it_may_go_at_first(
    start: Start, tmp_path: Path, llama: ScriptedServer
) -> None:
    connected(tmp_path / "home", llama.connection(), autonomy="agent")
    walk = start(repository(tmp_path / "project", FILES))
    composer = walk.window.panel.composer
    assert composer.autonomy.choice() == "agent"
    walk.program.change(autonomy="ask")
    assert composer.autonomy.choice() == "ask"


def test_39_in_a_restricted_folder_nothing_is_sent_and_nothing_runs(
    start: Start, tmp_path: Path, home: Path
) -> None:
    walk = start(repository(tmp_path / "project", FILES), trusting=False)
    wish(walk, "fix the area")
    over(walk)
    assert not entries(walk, StepRow)
    assert walk.work.review.count.total == 0


def test_33_killed_in_the_middle_of_a_command_nothing_is_lost_and_nothing_goes_on(
    qtbot: QtBot, tmp_path: Path, home: Path
) -> None:
    folder = repository(tmp_path / "project", FILES)
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.walks.agent_victim", str(folder), str(home)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    try:
        assert victim.stdout.readline() == "running\n"
        assert napping()
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
    qtbot.waitUntil(lambda: not napping(), timeout=LONG_MS)
    assert (folder / "shapes.py").read_text() == CODE
    with walking(qtbot, folder, home) as walk:
        walk.open("shapes.py")
        walk.until(lambda: walk.states("shapes.py") == [PENDING])
        wish(walk, "good morning")
        over(walk)
        assert not [c for c in entries(walk, Callout) if "error" in c.accessibleName()]
        walk.document("shapes.py").editor.setFocus()
        walk.press("Alt+Shift+Return")
        assert walk.document("shapes.py").editor.text() == FIXED
