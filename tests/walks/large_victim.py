"""The program with unsaved text in a large file, waiting to be killed. Run by a walk as a child."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from tests.walks.harness import Player, Walk, places_in
from tests.walks.test_large_files import journaled, open_whole, type_twice
from tests.walks.victim import Waiting


def main() -> None:
    folder, home = map(Path, sys.argv[1:])
    app = QApplication(["galley"])
    walk = Walk(Waiting(), folder, places_in(home))  # type: ignore[arg-type]
    walk.start(Player(""))
    type_twice(walk, open_whole(walk))
    journaled(walk)
    sys.stdout.write("journaled\n")
    sys.stdout.flush()
    app.exec()


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # threads would keep it alive, and the walk waiting
