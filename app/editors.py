"""The editors of a window: made alike, and dressed as the person's settings say. Knows no file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.document import Document
from assistant.edits.diff import diff_words
from assistant.edits.merge import three_way
from assistant.settings import Settings
from widgets.look import Look

if TYPE_CHECKING:
    from widgets.editor.codeeditor import CodeEditor
    from widgets.inlinediff.inlinediff import InlineDiff


class Editors:
    """``settings`` are those of this moment."""

    def __init__(self, look: Look, settings: Settings) -> None:
        self._look, self.settings = look, settings

    def make(self) -> tuple[CodeEditor, InlineDiff]:
        """An empty editor and the review over it; the first one loads the editing component."""
        from widgets.editor.codeeditor import CodeEditor
        from widgets.inlinediff.inlinediff import InlineDiff

        editor = CodeEditor(self._look.theme)
        self._dress(editor)
        return editor, InlineDiff(editor, diff_words, three_way, self._look.keys)

    def dress(self, documents: Iterable[Document]) -> None:
        """The theme or the settings changed while files are open."""
        for document in documents:
            document.editor.apply_theme(self._look.theme)
            self._dress(document.editor)
            document.diff.refresh()
            document.editor.measure_anew()

    def _dress(self, editor: CodeEditor) -> None:
        """The person's view of text: size, wrapping, visible blanks."""
        editor.surface.setZoom(round(self.settings.font_size - Settings().font_size))
        editor.view.set_wrap(self.settings.wrap)
        editor.view.set_whitespace(self.settings.whitespace)
        editor.writing.mark(self.settings.mark_models)
        editor.pairs.on = self.settings.pairs
        editor.completion.on = self.settings.completion
