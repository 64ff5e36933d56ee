"""CodeEditor: one document's text, caret, language and looks. Knows no file and no model.

The Scintilla widget inside is private to ``widgets/editor`` and ``widgets/inlinediff``
(``editor.surface``).
"""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyside6_scintilla import Scintilla

from widgets.editor import hidden, languages, lexing, margins
from widgets.editor.authors import Authors
from widgets.editor.carets import Carets
from widgets.editor.completion import Completion
from widgets.editor.detect import Habits, habits
from widgets.editor.findbar import FindBar
from widgets.editor.languages import Language
from widgets.editor.lines import LineCommands
from widgets.editor.loading import DocumentLoader
from widgets.editor.pairs import Pairs
from widgets.editor.pieces import Pieces
from widgets.editor.styling import Styling
from widgets.editor.surface import decode
from widgets.editor.textarea import TextArea
from widgets.editor.writing import Writing
from widgets.theme import Theme

IDLE_STYLING_ABOVE = 2_000_000
NO_LEXER_ABOVE = 50_000_000
EOL_MODES = {"\r\n": 0, "\r": 1, "\n": 2}


class CodeEditor(TextArea):
    """A text area with a language, a theme, carets, commands on lines, a find bar and a view."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        s = self.surface
        self.theme = theme
        self.language: Language = languages.PLAIN
        self.habits = Habits()
        self.styling = Styling(s, theme)
        self.view = margins.View(s)
        self.authors = Authors(s)
        self.writing = Writing(s, self.authors)
        self.carets = Carets(s)
        self.lines = LineCommands(s)
        self.pairs = Pairs(s)
        self.completion = Completion(s)
        self.find_bar = FindBar(s, theme, self)
        self.instead: QWidget | None = None
        s.key_filters += [self.completion.take_key, self._take_escape, self.pairs.take_key]
        s.key_filters += [self.lines.take_key, self.carets.take_key]
        self._rare = False
        s.modified.connect(self._on_text)
        s.key_filters.append(self.authors.take_key)
        s.press_filters.append(self._take_follow)
        s.uriDropped.connect(self.dropped)
        s.menu_requested.connect(self.menu_requested)
        s.linesAdded.connect(self._on_lines_added)
        s.charAdded.connect(self.lines.after_character)
        s.updateUi.connect(self.carets.on_update)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.find_bar)
        layout.addWidget(s)
        self.find_bar.hide()
        self.setFocusProxy(s)
        s.setAccessibleName("Code editor")
        self._show_hidden()
        self.apply_theme(theme)
        self.set_language("plain")

    def set_text(self, text: str) -> None:
        """As :meth:`TextArea.set_text`; also finds out line ends and indentation."""
        super().set_text(text)
        self._settle_in(text)

    def loader(self, size: int) -> DocumentLoader:
        """For a text of about ``size`` bytes that another thread shall fill; then call
        :meth:`adopt`.
        """
        return DocumentLoader(self.surface, size)

    def adopt(self, loader: DocumentLoader) -> None:
        """Show what a loader was filled with, as :meth:`set_text` would."""
        s = self.surface
        if loader.rare:
            self._show_rare()
        document = loader.document()
        self.document_replaced.emit()
        if loader.large:  # or the height of each of its lines is asked for: 30 ms for 100 MB
            s.annotationSetVisible(0)
        s.setDocPointer(document)
        s.releaseDocument(document)
        s.setCodePage(65001)
        s.setUndoCollection(True)
        s.setSavePoint()
        self.version += 1
        self._settle_in(decode(s.data(0, min(s.length(), 200_000))))
        self.text_changed.emit()

    def language_for(self, path: PurePath) -> str:
        """The name of the language this document would have under ``path``."""
        s = self.surface
        name = languages.language_for(path, decode(s.data(0, min(200, s.lineEndPosition(0)))))
        sample = min(s.length(), languages.SAMPLE)
        if name == "javascript" and languages.has_markup(s.data(0, sample)):
            return "javascriptreact"
        return name

    def set_language(self, name: str) -> None:
        """Colour as the language of this name; raises ``KeyError`` for an unknown one."""
        self.language = languages.languages()[name]
        self.lines.language = self.language
        self._lex()
        self._indent()

    def apply_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.styling.theme = theme
        self.styling.apply()
        self.find_bar.apply_theme(theme)
        self.completion.apply_theme(theme)
        self.writing.colour = QColor(theme.ui["accent"])

    def measure_anew(self) -> None:
        """Forget the widths of all characters: fonts changed while text was on the screen.

        Scintilla keeps widths by style number; a paint between two styles of one number, as a new
        style sheet causes on X11, would leave letters over one another.
        """
        s = self.surface
        s.setPositionCache(0)
        s.setPositionCache(1024)
        s.setLayoutCache(int(Scintilla.LineCache.None_))
        s.setLayoutCache(int(Scintilla.LineCache.Page))
        s.viewport().update()

    def show_instead(self, widget: QWidget) -> None:
        """Something else stands where the text would: this document has none."""
        self.instead = widget
        self.surface.hide()
        layout = self.layout()
        if layout is not None:
            layout.addWidget(widget)
        self.setFocusProxy(widget)

    def cut(self) -> None:
        self.surface.cut()

    def copy(self) -> None:
        self.surface.copy()

    def paste(self) -> None:
        """What the clipboard holds is known as pasted."""
        with self.authors.pasting():
            self.surface.paste()

    def set_read_only(self, on: bool) -> None:
        self.surface.setReadOnly(on)

    def zoom(self, steps: int) -> None:
        """Wider or narrower characters by whole pixels; 0 is the usual size."""
        self.styling.zoom(steps)

    def is_large(self) -> bool:
        """Above 50 MB: no colours, no review, no assistant."""
        return self.surface.length() > NO_LEXER_ABOVE

    def follow(self, *, same: bool = True) -> Pieces:
        """Tells from now on which bytes stay; unless the text is the ``same``, all are new."""
        return Pieces(self.surface, same=same)

    def _take_escape(self, event: QKeyEvent) -> bool:
        """Escape closes the find bar, then drops all carets but one; else it is not ours."""
        if event.key() != Qt.Key.Key_Escape or event.modifiers():
            return False
        if self.find_bar.isVisible():
            self.find_bar.close_bar()
            return True
        if self.carets.single():
            return True
        self.escaped.emit()
        return False

    def _take_follow(self, event: QMouseEvent) -> bool:
        control = Qt.KeyboardModifier.ControlModifier
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers() != control:
            return False
        point = event.position().toPoint()
        self.surface.gotoPos(self.surface.positionFromPoint(point.x(), point.y()))
        self.definition_requested.emit()
        return True

    def _on_lines_added(self, _: int) -> None:
        self.styling.fit_numbers()

    def _settle_in(self, text: str) -> None:
        s = self.surface
        self.habits = habits(text)
        s.setEOLMode(EOL_MODES[self.habits.eol])
        s.setChangeHistory(0)
        s.emptyUndoBuffer()
        if not self.is_large():
            s.setChangeHistory(3)
            s.annotationSetVisible(1)
        self._lex()
        self._indent()
        self.styling.fit_numbers()
        self.authors.start()

    def _lex(self) -> None:
        s = self.surface
        if self.is_large():
            lexing.remove(s)
            self.styling.set_roles({})
            return
        all_idle = int(Scintilla.IdleStyling.All)
        slow = self.language.lexer == lexing.JSX or s.length() > IDLE_STYLING_ABOVE
        s.setIdleStyling(all_idle if slow else 0)
        self.styling.set_roles(lexing.install(s, self.language))
        self.completion.roles = self.styling.roles
        words = " ".join(self.language.words.values()).split()
        self.completion.keywords = frozenset(w for w in words if len(w) > 2)
        self.pairs.roles = {} if self.language is languages.PLAIN else self.styling.roles

    def _indent(self) -> None:
        s = self.surface
        known = self.habits.width or self.habits.tabs
        s.setUseTabs(self.habits.tabs if known else self.language.tabs)
        s.setTabWidth(self.habits.width or self.language.width)
        s.setIndent(0)

    def _show_hidden(self) -> None:
        for code in hidden.COMMON:
            self.surface.represent(chr(code), hidden.shown(chr(code)))

    def _on_text(self, _kind: object, _at: int, _size: int, _lines: int, text: QByteArray) -> None:
        if hidden.RARE_BYTES in text.data():
            self._show_rare()

    def _show_rare(self) -> None:
        """Names for thousands of characters that almost no text holds, once one does."""
        if not self._rare:
            self._rare = True
            for code in hidden.RARE:
                self.surface.represent(chr(code), hidden.shown(chr(code)))
