"""What is shown is what is: names and texts that hide something, over the whole window."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QLabel, QPushButton, QToolButton, QWidget

from assistant.types import HIDDEN
from tests.walks.harness import LONG_MS, PENDING, Player, Walk, plain, repository

Start = Callable[..., Walk]
UNSEEN = re.compile(f"[{HIDDEN}\ud800-\udfff\t\n\r]")
JOB = "print('safe')\n"
NAMES = [
    "gnp\u202eyp.py",
    "zero\u200bwidth.py",
    "tag\U000e0041.py",
    "<b>bold<img src=file:~~etc~passwd>.py",
    "two\nlines.py",
    "tab\there.py",
    "far" + " " * 120 + "right.py",
    "and&amp;.py",
    "esc\x1b[31m.py",
]
ANSWER = "Look at \u202eevil\u2066 and `x\u200by`.\n\n"


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Every text that Python code draws from here on."""
    seen: set[str] = set()
    draw = QPainter.drawText

    def drawn(painter: QPainter, *arguments: object) -> object:
        seen.update(argument for argument in arguments if isinstance(argument, str))
        return draw(painter, *arguments)

    monkeypatch.setattr(QPainter, "drawText", drawn)
    yield seen


def rows(view: QAbstractItemView) -> Iterator[str]:
    """What the rows of a list or tree say."""
    model, todo = view.model(), [QModelIndex()]
    while model is not None and todo:
        parent = todo.pop()
        for row in range(model.rowCount(parent)):
            index = model.index(row, 0, parent)
            todo.append(index)
            yield str(index.data(Qt.ItemDataRole.DisplayRole) or "")
            yield str(index.data(Qt.ItemDataRole.AccessibleTextRole) or "")
            tip = str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            assert tip.startswith("<p ") or "<" not in tip, tip
            yield tip


def said(window: QWidget) -> Iterator[tuple[str, str]]:
    """All that widgets say to eyes and to a screen reader, with who says it."""
    yield "title", window.windowTitle()
    for widget in window.findChildren(QWidget):
        who = type(widget).__name__
        yield f"{who} name", widget.accessibleName()
        if not widget.toolTip().startswith("<p "):
            assert "<" not in widget.toolTip(), widget.toolTip()
        yield f"{who} tip", widget.toolTip()
        if isinstance(widget, QLabel):
            assert widget.textFormat() is Qt.TextFormat.PlainText or not widget.text(), widget
            yield who, widget.text().replace("\n", " ")
        elif isinstance(widget, QPushButton | QToolButton):
            yield who, widget.text()
        elif isinstance(widget, QAbstractItemView):
            yield from ((who, text) for text in rows(widget))


def hiding(walk: Walk, painted: set[str]) -> list[tuple[str, str]]:
    """Who shows a text with something in it that is not seen."""
    walk.window.repaint()
    walk.window.grab()
    found = [(who, text) for who, text in said(walk.window) if UNSEEN.search(text)]
    return [*found, *(("painted", text) for text in sorted(painted) if UNSEEN.search(text))]


def test_29_34_no_name_and_no_answer_hides_anything_anywhere_in_the_window(
    start: Start, tmp_path: Path, painted: set[str]
) -> None:
    folder = repository(tmp_path / "p\u202e<i>roject", dict.fromkeys(NAMES, JOB))
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.py"))).write_text(JOB)
    block = "<<<<<<< SEARCH\nprint('safe')\n=======\nprint('\u202esafe\u2066')" + " " * 200
    reply = "".join(f"{name}\n{block}# far\n>>>>>>> REPLACE\n\n" for name in NAMES[:2])
    walk = start(folder, Player(ANSWER + reply))
    walk.until(lambda: walk.window.tree._model.rowCount() == len(NAMES) + 1)
    for name in NAMES:
        walk.open(name)
    assert not hiding(walk, painted)
    walk.press("Ctrl+P")
    walk.until(walk.window.palette_box.isVisible)
    walk.type("py")
    walk.until(lambda: any("⟨" in text for text in rows(walk.window.palette_box.view)))
    assert not hiding(walk, painted)
    walk.press("Escape")

    walk.press("Ctrl+L")
    with walk.bot.waitSignal(walk.work.conversation.ended, timeout=LONG_MS):
        walk.type("make it better\n")
    walk.until(lambda: walk.work.review.count.pending >= 1)
    assert not hiding(walk, painted)
    for name in NAMES[:2]:
        walk.open(name)
        if walk.states(name) == [PENDING]:
            walk.press("Alt+Shift+Return")
    walk.press("Ctrl+Shift+Return")
    walk.until(lambda: walk.window.commit_box.wish().chosen)
    assert not hiding(walk, painted)
    walk.window.frame.show_page("history")
    assert not hiding(walk, painted)
    assert any("⟨U+202E⟩" in text for _, text in said(walk.window))


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://github.com@evil.example/x", "Open evil.example in the browser?"),
        ("https://ex\u0430mple.com/", "Open xn--exmple-4nf.com in the browser?"),
        ("file:///etc/passwd", "neither a file of this project nor a web address"),
        ("javascript:alert(1)", "neither a file of this project nor a web address"),
        ("../outside.py", "neither a file of this project nor a web address"),
        ("smb://evil.example/share", "neither a file of this project nor a web address"),
    ],
)
def test_30_a_link_asks_with_its_real_host_or_opens_a_file_of_the_project_or_nothing(
    start: Start, tmp_path: Path, link: str, words: str
) -> None:
    walk = start(plain(tmp_path / "project", {"a.py": JOB}), Player(""))
    walk.window.panel.transcript.link_requested.emit(link)
    assert any(words in text for text in (*walk.notices(), walk.message()))
    assert not walk.work.documents.all()
    walk.window.panel.transcript.link_requested.emit("a.py#L1")
    walk.until(lambda: walk.work.documents.get("a.py"))
