"""GGUF downloads against a loopback hub that redirects, stalls, breaks, lies and corrupts."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import BadReply, BadRequest, DiskFailed, ModelError, StreamStalled
from assistant.models.downloads import (
    Downloadable,
    Downloaded,
    Downloader,
    Downloading,
    catalogue,
    from_address,
)
from assistant.models.egress import AIOff, Egress
from tests.assistant.models.asking import run
from tests.peers.hub import FILE, SHA, Hub
from tests.peers.raw import Heard, Line, raw_server

PLENTY = 10**12


def model(base: str, **more: object) -> Downloadable:
    made = Downloadable("m", "M", f"{base}/resolve/m.gguf", len(FILE), 1.0, "MIT")
    return replace(made, **more)  # type: ignore[arg-type]


def fetch(hub: Hub, folder: Path, times: int = 1, **more: object) -> list[object]:
    """Everything that the last of ``times`` downloads said, an error last."""
    said: list[object] = []

    async def work(egress: Egress) -> None:
        async with raw_server(hub) as server:
            options = {"idle_seconds": 0.5, "pause_seconds": 0.01, "free": lambda _: PLENTY, **more}
            wanted = model(server.url, **options.pop("model", {}))  # type: ignore[arg-type]
            loader = Downloader(egress, folder, hosts=(), **options)  # type: ignore[arg-type]
            for _ in range(times):
                said.clear()
                try:
                    async with aclosing(loader.fetch(wanted)) as events:
                        async for event in events:
                            said.append(event)  # noqa: PERF401 - an error must leave what came
                except (ModelError, DiskFailed) as error:
                    said.append(error)

    run(work)
    return said


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_download_is_followed_checked_and_put_in_place(tmp_path: Path) -> None:
    hub = Hub()
    *progress, last = fetch(hub, tmp_path / "models")
    assert last == Downloaded(tmp_path / "models" / "m.gguf", verified=True)
    assert (tmp_path / "models" / "m.gguf").read_bytes() == FILE
    assert left(tmp_path / "models") == ["m.gguf"]
    done = [p.done for p in progress if isinstance(p, Downloading)]
    assert done == sorted(done)
    assert done[-1] == len(FILE)
    assert all(p.total == len(FILE) for p in progress if isinstance(p, Downloading))


@pytest.mark.parametrize("trouble", ["breaks", "stalls", "503"])
def test_a_download_in_trouble_goes_on_where_it_was(tmp_path: Path, trouble: str) -> None:
    hub = Hub(trouble, trouble)
    said = fetch(hub, tmp_path)
    assert isinstance(said[-1], Downloaded)
    assert (tmp_path / "m.gguf").read_bytes() == FILE
    assert any(isinstance(s, Downloading) and "trying again" in s.note for s in said)
    if trouble != "503":
        assert hub.ranges == ["", "bytes=1000000-", "bytes=2000000-"]


def test_a_hub_that_ignores_ranges_gets_the_whole_again(tmp_path: Path) -> None:
    said = fetch(Hub("breaks", "ignores ranges"), tmp_path)
    assert isinstance(said[-1], Downloaded)
    assert (tmp_path / "m.gguf").read_bytes() == FILE


def test_trouble_without_end_is_given_up_and_the_part_stays(tmp_path: Path) -> None:
    said = fetch(Hub(*["503"] * 20), tmp_path, attempts=3)
    assert isinstance(said[-1], ModelError)
    assert sum(isinstance(s, Downloading) for s in said) == 2


def test_a_corrupted_file_is_removed_and_never_put_in_place(tmp_path: Path) -> None:
    said = fetch(Hub("corrupts"), tmp_path)
    assert isinstance(said[-1], BadReply)
    assert "checksum" in said[-1].cause
    assert left(tmp_path) == []
    assert isinstance(fetch(Hub("corrupts", ""), tmp_path, times=2)[-1], Downloaded)


def test_the_tables_own_checksum_counts_over_the_hubs(tmp_path: Path) -> None:
    lie = "0" * 64
    assert isinstance(fetch(Hub(sha=lie), tmp_path, model={"sha256": SHA})[-1], Downloaded)
    other = tmp_path / "other"
    assert isinstance(fetch(Hub(), other, model={"sha256": lie})[-1], BadReply)


def test_a_hub_that_names_no_checksum_is_not_called_verified(tmp_path: Path) -> None:
    assert fetch(Hub(linked=False), tmp_path)[-1] == Downloaded(tmp_path / "m.gguf", verified=False)


def test_something_else_than_a_model_is_removed(tmp_path: Path) -> None:
    async def page(heard: Heard, line: Line) -> None:
        await line.answer(200, b"<html>please log in</html>")

    said = fetch(page, tmp_path)  # type: ignore[arg-type]
    assert isinstance(said[-1], BadReply)
    assert "not a GGUF" in said[-1].cause
    assert left(tmp_path) == []


def test_a_missing_model_is_not_asked_for_twice(tmp_path: Path) -> None:
    hub = Hub("404", "404")
    assert isinstance(fetch(hub, tmp_path)[-1], BadRequest)
    assert len(hub.ranges) == 1


def test_without_room_nothing_is_fetched(tmp_path: Path) -> None:
    said = fetch(Hub(), tmp_path, free=lambda _: len(FILE))
    assert isinstance(said[-1], DiskFailed)
    assert "GB free" in said[-1].cause
    assert not [s for s in said if isinstance(s, Downloading)]


def test_a_redirect_to_a_stranger_is_refused(tmp_path: Path) -> None:
    async def lead_away(heard: Heard, line: Line) -> None:
        await line.answer(302, b"", location="http://evil.example/m.gguf")

    said = fetch(lead_away, tmp_path)  # type: ignore[arg-type]
    assert isinstance(said[-1], BadReply)
    assert "evil.example" in said[-1].cause


def test_a_redirect_without_end_ends(tmp_path: Path) -> None:
    async def circle(heard: Heard, line: Line) -> None:
        await line.answer(302, b"", location=heard.path)

    assert isinstance(fetch(circle, tmp_path)[-1], BadReply)  # type: ignore[arg-type]


def test_a_cancelled_download_goes_on_later(tmp_path: Path) -> None:
    hub = Hub("stalls", "")

    async def work(egress: Egress) -> None:
        async with raw_server(hub) as server:
            loader = Downloader(egress, tmp_path, hosts=(), idle_seconds=30, free=lambda _: PLENTY)
            wanted = model(server.url)
            begun = asyncio.Event()

            async def first() -> None:
                async with aclosing(loader.fetch(wanted)) as events:
                    async for event in events:
                        if isinstance(event, Downloading) and event.done >= 1_000_000:
                            begun.set()

            task = asyncio.create_task(first())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert left(tmp_path) == ["m.gguf.json", "m.gguf.part"]
            last = [event async for event in loader.fetch(wanted)][-1]
            assert isinstance(last, Downloaded)
            assert hub.ranges == ["", "bytes=1000000-"]

    run(work)


def test_a_discarded_part_starts_anew(tmp_path: Path) -> None:
    async def work(egress: Egress) -> None:
        hub = Hub("breaks")
        async with raw_server(hub) as server:
            loader = Downloader(egress, tmp_path, hosts=(), attempts=1, free=lambda _: PLENTY)
            wanted = model(server.url)
            with pytest.raises(ModelError):
                [event async for event in loader.fetch(wanted)]
            loader.discard(wanted)
            assert left(tmp_path) == []
            assert loader.there(wanted) is None
            [event async for event in loader.fetch(wanted)]
            assert hub.ranges == ["", ""]
            assert loader.there(wanted) == tmp_path / "m.gguf"

    run(work)


def test_turning_ai_off_ends_a_download(tmp_path: Path) -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(Hub("stalls")) as server:
            loader = Downloader(egress, tmp_path, hosts=(), free=lambda _: PLENTY)
            with pytest.raises(AIOff):
                async with aclosing(loader.fetch(model(server.url))) as events:
                    async for event in events:
                        if isinstance(event, Downloading) and event.done >= 1_000_000:
                            egress.switch(off=True)

    run(work)


def test_the_catalogue_is_sound() -> None:
    offered = catalogue()
    assert 3 <= len(offered) <= 5
    for one in offered:
        assert one.url.startswith("https://huggingface.co/")
        assert one.file_name.endswith(".gguf")
        assert one.size > 10**8
        assert one.licence == "Apache-2.0"
        assert one.memory * 1e9 > one.size
    assert catalogue("https://mirror.example/")[0].url.startswith("https://mirror.example/Qwen")
    assert from_address("https://x.example/a/b.gguf").file_name == "b.gguf"


def test_a_stall_is_named() -> None:
    assert StreamStalled.retryable
