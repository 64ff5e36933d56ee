"""Commands: confined, in a copy with the edits, ended with all they started, back as proposals.

Numbers in names are those of the acceptance checks.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from assistant.agent import landlock, sandbox
from assistant.agent.overlay import Overlay
from assistant.agent.tool import Result
from assistant.agent.working import Place, Working
from assistant.context.secrets import is_secret_path
from assistant.repo.paths import protected
from assistant.types import FileAction, HunkState
from tests.assistant.agent.trees import DiskTree, P

LINUX = sys.platform == "linux"
LEVELS = [
    level
    for level in ("bwrap", "landlock-net", "landlock", "")
    if level == ""
    or (level == "bwrap" and LINUX and sandbox.confinement() == "bwrap")
    or (level.startswith("landlock") and landlock.available())
]
WALLS = [level for level in LEVELS if level in sandbox.FULL]


class Bench:
    """One project and its commands at one level."""

    def __init__(self, tree: DiskTree, level: str, trusted: bool = True) -> None:
        self.tree = tree
        self.overlay = Overlay(tree, is_secret_path, protected)
        place = Place(tree.root, trusted, level)
        self.working = Working(place, self.overlay, is_secret_path, protected)

    def run(self, *commands: str, **more: int) -> list[Result]:
        async def done() -> list[Result]:
            try:
                return [await self.working.run({"command": c, **more}) for c in commands]
            finally:
                await self.working.close()

        return asyncio.run(done())


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskTree:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    files = {
        "a.py": "x = 1\n",
        "src/deep.py": "y = 1\n",
        "crlf.txt": b"\xef\xbb\xbfone\r\n",
        "bytes.bin": b"\0\1",
        ".env": "TOKEN=secret\n",
        ".gitignore": "out/\n",
        "conftest.py": "",
    }
    return DiskTree(tmp_path / "project", files)


@pytest.mark.parametrize("level", LEVELS)
def test_a_command_sees_disk_buffers_and_edits_and_its_changes_come_back(
    tree: DiskTree, level: str
) -> None:
    bench = Bench(tree, level)
    tree.open[P("src/deep.py")] = "y = 2\n"
    bench.overlay.write(P("a.py"), "x = 3\n")
    first, second, third = bench.run(
        "cat a.py src/deep.py; ls -A; echo 'x = 4' > a.py; echo new > made.txt; rm src/deep.py; "
        "mkdir out && echo big > out/big; echo hook > conftest.py; printf 'two\\r\\n' >> crlf.txt",
        "cat a.py; ls src",
        "cat .env; pwd; echo $HOME; ls node_modules",
    )
    assert first.ok, first.text
    assert first.text.startswith("exit code 0\nx = 3\ny = 2\n")
    assert "made.txt" not in first.text.split("Proposed")[0]
    assert set(first.touched) == {P("a.py"), P("made.txt"), P("src/deep.py"), P("crlf.txt")}
    assert "conftest.py: " in first.text and "out/big: " in first.text
    files = {str(c.base.path): c for c in bench.overlay.change_set("r", "t").files}
    assert files["a.py"].applied([HunkState.PENDING]) == "x = 4\n"
    assert files["made.txt"].action is FileAction.CREATE
    assert files["src/deep.py"].action is FileAction.DELETE
    assert files["crlf.txt"].applied([HunkState.PENDING]) == "one\r\ntwo\r\n"
    assert second.text.split("\n")[1] == "x = 4"
    assert "secret" not in third.text and "No such file" in third.text
    assert (tree.root / "a.py").read_text() == "x = 1\n"
    assert not (tree.root / "made.txt").exists()
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def test_the_copy_follows_the_disk_between_commands(tree: DiskTree) -> None:
    bench = Bench(tree, LEVELS[0])

    async def done() -> list[str]:
        texts = [(await bench.working.run({"command": "cat a.py"})).text]
        (tree.root / "a.py").write_text("x = 22\n")
        (tree.root / "new.py").write_text("n = 1\n")
        (tree.root / "src/deep.py").unlink()
        texts.append((await bench.working.run({"command": "cat a.py new.py src/deep.py"})).text)
        bench.overlay.write(P("a.py"), "x = 5\n")
        texts.append((await bench.working.run({"command": "cat a.py"})).text)
        bench.overlay.write(P("a.py"), "x = 22\n")  # the edit is taken back
        texts.append((await bench.working.run({"command": "cat a.py"})).text)
        await bench.working.close()
        return texts

    first, second, third, fourth = asyncio.run(done())
    assert first.endswith("x = 1")
    assert "x = 22\nn = 1\n" in second and "No such file" in second
    assert third.endswith("x = 5") and fourth.endswith("x = 22")


@pytest.mark.parametrize("level", WALLS)
@pytest.mark.parametrize(
    "command",
    [
        "echo x > {outside}/canary",
        "cp a.py {outside}/canary",
        "{python} -c \"open('{outside}/canary', 'w')\"",
        "cat {outside}/private",
        "ls {outside}",
        "ln -s {outside}/private here && cat here",
        "cat {root}/.env",
        "echo x >> {root}/a.py",
        "mkdir -p {root}/.git/hooks && echo x > {root}/.git/hooks/pre-commit; false",
        "{python} -c \"import socket; socket.create_connection(('127.0.0.1', {port}), 2)\"",
        "{python} -c \"import socket; socket.socket(socket.AF_UNIX).connect('{outside}/sock')\"",
        "kill -9 {pid}",
        "cat /proc/{pid}/environ",
    ],
)
def test_20_38_walls_hold(
    tree: DiskTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, command: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "private").write_text("PRIVATE\n")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as unix:
        monkeypatch.chdir(outside)  # the path of a socket must be short
        unix.bind("sock")
        unix.listen()
        words = command.format(
            outside=outside, root=tree.root, port=server.getsockname()[1], pid=os.getpid(),
            python=sys.executable,
        )  # fmt: skip
        [result] = Bench(tree, level).run(words)
    assert not result.ok, result.text
    assert "PRIVATE" not in result.text and "TOKEN=" not in result.text
    assert "PATH=" not in result.text
    assert not (outside / "canary").exists()
    assert (tree.root / "a.py").read_text() == "x = 1\n"
    assert not (tree.root / ".git").exists()


@pytest.mark.parametrize("level", WALLS)
def test_20_38_no_datagram_leaves(tree: DiskTree, level: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        words = (
            f'{sys.executable} -c "import socket; socket.socket(socket.AF_INET, '
            f"socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {server.getsockname()[1]}))\""
        )
        Bench(tree, level).run(words)
        with pytest.raises(BlockingIOError):
            server.recv(10)


@pytest.mark.parametrize("level", WALLS)
def test_38_a_link_in_the_copy_leads_nowhere(tree: DiskTree, tmp_path: Path, level: str) -> None:
    """A command may twist its copy: neither what is read out of it nor what is laid on it
    afterwards follows.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "deep.py").write_text("PRIVATE\n")
    bench = Bench(tree, level)

    async def done() -> tuple[Result, Result]:
        twist = f"rm -rf src a.py && ln -s {outside} src && ln -s {outside}/deep.py a.py"
        one = await bench.working.run({"command": twist})
        bench.overlay.write(P("src/deep.py"), "y = 9\n")
        two = await bench.working.run({"command": "cat src/deep.py"})
        await bench.working.close()
        return one, two

    one, two = asyncio.run(done())
    assert (outside / "deep.py").read_text() == "PRIVATE\n"
    assert "PRIVATE" not in one.text
    assert two.text.endswith("y = 9")
    assert all(text != "PRIVATE\n" for text in bench.overlay.texts().values())


