"""The program after a hunk was rejected with a reason, waiting to be killed. A child process."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from tests.walks.harness import PENDING, REJECTED, Player, Walk, fenced, places_in, select_lines
from tests.walks.test_verdicts_stay import NEW
from tests.walks.victim import Waiting


def main() -> None:
    folder, home = map(Path, sys.argv[1:])
    app = QApplication(["galley"])
    walk = Walk(Waiting(), folder, places_in(home))  # type: ignore[arg-type]
    walk.start(Player(fenced(NEW, "")))
    document = walk.open("a.txt")
    select_lines(document, 0, 24)
    walk.ask("make it better")
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)
    assert walk.states("a.txt") == [PENDING] * 3
    document.editor.goto(0)
    walk.until(lambda: walk.hunk_bars("a.txt"))
    walk.click(walk.hunk_bars("a.txt")[0].why)
    walk.type("it must stay as it was\n")
    walk.until(lambda: walk.states("a.txt").count(REJECTED) == 1)
    lane, timer = walk.work.recovery.lane, walk.work.recovery._timer
    walk.until(lambda: not (timer.isActive() or lane._waiting or lane._run))
    sys.stdout.write("rejected\n")
    sys.stdout.flush()
    app.exec()


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # threads would keep it alive, and the walk waiting
