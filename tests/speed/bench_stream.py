"""600 lines stream in at 2,000 tokens/s while the person types: who waits how long."""

from __future__ import annotations

import os
import statistics
import time
from itertools import pairwise
from pathlib import PurePosixPath

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from assistant.edits.diff import diff_words
from assistant.edits.merge import three_way
from assistant.types import FileChange, LineSpan
from tests.speed.bench_editor import KEYS, press
from tests.speed.sources import rewrite, source
from widgets.editor.codeeditor import CodeEditor
from widgets.inlinediff.inlinediff import InlineDiff
from widgets.theme import load_theme

LINES, AT, RATE, TOKEN = 600, 5000, 2000, 4
PATH = PurePosixPath("big.py")


def at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1e3 if values else 0.0


class Play:
    """One streaming session. ``reader`` turns the text so far into a change; its time is told
    apart.
    """

    def __init__(self, types_at: int | None) -> None:
        self.editor = CodeEditor(load_theme("night"))
        self.editor.resize(1200, 1000)
        self.editor.set_language("python")
        text = "\n".join(source(10_000)) + "\n"
        self.editor.set_text(text)
        self.editor.show()
        self.diff = InlineDiff(self.editor, diff_words, three_way)
        lines = source(10_000)[AT : AT + LINES]
        self.reply = "```python\n" + "\n".join(rewrite(lines)) + "\n```\n"
        self.snapshot = self.editor.snapshot(PATH)
        self.typed = types_at
        self.editor.goto(types_at if types_at is not None else AT, 4)
        self.diff.begin(self.snapshot, "bench")
        self.reader = self._reader()
        self.frames: list[float] = []
        self.parts: list[float] = []
        self.keys: list[float] = []
        self.ticks: list[float] = []
        self.work: list[float] = []
        """Processor time between two ticks: what of a gap is our own doing."""
        self.sent = 0
        self.first_green: float | None = None
        self.done = False

    def _reader(self) -> object:
        from assistant.edits.reader import EditFormat, EditReader

        play = self

        class Files:
            def paths(self) -> list[PurePosixPath]:
                return [PATH]

            def read(self, path: PurePosixPath) -> object:
                return play.snapshot

        return EditReader(
            Files(),
            title="bench",
            target=self.snapshot,
            span=LineSpan(AT, AT + LINES),
            format=EditFormat.SELECTION,
        )

    def frame(self) -> None:
        start = time.perf_counter()
        want = int((start - self.started) * RATE * TOKEN)
        piece = self.reply[self.sent : want]
        if not piece:
            return
        self.sent += len(piece)
        progress = self.reader.push(piece)  # type: ignore[attr-defined]
        self.parts.append(time.perf_counter() - start)
        middle = time.perf_counter()
        for change in progress.changes:
            self.diff.show_change(change, "bench")
            if self.first_green is None and self.diff.hunks():
                self.first_green = time.perf_counter() - self.started
        self.frames.append(time.perf_counter() - middle)
        if self.sent >= len(self.reply):
            self.finish()

    def finish(self) -> None:
        start = time.perf_counter()
        changes = self.reader.finish()  # type: ignore[attr-defined]
        self.parts.append(time.perf_counter() - start)
        start = time.perf_counter()
        for change in changes.files:
            assert isinstance(change, FileChange)
            self.diff.show_change(change, "bench")
        self.end = time.perf_counter() - start
        self.done = True

    def tick(self) -> None:
        now = time.perf_counter()
        self.ticks.append(now - self.last)
        self.last = now
        used = time.process_time()
        self.work.append(used - self.used)
        self.used = used

    def key(self) -> None:
        start = time.perf_counter()
        press(self.editor.surface, KEYS[len(self.keys) % len(KEYS)])
        self.keys.append(time.perf_counter() - start)

    def run(self) -> None:
        timers = []
        for interval, slot in ((5, self.tick), (16, self.frame), (80, self.key)):
            if slot == self.key and self.typed is None:
                continue
            timer = QTimer()
            timer.setTimerType(Qt.TimerType.PreciseTimer)
            timer.timeout.connect(slot)
            timers.append((timer, interval))
        for _ in range(20):
            QApplication.processEvents()
        self.started = self.last = time.perf_counter()
        self.used = time.process_time()
        for timer, interval in timers:
            timer.start(interval)
        while not self.done:
            QApplication.processEvents()
            time.sleep(0.0005)
        for timer, _ in timers:
            timer.stop()
        QApplication.processEvents()

    def report(self, name: str) -> None:
        counts = self.diff.counts()
        keys = f"{at(self.keys, 0.5):.2f} / {max(self.keys) * 1e3:.1f}" if self.keys else "-"
        print(
            f"  {name:22s} frame p50 {at(self.frames, 0.5):.2f} p99 {at(self.frames, 0.99):.2f} "
            f"max {max(self.frames) * 1e3:.1f} | reader p50 {at(self.parts, 0.5):.2f} "
            f"| key p50/max {keys} | longest gap {max(self.ticks) * 1e3:.0f} "
            f"(own work {max(self.work) * 1e3:.0f}) "
            f"| last frame {self.end * 1e3:.1f} "
            f"| first green {(self.first_green or 0) * 1e3:.0f} ms "
            f"| {counts.total} hunks"
        )


