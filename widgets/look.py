"""How everything looks just now: theme, fonts, icons, and a signal when that changes.

Knows no widget.

One ``Look`` is made at start and passed to every widget; a live switch of theme is
``look.use(theme)``.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from widgets.icons import Icons
from widgets.stylesheet import style_sheet
from widgets.theme import CODE_FONTS, UI_FONTS, Theme, first_font, mix

BASE = 13
"""Pixels of the running text at zoom 1 in a face of Inter's width."""
_WIDE = {"DejaVu Sans": "DejaVu Sans Condensed", "Verdana": "Verdana"}
"""Faces that run wide, with the narrower cut to take where it is installed."""

_FUSION = "galley-fusion"
"""A property of the application: its style is set."""


def system_theme() -> str:
    """``day`` or ``night``, as the desktop asks."""
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "day" if light else "night"


def application() -> QApplication:
    """The one of this process, made in Fusion.

    Asking for a style later loads everything that styles can draw: 10 ms of a start.
    """
    app = QApplication(["galley", "-style", "fusion"])
    app.setProperty(_FUSION, True)
    return app


class Look(QObject):
    """Theme, fonts and icons, shared by all widgets of a window."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.icons = Icons()
        self.zoom = 1.0
        self.keys: Mapping[str, str] = {}
        """Command id to its keys as they are shown, set before the first widget is made."""
        family = first_font(UI_FONTS)
        narrow = _WIDE.get(family)
        self.wide = narrow is not None
        self.ui_family = narrow if narrow in QFontDatabase.families() and narrow else family
        self.code_family = first_font(CODE_FONTS)

    def use(self, theme: Theme, zoom: float | None = None) -> None:
        """Switch the theme (and the size of the window's text) while everything is open."""
        self.theme = theme
        if zoom is not None:
            self.zoom = min(2.0, max(0.7, zoom))
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self.dress(app)
        self.changed.emit()

    def dress(self, app: QApplication) -> None:
        """Fusion, palette, font and style sheet for the whole program."""
        if not app.property(_FUSION):
            app.setStyle("Fusion")
            app.setProperty(_FUSION, True)
        app.setPalette(self.theme.palette())
        app.setFont(self.font())
        app.setStyleSheet(style_sheet(self.theme, self.px, self.ui_family, self.code_family))

    def px(self, size: int) -> int:
        """``size`` pixels of a design in Inter, in this face at this zoom."""
        share = 0.93 if self.wide else 1.0
        return max(8, round(size * share * self.zoom))

    def font(self, size: int = BASE, weight: int = 400, *, italic: bool = False) -> QFont:
        font = QFont(self.ui_family)
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight(weight))
        font.setItalic(italic)
        return font

    def code_font(self, size: int = 12) -> QFont:
        font = QFont(self.code_family)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        font.setPixelSize(max(8, round(size * self.zoom)))
        return font

    def colour(self, role: str) -> QColor:
        return QColor(self.theme.ui[role])

    def mixed(self, over: str, under: str, share: float) -> QColor:
        """``share`` of one role's colour over another's."""
        return QColor(mix(self.theme.ui[over], self.theme.ui[under], share))

    def icon(self, name: str, role: str = "muted", size: int = 16) -> QIcon:
        return self.icons.icon(name, self.theme.ui[role], size)

    def pixmap(self, name: str, role: str, size: int, density: float) -> QPixmap:
        return self.icons.pixmap(name, self.theme.ui[role], size, density)
