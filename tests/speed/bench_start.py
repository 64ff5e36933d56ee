"""From process start to a usable window, and memory, beside the smallest Qt editor there can be."""

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
        (Path(folder) / "a.py").write_text("x = 1\n" * 10_000)
        ours_code = OURS.replace("FOLDER", repr(folder))
        run(ours_code), run(PEER)
        pairs = [(run(ours_code), run(PEER)) for _ in range(RUNS)]
    ours = statistics.median(pair[0][0] for pair in pairs)
    peer = statistics.median(pair[1][0] for pair in pairs)
    ours_mb = statistics.median(pair[0][1] for pair in pairs)
    peer_mb = statistics.median(pair[1][1] for pair in pairs)
    print(
        f"   usable window  {ours * 1000:6.0f} ms   bare QPlainTextEdit {peer * 1000:6.0f} ms"
        f"   ratio {ours / peer:.2f}   (medians of {RUNS})"
    )
    print(
        f"   memory         {ours_mb:6.0f} MB   bare QPlainTextEdit {peer_mb:6.0f} MB"
        f"   ratio {ours_mb / peer_mb:.2f}"
    )
