"""First run: keys, servers and local models that were found, each connected by one press.

Knows what it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import Button, Elided, IconButton, Picture, Text, fill, named, rekind
from widgets.look import Look

_ICONS = {
    "key": ("key-round", "yellow"),
    "server": ("server", "blue"),
    "local": ("hard-drive", "green"),
    "builtin": ("wand-sparkles", "accent"),
    "custom": ("plug", "muted"),
}
_HEADS = {
    "key": "KEYS IN THE ENVIRONMENT AND THE KEYRING",
    "server": "SERVERS ON THIS MACHINE",
    "local": "MODELS INSIDE THE APP",
    "custom": "ANY OTHER",
    "builtin": "WITHOUT A MODEL",
}

_NARROW = 480


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to get answers.

    ``kind`` is key, server, local, custom or builtin; ``leaves`` says that text
    would leave the machine."""

    key: str
    kind: str
    title: str
    detail: str = ""
    action: str = "Connect"
    leaves: bool = False


class _Combo(QComboBox):
    """The wheel scrolls the page, not the choice."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Row(QFrame):
    pressed = Signal(str)
    cancelled = Signal(str)
    model_chosen = Signal(str, str)

    def __init__(self, look: Look, offer: Offer) -> None:
        super().__init__()
        named(self, "card")
        self._look, self.offer = look, offer
        self._title = Elided(offer.title, "strong")
        self._detail = Text(offer.detail, "muted", wrap=True)
        where = "sends to the network" if offer.leaves else "stays on this machine"
        self._where = Elided(where, "tiny")
        icon = "cloud" if offer.leaves else "lock"
        self._result = Text("", "muted", wrap=True)
        self._result.hide()
        self._models = _Combo()
        for part in (self._models, self._models.view()):
            part.setAccessibleName(f"Model of {offer.title}")
        self._models.setMaximumWidth(270)
        self._models.setMinimumWidth(120)
        self._models.activated.connect(self._model_chosen)
        self._models.hide()
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setAccessibleName(f"Progress of {offer.title}")
        self._bar.hide()
        self._go = Button(
            offer.action, "plain", key=offer.key, name=f"{offer.action} {offer.title}"
        )
        self._stop = IconButton(look, "x", f"Cancel {offer.title}", size=13, key=offer.key)
        self._stop.hide()
        top = QFrame()
        items = (self._title, Picture(look, icon, "faint", 12), self._where, None)
        fill(QHBoxLayout(top), items, spacing=6)
        body = QFrame()
        fill(
            QVBoxLayout(body), (top, self._detail, self._result, self._models, self._bar), spacing=3
        )
        picture = Picture(look, *_ICONS[offer.kind], 20)
        self._body = body.layout()
        self._line = QHBoxLayout(self)
        fill(self._line, (picture, body, self._go, self._stop), (12, 9, 10, 9), 12)
        self._line.setStretch(1, 1)
        self._go.pressed_key.connect(self.pressed)
        self._stop.pressed_key.connect(self.cancelled)

    def show_narrow(self, narrow: bool) -> None:
        """The button stands under the words where there is no room beside them."""
        if narrow == (self._line.indexOf(self._go) < 0) or self._body is None:
            return
        if narrow:
            self._body.addWidget(self._go)
            self._body.setAlignment(self._go, Qt.AlignmentFlag.AlignLeft)
        else:
            self._line.insertWidget(2, self._go)

    def show_result(self, words: str, state: str) -> None:
        kinds = {"ok": "ok", "failed": "failed"}
        rekind(self._result, kinds.get(state, "muted"))
        self._result.setText(words)
        self._result.setVisible(bool(words))
        self._go.setEnabled(state != "busy")
        self._go.setText("Use it" if state == "ok" else self.offer.action)
        self._stop.setVisible(state == "busy" and self.offer.kind == "local")
        if state != "busy":
            self._bar.hide()
        self.setAccessibleDescription(words)

    def show_models(self, names: Sequence[str], chosen: str) -> None:
        self._models.clear()
        for name in names:
            self._models.addItem(name, name)
        self._models.setCurrentIndex(max(0, self._models.findData(chosen)))
        self._models.setVisible(len(names) > 1)

    def _model_chosen(self) -> None:
        self.model_chosen.emit(self.offer.key, str(self._models.currentData()))

    def show_progress(self, share: float | None) -> None:
        self._bar.setVisible(share is not None)
        if share is not None:
            self._bar.setValue(round(share * 1000))


class ConnectBox(QFrame):
    """No account, no telemetry: what is listed is what was found on this machine."""

    connect_requested = Signal(str)
    """Key of an offer: try it, then :meth:`show_result`."""
    chosen = Signal(str)
    """The person takes an offer that was tried and works."""
    cancel_requested = Signal(str)
    model_chosen = Signal(str, str)
    """Key of an offer, and one of the models it has."""
    off_requested = Signal(bool)
    """All AI off (True) or on again."""
    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "centre")
        self.setAccessibleName("Connect a model")
        self._look = look
        self._rows: dict[str, _Row] = {}
        self._works: set[str] = set()
        self._results: dict[str, tuple[str, str]] = {}
        self._list = QVBoxLayout()
        self._off = Button("Turn all AI off", "ghost")
        self._off.setCheckable(True)
        close = IconButton(look, "x", "Close")
        words = Text(
            "These were found on this machine. Nothing is sent before you connect one.",
            "muted",
            wrap=True,
        )
        head, page = QFrame(), QFrame()
        named(page, "centre")
        fill(line := QHBoxLayout(head), (Elided("Connect a model", "big"), self._off, close))
        line.setStretch(0, 1)
        fill(self._list, (), spacing=7)
        column = QVBoxLayout(page)
        fill(column, (head, words), (28, 16, 14, 20), 8)
        column.addLayout(self._list)
        column.addStretch(1)
        page.setMaximumWidth(720)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        fill(QVBoxLayout(self), (scroll,), spacing=0)
        self._off.toggled.connect(self.off_requested)
        close.clicked.connect(self.closed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for row in self._rows.values():
            row.show_narrow(self.width() < _NARROW)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def show_offers(self, offers: Sequence[Offer], *, keep: bool = False) -> None:
        """Everything that was found, by kind; results shown before are forgotten, or kept."""
        results = self._results if keep else {}
        self._results = {}
        while self._list.count():
            item = self._list.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._rows, self._works = {}, set()
        for kind, title in _HEADS.items():
            some = [offer for offer in offers if offer.kind == kind]
            if some:
                caption = Text(title, "caption")
                caption.setContentsMargins(0, 8, 0, 0)
                self._list.addWidget(caption)
            for offer in some:
                row = self._rows[offer.key] = _Row(self._look, offer)
                row.pressed.connect(self._pressed)
                row.cancelled.connect(self.cancel_requested)
                row.model_chosen.connect(self.model_chosen)
                row.show_narrow(self.width() < _NARROW)
                self._list.addWidget(row)
        self._grey()
        for key in results.keys() & self._rows.keys():
            self.show_result(key, *results[key])

    def show_result(self, key: str, words: str, state: str) -> None:
        """``state`` is busy, ok, failed or stopped; the words say how fast it is, or what is wrong
        and what helps.
        """
        (self._works.add if state == "ok" else self._works.discard)(key)
        self._results[key] = (words, state)
        self._rows[key].show_result(words, state)

    def show_progress(self, key: str, share: float | None) -> None:
        """From 0 to 1, of a download or a start; None hides it."""
        self._rows[key].show_progress(share)

    def show_models(self, key: str, names: Sequence[str], chosen: str) -> None:
        """What a server has, to choose another from; one alone is no choice."""
        self._rows[key].show_models(names, chosen)

    def show_off(self, off: bool) -> None:
        self._off.blockSignals(True)
        self._off.setChecked(off)
        self._off.setText("Turn AI on" if off else "Turn all AI off")
        self._off.blockSignals(False)
        self._grey()

    def _grey(self) -> None:
        """While all AI is off only what needs no model can be pressed."""
        off = self._off.isChecked()
        for row in self._rows.values():
            row.setEnabled(not off or row.offer.kind == "builtin")

    def offers(self) -> tuple[Offer, ...]:
        return tuple(row.offer for row in self._rows.values())

    def _pressed(self, key: str) -> None:
        if key in self._works:
            self.chosen.emit(key)
        else:
            self.connect_requested.emit(key)