@pytest.mark.parametrize("level", LEVELS)
def test_22_nothing_that_a_command_started_outlives_it(tree: DiskTree, level: str) -> None:
    me = psutil.Process()
    before = set(me.children(recursive=True))
    mark = "77.25"
    bench = Bench(tree, level)
    daemons = (
        f"setsid sleep {mark} & (setsid sleep {mark} &) ; nohup sleep {mark} >/dev/null 2>&1 & "
        f'{sys.executable} -c "import os,time\nif os.fork(): os._exit(0)\nos.setsid()\n'
        f'if os.fork(): os._exit(0)\ntime.sleep({mark})" & echo started'
    )
    [result] = bench.run(daemons)
    assert "started" in result.text
    assert set(me.children(recursive=True)) <= before
    assert not _alive(mark)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "command",
    [
        "sleep 78.5",
        "trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM; sleep 78.5' & sleep 78.5",
        "while true; do (setsid sleep 78.5 &); sleep 0.02; done",
        "yes 78.5",
    ],
)
def test_22_stop_ends_a_command_and_its_children_within_a_second(
    tree: DiskTree, level: str, command: str
) -> None:
    bench = Bench(tree, level)

    async def done() -> float:
        task = asyncio.create_task(bench.working.run({"command": command}))
        while not _alive("78.5"):
            await asyncio.sleep(0.02)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        took = time.monotonic() - started
        await bench.working.close()
        return took

    took = asyncio.run(done())
    assert not _alive("78.5")
    assert took < 1.0 or os.getloadavg()[0] > 3


