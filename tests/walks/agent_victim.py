"""The program with a run in the middle of a command, waiting to be killed. Run by a walk."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from tests.walks.harness import Walk, places_in
from tests.walks.test_agent import napping, question, wish
from tests.walks.victim import Waiting


def main() -> None:
    folder, home = map(Path, sys.argv[1:])
    app = QApplication(["galley"])
    walk = Walk(Waiting(), folder, places_in(home))  # type: ignore[arg-type]
    walk.start()
    walk.open("shapes.py")
    wish(walk, "take a nap")
    walk.click(walk.button(question(walk), "Allow once"))
    walk.until(napping)
    recovery = walk.work.recovery
    walk.until(lambda: not recovery._timer.isActive())
    recovery.write()
    walk.until(lambda: walk.program.door.runs() == 3)  # the run, the watch, the news of commits
    sys.stdout.write("running\n")
    sys.stdout.flush()
    app.exec()


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # threads would keep it alive, and the walk waiting
