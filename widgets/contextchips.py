"""The row of things that go along with an instruction: shown, added, removed.

Knows mentions, not files.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QWidget

from assistant.types import Mention
from widgets.controls import Chip, IconButton
from widgets.flow import Flow
from widgets.look import Look
from widgets.mentions import mention_icon, mention_label


class ContextChips(QFrame):
    """A chip for each mention; those of the owner's own (selection, current file) can be removed
    too.
    """

    changed = Signal()
    """The person added or removed one: ask :meth:`mentions`."""
    opened = Signal(object)
    add_requested = Signal()

    def __init__(
        self,
        look: Look,
        *,
        removable: bool = True,
        adding: bool = True,
        last: QWidget | None = None,
    ) -> None:
        """``last`` is shown behind the chips, in the same row where there is room."""
        super().__init__()
        self._look, self._removable = look, removable
        self._mentions: list[Mention] = []
        self._chips: list[Chip] = []
        self._flow = Flow(self)
        self._plus: IconButton | None = None
        if adding:
            self._plus = IconButton(look, "plus", "Add context", size=13)
            self._plus.setFixedSize(22, 22)
            self._plus.clicked.connect(self.add_requested)
            self._flow.addWidget(self._plus)
        self._last = last
        if last is not None:
            self._flow.addWidget(last)
        self.setAccessibleName("Context")

    def mentions(self) -> tuple[Mention, ...]:
        return tuple(self._mentions)

    def set_mentions(self, mentions: Iterable[Mention]) -> None:
        self._mentions = list(dict.fromkeys(mentions))
        self._rebuild()

    def add(self, mention: Mention) -> None:
        """As if the person had picked it."""
        if mention not in self._mentions:
            self._mentions.append(mention)
            self._rebuild()
            self.changed.emit()

    def drop(self, mention: Mention) -> None:
        """As if the person had taken it away."""
        if mention in self._mentions:
            self._mentions.remove(mention)
            self._rebuild()
            self.changed.emit()

    def _rebuild(self) -> None:
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        ends = [widget for widget in (self._plus, self._last) if widget is not None]
        for widget in ends:
            self._flow.removeWidget(widget)
        self._chips = [self._chip(index, m) for index, m in enumerate(self._mentions)]
        for widget in (*self._chips, *ends):
            self._flow.addWidget(widget)
            widget.show()
        self._flow.update()
        self.updateGeometry()

    def _chip(self, index: int, mention: Mention) -> Chip:
        icon, role = mention_icon(mention)
        chip = Chip(
            self._look,
            icon,
            mention_label(mention),
            role=role,
            key=str(index),
            removable=self._removable,
            clickable=True,
            tip=f"{mention.kind}: {mention.value}",
        )
        if mention.picture is not None:
            pixmap = QPixmap()
            pixmap.loadFromData(mention.picture.data)
            chip.show_thumbnail(pixmap)
            chip.set_text(f"{mention_label(mention)}  {mention.text}", f"image: {mention.value}")
        chip.removed.connect(self._removed)
        chip.clicked.connect(self._clicked)
        return chip

    def _removed(self, key: str) -> None:
        del self._mentions[int(key)]
        self._rebuild()
        self.changed.emit()

    def _clicked(self, key: str) -> None:
        self.opened.emit(self._mentions[int(key)])
