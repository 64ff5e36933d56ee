"""A person works in the terminal of the window: a real shell, real keys, the real program."""

from __future__ import annotations

import itertools
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path, PurePosixPath

import psutil
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from app.terminal import Terminal
from assistant.terminal.rows import text_of
from assistant.types import Mention
from tests.walks.conftest import Start
from tests.walks.harness import Player, Walk, connected, raw_peer, repository
from tests.walks.test_sending import answers, peer_named
from widgets.terminal.panel import TerminalPanel

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
TEST = "import a\n\n\ndef test_f():\n    assert a.f() == 2\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHELL", str(shutil.which("bash")))
    files = {"a.py": "def f():\n    return 1\n", "deep/test_a.py": TEST}
    return repository(tmp_path / "shop", files)


def panel(walk: Walk) -> TerminalPanel:
    return walk.work.terminals.shown()


def front(walk: Walk) -> Terminal:
    terminal = walk.work.terminals._front()
    assert terminal is not None
    return terminal


def text(walk: Walk) -> str:
    screen = front(walk).screen
    return "\n".join(text_of(row) for row in screen.grid.lines(screen.first, screen.grid.end))


def opened(walk: Walk) -> Terminal:
    """Ctrl+`, in a trusted folder, until the prompt stands there."""
    walk.trust()
    walk.press("Ctrl+`")
    walk.until(lambda: front(walk).screen.marks.prompt)
    walk.until(lambda: walk.focused() is front(walk).view)
    return front(walk)


def ran(walk: Walk, command: str) -> None:
    """A command, typed, until it ended."""
    marks = front(walk).screen.marks
    count = len(marks.commands)
    walk.type(command + "\n")
    walk.until(lambda: len(marks.commands) > count and marks.running is None and marks.prompt)


