"""Real shells: what they say arrives, what is typed reaches them, and nothing outlives its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from assistant.cells import Spot
from assistant.errors import TerminalError
from assistant.terminal.saying import last_said
from assistant.terminal.shell import CHUNK, Shell
from assistant.terminal.start import Start
from tests.assistant.terminal.shells import Seat, seated

SHELLS = [path for name in ("bash", "zsh", "fish") if (path := shutil.which(name))]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_tells_where_commands_begin_and_end(tmp_path: Path, shell: str) -> None:
    async def work(seat: Seat) -> None:
        await seat.until(lambda: seat.screen.marks.prompt)
        seat.type("echo one; echo two; sh -c 'exit 3'\r")
        await seat.until(lambda: len(seat.screen.marks.finished) == 1)
        seat.type("\r")  # an empty line is no command
        seat.type("echo well\r")
        await seat.until(lambda: len(seat.screen.marks.finished) == 2)
        first, second = seat.screen.marks.finished
        assert (first.line, first.status, first.lines) == (
            "echo one; echo two; sh -c 'exit 3'",
            3,
            2,
        )
        assert (second.line, second.status, second.lines) == ("echo well", 0, 1)
        assert last_said(seat.screen) == "$ echo well\nwell\nIt ended with 0.\n"

    seated(tmp_path, work, shell)


def test_a_file_that_is_shown_sets_no_marks(tmp_path: Path) -> None:
    marks = b"\x1b]133;C\x07fine\r\n\x1b]133;D;0\x07\x1b]133;D;0;k=guess\x07"
    (tmp_path / "evil").write_bytes(marks)

    async def work(seat: Seat) -> None:
        seat.type("cat evil; false\r")
        await seat.until(lambda: seat.screen.marks.finished)
        assert [c.status for c in seat.screen.marks.commands] == [1]

    seated(tmp_path, work)


def test_the_word_of_the_marks_is_hidden_from_programs(tmp_path: Path) -> None:
    async def work(seat: Seat) -> None:
        seat.type("env | grep -ci galley_; echo done\r")
        await seat.until(lambda: "\ndone" in seat.text())
        assert "\n0\n" in seat.text()

    seated(tmp_path, work)


def test_without_marks_the_last_lines_are_what_was_said(tmp_path: Path) -> None:
    async def work(seat: Seat) -> None:
        await seat.until(lambda: seat.text().strip())
        seat.type("echo hello\r")
        await seat.until(lambda: "\nhello" in seat.text())
        assert "hello" in last_said(seat.screen)
        assert not seat.screen.marks.heard

    seated(tmp_path, work, "/bin/sh")


def test_size_folder_and_terminal_are_real(tmp_path: Path) -> None:
    async def work(seat: Seat) -> None:
        seat.type("stty size; pwd; tty; echo $TERM $COLORTERM\r")
        await seat.until(lambda: "truecolor" in seat.text().split("\n", 1)[1])
        assert "24 80" in seat.text()
        assert "/dev/pts" in seat.text() or "/dev/tty" in seat.text()
        seat.screen.resize(100, 30)
        seat.shell.resize(100, 30)
        seat.type("clear; stty size\r")
        await seat.until(lambda: "30 100" in seat.text())
        (tmp_path / "deep").mkdir()
        seat.type("cd deep; echo there\r")
        await seat.until(lambda: "\nthere" in seat.text())
        assert Path(seat.shell.folder()) == tmp_path / "deep"

    seated(tmp_path, work)


def test_the_program_with_the_keys_has_a_name(tmp_path: Path) -> None:
    async def work(seat: Seat) -> None:
        assert seat.shell.job() == ""
        seat.type("sleep 1000\r")
        await seat.until(lambda: seat.shell.job() == "sleep")
        seat.type("\x03")
        await seat.until(lambda: seat.shell.job() == "")

    seated(tmp_path, work)


def test_an_exit_is_told_with_its_number(tmp_path: Path) -> None:
    async def work(seat: Seat) -> None:
        seat.type("echo bye; exit 7\r")
        await seat.until(lambda: seat.ended)
        assert "\nbye" in seat.text()  # the last words arrive before the end

    assert seated(tmp_path, work).status == 7


def test_a_flood_waits_in_the_program_that_makes_it(tmp_path: Path) -> None:
    """Nobody takes anything in: only so much is read, and the flood stands still."""

    async def work(seat: Seat) -> None:
        taken: list[int] = []
        seat.shell.arrived = taken.append  # type: ignore[method-assign]
        seat.type("yes\r")
        await seat.until(lambda: sum(taken) > 200_000)
        (flood,) = [c for c in psutil.Process(seat.pid).children() if c.name() == "yes"]
        await seat.until(lambda: flood.status() != psutil.STATUS_RUNNING)
        assert sum(taken) < 600_000
        assert seat.most <= CHUNK + 65536

    seated(tmp_path, work)


def test_what_ignores_the_hang_up_is_ended_too(tmp_path: Path) -> None:
    stubborn = tmp_path / "stubborn.py"
    stubborn.write_text(
        "import os, signal, time\n"
        "for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "os.fork()\n"
        "print('ready', flush=True)\n"
        "time.sleep(1000)\n"
    )
    born: list[psutil.Process] = []

    async def work(seat: Seat) -> None:
        seat.type(f"trap '' HUP; {sys.executable} {stubborn} & sleep 1000\r")
        await seat.until(lambda: seat.text().count("\nready") >= 2)
        born.extend(psutil.Process(seat.pid).children(recursive=True))
        born.append(psutil.Process(seat.pid))
        assert len(born) >= 4

    seated(tmp_path, work)
    assert [p for p in born if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


def test_a_shell_that_cannot_be_started_is_said(tmp_path: Path) -> None:
    async def work(seat: Seat) -> None:
        await seat.until(lambda: seat.ended)
        assert "cannot be run" in seat.text().replace("\n", "")

    script = tmp_path / "zsh"
    script.write_text("#!/no/such/program\n")
    script.chmod(0o755)
    assert seated(tmp_path, work, str(script)).status == 127


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    import asyncio

    async def run() -> None:
        start = Start("/bin/sh", ("sh",), str(tmp_path / "gone"), {"PATH": "/bin"})
        async for _ in Shell(start, 80, 24).stream():
            pass

    with pytest.raises(TerminalError, match="cannot be started in"):
        asyncio.run(run())


def test_a_killed_owner_leaves_no_shell_behind(tmp_path: Path) -> None:
    """The app dies by kill -9: everything in its terminals ends, what ignores hang-ups too."""
    owner = tmp_path / "owner.py"
    owner.write_text(
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from tests.assistant.terminal.shells import Seat\n"
        "async def main():\n"
        "    seat = Seat(Path(sys.argv[1]), '/bin/bash')\n"
        "    watching = asyncio.create_task(seat.watch())\n"
        "    await seat.until(lambda: seat.pid)\n"
        "    seat.type(\"trap '' HUP; sleep 2000 & (trap '' HUP; sleep 1000)\\r\")\n"
        "    await seat.until(lambda: seat.shell.job())\n"
        "    print(seat.pid, flush=True)\n"
        "    await watching\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, str(owner), str(tmp_path)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process:
        shell = psutil.Process(int(process.stdout.readline()))
        born = [shell, *shell.children(recursive=True)]
        guard = shell.parent()
        assert guard is not None
        process.send_signal(signal.SIGKILL)
        gone, alive = psutil.wait_procs([*born, guard], timeout=10)
    assert alive == []
    assert len(gone) >= 3


def test_lines_of_the_screen_are_text(tmp_path: Path) -> None:
    async def work(seat: Seat) -> None:
        seat.type("printf '\\e[31mred\\e[m %s\\n' x\r")
        await seat.until(lambda: "\nred x" in seat.text())
        line = seat.text().split("\n").index("red x") + seat.screen.first
        assert seat.screen.text(Spot(line, 0), Spot(line, 3)) == "red"

    seated(tmp_path, work)
