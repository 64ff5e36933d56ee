"""One step of a run in the transcript: a row that opens to show all that came of it."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from widgets.controls import Elided, IconButton, Picture, Text, fill
from widgets.hidden import reveal, reveal_line
from widgets.look import Look

STEP_ICONS = {
    "search": ("search", "Searched", "Searching"),
    "read": ("file-code", "Read", "Reading"),
    "list": ("folder", "Listed", "Listing"),
    "edit": ("pencil", "Edited", "Editing"),
    "write": ("file-plus", "Wrote", "Writing"),
    "run": ("terminal", "Ran", "Running"),
    "test": ("flask-conical", "Ran", "Running"),
    "fetch": ("cloud", "Fetched", "Fetching"),
    "context": ("layers", "Context", "Context"),
    "note": ("zap", "", ""),
}
_SHOW, _HIDE = "Show what came of it", "Hide what came of it"
_KINDS = (
    ("search", ("search", "grep", "find", "glob", "symbol")),
    ("read", ("read", "open", "view", "cat", "outline")),
    ("list", ("list", "ls", "tree")),
    ("test", ("test", "check", "lint")),
    ("write", ("create", "write")),
    ("edit", ("edit", "replace", "patch", "apply")),
    ("fetch", ("fetch", "http", "web")),
    ("run", ("run", "bash", "shell", "exec", "command")),
)


_TESTS = re.compile(r"\b(py\.?test|unittest|jest|vitest|mocha|rspec|phpunit|ctest|test)\b")


def step_kind(tool: str, label: str = "") -> str:
    """Which picture and verb a tool gets, by its name; a command that runs tests gets theirs."""
    low = tool.lower()
    kind = next((kind for kind, words in _KINDS if any(word in low for word in words)), tool)
    return "test" if kind == "run" and _TESTS.search(label) else kind


class StepRow(QFrame):
    """One tool at work or done: icon, verb, what, and at the right what came of it.

    All that came of it opens below, by the arrow or a click on the row.
    """

    pressed_key = Signal(str)

    def __init__(
        self, look: Look, kind: str, detail: str, *, verb: str = "", key: str = ""
    ) -> None:
        super().__init__()
        icon, self._done, doing = STEP_ICONS.get(kind, ("wand-sparkles", "", ""))
        self._done, doing = self._done or verb or kind, doing or verb or kind
        self._look, self._output = look, ""
        self._picture = Picture(look, icon, "muted", 14)
        self._verb, self._detail = Text(doing, "small"), Elided(reveal_line(detail), "muted")
        self._tail = Text("", "muted")
        self._more = IconButton(look, "chevron-right", _SHOW, size=12, role="faint")
        self._more.setFixedSize(16, 18)
        self._more.hide()
        self._more.clicked.connect(self.toggle)
        self._body: QPlainTextEdit | None = None
        top = QFrame()
        items = (self._picture, self._verb, self._detail, self._tail, self._more)
        fill(line := QHBoxLayout(top), items, (1, 1, 0, 1), 7)
        line.setStretch(2, 1)
        self._line = line
        fill(QVBoxLayout(self), (top,), (0, 0, 0, 0), 3)
        self.key = key

    def add(self, widget: QWidget) -> None:
        """Something more at the end of the row."""
        self._line.addWidget(widget)

    def finish(
        self,
        summary: str,
        ok: bool = True,
        seconds: float | None = None,
        output: str = "",
        *,
        done: bool = True,
    ) -> None:
        """What came of it. A step that was refused or not understood was not ``done``."""
        self._verb.setText(self._done if done else "Not done:")
        parts = [
            reveal_line(summary),
            seconds_words(seconds) if seconds is not None and seconds >= 0.1 else "",
        ]
        self._tail.setText(" · ".join(part for part in parts if part))
        if not ok:
            self._picture.show_icon("circle-x", "red")
        self._output = output
        self._more.setVisible(bool(output))
        self.setAccessibleName(f"{'' if ok else 'Failed: '}{self.words()}")

    def words(self) -> str:
        return f"{self._verb.text()} {self._detail.text()} {self._tail.text()}".strip()

    def toggle(self) -> None:
        """Open or close what came of it."""
        if self._body is None:
            self._body = _reading(self._look, self._output, "What came of it")
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self._body)
            self._body.hide()
        opened = self._body.isHidden()
        self._body.setVisible(opened)
        self._more.show_icon("chevron-down" if opened else "chevron-right", "faint")
        self._more.rename(_HIDE if opened else _SHOW)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        on_row = self._body is None or self._body.isHidden() or event.pos().y() < self._body.y()
        if self._output and on_row and self.rect().contains(event.pos()):
            self.toggle()


def _reading(look: Look, text: str, name: str) -> QPlainTextEdit:
    """A text to be read: a few lines high, the rest scrolls."""
    body = QPlainTextEdit(reveal(text))
    body.setReadOnly(True)
    body.setProperty("kind", "output")
    body.setFont(look.code_font(11))
    body.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    body.setAccessibleName(name)
    rows = min(14, text.count("\n") + 1)
    body.setFixedHeight(18 + rows * body.fontMetrics().lineSpacing())
    return body


def seconds_words(seconds: float) -> str:
    """``0.8 s``, ``12 s``, ``2 min 5 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds < 3 else f"{seconds:.0f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
