"""Banners inside the window: a sentence and what can be done about it.

Never modal; knows keys and words.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from widgets.controls import Button, IconButton, Picture, Text, fill, named
from widgets.look import Look

_ICONS = {
    "info": ("info", "blue"),
    "warning": ("triangle-alert", "yellow"),
    "error": ("circle-x", "red"),
}


@dataclass(frozen=True, slots=True)
class Notification:
    """``key`` names the matter: showing the same key again replaces it.

    The first action is the usual one.
    """

    key: str
    text: str
    level: str = "info"
    actions: tuple[tuple[str, str], ...] = ()
    """(key, words)"""
    closable: bool = True


def changed_on_disk(path: str) -> Notification:
    """The file and the buffer both changed."""
    actions = (("reload", "Reload"), ("mine", "Keep mine"), ("compare", "Compare"))
    text = f"{path} changed on disk while you were editing it."
    return Notification(f"disk:{path}", text, "warning", actions, closable=False)


def recovered(path: str, when: str) -> Notification:
    """Unsaved text came back after a crash."""
    actions = (("keep", "Keep it"), ("compare", "Compare with the file"), ("drop", "Use the file"))
    return Notification(
        f"recovered:{path}",
        f"Unsaved text of {path} from {when} was recovered.",
        "info",
        actions,
        closable=False,
    )


class _Banner(QFrame):
    acted = Signal(str, str)
    closed = Signal(str)

    def __init__(self, look: Look, notice: Notification) -> None:
        super().__init__()
        named(self, f"notice_{notice.level}")
        self.notice = notice
        words = Text(notice.text, "small", wrap=True)
        self._buttons = [
            Button(text, "plain" if index == 0 else "ghost", key=key)
            for index, (key, text) in enumerate(notice.actions)
        ]
        close = IconButton(look, "x", "Close the notice", size=13)
        picture = Picture(look, *_ICONS[notice.level], 15)
        items = (picture, words, *self._buttons, close)
        fill(line := QHBoxLayout(self), items, (14, 4, 8, 4), 7)
        line.setStretch(1, 1)
        close.setVisible(notice.closable)  # in its place; before, it would be a window of its own
        self.setAccessibleName(f"{notice.level}: {words.text()}")
        for button in self._buttons:
            button.pressed_key.connect(self._pressed)
        close.clicked.connect(self._close)

    def _pressed(self, action: str) -> None:
        self.acted.emit(self.notice.key, action)

    def _close(self) -> None:
        self.closed.emit(self.notice.key)


class NoticeBar(QFrame):
    """A stack of banners, the newest at the bottom; as high as it needs, nothing when empty."""

    action_requested = Signal(str, str)
    """Key of the notice, key of the action. The owner takes the notice away with :meth:`drop`."""
    closed = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._banners: dict[str, _Banner] = {}
        self._column = QVBoxLayout(self)
        fill(self._column, (), spacing=0)
        self.setAccessibleName("Notices")
        self.hide()

    def show_notice(self, notice: Notification) -> None:
        self.drop(notice.key)
        banner = self._banners[notice.key] = _Banner(self._look, notice)
        banner.acted.connect(self.action_requested)
        banner.closed.connect(self._closed)
        self._column.addWidget(banner)
        self.show()

    def drop(self, key: str) -> None:
        """The matter is settled; unknown keys are passed over."""
        banner = self._banners.pop(key, None)
        if banner is not None:
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    def notices(self) -> tuple[Notification, ...]:
        return tuple(banner.notice for banner in self._banners.values())

    def _closed(self, key: str) -> None:
        self.drop(key)
        self.closed.emit(key)
