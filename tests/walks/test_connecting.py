"""First run, the chooser of local models, roles and folders, in the real window of a fresh home."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox

from app.localmodels import DOWNLOAD, OPEN_FILE
from app.modelmenu import ModelMenu
from assistant.models.connection import Connection, from_file
from assistant.models.downloads import catalogue
from assistant.settings import Settings, load, save
from tests.assistant.models.asking import delta, sse
from tests.peers.hub import Hub
from tests.peers.raw import Heard, Line
from tests.peers.scripted import gguf_of, said
from tests.walks.harness import (
    PENDING,
    Walk,
    connected,
    fenced,
    places_in,
    raw_peer,
    repository,
)
from widgets.connectbox import _Row
from widgets.markdownview import MarkdownView

Start = Callable[..., Walk]
OLD, NEW = "one = 1\ntwo = 2\n", "one = 1\ntwo = 22\n"
SCRIPT = (
    said("Count from one", "one two three four five six seven eight nine ten eleven twelve"),
    said("double two", fenced(NEW)),
    said("why", "Because the script says so, and nothing else."),
)
SMALL = catalogue()[0]
ENGINE_MS = 60_000
"""A real engine on a machine that does other things as well."""


def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"a.py": OLD})


def kept(tmp_path: Path) -> Settings:
    return load(places_in(tmp_path / "home").settings)[0]


def row(walk: Walk, key: str) -> _Row:
    return walk.program.models.connecting.box._rows[key]


def result(walk: Walk, key: str) -> str:
    return row(walk, key)._result.text()


def look(walk: Walk) -> None:
    walk.run("Connect a model")
    box = walk.program.models.connecting.box
    walk.until(lambda: box.isVisible() and box.offers())


def go(walk: Walk, key: str) -> None:
    """Press the button of an offer; the list is made anew when what was looked for is found."""
    walk.until(lambda: row(walk, key)._go.isVisible())
    walk.click(row(walk, key)._go)


def slowly(walk: Walk, condition: Callable[[], object]) -> None:
    walk.bot.waitUntil(lambda: bool(condition()), timeout=ENGINE_MS)


def question(walk: Walk, words: str) -> list[str]:
    """Asked in the panel; all answers of the panel."""
    walk.press("Ctrl+L")
    walk.type(f"{words}\n")
    composer = walk.window.panel.composer
    walk.until(lambda: composer.running())
    slowly(walk, lambda: not composer.running())
    entries = walk.window.panel.transcript.entries()
    return [e.markdown().strip() for e in entries if isinstance(e, MarkdownView)]


async def _server(heard: Heard, line: Line) -> None:
    """What a llama.cpp server with two models says."""
    if heard.path.endswith("/models"):
        data = [{"id": "nomic-embed-text"}, {"id": "/m/qwen3-8b.gguf", "meta": {"n_ctx": 4096}}]
        await line.answer(200, {"data": [*data, {"id": "/m/other.gguf"}]})
    else:
        await line.stream(sse(delta(content="From the server."), delta(finish="stop")))


def test_first_run_finds_keys_and_servers_and_connects_on_one_press(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-real-one")
    with raw_peer(_server) as peer:
        walk = start(folder(tmp_path))
        nowhere = dict.fromkeys(("ollama", "lmstudio", "vllm"), 0)
        walk.work.reach.ports = {**nowhere, "llamacpp": peer.port}
        walk.trust()
        look(walk)
        key = f"llamacpp:http://127.0.0.1:{peer.port}/v1"
        offers = walk.program.models.connecting.box.offers
        walk.until(lambda: key in {offer.key for offer in offers()})
        anthropic = next(offer for offer in offers() if offer.title == "Anthropic")
        assert anthropic.leaves
        assert "ANTHROPIC_API_KEY" in anthropic.detail
        assert "sk-ant" not in anthropic.detail
        assert {offer.kind for offer in offers()} == {"key", "server", "local", "builtin"}
        go(walk, key)
        slowly(walk, lambda: result(walk, key).startswith("In use"))
        # Not the embedding, which comes first; the window is the server's.
        assert result(walk, key) == "In use: /m/qwen3-8b.gguf · window of 4,096 tokens"
        [stored] = kept(tmp_path).connections
        assert stored["name"] == "qwen3-8b · llama.cpp"
        assert stored["context"] == 4096
        models = row(walk, key).findChild(QComboBox)
        assert [models.itemText(n) for n in range(models.count())] == [
            "/m/qwen3-8b.gguf",
            "/m/other.gguf",
        ]
        models.setCurrentIndex(1)
        models.activated.emit(1)
        assert kept(tmp_path).roles["edit"] == "other · llama.cpp"
        assert question(walk, "who?") == ["From the server."]
        assert json.loads(peer.heard[-1].body)["model"] == "/m/other.gguf"
        text = places_in(tmp_path / "home").settings.read_text()
        assert "sk-ant" not in text


def test_without_anything_found_there_are_local_models_and_built_in_edits(
    start: Start, tmp_path: Path
) -> None:
    walk = start(folder(tmp_path))
    walk.work.reach.ports = dict.fromkeys(("ollama", "lmstudio", "vllm", "llamacpp"), 0)
    look(walk)
    offers = {offer.key: offer for offer in walk.program.models.connecting.box.offers()}
    small = offers[DOWNLOAD + SMALL.key]
    assert "1.1 GB" in small.detail
    assert "needs 2 GB of memory" in small.detail
    assert "Apache-2.0" in small.detail
    assert OPEN_FILE in offers
    builtin = next(offer for offer in offers.values() if offer.kind == "builtin")
    go(walk, builtin.key)
    assert result(walk, builtin.key) == "In use."


_lines: list[tuple[str, object]] = []
_watching = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event == "socket.getaddrinfo":
        _lines.append((event, arguments[0]))
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        _lines.append((event, arguments[1]))


sys.addaudithook(_audit)


@pytest.fixture
def lines() -> Iterator[list[tuple[str, object]]]:
    """Every connection and every look-up of a name, as the interpreter itself reports it."""
    global _watching
    _lines.clear()
    _watching = True
    yield _lines
    _watching = False


def test_with_all_ai_off_no_socket_is_opened_by_anything_one_can_press(
    start: Start, tmp_path: Path, lines: list[tuple[str, object]]
) -> None:
    async def answers(heard: Heard, line: Line) -> None:
        await line.stream(sse(delta(content="hi"), delta(finish="stop")))

    with raw_peer(answers) as peer:
        there = Connection("peer", "chat", f"{peer.url}/v1", "m", preset="llamacpp")
        connected(tmp_path / "home", there, ai=False)
        walk = start(folder(tmp_path))
        look(walk)
        assert not row(walk, DOWNLOAD + SMALL.key).isEnabled()
        question(walk, "why is it so?")
        walk.open("a.py")
        walk.press("Ctrl+A")
        walk.ask("double two")
        assert walk.states("a.py") == []
        assert not peer.heard
        assert not lines
        # On again, the same press opens one: the watch itself works.
        walk.run("Turn all model use off or on")
        assert question(walk, "and now?")[-1] == "hi"
        assert lines


def test_a_model_file_is_loaded_measured_and_then_answers(start: Start, tmp_path: Path) -> None:
    walk = start(folder(tmp_path))
    walk.work.reach.ports = dict.fromkeys(("ollama", "lmstudio", "vllm", "llamacpp"), 0)
    walk.trust()
    look(walk)
    path = gguf_of(SCRIPT)
    walk.program.models.local.use_file(path)
    assert "measuring" in result(walk, OPEN_FILE)
    slowly(walk, lambda: result(walk, OPEN_FILE).startswith("In use"))
    assert "tokens/s on this machine" in result(walk, OPEN_FILE)
    assert walk.work.reach.loaded == (path,)
    assert "Because the script says so" in question(walk, "why?")[0]
    menu = walk.program.models.menu.made(walk.window)
    words = [action.text() for action in menu.actions()]
    assert any("tokens/s here" in w for w in words), words
    free = next(action for action in menu.actions() if action.text().startswith("Free the memory"))
    free.trigger()
    walk.until(lambda: not walk.work.reach.loaded)
    # It comes back with the next question.
    walk.open("a.py")
    walk.press("Ctrl+A")
    walk.begin("double two")
    slowly(walk, lambda: walk.states("a.py") == [PENDING])
    walk.settled()


def test_a_file_that_does_not_load_is_not_kept(start: Start, tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + b"\x00" * 400)
    walk = start(folder(tmp_path))
    walk.work.reach.ports = dict.fromkeys(("ollama", "lmstudio", "vllm", "llamacpp"), 0)
    look(walk)
    walk.program.models.local.use_file(bad)
    walk.until(lambda: "could not load bad.gguf" in result(walk, OPEN_FILE))
    assert kept(tmp_path).connections == ()
    other = tmp_path / "notes.gguf"
    other.write_text("no model")
    walk.program.models.local.use_file(other)
    walk.until(lambda: "is not a GGUF model" in result(walk, OPEN_FILE))


@pytest.mark.parametrize("trouble", ["breaks", "corrupts"])
def test_a_download_in_trouble_goes_on_or_is_refused_and_the_model_answers(
    start: Start, tmp_path: Path, trouble: str
) -> None:
    hub = Hub(trouble, data=gguf_of(SCRIPT).read_bytes())
    with raw_peer(hub) as peer:
        save(places_in(tmp_path / "home").settings, Settings(hub=peer.url))
        walk = start(folder(tmp_path))
        walk.work.reach.ports = dict.fromkeys(("ollama", "lmstudio", "vllm", "llamacpp"), 0)
        walk.trust()
        look(walk)
        key = DOWNLOAD + SMALL.key
        go(walk, key)
        if trouble == "corrupts":
            walk.until(lambda: "has a wrong checksum" in result(walk, key))
            go(walk, key)
        slowly(walk, lambda: result(walk, key).startswith("In use"))
        assert len(hub.ranges) == 2
        assert bool(hub.ranges[1]) == (trouble == "breaks")
        look(walk)
        offer = row(walk, key).offer
        assert offer.action == "Use"
        assert "downloaded" in offer.detail
        assert "tokens/s on this machine" in offer.detail
        assert "Because the script says so" in question(walk, "why?")[0]


def test_a_download_is_stopped_and_goes_on_later(start: Start, tmp_path: Path) -> None:
    hub = Hub("stalls", data=gguf_of(SCRIPT).read_bytes())
    with raw_peer(hub) as peer:
        save(places_in(tmp_path / "home").settings, Settings(hub=peer.url))
        walk = start(folder(tmp_path))
        walk.work.reach.ports = dict.fromkeys(("ollama", "lmstudio", "vllm", "llamacpp"), 0)
        look(walk)
        key = DOWNLOAD + SMALL.key
        go(walk, key)
        walk.until(lambda: "MB/s" in result(walk, key) and row(walk, key)._bar.value() > 0)
        walk.click(row(walk, key)._stop)
        assert result(walk, key).startswith("Stopped; what came is kept")
        go(walk, key)
        slowly(walk, lambda: result(walk, key).startswith("In use"))
        assert hub.ranges[1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_engine_that_crashes_says_so_and_the_next_ask_starts_it_again(
    start: Start, tmp_path: Path
) -> None:
    connected(tmp_path / "home", from_file(gguf_of(SCRIPT)))
    walk = start(folder(tmp_path))
    composer = walk.window.panel.composer

    def engine() -> list[int]:
        """The process, from the moment it has loaded the model and reads the prompt."""
        models = walk.work.reach.engines._models.values()
        return [model.engine.pid for model in models if model.engine.pid]

    walk.press("Ctrl+L")
    walk.type("why?\n")
    slowly(walk, engine)
    os.kill(engine()[0], signal.SIGSEGV)
    slowly(walk, lambda: not composer.running())
    failed = [c for c in walk.window.panel.transcript.entries() if hasattr(c, "words")]
    assert any("ended by itself (SIGSEGV)" in c.words() for c in failed), [
        c.words() for c in failed
    ]
    walk.open("a.py")
    walk.press("Ctrl+A")
    walk.begin("double two")
    slowly(walk, lambda: walk.states("a.py") == [PENDING])
    walk.settled()


def test_roles_have_models_thinking_and_an_order_of_who_comes_next(
    start: Start, tmp_path: Path
) -> None:
    one = Connection("one", "chat", "http://127.0.0.1:9/v1", "m1", preset="llamacpp")
    two = Connection("two", "chat", "http://127.0.0.1:9/v1", "m2", preset="llamacpp")
    connected(tmp_path / "home", one, two)
    walk = start(folder(tmp_path))
    walk.run("Settings")
    form = walk.program.pages._form
    assert form is not None

    def choose(key: str, value: str) -> None:
        combo = form.input(key)
        assert isinstance(combo, QComboBox)
        combo.setCurrentIndex(combo.findData(value))

    choose("role.chat.model", "two")
    choose("role.chat.effort", "max")
    choose("role.chat.then1", "one")
    choose("role.commit.effort", "low")
    settings = kept(tmp_path)
    assert settings.roles == {"edit": "one", "chat": "two"}
    assert settings.efforts == {"chat": "max", "commit": "low"}
    assert settings.fallbacks == {"chat": ("one",)}
    assert walk.window.panel.composer.effort.effort().value == "max"
    assert form.value("role.chat.then1") == "one"
    choose("role.chat.then1", "")
    assert kept(tmp_path).fallbacks == {}


def test_a_folder_for_this_machine_only_sends_nothing_elsewhere(
    start: Start, tmp_path: Path
) -> None:
    far = Connection("far", "chat", "https://model.invalid/v1", "m1")
    near = Connection("near", "chat", "http://127.0.0.1:9/v1", "m2", preset="llamacpp")
    connected(tmp_path / "home", far, near)
    walk = start(folder(tmp_path))
    menu: ModelMenu = walk.program.models.menu
    made = menu.made(walk.window)
    below = next(a for a in made.actions() if a.menu() is not None)
    assert below.text() == "project may use: any connected server"
    entries = {a.text(): a for a in below.menu().actions()}  # type: ignore[attr-defined]
    assert "This machine and model.invalid" in entries
    entries["This machine only"].trigger()
    assert kept(tmp_path).servers == {str(walk.root): ("localhost",)}
    walk.until(lambda: walk.window.status.text_of("model") == "far · this machine only")
    again = menu.made(walk.window)
    refused = next(a for a in again.actions() if a.text().startswith("far"))
    assert not refused.isEnabled()
    assert "not for this folder" in refused.text()
    question(walk, "why?")
    cards = [c for c in walk.window.panel.transcript.entries() if hasattr(c, "words")]
    assert any("does not allow model.invalid" in c.words() for c in cards)
    assert not walk.work.reach.egress.sent
    # Nothing of this stands in the project.
    assert walk.git("status", "--porcelain") == ""