def _guards() -> list[psutil.Process]:
    """The parents of shells."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # one that ends right now
            if any(word.endswith("guard.py") for word in child.cmdline()):
                found.append(child)
    return found


def test_before_trust_there_is_a_sentence_and_the_button_that_asks(
    folder: Path, start: Start
) -> None:
    walk = start(folder, trusting=False)
    walk.until(lambda: walk.work.project)
    walk.press("Ctrl+`")
    empty = panel(walk).empty
    assert empty.isVisible()
    assert "Trust the folder first" in empty._words.text()
    assert panel(walk).tabs.count() == 0
    assert not _guards()
    walk.click(empty.button)
    assert walk.work.project is not None
    assert walk.work.project.is_trusted()
    walk.until(lambda: panel(walk).tabs.count() == 1 and front(walk).pid)
    assert len(_guards()) == 1


def test_a_command_is_typed_run_and_its_failure_asked_about(folder: Path, start: Start) -> None:
    walk = start(folder, Player("Because f gives 1."))
    terminal = opened(walk)
    ran(walk, "echo it is $((1+1)); ls nowhere")
    assert "it is 2" in text(walk)
    offer = panel(walk).page(terminal.key).offer  # type: ignore[union-attr]
    assert offer.isVisible()
    walk.click(offer.ask)
    chips = walk.window.panel.composer.chips.mentions()
    assert [m.kind for m in chips] == ["terminal"]
    assert chips[0].text.startswith("$ echo it is $((1+1)); ls nowhere\nit is 2\n")
    assert "It ended with 2." in chips[0].text
    assert not walk.work.conversation.running()  # nothing was sent
    walk.press("Ctrl+`")
    ran(walk, "true")
    assert not offer.isVisible()  # another command began


def test_the_mention_is_what_the_terminal_said_without_its_secrets(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"
    (folder / "log.txt").write_text(f"pushing with {token}\nfatal: denied\n")
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url))
        walk = start(folder)
        opened(walk)
        ran(walk, "cat log.txt; false")
        walk.work.terminals.tell()
        walk.program.focus_chat()
        composer = walk.window.panel.composer
        composer.add_mention(Mention("terminal", "terminal"))
        walk.type("why?")
        walk.press("Return")
        walk.until(lambda: peer.heard and not walk.work.conversation.running())
        body = peer.heard[-1].body.decode()
    assert "fatal: denied" in body
    assert "cat log.txt; false" in body
    assert token not in body


def test_a_place_opens_at_its_line_from_where_the_shell_is(folder: Path, start: Start) -> None:
    walk = start(folder)
    terminal = opened(walk)
    ran(walk, "cd deep")
    terminal.view.place_requested.emit("test_a.py", 5)
    key = PurePosixPath("deep/test_a.py")
    walk.until(lambda: walk.work.documents.get(key))
    walk.until(lambda: walk.document("deep/test_a.py").editor.caret()[0] == 4)
    terminal.view.place_requested.emit("/etc/passwd", 1)
    walk.until(lambda: "is no file of this folder" in walk.message())


def test_an_address_asks_with_its_real_host(folder: Path, start: Start) -> None:
    walk = start(folder)
    terminal = opened(walk)
    terminal.view.address_requested.emit("https://real.example/x")
    assert "Open real.example in the browser?" in walk.notices()[0]
    terminal.view.address_requested.emit("javascript:alert(1)")
    walk.until(lambda: "neither a file of this project nor a web address" in walk.message())


def test_keys_of_the_shell_and_keys_of_the_window(folder: Path, start: Start) -> None:
    walk = start(folder)
    walk.open("a.py")
    terminal = opened(walk)
    walk.type("sleep 100")
    walk.press("Return")
    walk.until(lambda: terminal.job() == "sleep")
    walk.press("Escape")
    walk.press("Ctrl+C")  # not a copy: the shell's
    walk.until(lambda: not terminal.job())
    walk.type("xyz")
    walk.press("Ctrl+U")
    ran(walk, "echo a b c")
    assert walk.focused() is terminal.view  # Esc did not leave
    walk.press("Ctrl+P")  # the last command again
    walk.until(lambda: text(walk).replace("\n", "").endswith("echo a b c"))
    assert not walk.window.palette_box.isVisible()
    walk.press("Ctrl+Shift+P")
    walk.until(walk.window.palette_box.isVisible)
    walk.press("Escape")
    walk.press("Ctrl+`")
    walk.until(lambda: walk.focused() is terminal.view)
    walk.press("Ctrl+1")
    assert walk.document("a.py").editor.isAncestorOf(walk.focused())
    walk.press("Ctrl+`")
    assert walk.focused() is terminal.view
    walk.press("Ctrl+`")
    assert not walk.window.frame.panel_seen("bottom")
    assert terminal.running  # hidden, not ended


def test_what_a_command_does_to_an_open_file_is_adopted_and_said(
    folder: Path, start: Start
) -> None:
    walk = start(folder)
    document = walk.open("a.py")
    opened(walk)
    ran(walk, "sed -i s/1/2/ a.py")
    walk.until(lambda: "return 2" in document.editor.text())
    project = walk.work.project
    assert project is not None

    def noted() -> list[str]:
        found = project.rewind.moments().found
        return [moment.why for moment in found if moment.who == "disk"]

    walk.until(noted)
    assert noted() == ["changed outside, about when “sed -i s/1/2/ a.py” ran in the terminal"]


def test_tabs_are_opened_named_restarted_and_closed(folder: Path, start: Start) -> None:
    walk = start(folder)
    first = opened(walk)
    walk.run("New terminal")
    walk.until(lambda: panel(walk).tabs.count() == 2 and front(walk) is not first)
    walk.until(lambda: front(walk).screen.marks.prompt)
    walk.run("Rename the terminal")
    walk.type("server")
    walk.press("Return")
    assert panel(walk).tabs.tab(1).title == "server"
    shell = front(walk).pid
    walk.run("Start the terminal's shell again")
    walk.until(lambda: front(walk).pid not in (0, shell))
    assert panel(walk).tabs.tab(1).title == "server"
    walk.until(lambda: not psutil.pid_exists(shell))
    walk.run("Close the terminal")
    assert panel(walk).tabs.count() == 1
    assert front(walk) is first


def test_an_end_is_told_with_its_number_and_can_be_begun_again(folder: Path, start: Start) -> None:
    walk = start(folder)
    terminal = opened(walk)
    walk.type("exit 3\n")
    walk.until(lambda: terminal.over)
    page = panel(walk).page(terminal.key)
    assert page is not None
    assert page.end.isVisible()
    assert panel(walk).tabs.tab(0).state == "ended with 3"
    walk.click(page.end.restart)
    walk.until(lambda: terminal.running and terminal.screen.marks.prompt)
    assert not page.end.isVisible()
    assert "exit 3" not in text(walk)


def test_an_exit_of_ones_own_closes_the_tab(folder: Path, start: Start) -> None:
    walk = start(folder)
    terminal = opened(walk)
    walk.until(lambda: time.monotonic() - terminal._began > 2.1)
    walk.type("exit\n")
    walk.until(lambda: panel(walk).tabs.count() == 0)
    assert not walk.window.frame.panel_seen("bottom")


def test_a_program_at_work_is_asked_about_when_the_window_closes(
    folder: Path, start: Start
) -> None:
    walk = start(folder)
    terminal = opened(walk)
    walk.type("sleep 1000\n")
    walk.until(lambda: terminal.job() == "sleep")
    born = psutil.Process(terminal.pid).children(recursive=True)
    walk.window.close()
    assert walk.window.isVisible()
    assert walk.notices() == ["sleep still runs in a terminal, and going on ends it."]
    walk.click(walk.button(walk.window.notices, "Stay"))
    assert terminal.job() == "sleep"
    walk.window.close()
    walk.click(walk.button(walk.window.notices, "End it and go on"))
    assert not walk.window.isVisible()
    assert [p for p in born if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


def test_another_folder_asks_too_and_ends_the_shells_of_this_one(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    other = repository(tmp_path / "other", {"b.py": "b\n"})
    walk = start(folder)
    terminal = opened(walk)
    walk.type("sleep 1000\n")
    walk.until(lambda: terminal.job() == "sleep")
    shell = psutil.Process(terminal.pid)
    walk.work.open(other)
    assert walk.work.project is not None
    assert walk.work.project.root == folder
    walk.click(walk.button(walk.window.notices, "End it and go on"))
    walk.until(lambda: walk.work.project and walk.work.project.root == other)
    walk.until(lambda: not shell.is_running() or shell.status() == psutil.STATUS_ZOMBIE)
    assert panel(walk).tabs.count() == 0


def test_the_layout_comes_back_without_the_programs(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    walk = start(folder)
    opened(walk)
    walk.run("New terminal")
    walk.until(lambda: front(walk).screen.marks.prompt)
    front(walk).name = "server"
    walk.window.close()
    again = start(folder)
    again.until(lambda: again.window.frame.panel_seen("bottom") and panel(again).tabs.count() == 2)
    assert [panel(again).tabs.tab(n).title for n in range(2)] == ["Terminal", "server"]
    again.until(lambda: front(again).pid)
    started = [t for t in again.work.terminals._all.values() if t.running]
    assert len(started) == 1  # a shell starts once it is looked at


def test_commands_of_an_answer_are_put_there_and_do_not_run(folder: Path, start: Start) -> None:
    reply = "Run this:\n\n```bash\n$ touch made\n$ touch other\n```\n"
    walk = start(folder, Player(reply))
    terminal = opened(walk)
    walk.program.focus_chat()
    walk.type("how?")
    walk.press("Return")
    walk.until(lambda: not walk.work.conversation.running())
    transcript = walk.window.panel.transcript
    walk.click(walk.button(transcript, "Put into the terminal"))
    check = panel(walk).page(terminal.key).check  # type: ignore[union-attr]
    assert check.isVisible()  # two lines: shown first
    walk.click(walk.button(check, "Paste"))
    walk.until(lambda: "touch other" in text(walk))
    assert terminal.screen.marks.running is None
    assert not (folder / "made").exists()
    walk.press("Return")
    walk.until(lambda: (folder / "made").exists() and (folder / "other").exists())


def test_a_paste_of_lines_is_looked_at_before_it_is_pasted(folder: Path, start: Start) -> None:
    walk = start(folder)
    terminal = opened(walk)
    QGuiApplication.clipboard().setText("touch one\ntouch two\n")
    walk.press("Ctrl+Shift+V")
    check = panel(walk).page(terminal.key).check  # type: ignore[union-attr]
    walk.until(check.isVisible)
    walk.press("Escape")
    assert check.isHidden()
    assert walk.focused() is terminal.view
    assert "touch" not in text(walk)


def test_a_flood_leaves_the_window_alive(folder: Path, start: Start) -> None:
    """``yes`` for a second: the window has its turn all the time, and memory stays bounded."""
    walk = start(folder)
    terminal = opened(walk)
    beats: list[float] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(5)
    walk.type("yes 'a line of the flood'\n")
    walk.until(lambda: terminal.screen.top > 50_000)
    timer.stop()
    gaps = sorted(b - a for a, b in itertools.pairwise(beats))
    assert len(beats) > 10
    assert gaps[len(gaps) // 2] < 0.033  # frames come; a busy machine may delay a few
    assert len(terminal.screen.grid.past) <= 10_000
    assert terminal._emulator.waiting < 1 << 20
    walk.press("Ctrl+C")
    walk.until(lambda: not terminal.job())
    ran(walk, "echo still here")
    assert "still here" in text(walk)


def test_a_full_screen_program_has_keys_mouse_and_size(folder: Path, start: Start) -> None:
    if (vi := shutil.which("vim") or shutil.which("vim.tiny")) is None:
        pytest.skip("needs vim")
    walk = start(folder)
    terminal = opened(walk)
    walk.type(f"{vi} -u NONE -i NONE a.py\n")
    walk.until(lambda: terminal.screen.wants.alternate and "return 1" in text(walk))
    walk.type("Gonew line")
    walk.press("Escape")
    walk.type(":wq\n")
    walk.until(lambda: not terminal.screen.wants.alternate)
    assert b"new line" in walk.disk("a.py")
    assert "new line" not in text(walk)  # the lines of before are back


def test_a_python_prompt_takes_keys(folder: Path, start: Start) -> None:
    walk = start(folder)
    terminal = opened(walk)
    walk.type(f"{sys.executable} -q\n")
    walk.until(lambda: ">>>" in text(walk))
    walk.type("print(6*7)\n")
    walk.until(lambda: "\n42" in text(walk))
    walk.press("Ctrl+D")
    walk.until(lambda: not terminal.job())


def test_nothing_of_a_model_reaches_a_shell(folder: Path, start: Start) -> None:
    """An answer full of sequences and commands changes nothing in the terminal."""
    walk = start(folder, Player("```bash\ntouch made\n```\n\x1b]52;c;eA==\x07\r\ntouch made\r"))
    terminal = opened(walk)
    typed: list[bytes] = []
    terminal.view.typed.connect(typed.append)
    walk.program.focus_chat()
    walk.type("how?")
    walk.press("Return")
    walk.until(lambda: not walk.work.conversation.running())
    assert typed == []
    assert not (folder / "made").exists()
