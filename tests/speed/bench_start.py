"""From process start to a usable window and to a file in it, and memory, beside the smallest Qt
editor there can be.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
OURS = """
import sys, time
from app.main import arguments, begin
from app.places import temporary_places
program = begin(arguments([FOLDER]), temporary_places().make())
program.show()
program.app.processEvents()
program.window.grab()
seconds = time.time() - float(sys.argv[1])
import psutil
print(seconds, psutil.Process().memory_info().rss / 1e6)
program.window.close()
"""
OURS_FILE = """
import sys, time
from app.main import arguments, begin
from app.places import temporary_places
program = begin(arguments([FILE]), temporary_places().make())
from PySide6.QtCore import QEventLoop
program.show()
wait = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
while (document := program.workspace.documents.current()) is None:
    program.app.processEvents(wait)
from PySide6.QtTest import QTest
QTest.keyClick(document.editor.surface, "x")
program.window.grab()
seconds = time.time() - float(sys.argv[1])
assert document.editor.text().startswith("xx = 1")
import psutil
print(seconds, psutil.Process().memory_info().rss / 1e6)
program.window.close()
"""
PEER = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(QPlainTextEdit())
window.resize(1386, 868)
window.show()
app.processEvents()
window.grab()
seconds = time.time() - float(sys.argv[1])
import psutil
print(seconds, psutil.Process().memory_info().rss / 1e6)
"""


PEER_FILE = """
import sys, time
from pathlib import Path
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit
app = QApplication([])
window, edit = QMainWindow(), QPlainTextEdit()
window.setCentralWidget(edit)
window.resize(1386, 868)
edit.setPlainText(Path(FILE).read_text())
window.show()
app.processEvents()
QTest.keyClick(edit, "x")
window.grab()
seconds = time.time() - float(sys.argv[1])
import psutil
print(seconds, psutil.Process().memory_info().rss / 1e6)
"""


def run(code: str) -> tuple[float, float]:
    """Seconds and megabytes of one process, which keeps its byte code as any start does."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    result = subprocess.run(
        [sys.executable, "-c", code, str(time.time())],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=environment,
    )
    seconds, megabytes = result.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def main() -> None:
    """Interleaved runs after one warm-up of each; medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.py"
        file.write_text("x = 1\n" * 10_000)
        codes = (
            OURS.replace("FOLDER", repr(folder)),
            PEER,
            OURS_FILE.replace("FILE", repr(str(file))),
            PEER_FILE.replace("FILE", repr(str(file))),
        )
        for code in codes:
            run(code)
        pairs = [[run(code) for code in codes] for _ in range(RUNS)]
    ours = statistics.median(pair[0][0] for pair in pairs)
    peer = statistics.median(pair[1][0] for pair in pairs)
    ours_file = statistics.median(pair[2][0] for pair in pairs)
    peer_file = statistics.median(pair[3][0] for pair in pairs)
    ours_mb = statistics.median(pair[0][1] for pair in pairs)
    peer_mb = statistics.median(pair[1][1] for pair in pairs)
    print(
        f"   usable window  {ours * 1000:6.0f} ms   bare QPlainTextEdit {peer * 1000:6.0f} ms"
        f"   ratio {ours / peer:.2f}   (medians of {RUNS})"
    )
    print(
        f"   a key in a file {ours_file * 1000:5.0f} ms"
        f"   bare QPlainTextEdit {peer_file * 1000:6.0f} ms"
        f"   ratio {ours_file / peer_file:.2f}   (10,000 lines)"
    )
    print(
        f"   memory         {ours_mb:6.0f} MB   bare QPlainTextEdit {peer_mb:6.0f} MB"
        f"   ratio {ours_mb / peer_mb:.2f}"
    )
