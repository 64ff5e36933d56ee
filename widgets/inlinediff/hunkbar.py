"""The buttons of one hunk: keep, reject, reject with a reason. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QWidget

from assistant.events import Opinion, Verdict
from widgets.hidden import reveal_line, said
from widgets.theme import Theme, mix

_MARKS = {Verdict.FINE: "○", Verdict.DOUBT: "?", Verdict.WRONG: "!"}


def _shortened(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


class HunkBar(QWidget):
    """Shown for the hunk that :meth:`describe` was last called with."""

    keep_requested = Signal(object)
    reject_requested = Signal(object)
    replace_requested = Signal(object)
    moved_requested = Signal(object)
    reason_typed = Signal(object, str)
    blanks_requested = Signal(object)
    copy_requested = Signal(object, bool)
    """The hunk, and whether its proposed lines (else the present ones) shall be copied."""
    line_requested = Signal(object)
    """The line that the opinion speaks of."""

    def __init__(self, parent: QWidget, theme: Theme, keys: Mapping[str, str]) -> None:
        """``keys`` are those of commands, as they are shown."""
        super().__init__(parent)
        self._keys = {name: keys.get(f"review.{name}", "") for name in ("keep", "reject")}
        self.setObjectName("hunkbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.item: object = None
        self._words: tuple[object, ...] = ()
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setObjectName("note")
        self.blanks = self._button("blanks", "", "Show its blank lines, or fold them")
        self.moved = self._button("moved", "⇅ moved", "Go to the other half of this move")
        self.opinion = self._button("opinion", "", "An opinion")
        self.opinion.hide()
        self.keep = self._button("keep", "Keep", self._with_keys("Keep this change", "keep"))
        self.replace = self._button(
            "replace", "Use proposal", "Replace your lines with the proposal"
        )
        tip = self._with_keys("Reject this change", "reject")
        self.reject = self._button("reject", "Reject", tip)
        self.why = self._button("why", "…", "Reject and say why")
        self.reason = QLineEdit(self)
        self.reason.setPlaceholderText(
            "Why? The model reads it next time. Enter sends, Esc closes."
        )
        self.reason.setAccessibleName("Reason for rejecting")
        self.reason.setMinimumWidth(330)
        self.reason.hide()
        self.reason.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 1, 3, 1)
        row.setSpacing(2)
        for widget in (
            self.note,
            self.opinion,
            self.blanks,
            self.moved,
            self.keep,
            self.replace,
            self.reject,
            self.why,
            self.reason,
        ):
            row.addWidget(widget)
        self.keep.clicked.connect(self._on_keep)
        self.reject.clicked.connect(self._on_reject)
        self.replace.clicked.connect(self._on_replace)
        self.moved.clicked.connect(self._on_moved)
        self.opinion.clicked.connect(self._on_opinion)
        self.blanks.clicked.connect(self._on_blanks)
        self.why.clicked.connect(self.ask_reason)
        self.menu = QMenu(self)
        self.menu.addAction("Reject and say why", self.ask_reason)
        self.menu.addSeparator()
        self.menu.addAction("Copy the proposed lines", self._on_copy_proposed)
        self.menu.addAction("Copy the present lines", self._on_copy_present)
        self.apply_theme(theme)
        self.hide()

    def describe(
        self,
        item: object,
        name: str,
        note: str,
        *,
        moved: bool,
        conflict: bool,
        current: bool,
        blanks: str = "",
        roomy: bool = True,
    ) -> None:
        """Stand for ``item``; ``name`` is what a screen reader says of it, ``note`` what a person
        must see. Where it is not ``roomy`` the keys stand in the tool tips alone.
        """
        words = (name, note, moved, conflict, current, blanks, roomy)
        if item is self.item and words == self._words:
            return
        self._words = words
        if item is not self.item:
            self.reason.hide()
            self.reason.clear()
        self.item = item
        self.note.setText(reveal_line(note))
        self.note.setVisible(bool(note))
        self.moved.setVisible(moved)
        self.blanks.setText(blanks)
        self.blanks.setAccessibleName(f"{blanks}, {name}")
        self.blanks.setVisible(bool(blanks))
        self.replace.setVisible(conflict)
        keep = "Keep both" if conflict else "Keep"
        self.keep.setText(self._with_keys(keep, "keep") if roomy else keep)
        self.reject.setText(self._with_keys("Reject", "reject") if roomy else "Reject")
        self.keep.setAccessibleName(f"Keep both, {name}" if conflict else f"Keep {name}")
        self.reject.setAccessibleName(f"Reject {name}")
        self.why.setAccessibleName(f"Reject {name} and say why")
        self.setAccessibleName(name)
        if self.property("current") != current:
            self.setProperty("current", current)
            self.style().unpolish(self)
            self.style().polish(self)

    def _with_keys(self, words: str, command: str) -> str:
        return f"{words}  {self._keys[command]}".rstrip()

    def show_opinion(self, opinion: Opinion | None) -> None:
        """A model's word on the hunk, under the model's name: never a result."""
        self.opinion.setVisible(opinion is not None)
        if opinion is None:
            return
        mark, model = _MARKS[opinion.verdict], reveal_line(opinion.model)
        verdict, words = opinion.verdict.value, reveal_line(opinion.words)
        self.opinion.setText(f"{mark} {_shortened(model, 18)}: {verdict}")
        line = f" (line {opinion.line + 1})" if opinion.line is not None else ""
        tip = f"{model} thinks: {verdict}{line}. {words}\nAn opinion, not a check."
        self.opinion.setToolTip(said(tip))
        self.opinion.setAccessibleName(f"Opinion of {model}: {verdict}{line}. {words}")
        if self.opinion.property("verdict") != verdict:
            self.opinion.setProperty("verdict", verdict)
            self.opinion.style().unpolish(self.opinion)
            self.opinion.style().polish(self.opinion)

    def warm_up(self) -> None:
        """Do now what Qt would do when it is first shown."""
        self.describe(None, "", " ", moved=False, conflict=False, current=True)
        for widget in (self, *self.findChildren(QWidget)):
            widget.ensurePolished()
        self.sizeHint()

    def ask_reason(self) -> None:
        """Open the line for a reason."""
        self.reason.show()
        self.adjustSize()
        parent = self.parentWidget()
        right = (parent.width() if parent is not None else 0) - 14
        self.move(max(0, right - self.width()), self.y())
        self.reason.setFocus()

    def apply_theme(self, theme: Theme) -> None:
        ui = theme.ui
        self.setStyleSheet(
            f"""
            #hunkbar {{ background: {ui["raised"]}; border: 1px solid {ui["border"]}; border-radius:
            6px; }} #hunkbar[current="true"] {{ border-color: {ui["accent"]}; }} #note {{ color:
            {ui["yellow"]}; padding: 0 6px; font-size: 11px; }} QPushButton {{ border: 1px solid
            transparent; border-radius: 4px; padding: 1px 7px; font-size: 11px; font-weight: 600;
            background: transparent; color: {ui["muted"]}; }} QPushButton#keep {{ color:
            {ui["green"]}; }} QPushButton#reject {{ color: {ui["red"]}; }} QPushButton#replace {{
            color: {ui["yellow"]}; }} QPushButton#opinion {{ font-weight: 400; }}
            QPushButton#opinion[verdict="doubt"] {{ color: {ui["yellow"]}; }}
            QPushButton#opinion[verdict="wrong"] {{ color: {ui["red"]}; }}
            QPushButton#keep:hover {{ background: {
                mix(ui["green"], ui["raised"], 0.22)
            }; }} QPushButton#reject:hover {{ background: {
                mix(ui["red"], ui["raised"], 0.22)
            }; }} QPushButton:hover {{ background: {ui["hover"]}; }}
            QPushButton:focus {{ border-color: {ui["accent"]}; }} QLineEdit {{ background:
            {ui["bg"]}; color: {ui["fg"]}; border: 1px solid {ui["border"]}; border-radius: 4px;
            padding: 1px 6px; font-size: 11px; }}
            """
        )

    def _on_copy_proposed(self) -> None:
        self.copy_requested.emit(self.item, True)

    def _on_copy_present(self) -> None:
        self.copy_requested.emit(self.item, False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    def _on_keep(self) -> None:
        self.keep_requested.emit(self.item)

    def _on_reject(self) -> None:
        self.reject_requested.emit(self.item)

    def _on_replace(self) -> None:
        self.replace_requested.emit(self.item)

    def _on_opinion(self) -> None:
        self.line_requested.emit(self.item)

    def _on_blanks(self) -> None:
        self.blanks_requested.emit(self.item)

    def _on_moved(self) -> None:
        self.moved_requested.emit(self.item)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.reason.hide()
                self.adjustSize()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                text = self.reason.text().strip()
                self.reason.hide()
                self.reason_typed.emit(self.item, text)
                return True
        return super().eventFilter(watched, event)
