"""Words that go on from the letters at the caret: from this text, other texts, and who else knows.

Shows them in Scintilla's own list. Knows no file and no index: other words are handed to it.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QListWidget

from widgets.editor.surface import Surface, decode, encode
from widgets.theme import Theme, mix

AUTOC_SHOW = 2100
LEAST = 3
"""Letters from which on the list comes by itself; asked for, it comes at once."""
MOST = 40
ROWS = 9
WIDEST = 480
NEAR = 150_000
"""Bytes on either side of the caret whose words are offered; in a larger text the rest waits."""
PAUSE_MS = 250
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*")
_QUIET = ("string", "comment", "doc", "regexp", "error")
"""An error is, in most languages, a string that is not closed yet."""
_TAIL = re.compile(rb"[A-Za-z0-9_\x80-\xff]*$")
_LONGEST = 120
_CUSTOM_ORDER, _INSENSITIVE = 2, 1
Key = Qt.Key


class Completion(QObject):
    """Reached as ``editor.completion``. Tab takes the marked word; Enter does once the person asked
    for the list or moved in it, else it ends the line as ever.
    """

    words_wished = Signal(str)
    """Letters that were typed: whoever knows more words answers with :meth:`offer`."""

    def __init__(self, surface: Surface) -> None:
        super().__init__(surface)
        self._surface = s = surface
        self.on = True
        """Whether the list comes by itself; asked for, it always does."""
        self.roles: Mapping[int, str] = {}
        """What the lexer's styles stand for; empty for plain text."""
        self.others: frozenset[str] = frozenset()
        """Words of the other open texts."""
        self.keywords: frozenset[str] = frozenset()
        """Words of the language itself."""
        self._own: dict[bytes, int] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        self._stale = True
        self._asked = self._moved = False
        self._sheet = self._waits = ""
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(PAUSE_MS)
        self._quiet.timeout.connect(self._read)
        s.autoCSetOrder(_CUSTOM_ORDER)
        s.autoCSetIgnoreCase(True)
        s.autoCSetCaseInsensitiveBehaviour(_INSENSITIVE)
        s.autoCSetSeparator(ord("\n"))
        s.autoCSetMaxHeight(ROWS)
        s.autoCSetDropRestOfWord(False)
        s.autoCSetChooseSingle(False)
        s.autoCSetAutoHide(True)
        s.charAdded.connect(self._on_character)
        s.modified.connect(self._on_modified)

    # -- asked for -----------------------------------------------------------------------------

    def ask(self) -> None:
        """Show the list now, wherever the caret stands."""
        self._asked = True
        self._show(1 if self._letters() else 0)

    def active(self) -> bool:
        return bool(self._surface.autoCActive())

    def offer(self, letters: str, words: Iterable[str]) -> None:
        """More words for letters that were typed; they join the list that is open."""
        self._known = {letters.lower(): tuple(words)}
        typed = decode(self._letters())
        wanted = self.active() or self._waits == letters
        if wanted and not self._moved and typed.lower().startswith(letters.lower()):
            self._show(1 if self._asked else LEAST)

    def choices(self, letters: str) -> list[str]:
        """What goes on from ``letters``, best first: same case, then near and frequent words of
        this text, then symbols, words of the language, words of other texts.
        """
        low = letters.lower()
        scored: dict[str, tuple[int, int, int, str]] = {}
        for raw, count in self._own.items():
            word = decode(raw)
            if word.lower().startswith(low) and word != letters:
                scored[word] = (not word.startswith(letters), 0, -count, word)
        more = [word for key, words in self._known.items() if low.startswith(key) for word in words]
        for rank, words in ((1, more), (2, self.keywords), (3, self.others)):
            for word in words:
                if word not in scored and word.lower().startswith(low) and word != letters:
                    scored[word] = (not word.startswith(letters), rank, len(word), word)
        return sorted(scored, key=scored.__getitem__)[:MOST]

    def words(self) -> frozenset[str]:
        """The words of this text, for the other editors."""
        if self._stale:
            self._read()
        return frozenset(decode(word) for word in self._own)

    # -- keys ----------------------------------------------------------------------------------

    def take_key(self, event: QKeyEvent) -> bool:
        """Keys while the list is open; True where the rest of the editor shall not have them."""
        if not self.active():
            return False
        match event.key():
            case Key.Key_Escape:
                self._waits = ""
                self._surface.autoCCancel()
                return True
            case Key.Key_Up | Key.Key_Down | Key.Key_PageUp | Key.Key_PageDown:
                self._moved = True
                return self._to_list(event)
            case Key.Key_Tab if not event.modifiers():
                self._surface.autoCComplete()
                return True
            case Key.Key_Return | Key.Key_Enter if not event.modifiers():
                if self._asked or self._moved:
                    self._surface.autoCComplete()
                    return True
                self._surface.autoCCancel()
        return False

    def _to_list(self, event: QKeyEvent) -> bool:
        s = self._surface
        commands = {Key.Key_Up: s.lineUp, Key.Key_Down: s.lineDown}
        commands |= {Key.Key_PageUp: s.pageUp, Key.Key_PageDown: s.pageDown}
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        commands[Key(event.key())]()
        return True

    # -- inside --------------------------------------------------------------------------------

    def _on_character(self, code: int) -> None:
        letter = chr(code) if 0 < code < 0x110000 else ""
        if not (letter.isalnum() or letter == "_"):
            self._waits = ""
            self._surface.autoCCancel()
            return
        if not self.active():
            self._asked = self._moved = False
        self._show(1 if self._asked else LEAST)

    def _on_modified(self, *_: object) -> None:
        if not self._stale:
            self._stale = True
        self._quiet.start()

    def _show(self, least: int) -> None:
        """The list for the letters before the caret, or none."""
        s = self._surface
        letters = self._letters()
        if not self._may(letters, least):
            if self.active():
                s.autoCCancel()
            return
        if self._stale and not self._own:
            self._read()
        typed = decode(letters)
        found = self.choices(typed)
        if not any(typed.lower().startswith(key) for key in self._known):
            self._waits = typed
            self.words_wished.emit(typed)
        if not found:
            s.autoCCancel()
            return
        data = encode("\n".join(found))
        address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
        s.send(AUTOC_SHOW, len(letters), address)
        self._dress()

    def _may(self, letters: bytes, least: int) -> bool:
        s = self._surface
        if s.readOnly() or s.selections() != 1 or not s.selectionEmpty():
            return False
        if len(decode(letters)) < least or letters[:1].isdigit():
            return False
        if self._asked:
            return True
        after = s.charAt(s.currentPos()) & 0xFF
        inside_word = chr(after).isalnum() or after == 0x5F or after >= 0x80
        return self.on and not inside_word and not self._in_words(len(letters))

    def _in_words(self, size: int) -> bool:
        """Whether the caret stands in a string or a comment."""
        s = self._surface
        at = s.currentPos() - size
        s.colourise(s.positionFromLine(s.lineFromPosition(at)), s.currentPos())
        role = self.roles.get(s.styleAt(at) & 0xFF, "")
        return role.split(".")[0] in _QUIET

    def _letters(self) -> bytes:
        """The part of a word that stands before the caret."""
        s = self._surface
        at = s.currentPos()
        start = max(s.positionFromLine(s.lineFromPosition(at)), at - _LONGEST)
        found = _TAIL.search(s.data(start, at))
        return found.group() if found else b""

    def _read(self) -> None:
        """The words of this text around the caret, and how often each stands there."""
        s = self._surface
        at = s.currentPos()
        data = s.data(max(0, at - NEAR), min(s.length(), at + NEAR))
        counts: dict[bytes, int] = {}
        for word in _WORD.findall(data):
            if 2 < len(word) <= _LONGEST:
                counts[word] = counts.get(word, 0) + 1
        here = self._letters()
        if counts.get(here) == 1:
            del counts[here]
        self._own, self._stale = counts, False

    # -- looks ---------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        ui, chosen = theme.ui, mix(theme.ui["accent"], theme.ui["raised"], 0.28)
        self._sheet = (
            f"QListWidget {{ background: {ui['raised']}; color: {ui['fg']};"
            f" border: 1px solid {ui['faint']}; padding: 2px; }}"
            " QListWidget::item { min-height: 0; padding: 1px 6px; border-radius: 3px; }"
            f" QListWidget::item:selected {{ background: {chosen}; color: {ui['fg']}; }}"
        )
        self._dress()

    def _dress(self) -> None:
        """The list is a window of its own, made by Scintilla anew each time it opens."""
        if not self.active():
            return
        windows = (w for w in QApplication.topLevelWidgets() if w.isVisible())
        for shown in (w for w in windows if isinstance(w, QListWidget)):
            if shown.styleSheet() != self._sheet:
                shown.setStyleSheet(self._sheet)
                shown.setAccessibleName("Words that go on from here")
            self._fit(shown)

    def _fit(self, shown: QListWidget) -> None:
        """As wide and as high as its words, which Scintilla guesses; on the side it chose."""
        s, frame = self._surface, 2 * shown.frameWidth() + 3
        rows = min(shown.count(), ROWS)
        high = rows * shown.sizeHintForRow(0) + frame
        bar = shown.verticalScrollBar().sizeHint().width() if shown.count() > rows else 0
        wide = min(WIDEST, shown.sizeHintForColumn(0) + bar + frame)
        line = s.viewport().mapToGlobal(QPoint(0, s.pointYFromPosition(s.currentPos()))).y()
        place = shown.geometry()
        top = place.bottom() + 1 - high if place.top() < line else place.top()
        shown.setGeometry(place.x(), top, wide, high)
