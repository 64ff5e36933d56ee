"""Several engines, one loaded at a time; and what is said of a reply that did not do as it was
asked.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.models.connection import Connection, connect, from_file
from assistant.models.egress import Egress
from assistant.models.engines import Engines
from assistant.models.exchange import Hurry
from assistant.models.ledger import Account, Ledger
from assistant.models.metered import MeteredModel
from assistant.models.router import WithFallbacks
from assistant.types import Effort, Stop, ThinkingDelta
from tests.assistant.models.asking import (
    READ,
    ask,
    calls,
    collect,
    delta,
    model,
    reply,
    run,
    sse,
    text,
)
from tests.assistant.models.conftest import SCRIPT
from tests.peers.raw import Heard, raw_server
from tests.peers.raw import Line as Wire
from tests.peers.scripted import Line, gguf_of


def test_a_model_file_is_a_connection_and_one_is_loaded_at_a_time(tmp_path: Path) -> None:
    first = gguf_of(SCRIPT)
    second = tmp_path / "a model + é.gguf"
    second.write_bytes(gguf_of([Line("Another model speaks here.")]).read_bytes())

    async def work(egress: Egress) -> None:
        engines = Engines(egress, threads=1)
        one, two = from_file(first, 4_096), from_file(second)
        assert one.problem() is None
        assert one.local
        source = engines.model(one)
        assert engines.model(one) is source
        assert engines.running == ()
        answer = await collect(source, ask("parallel", READ))
        assert len(calls(answer)) == 2
        assert engines.running == (first,)
        assert text(await collect(engines.model(two), ask("x"))) == "Another model speaks here."
        assert engines.running == (second,)
        await engines.unload()
        assert engines.running == ()
        await engines.close()

    run(work)


def test_an_engine_that_answers_is_not_unloaded_for_another(tmp_path: Path) -> None:
    other = gguf_of([Line("Another model speaks here.")])

    async def work(egress: Egress) -> None:
        engines = Engines(egress, threads=1)
        busy = engines.model(from_file(gguf_of(SCRIPT)))
        async with aclosing(busy.stream(ask("long"))) as events:
            await anext(events)
            await anext(events)
            assert text(await collect(engines.model(from_file(other)), ask("x")))
            assert len(engines.running) == 2
            rest = [event async for event in events]
        assert rest[-1] == Stop("stop")
        await engines.close()

    run(work)


def test_a_file_and_a_server_are_not_mixed_up() -> None:
    engines = Engines(Egress())
    with pytest.raises(SettingsError):
        engines.model(Connection("x", "chat", "http://127.0.0.1:1/v1", "m"))
    with pytest.raises(SettingsError):
        engines.model(Connection("x", "chat", "file:///x.bin", "m", preset="embedded"))
    with pytest.raises(SettingsError, match="Engines"):
        connect(from_file(Path("x.gguf")), Egress())


def test_a_local_reply_is_metered_as_free_and_remarked_on(tmp_path: Path) -> None:
    async def work(egress: Egress) -> None:
        engines = Engines(egress, threads=1)
        ledger = Ledger(tmp_path / "l.sqlite")
        source = MeteredModel(
            engines.model(from_file(gguf_of(SCRIPT))), ledger, Account("p", "s", "e")
        )
        request = ask("hi", effort=Effort.HIGH)
        said = reply(await collect(source, request))
        assert [s for s in source.remarks(request, said) if "without showing any thinking" in s]
        total = ledger.edit("e")
        assert (total.requests, total.unpriced, total.usage.cost) == (1, 0, 0.0)
        ledger.close()
        await engines.close()

    run(work)


def test_a_cut_prompt_of_ollama_is_noticed_by_its_own_count() -> None:
    async def cutting(heard: Heard, line: Wire) -> None:
        window = heard.json["options"]["num_ctx"]
        await line.answer(
            200, {"message": {"content": "ok"}, "done": True, "prompt_eval_count": window // 8}
        )

    async def work(egress: Egress) -> None:
        async with raw_server(cutting) as server:
            source = model(server.url, egress, "ollama", preset="ollama")
            request = ask("word " * 20_000)
            said = reply(await collect(source, request))
            assert source.window(request) == 32_768 or source.window(request) == 65_536
            assert "cut" in "".join(source.remarks(request, said))
            small = ask("hi")
            assert source.remarks(small, reply(await collect(source, small))) == ()

    run(work)


def test_the_hurry_button_reaches_through_meter_and_fallbacks(tmp_path: Path) -> None:
    async def handle(heard: Heard, line: Wire) -> None:
        if heard.json["chat_template_kwargs"]["enable_thinking"]:
            await line.head(200)
            await line.send(sse(delta(reasoning_content="Hmmm"), done=False))
            await asyncio.sleep(30)
        await line.stream(sse(delta(content="ok"), delta(finish="stop")))

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            ledger = Ledger(tmp_path / "l.sqlite")
            made = [
                MeteredModel(
                    model(server.url, egress, preset="llamacpp"), ledger, Account(edit="e")
                )
                for _ in range(2)
            ]
            hurry = Hurry()
            events = []
            source = WithFallbacks(made)
            async with aclosing(source.stream(ask("hi", effort=Effort.MAX), hurry)) as stream:
                async for event in stream:
                    events.append(event)
                    if isinstance(event, ThinkingDelta):
                        hurry.press()
            assert text(events) == "ok"
            # Both attempts were worked for, so both are booked.
            assert ledger.edit("e").requests == 2
            ledger.close()

    run(work)


def test_the_record_of_what_was_sent_is_bounded() -> None:
    async def handle(heard: Heard, line: Wire) -> None:
        await line.stream(sse(delta(content="ok"), delta(finish="stop")))

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            for _ in range(5):
                await collect(model(server.url, egress), ask("x" * (9 << 20)))
            assert len(egress.sent) == 3
            for _ in range(300):
                egress._wire.remember(egress.sent[-1].__class__(0, "GET", "u", (), b""))
            assert len(egress.sent) == 200

    run(work)