def test_a_command_that_takes_too_long_is_stopped_and_said(tree: DiskTree) -> None:
    [result] = Bench(tree, LEVELS[0]).run("echo before; sleep 60", seconds=1)
    assert not result.ok
    assert result.text.startswith("stopped after 1 s\nbefore")


def test_35_a_megabyte_of_output_is_kept_at_both_ends(tree: DiskTree) -> None:
    words = f"{sys.executable} -c \"print('first'); print('x' * 3_000_000); print('last')\""
    [result] = Bench(tree, LEVELS[0]).run(words)
    assert result.text.startswith("exit code 0\nfirst\n") and result.text.endswith("last")
    assert "bytes left out" in result.text
    assert len(result.text) < 1_000_000


def test_39_nothing_runs_in_a_folder_that_is_not_trusted(tree: DiskTree) -> None:
    [result] = Bench(tree, LEVELS[0], trusted=False).run("echo hello")
    assert not result.ok and "not trusted" in result.text and "hello" not in result.text


def test_the_person_s_environment_stays_outside(
    tree: DiskTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "very-secret")
    [result] = Bench(tree, "").run("env")
    assert "very-secret" not in result.text
    assert f"HOME={os.path.expanduser('~')}\n" not in result.text


def test_the_checks_run_over_the_edits(tree: DiskTree) -> None:
    bench = Bench(tree, LEVELS[0])
    (tree.root / "test_a.py").write_text(
        "import a, unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n"
        "        self.assertEqual(a.x, 2)\n"
    )
    (tree.root / "conftest.py").unlink()
    assert not asyncio.run(bench.working.check({})).ok
    bench.overlay.write(P("a.py"), "x = 3\n")
    bad = asyncio.run(bench.working.check({}))
    assert not bad.ok and "tests: FAILED, 1 failed" in bad.text
    bench.overlay.write(P("a.py"), "x = 2\n")
    good = asyncio.run(bench.working.check({}))
    assert good.ok and good.summary == "1 passed", good


def _alive(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        asleep = words[:1] in (["sleep"], ["yes"]) or words[-2:-1] == ["-c"]
        if process.info["status"] != psutil.STATUS_ZOMBIE and asleep and mark in " ".join(words):
            found.append(process)
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_whatever_commands_do_in_their_copy_the_folder_stays_to_the_last_byte_and_time(
    tree: DiskTree, level: str
) -> None:
    def picture() -> dict[str, tuple[bytes, int, int]]:
        found = {}
        for path in sorted(tree.root.rglob("*")):
            facts = path.stat()
            data = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (data, facts.st_mode, facts.st_mtime_ns)
        return found

    before = picture()
    bench = Bench(tree, level)
    bench.run("sed -i 's/1/2/' a.py; chmod 755 a.py; touch new", "rm -rf src *.txt", "rm -rf * .g*")
    assert picture() == before
    proposed = {str(c.base.path): c.action for c in bench.overlay.change_set("r", "t").files}
    assert proposed["src/deep.py"] is FileAction.DELETE
