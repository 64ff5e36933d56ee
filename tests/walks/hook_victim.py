"""The program at a commit whose hook kills it. Run by a walk as a child process."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from tests.walks.harness import Walk, places_in
from tests.walks.test_commits import keep, page, trust
from tests.walks.victim import Waiting


def main() -> None:
    folder, home = map(Path, sys.argv[1:])
    app = QApplication(["galley"])
    walk = Walk(Waiting(), folder, places_in(home))  # type: ignore[arg-type]
    walk.start()
    trust(walk)
    keep(walk, "a.py")
    page(walk)
    walk.press("Ctrl+Return")
    app.exec()


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # threads would keep it alive, and the walk waiting
