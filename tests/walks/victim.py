"""The program with much unsaved work, waiting to be killed. Run by a walk as a child process."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.walks.harness import Player, Walk, places_in
from tests.walks.test_recovery import NAMES, dirty


class Waiting:
    """What a walk needs of pytest-qt's bot, outside of pytest."""

    def waitUntil(self, condition, timeout: int) -> None:  # type: ignore[no-untyped-def]
        end = time.monotonic() + timeout / 1000
        while not condition():
            assert time.monotonic() < end, condition
            QTest.qWait(5)

    def waitActive(self, window) -> None:  # type: ignore[no-untyped-def]
        assert QTest.qWaitForWindowActive(window)


def main() -> None:
    folder, home = map(Path, sys.argv[1:])
    app = QApplication(["galley"])
    walk = Walk(Waiting(), folder, places_in(home))  # type: ignore[arg-type]
    walk.start(Player(""))
    dirty(walk)
    recovery = walk.work.recovery
    streams = 2  # what never ends while a folder is open: the watch, the news of commits
    walk.until(lambda: not recovery._timer.isActive() and walk.program.door.runs() == streams)
    sys.stdout.write("journaled\n")
    for name in NAMES:
        text = walk.document(name).editor.text()
        sys.stdout.write(f"{len(text)}\n{text}")
    sys.stdout.flush()
    app.exec()


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # threads would keep it alive, and the walk waiting
