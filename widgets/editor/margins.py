"""What stands beside the text: numbers, changes, folds, guides. No text is changed."""

from __future__ import annotations

from pyside6_scintilla import Scintilla

from widgets.editor.surface import (
    MARGIN_CHANGES,
    MARGIN_FOLDS,
    MARGIN_NUMBERS,
    MARGIN_REVIEW,
    Surface,
)

CHANGE_MARKERS = 0b1111 << 21
FOLD_MARKERS = Scintilla.MaskFolders
REVIEW_WIDTH = 16


def set_up(surface: Surface) -> None:
    """Everything about the view that no theme and no language changes."""
    s = surface
    s.setScrollWidthTracking(True)
    s.setScrollWidth(400)
    s.setEndAtLastLine(False)
    s.setBufferedDraw(False)
    # Two phases: one for each of several layers costs three times as much with long annotations.
    s.setPhasesDraw(int(Scintilla.PhasesDraw.Two))
    s.setLayoutCache(int(Scintilla.LineCache.Page))
    s.setMarginTypeN(MARGIN_NUMBERS, int(Scintilla.MarginType.Number))
    for margin, width, mask in (
        (MARGIN_CHANGES, 3, CHANGE_MARKERS),
        (MARGIN_REVIEW, REVIEW_WIDTH, 0),
        (MARGIN_FOLDS, 14, FOLD_MARKERS),
    ):
        s.setMarginTypeN(margin, int(Scintilla.MarginType.Symbol))
        s.setMarginWidthN(margin, width)
        s.setMarginMaskN(margin, mask)
    s.setMarginSensitiveN(MARGIN_FOLDS, True)
    s.setMarginSensitiveN(MARGIN_REVIEW, True)
    s.setMarginLeft(6)
    s.setAutomaticFold(7)
    s.setIndentationGuides(int(Scintilla.IndentView.LookForward))
    s.setCaretWidth(2)
    s.setCaretLineVisibleAlways(True)
    s.setYCaretPolicy(5, 3)
    s.setVisiblePolicy(5, 3)
    s.usePopUp(0)


class View:
    """How the text is shown; nothing here is an edit. Reached as ``editor.view``."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    def set_wrap(self, on: bool) -> None:
        """Break long lines at words, continued at their indentation."""
        s = self._surface
        s.setWrapMode(int(Scintilla.Wrap.WhiteSpace if on else Scintilla.Wrap.None_))
        s.setWrapIndentMode(int(Scintilla.WrapIndentMode.Same))
        s.setWrapVisualFlags(int(Scintilla.WrapVisualFlag.End))

    def wraps(self) -> bool:
        return self._surface.wrapMode() != 0

    def set_whitespace(self, on: bool) -> None:
        """Dots for spaces and arrows for tabs."""
        shown = Scintilla.WhiteSpace.VisibleAlways if on else Scintilla.WhiteSpace.Invisible
        self._surface.setViewWS(int(shown))

    def shows_whitespace(self) -> bool:
        return self._surface.viewWS() != 0

    def fold_all(self, closed: bool) -> None:
        """Close or open every fold."""
        action = Scintilla.FoldAction.Contract if closed else Scintilla.FoldAction.Expand
        self._surface.foldAll(int(action))

    def toggle_fold(self, line: int) -> None:
        """Close or open the fold that ``line`` starts, or the one it stands in."""
        header = 0x2000
        if not self._surface.foldLevel(line) & header:
            line = self._surface.foldParent(line)
        if line >= 0:
            self._surface.toggleFold(line)