def peer() -> None:
    """The same lines, three a frame, straight into a QPlainTextEdit: no diff, no colours."""
    plain = QPlainTextEdit()
    plain.resize(1200, 1000)
    plain.setPlainText("\n".join(source(10_000)) + "\n")
    plain.show()
    QApplication.processEvents()
    cursor = QTextCursor(plain.document().findBlockByNumber(AT))
    new = [line + "\n" for line in rewrite(source(10_000)[AT : AT + LINES])]
    taken = []
    for count in range(0, len(new), 3):
        start = time.perf_counter()
        cursor.insertText("".join(new[count : count + 3]))
        taken.append(time.perf_counter() - start)
        QApplication.processEvents()
    print(
        f"  peer QPlainTextEdit    frame p50 {statistics.median(taken) * 1e3:.2f} "
        f"p99 {at(taken, 0.99):.2f} max {max(taken) * 1e3:.1f} (plain insertion, no diff)"
    )
    plain.deleteLater()


def many() -> None:
    """A thousand hunks at once: show, keep all, undo."""
    from assistant.edits.diff import diff_lines
    from assistant.types import Hunk

    editor = CodeEditor(load_theme("night"))
    editor.resize(1200, 1000)
    editor.set_language("python")
    lines = source(10_000)
    editor.set_text("\n".join(lines) + "\n")
    editor.show()
    diff = InlineDiff(editor, diff_words, three_way)
    snapshot = editor.snapshot(PATH)
    old = snapshot.lines()
    new = tuple(line + "\n" for line in rewrite(lines[:6000]) + lines[6000:])
    runs = diff_lines(old, new)
    hunks = tuple(
        Hunk(n, LineSpan(a, b), old[a:b], new[c:d]) for n, (a, b, c, d) in enumerate(runs)
    )
    marks = [time.perf_counter()]
    diff.begin(snapshot, "x")
    diff.show_change(FileChange(snapshot, hunks), "x")
    marks.append(time.perf_counter())
    diff.keep_all()
    marks.append(time.perf_counter())
    editor.undo()
    diff.refresh()
    marks.append(time.perf_counter())
    shown, kept, undone = ((b - a) * 1e3 for a, b in pairwise(marks))
    print(
        f"  {len(hunks)} hunks at once: shown {shown:.0f} ms, all kept {kept:.0f} ms, "
        f"undone {undone:.0f} ms"
    )
    editor.deleteLater()


def main() -> None:
    app = QApplication.instance() or QApplication([])
    print(f"stream {LINES} lines at {RATE} tokens/s into 10,000 lines (ms; aims 2, 50, 1)")
    for name, line in (("watching", None), ("typing elsewhere", 200)):
        play = Play(line)
        play.run()
        play.report(name)
        play.editor.deleteLater()
        app.processEvents()
    peer()
    many()


if __name__ == "__main__":
    main()
