"""The engine in the app: start on demand, one key a run, idle unload, survival of a crash."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from assistant.errors import ContextOverflow, Unauthorized
from assistant.models.allowed import LOOPBACK_ONLY
from assistant.models.egress import AIOff, Egress
from assistant.models.local import EngineFailed, EngineSettings, LocalEngine, LocalModel
from assistant.types import Retrying, Stop, TextDelta, Usage
from tests.assistant.models import asking
from tests.assistant.models.asking import ask, collect, run, text, until_error
from tests.assistant.models.conftest import LONG, SCRIPT
from tests.peers.scripted import Line, gguf_of


@pytest.fixture(scope="session")
def gguf() -> Path:
    return gguf_of(SCRIPT)


def settings(path: Path, **more: float) -> EngineSettings:
    return EngineSettings(path, context=4_096, threads=1, **more)  # type: ignore[arg-type]


def with_engine(path: Path, work, **more: float) -> None:
    async def whole(egress: Egress) -> None:
        engine = LocalEngine(settings(path, **more), egress)
        try:
            await work(engine, LocalModel(engine))
        finally:
            await engine.close()

    run(whole)


def test_it_starts_on_demand_answers_and_measures_its_speed(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        assert not engine.running
        events = await collect(model, ask("long"))
        assert isinstance(events[0], Retrying)
        assert "starting" in events[0].reason
        assert text(events) == LONG
        assert [e for e in events if isinstance(e, Usage)][-1].cost == 0.0
        assert model.speed is not None
        assert model.speed > 10
        assert engine.context == 4_096
        pid = engine.pid
        assert not isinstance((await collect(model, ask("hi")))[0], Retrying)
        assert engine.pid == pid

    with_engine(gguf, work)


def test_its_key_is_new_every_run_and_on_no_command_line(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        keys = set()
        for _ in range(2):
            await collect(model, ask("hi"))
            assert engine.pid is not None
            key = engine.keys.get("session:engine").reveal()
            keys.add(key)
            process = psutil.Process(engine.pid)
            assert key not in " ".join(process.cmdline())
            assert key not in str(process.environ())
            listening = [c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"]
            assert listening == ["127.0.0.1"]
            async with engine.using() as connection:
                stranger = asking.model(connection.base_url, engine.egress)
                _, error = await until_error(stranger, ask("hi"))
                assert isinstance(error, Unauthorized)
            await engine.stop()
        assert len(keys) == 2

    with_engine(gguf, work)


def test_it_is_unloaded_when_idle_and_comes_back(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        await collect(model, ask("hi"))
        pid = engine.pid
        assert pid is not None
        process = psutil.Process(pid)
        await asyncio.to_thread(process.wait, 10)
        assert not engine.running
        assert text(await collect(model, ask("hi"))).startswith("Hello")

    with_engine(gguf, work, idle_seconds=0.1)


def test_it_is_not_unloaded_while_it_answers(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        async with aclosing(model.stream(ask("long"))) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    await asyncio.sleep(0.002)
        assert engine.running

    with_engine(gguf, work, idle_seconds=0.3)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_in_the_middle_is_explained_and_the_next_request_works() -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        got = ""
        with pytest.raises(EngineFailed) as caught:
            async with aclosing(model.stream(ask("go"))) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        if not got:
                            assert engine.pid is not None
                            os.kill(engine.pid, signal.SIGSEGV)
                        got += event.text
        assert got
        assert "SIGSEGV" in caught.value.cause
        assert caught.value.action
        events = await collect(model, ask("go"))
        assert events[-1] == Stop("stop")

    with_engine(gguf_of([Line(LONG * 3, chunk=4)]), work)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_death_between_two_requests_is_not_even_noticed(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        await collect(model, ask("hi"))
        assert engine.pid is not None
        process = psutil.Process(engine.pid)
        process.kill()
        await asyncio.to_thread(process.wait, 10)
        await asyncio.sleep(0.1)
        assert text(await collect(model, ask("hi"))).startswith("Hello")

    with_engine(gguf, work)


def test_two_requests_at_once_start_one_process(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        before = len(psutil.Process().children())
        replies = await asyncio.gather(*[collect(model, ask("hi")) for _ in range(2)])
        assert all(text(r).startswith("Hello") for r in replies)
        assert len(psutil.Process().children()) == before + 1

    with_engine(gguf, work)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    broken = tmp_path / "broken.gguf"
    wrong.write_bytes(b"PK\x03\x04" + b"x" * 100)
    broken.write_bytes(b"GGUF" + b"\x03\x00\x00\x00" + b"\xff" * 200)
    for path, words in (
        (wrong, "is not a GGUF"),
        (broken, "could not load"),
        (tmp_path / "none.gguf", "cannot be read"),
    ):

        async def work(engine: LocalEngine, model: LocalModel, words: str = words) -> None:
            _, error = await until_error(model, ask("hi"))
            assert isinstance(error, EngineFailed)
            assert words in error.cause
            assert error.action
            assert not engine.running

        with_engine(path, work)


def test_an_overflow_is_an_overflow_and_the_engine_lives(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        _, error = await until_error(model, ask("x" * 5_000))
        assert isinstance(error, ContextOverflow)
        assert engine.running

    with_engine(gguf, work)


def test_with_all_ai_off_no_process_is_started(gguf: Path) -> None:
    async def work(engine: LocalEngine, model: LocalModel) -> None:
        before = psutil.Process().children()
        engine.egress.switch(off=True)
        _, error = await until_error(model, ask("hi"))
        assert isinstance(error, AIOff)
        assert psutil.Process().children() == before

    with_engine(gguf, work)


def test_a_localhost_only_project_may_use_it(gguf: Path) -> None:
    async def whole(egress: Egress) -> None:
        engine = LocalEngine(settings(gguf), egress.for_project(LOOPBACK_ONLY))
        assert text(await collect(LocalModel(engine), ask("hi")))
        await engine.close()

    run(whole)


def test_it_dies_with_the_app(gguf: Path) -> None:
    """The app is killed the hard way; the engine sees its input end."""
    code = (
        "import asyncio, sys, os\n"
        "from pathlib import Path\n"
        "from assistant.models.egress import Egress\n"
        "from assistant.models.local import EngineSettings, LocalEngine\n"
        "async def main():\n"
        f"    engine = LocalEngine(EngineSettings(Path({str(gguf)!r}), 4096, 1), Egress())\n"
        "    async with engine.using():\n"
        "        print(engine.pid, flush=True)\n"
        "        os.kill(os.getpid(), 9) if os.name == 'posix' else os._exit(9)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    pid = int(done.stdout)
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
