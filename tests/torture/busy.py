"""The program hard at work until it is killed: typing, hunks, a stream, commits. A child process.

Tells on its standard output, a line each, what the person sees: that is what must come back.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.walks.harness import KEPT, PENDING, Player, Walk, fenced, places_in, select_lines
from tests.walks.victim import Waiting

LINES = [f"line {number} of the file\n" for number in range(24)]
OLD = "".join(LINES)
NEW = "".join("changed\n" if number in (2, 11, 20) else line for number, line in enumerate(LINES))
TYPED = ("a.txt", "b.txt", "c.txt", "d.txt", "Untitled-1")
COMMITTED = "e.txt"


def main() -> None:
    folder, home, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    app = QApplication(["galley"])
    chance = random.Random(seed)
    walk = Walk(Waiting(), folder, places_in(home))  # type: ignore[arg-type]
    walk.start(Player(""))
    begin(walk)
    tell(walk, "ready")
    while True:
        act(walk, chance)
        tell(walk, "")
        QTest.qWait(chance.randrange(1, 60))
        assert app is not None


def begin(walk: Walk) -> None:
    """Five dirty tabs, one of them untitled; hunks that wait in two; an answer that never ends."""
    walk.press("Ctrl+N")
    walk.until(lambda: walk.work.documents.get("Untitled-1") is not None)
    for name in TYPED:
        walk.open(name)
        walk.type("unsaved ")
    for name in TYPED[:2]:
        propose(walk, name)
    document = walk.open("d.txt")
    select_lines(document, 0, document.editor.surface.lineCount())
    player = walk.work.model
    assert isinstance(player, Player)
    player.reply, player.hold = (
        fenced(NEW.replace(LINES[0], document.editor.text().split("\n")[0] + "\n"), ""),
        12,
    )
    walk.begin("make it better")
    walk.until(lambda: walk.states("d.txt").count(PENDING) >= 1)
    player.hold = None


def propose(walk: Walk, name: str) -> None:
    document = walk.open(name)
    select_lines(document, 0, document.editor.surface.lineCount())
    text = document.editor.text()
    player = walk.work.model
    assert isinstance(player, Player)
    player.reply = fenced(text.replace(LINES[2], "changed\n").replace(LINES[11], "changed\n"), "")
    walk.ask("make it better")
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None or walk.document(name).diff.hunks())


def act(walk: Walk, chance: random.Random) -> None:
    """One thing a person does."""
    dice = chance.random()
    if dice < 0.75:
        document = walk.open(chance.choice(TYPED[:3] + TYPED[4:]))
        document.editor.goto(chance.randrange(0, 2))
        walk.type(chance.choice("abcdefg ") * chance.randrange(1, 4))
    elif dice < 0.85:
        document = walk.open(TYPED[chance.randrange(2)])
        if PENDING in walk.states(document.key):
            walk.press(chance.choice(["Alt+Return", "Alt+Backspace"]))
    else:
        commit(walk, chance)


def commit(walk: Walk, chance: random.Random) -> None:
    """A hunk is kept and its commit begins; nobody waits for the end."""
    document = walk.open(COMMITTED)
    line = chance.randrange(24)
    lines = document.editor.text().split("\n")
    lines[line] = f"kept {chance.randrange(10**6)}"
    select_lines(document, 0, document.editor.surface.lineCount())
    player = walk.work.model
    assert isinstance(player, Player)
    player.reply = fenced("\n".join(lines), "")
    walk.ask("one line")
    walk.press("Escape")
    document.editor.setFocus()
    walk.press("Alt+Shift+Return")
    walk.press("Ctrl+Shift+Return")
    if chance.random() < 0.8:
        walk.press("Ctrl+Return")


def tell(walk: Walk, word: str) -> None:
    """What is seen now: unsaved texts, hunks that wait, and when."""
    texts = {d.key: d.editor.text() for d in walk.work.documents.all() if d.modified}
    waiting = {name: walk.states(name).count(PENDING) for name in TYPED[:2]}
    kept = [name for name in TYPED[:2] if KEPT in walk.states(name)]
    seen = {"word": word, "at": time.time(), "texts": texts, "waiting": waiting, "kept": kept}
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # threads would keep it alive, and the torture waiting
