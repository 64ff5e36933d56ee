"""Starts the real program on a real folder and works it as a person does. Knows keys, mouse, git.

A walk types on the window's own handle and clicks on widgets; it waits for signals and conditions,
never for time. What it asserts is what can be seen from outside: text, bytes, git.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QKeySequence, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.main import arguments
from app.places import Places
from app.program import Program
from assistant.models.connection import Connection
from assistant.settings import Settings, save
from assistant.types import (
    ChatModel,
    HunkState,
    LineSpan,
    ModelEvent,
    ModelRequest,
    Stop,
    TextDelta,
    Usage,
)
from tests.peers.raw import Handler, RawServer, raw_server
from widgets.inlinediff.hunkbar import HunkBar

LONG_MS = 15_000
PENDING, KEPT, REJECTED = HunkState.PENDING, HunkState.KEPT, HunkState.REJECTED


def places_in(folder: Path) -> Places:
    """The app's own folders, under ``folder``."""
    names = ("config", "data", "cache", "state")
    return Places(*(folder / name for name in names)).make()


def git(folder: Path, *args: str) -> str:
    """What git itself says, without any configuration but the repository's."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    clean |= {"GIT_OPTIONAL_LOCKS": "0"}
    ran = subprocess.run(
        ["git", "-c", "core.quotePath=false", *args],
        cwd=folder,
        env=clean,
        capture_output=True,
        check=True,
    )
    return ran.stdout.decode("utf-8", "surrogateescape")


def repository(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files in one commit."""
    plain(folder, files)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ada Person")
    git(folder, "config", "user.email", "ada@example.invalid")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "start")
    return folder


