"""The line at the bottom: branch, checks, caret, tokens, cost, model, and one message.

Knows what it is told.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from widgets.controls import Button, Elided, Ring, fill, named
from widgets.look import Look
from widgets.wordbutton import WordButton

HEIGHT = 26
_DROPS = ("encoding", "eol", "speed", "language", "checks", "problems", "context", "cost")
"""Parts that give way in a narrow window, first to last."""


def tokens(count: int) -> str:
    """``38k``, ``3.1k``, ``940``."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 10_000 else f"{count / 1000:.0f}k"


def dollars(cost: float | None) -> str:
    """``$0.043``; a cost that is not known is a dash, never nothing."""
    if cost is None:
        return "—"
    if 0 < cost < 0.001:
        return "<$0.001"
    return f"${cost:.3f}" if cost < 1 else f"${cost:.2f}"


class StatusBar(QFrame):
    """Every part is a button: pressing it asks for more about it."""

    part_clicked = Signal(str, QPoint)
    """branch checks problems caret encoding eol language context speed cost model, and where."""
    action_requested = Signal(str)
    """The action of the message, by the key it was shown with."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "statusbar")
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Status")
        self._parts: dict[str, WordButton] = {}
        self._told: set[str] = set()
        self._message = Elided("", "tiny")
        self._action = Button("", "link", name="Action")
        self._ring = Ring(look)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self.clear_message)
        left = [self._part(look, *it) for it in _LEFT]
        right = [self._part(look, *it) for it in _RIGHT]
        at = [it[0] for it in _RIGHT].index("context")
        items = [*left, 10, self._message, self._action, None, *right[:at], self._ring, *right[at:]]
        fill(line := QHBoxLayout(self), items, (8, 0, 8, 0), 3)
        line.setStretch(len(left) + 1, 0)
        self._ring.hide()
        self._action.hide()
        self._action.pressed_key.connect(self.action_requested)

    def show_branch(self, name: str, changed: bool = False) -> None:
        self._show("branch", name + ("*" if changed else ""), "Branch")

    def show_checks(self, words: str, ok: bool | None) -> None:
        """``14 passed`` with a tick, ``2 failed`` with a cross, running with a ring."""
        icon = {True: ("circle-check", "green"), False: ("circle-x", "red")}
        self._icon(
            "checks", *icon.get(bool(ok), ("", "")) if ok is not None else ("circle", "muted")
        )
        self._show("checks", words, "Checks")

    def show_problems(self, errors: int, warnings: int) -> None:
        total = errors + warnings
        self._icon(
            "problems", "circle-x" if errors else "triangle-alert", "red" if errors else "yellow"
        )
        tip = f"{errors} errors, {warnings} warnings"
        self._show("problems", str(total) if total else "", tip)

    def show_caret(self, line: int, column: int, selected: int = 0) -> None:
        """1-based line and column; ``selected`` characters."""
        extra = f" ({selected} selected)" if selected else ""
        self._show("caret", f"Ln {line}, Col {column}{extra}", "Go to line")

    def show_document(self, encoding: str, eol: str, language: str) -> None:
        """Three empty strings where no document is in front."""
        self._show("encoding", encoding, "Encoding")
        self._show("eol", eol, "Line ends")
        self._show("language", language, "Language")
        if not language:
            self._show("caret", "", "")

    def show_context(self, used: int, window: int) -> None:
        """Tokens of the last request of the window of the model; a window of 0 is not known."""
        share = used / window if window else 0.0
        whole = tokens(window) if window else "—"
        self._ring.show_share(share)
        self._ring.setVisible(used > 0 or window > 0)
        self._show(
            "context", f"{tokens(used)} / {whole}", f"Context: {share:.0%} of the window used"
        )

    def show_speed(self, per_second: float | None) -> None:
        words = "" if per_second is None else f"{per_second:.0f} tok/s"
        self._show("speed", words, "Speed, measured here")

    def show_cost(self, run: float | None, today: float | None) -> None:
        """Dollars of the last run and of today; None is not known."""
        self._show("cost", f"{dollars(run)} · today {dollars(today)}", "Cost")

    def show_model(self, name: str) -> None:
        self._show("model", name, "Model")

    def show_message(
        self, text: str, action: str = "", key: str = "", seconds: float = 0.0, kind: str = "tiny"
    ) -> None:
        """One line, with an action if one is given; it stays until the next one, or ``seconds``."""
        self._clock.stop()
        self._message.setText(text)
        self._action.setVisible(bool(action))
        self._action.setText(action)
        self._action.setAccessibleName(f"{text}: {action}")
        self._action.key = key
        self._fit()
        if seconds:
            self._clock.start(round(seconds * 1000))

    def clear_message(self) -> None:
        self.show_message("")

    def text_of(self, part: str) -> str:
        """What a part says just now."""
        return self._message.text() if part == "message" else self._parts[part].text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _part(self, look: Look, key: str, icon: str, role: str, name: str) -> WordButton:
        button = WordButton(look, icon, name, key=key, size=11, icon_role=role, icon_size=13)
        button.pressed_at.connect(self.part_clicked)
        button.hide()
        self._parts[key] = button
        return button

    def _show(self, key: str, text: str, name: str) -> None:
        button = self._parts[key]
        button.show_word(text, name)
        button.setAccessibleName(f"{name}: {text}")
        (self._told.add if text else self._told.discard)(key)
        self._fit()

    def _icon(self, key: str, icon: str, role: str) -> None:
        self._parts[key].show_icon(icon, role)

    def _fit(self) -> None:
        """Show what is told; drop the least important parts where there is no room."""
        for key, button in self._parts.items():
            button.setVisible(key in self._told)
        wanted = sum(self._parts[key].sizeHint().width() + 3 for key in self._told) + 60
        wanted += self._message.sizeHint().width()
        wanted += self._action.sizeHint().width() if not self._action.isHidden() else 0
        for key in _DROPS:
            if wanted <= self.width():
                break
            if key in self._told:
                wanted -= self._parts[key].sizeHint().width() + 3
                self._parts[key].hide()
        self._ring.setVisible(self._parts["context"].isVisibleTo(self))


_LEFT = (
    ("branch", "git-branch", "muted", "Branch"),
    ("checks", "circle-check", "green", "Checks"),
    ("problems", "triangle-alert", "yellow", "Problems"),
)
_RIGHT = (
    ("caret", "", "", "Caret"),
    ("encoding", "", "", "Encoding"),
    ("eol", "", "", "Line ends"),
    ("language", "", "", "Language"),
    ("context", "", "", "Context"),
    ("speed", "zap", "accent", "Speed"),
    ("cost", "", "", "Cost"),
    ("model", "sparkles", "muted", "Model"),
)
