"""Key to paint beside a bare QPlainTextEdit, and opening large files."""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from tests.speed.sources import source
from widgets.editor.codeeditor import CodeEditor
from widgets.theme import load_theme

KEYS = "value = compute(alpha) + 1\r"


def press(widget: QWidget, character: str) -> None:
    code = Qt.Key.Key_Return if character == "\r" else Qt.Key(0)
    event = QKeyEvent(QEvent.Type.KeyPress, code, Qt.KeyboardModifier.NoModifier, character)
    QApplication.sendEvent(widget, event)


def keys(
    widget: QWidget, paint: Callable[[], None], count: int = 200
) -> tuple[float, float, float]:
    """Median of the key's own work, median and 99th percentile until it is painted, in
    milliseconds.
    """
    work, whole = [], []
    for number in range(count):
        start = time.perf_counter()
        press(widget, KEYS[number % len(KEYS)])
        work.append(time.perf_counter() - start)
        paint()
        whole.append(time.perf_counter() - start)
    whole.sort()
    return (
        statistics.median(work) * 1e3,
        statistics.median(whole) * 1e3,
        whole[int(count * 0.99)] * 1e3,
    )


def key_to_paint() -> None:
    text = "\n".join(source(10_000)) + "\n"
    editor = CodeEditor(load_theme("night"))
    editor.resize(1200, 1000)
    editor.set_language("python")
    editor.set_text(text)
    editor.show()
    editor.goto(5000, 4)
    QApplication.processEvents()
    surface = editor.surface
    plain = QPlainTextEdit()
    plain.setFont(QFont("DejaVu Sans Mono", 10))
    plain.resize(1200, 1000)
    plain.setPlainText(text)
    plain.show()
    cursor = plain.textCursor()
    cursor.setPosition(plain.document().findBlockByNumber(5000).position() + 4)
    plain.setTextCursor(cursor)
    QApplication.processEvents()
    ours = keys(surface, QApplication.processEvents)
    peer = keys(plain, QApplication.processEvents)
    print("key to paint, 10,000 lines, 1200x1000   work p50   painted p50   painted p99  (ms)")
    for name, row in (("Galley's editor (colours, folds)", ours), ("bare QPlainTextEdit", peer)):
        print(f"  {name:36s} {row[0]:8.2f} {row[1]:12.2f} {row[2]:13.2f}")
    print(f"  ratio painted p50: {ours[1] / peer[1]:.2f}")
    print(
        f"  peak memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    editor.deleteLater()
    plain.deleteLater()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def open_file(path: Path, size: int) -> None:
    editor = CodeEditor(load_theme("night"))
    editor.resize(1200, 1000)
    editor.set_language("python")
    editor.show()
    QApplication.processEvents()
    gaps: list[float] = []
    adopted = 0.0
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(5)
    start = last = time.perf_counter()
    if size > 5_000_000:
        loader = editor.loader(size)
        thread = threading.Thread(target=lambda: loader.fill(_pieces(path)))
        thread.start()
        while thread.is_alive():
            QApplication.processEvents()
            time.sleep(0.001)
        thread.join()
        before = time.perf_counter()
        editor.adopt(loader)
        adopted = time.perf_counter() - before
    else:
        editor.set_text(path.read_text(encoding="utf-8"))
    loaded = time.perf_counter() - start
    editor.surface.viewport().repaint()
    shown = time.perf_counter() - start
    QApplication.processEvents()
    timer.stop()
    plain = time.perf_counter()
    peer = ""
    if size <= 20_000_000:
        widget = QPlainTextEdit()
        widget.resize(1200, 1000)
        widget.setPlainText(path.read_text(encoding="utf-8"))
        widget.show()
        widget.viewport().repaint()
        taken = time.perf_counter() - plain
        peer = f", QPlainTextEdit {taken * 1e3:6.0f} ms (ratio {shown / taken:.2f})"
        widget.deleteLater()
    print(
        f"  open {size / 1e6:4.0f} MB: loaded {loaded * 1e3:6.0f} ms, shown {shown * 1e3:6.0f} ms, "
        f"adopted in {adopted * 1e3:.0f} ms, longest gap {max(gaps, default=0) * 1e3:4.0f} ms{peer}"
    )
    editor.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def main() -> None:
    app = QApplication.instance() or QApplication([])
    key_to_paint()
    base = ("\n".join(source(10_000)) + "\n").encode()
    print("opening files (above 5 MB on a thread, through ILoader)")
    with tempfile.TemporaryDirectory() as folder:
        for size in (1_000_000, 20_000_000, 100_000_000):
            path = Path(folder) / f"{size}.py"
            with path.open("wb") as file:
                left = size
                while left > 0:
                    left -= file.write(base[:left])
            open_file(path, size)
            path.unlink()
    app.processEvents()


if __name__ == "__main__":
    main()