def plain(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files, without git."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


class Player:
    """A model for walks: says ``reply`` in pieces; stops before piece ``hold`` until released."""

    name = "a test's own words"

    def __init__(self, reply: str, *, size: int = 24, hold: int | None = None) -> None:
        self.reply = reply
        self.size = size
        self.hold = hold
        self.requests: list[ModelRequest] = []
        self.closed = threading.Event()
        """Set once a stream ended, in whatever way."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        try:
            for number, start in enumerate(range(0, len(self.reply), self.size)):
                if number == self.hold:
                    await asyncio.Event().wait()
                yield TextDelta(self.reply[start : start + self.size])
                await asyncio.sleep(0)
            if self.hold is not None:
                await asyncio.Event().wait()
            yield Usage(output=len(self.reply) // 4, cost=0.0)
            yield Stop("stop")
        finally:
            self.closed.set()


def fenced(code: str, language: str = "python") -> str:
    """A reply as models write it."""
    return f"```{language}\n{code}```\n"


class Walk:
    """One run of the program. Use :func:`walking`; ``root`` is the folder that is open."""

    def __init__(self, bot: QtBot, argument: Path | None, places: Places) -> None:
        self.bot = bot
        options = arguments([str(argument)] if argument is not None else [])
        self.program = Program(options, places)
        self.window, self.work = self.program.window, self.program.workspace
        self.root = argument if argument is not None else Path()
        self.told: list[str] = []
        self.work.documents.told.connect(self.told.append)
        self.strangers: list[str] = []
        """Windows that took the focus besides the program's own: there must be none."""
        self.program.app.focusWindowChanged.connect(self._on_focus_window)

    def _on_focus_window(self, window: QWindow | None) -> None:
        own = (self.window.windowHandle(), None)
        if window in own or window is None or window.objectName().startswith("galley"):
            return  # ours, or a second program's
        if window.type() == Qt.WindowType.Window:
            self.strangers.append(window.objectName())

    # -- waiting -------------------------------------------------------------------------------

    def until(self, condition: Callable[[], object]) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=LONG_MS)

    def start(self, model: ChatModel | None = None, *, trusting: bool = True) -> None:
        """Show the window; wait until it is active and the folder, if any, is open and warm.

        Where a server is connected the folder is trusted then, unless ``trusting`` is false.
        """
        self.work.model = model
        opened = self.program.options.folder is not None
        named: list[str] = []
        self.work.model_changed.connect(named.append)
        self.program.show()
        self.window.activateWindow()
        self.bot.waitActive(self.window)
        if opened:
            self.until(lambda: named or self.work.status._bar.text_of("message"))
        if opened and trusting and self.program.settings.connections:
            self.trust()

    def trust(self) -> None:
        """Press *Trust this folder*, where the bar asks."""
        self.until(lambda: self.work.project is not None)
        assert self.work.project is not None
        if not self.work.project.is_trusted():
            self.click(self.button(self.window.trust, "Trust this folder"))
            assert self.work.project.is_trusted()

    def close(self) -> None:
        """Quit as a person does, and let Qt forget the widgets."""
        window = self.window
        self.until(lambda: not self.work.terminals.busy())  # else the window asks first
        self.program.app.focusWindowChanged.disconnect(self._on_focus_window)
        window.close()
        assert not self.strangers
        assert not self.program.door.runs()
        thread = self.program.door._thread
        assert thread is None or not thread.is_alive()
        window.deleteLater()
        self.program.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()

    # -- what a person does ----------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Keys such as ``Alt+Return``, on the window itself: whoever has the focus gets them."""
        for key in keys:
            combination = QKeySequence(key, QKeySequence.SequenceFormat.PortableText)[0]
            QTest.keyClick(
                self.window.windowHandle(), combination.key(), combination.keyboardModifiers()
            )

    def type(self, text: str) -> None:
        """Letters, to whoever has the focus; a line end is Enter."""
        for letter in text:
            if letter == "\n":
                self.press("Return")
            else:
                QTest.keyClick(self.window.windowHandle(), letter)

    def click(self, widget: QWidget) -> None:
        assert widget.isVisible(), widget
        assert widget.isEnabled(), widget
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() // 2, widget.height() // 2)
        )

    def button(self, inside: QWidget, name: str) -> QAbstractButton:
        """The visible button whose words or accessible name begin so."""
        buttons = [b for b in inside.findChildren(QAbstractButton) if b.isVisible()]
        for button in buttons:
            if button.text().startswith(name) or button.accessibleName().startswith(name):
                return button
        raise AssertionError([(b.text(), b.accessibleName()) for b in buttons])

    def run(self, command: str) -> None:
        """A command by its title, through the palette and the keys."""
        self.press("Ctrl+Shift+P")
        palette = self.window.palette_box
        self.until(palette.isVisible)
        self.type(command)
        self.press("Return")
        self.until(lambda: not palette.isVisible())

    def open(self, name: str) -> Document:
        """Open a file as the tree would; it has the focus then."""
        path = PurePosixPath(name)
        self.work.documents.open(path)
        self.until(lambda: self.work.documents.get(path) is not None)
        document = self.document(name)
        self.until(lambda: self.work.documents.current() is document)
        document.editor.setFocus()
        return document

    def document(self, name: str) -> Document:
        document = self.work.documents.get(name)
        assert document is not None
        return document

    def ask(self, text: str) -> None:
        """Ctrl+K, the words, Enter; comes back when the reply is complete."""
        self.begin(text)
        self.settled()

    def begin(self, text: str) -> None:
        """Ctrl+K, the words, Enter."""
        self.press("Ctrl+K")
        self.until(lambda: self.work.inline.current() is not None)
        bar = self.ask_bar()
        assert self.focused() is bar.edit
        self.type(text)
        self.press("Return")

    def settled(self) -> None:
        """No answer is under way."""
        self.until(lambda: not any(ask.running() for ask in self.work.inline._asks))

    def ask_bar(self):  # type: ignore[no-untyped-def]
        ask = self.work.inline.current()
        assert ask is not None
        return ask.bar

    def focused(self) -> QWidget | None:
        return QApplication.focusWidget()

    def save(self, document: Document) -> None:
        with self.bot.waitSignal(self.work.documents.saved, timeout=LONG_MS):
            self.press("Ctrl+S")
        assert not document.modified

    def commit(self) -> str:
        """Ctrl+Shift+Enter, Ctrl+Enter: the hash of the commit."""
        self.press("Ctrl+Shift+Return")
        self.until(lambda: self.window.commit_box.wish().chosen)
        with self.bot.waitSignal(self.work.commits.committed, timeout=LONG_MS) as done:
            self.press("Ctrl+Return")
        assert done.args is not None
        return str(done.args[0].commit)

    # -- what can be seen --------------------------------------------------------------------------

    def states(self, name: str) -> list[HunkState]:
        """The hunks of a file in their order, without superseded ones."""
        hunks = self.document(name).diff.hunks()
        return [hunk.state for hunk in hunks if hunk.state is not HunkState.SUPERSEDED]

    def hunk_bars(self, name: str) -> list[HunkBar]:
        surface = self.document(name).editor.surface
        bars = [bar for bar in surface.viewport().findChildren(HunkBar) if bar.isVisible()]
        return sorted(bars, key=lambda bar: bar.y())

    def message(self) -> str:
        return self.window.status.text_of("message")

    def notices(self) -> list[str]:
        return [notice.text for notice in self.window.notices.notices()]

    def disk(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def git(self, *args: str) -> str:
        return git(self.root, *args)


@contextmanager
def walking(
    bot: QtBot,
    folder: Path | None,
    home: Path,
    model: ChatModel | None = None,
    *,
    trusting: bool = True,
) -> Iterator[Walk]:
    """The program with ``folder`` open and its own things under ``home``; quits at the end."""
    walk = Walk(bot, folder, places_in(home))
    try:
        walk.start(model, trusting=trusting)
        yield walk
    finally:
        walk.close()


def connected(home: Path, connection: Connection, *others: Connection, **more: object) -> None:
    """Settings in which ``connection`` answers; the others are there to be chosen."""
    places = places_in(home)
    rows = tuple(
        {key: value for key, value in asdict(each).items() if value}
        for each in (connection, *others)
    )
    roles = {"edit": connection.name}
    save(places.settings, Settings(connections=rows, roles=roles, **more))  # type: ignore[arg-type]


@contextmanager
def raw_peer(handler: Handler) -> Iterator[RawServer]:
    """:func:`tests.peers.raw.raw_server` on a thread of its own, for a program with a thread."""
    loop = asyncio.new_event_loop()
    ready, ends = threading.Event(), asyncio.Event()
    server: list[RawServer] = []

    async def serve() -> None:
        async with raw_server(handler) as raw:
            server.append(raw)
            ready.set()
            await ends.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="raw peer")
    thread.start()
    assert ready.wait(10)
    try:
        yield server[0]
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join(10)
        loop.close()


def select_lines(document: Document, first: int, last: int) -> None:
    """Select 0-based lines ``first`` up to and without ``last``."""
    document.select(LineSpan(first, last))


def joined(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)
