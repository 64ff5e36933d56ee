"""Asks under which name to save: a field, what that name would mean, and one button.

Knows no disk: whoever listens judges the name. Floats over ``parent`` as the palette does.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from widgets.controls import Button, Picture, Text, fill, named, rekind
from widgets.look import Look
from widgets.shadow import Shadow

_NEEDS_WORD = {"exists": "Replace", "protected": "Save all the same"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``kind`` is free, exists, protected or refused; ``words`` is the sentence for it."""

    kind: str
    words: str


class SaveBox(QFrame):
    """Enter saves under a free name; over a file or a protected name it goes to the button, which
    wants its own press."""

    name_changed = Signal(str)
    """The owner answers with :meth:`show_verdict`."""
    save_requested = Signal(bool)
    """Whether the person confirmed what the name needs."""
    dismissed = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "float")
        self.setAccessibleName("Save as")
        self._look = look
        self._folders: tuple[str, ...] = ()
        self._verdict: Verdict | None = None
        self._eager = False
        """Enter was pressed before the verdict came."""
        self.field = QLineEdit()
        self.words = Text("", "muted", wrap=True)
        self.save = Button("Save", "primary")
        self._build()
        parent.installEventFilter(self)
        self.hide()

    def _build(self) -> None:
        self.field.setProperty("kind", "bare")
        self.field.setPlaceholderText("Folder and name · Tab completes a folder")
        self.field.setAccessibleName("Save as: folder and name in the project")
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._on_text)
        self.save.clicked.connect(self._on_pressed)
        self.save.installEventFilter(self)
        top, line, bottom = QFrame(), QFrame(), QFrame()
        asked = (Picture(self._look, "save", "muted", 15), Text("Save as", "muted"), self.field)
        fill(row := QHBoxLayout(top), asked, (12, 9, 12, 9), 9)
        row.setStretch(2, 1)
        named(line, "line")
        line.setFixedHeight(1)
        fill(row := QHBoxLayout(bottom), (self.words, self.save), (14, 8, 10, 8), 10)
        row.setStretch(0, 1)
        fill(QVBoxLayout(self), (top, line, bottom), (1, 1, 1, 1), 0)
        Shadow(self._look, self, 40, 10)

    def set_folders(self, folders: Sequence[str]) -> None:
        """Folders that Tab completes."""
        self._folders = tuple(folders)

    def text(self) -> str:
        return self.field.text()

    def ask(self, name: str) -> None:
        """Open with ``name``; its stem is selected, so that typing replaces it."""
        self._eager = False
        self.field.setText("")
        self.field.setText(name)
        self.show()
        self.raise_()
        self._place()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        begin = name.rfind("/") + 1
        stem = posixpath.splitext(name[begin:])[0]
        self.field.setSelection(begin, len(stem))

    def show_verdict(self, verdict: Verdict) -> None:
        """What the name in the field means."""
        self._verdict = verdict
        self.words.setText(verdict.words)
        rekind(self.words, "muted" if verdict.kind == "free" else "warned")
        self.save.setText(_NEEDS_WORD.get(verdict.kind, "Save"))
        self.save.setAccessibleName(f"{self.save.text()}: {verdict.words}")
        self.save.setEnabled(verdict.kind != "refused")
        self._place()
        if self._eager:
            self._enter()

    @Slot(str)
    def _on_text(self, text: str) -> None:
        self._verdict, self._eager = None, False
        self.words.setText("" if text.strip() else "Write a name.")
        rekind(self.words, "muted")
        self.save.setEnabled(False)
        self.save.setText("Save")
        self.name_changed.emit(text)

    def _enter(self) -> None:
        self._eager = self._verdict is None and bool(self.text().strip())
        if self._verdict is None:
            return
        if self._verdict.kind == "free":
            self.save_requested.emit(False)
        elif self._verdict.kind in _NEEDS_WORD:
            self.save.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_pressed(self) -> None:
        if self._verdict is not None and self._verdict.kind != "refused":
            self.save_requested.emit(self._verdict.kind in _NEEDS_WORD)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched in (self.field, self.save) and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                return self._key(watched, event)
        elif watched is self.parent() and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _key(self, watched: QObject, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.hide()
            self.dismissed.emit()
        elif watched is self.field and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif watched is self.field and key == Qt.Key.Key_Tab:
            self._complete()
        else:
            return False
        return True

    def _complete(self) -> None:
        """The nearest folder that goes on from what is typed; else on to the button."""
        typed = self.text()
        longer = [f"{f}/" for f in self._folders if f"{f}/".startswith(typed) and f"{f}/" != typed]
        if typed and longer:
            self.field.setText(min(longer, key=lambda folder: (folder.count("/"), folder)))
        elif self.save.isEnabled():
            self.save.setFocus(Qt.FocusReason.TabFocusReason)

    def _place(self) -> None:
        holder = self.parentWidget()
        if holder is None:
            return
        width = min(640, holder.width() - 32)
        column = self.layout()
        assert column is not None
        column.activate()
        height = column.totalHeightForWidth(width)
        at = QPoint((holder.width() - width) // 2, min(56, max(8, holder.height() // 12)))
        self.setGeometry(at.x(), at.y(), width, min(height, holder.height() - 24))
