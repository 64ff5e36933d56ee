"""One role-based theme that feeds the Qt palette, the style sheet and Scintilla. Knows colours,
not widgets.

A theme file (``resources/themes/*.toml``) maps roles to colours. ``ui`` roles paint the window;
``syntax`` roles paint text and are found by dotted name: ``string.special`` falls back to
``string``, then to ``default``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QColor, QFontDatabase, QPalette

from resources import ROOT

CODE_FONTS = (
    "JetBrains Mono",
    "Cascadia Code",
    "SF Mono",
    "Menlo",
    "Consolas",
    "DejaVu Sans Mono",
    "Liberation Mono",
)
UI_FONTS = (
    "Inter",
    "Segoe UI",
    "SF Pro Text",
    "Helvetica Neue",
    "Noto Sans",
    "DejaVu Sans",
    "Liberation Sans",
)


class Style(NamedTuple):
    """How text of one role looks; ``fg`` is ``#rrggbb``."""

    fg: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Theme:
    name: str
    dark: bool
    ui: Mapping[str, str]
    """bg fg chrome panel raised border hover muted faint accent accent2 on_accent line sel green
    red yellow blue add add_hi del del_hi: all ``#rrggbb``.
    """
    syntax: Mapping[str, Style]
    terminal: tuple[str, ...] = ()
    """The sixteen colours of programs in a terminal."""

    def role(self, name: str) -> Style:
        """The style of the most specific role that the theme names."""
        while name:
            if name in self.syntax:
                return self.syntax[name]
            name = name.rpartition(".")[0]
        return self.syntax["default"]

    def colour(self, role: str) -> QColor:
        return QColor(self.ui[role])

    def palette(self) -> QPalette:
        """For the widgets that no style sheet reaches: dialogs of Fusion, tool tips, text
        selection.
        """
        palette = QPalette()
        Role = QPalette.ColorRole
        for role, name in {
            Role.Window: "chrome",
            Role.WindowText: "fg",
            Role.Base: "bg",
            Role.AlternateBase: "panel",
            Role.Text: "fg",
            Role.Button: "raised",
            Role.ButtonText: "fg",
            Role.ToolTipBase: "raised",
            Role.ToolTipText: "fg",
            Role.PlaceholderText: "muted",
            Role.Highlight: "sel",
            Role.HighlightedText: "fg",
            Role.Link: "blue",
            Role.Accent: "accent",
        }.items():
            palette.setColor(role, self.colour(name))
        for role in (Role.WindowText, Role.Text, Role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("faint"))
        return palette


def load_theme(name: str, folder: Path = ROOT / "themes") -> Theme:
    """Read ``folder/name.toml``; raises ``FileNotFoundError`` or ``KeyError`` with the missing
    role's name.
    """
    data = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    ui: dict[str, str] = data["ui"]
    for role, (over, share) in data.get("mix", {}).items():
        ui[role] = mix(ui.get(over, over), ui["bg"], share)
    syntax = {
        role: Style(value[0], "bold" in value[1:], "italic" in value[1:])
        for role, value in data["syntax"].items()
    }
    syntax.setdefault("default", Style(ui["fg"]))
    return Theme(name, bool(data["dark"]), ui, syntax, tuple(data["terminal"]["colours"]))


def theme_names(folder: Path = ROOT / "themes") -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def first_font(candidates: tuple[str, ...]) -> str:
    """The first installed family of the chain; the last one when none is."""
    installed = set(QFontDatabase.families())
    return next((family for family in candidates if family in installed), candidates[-1])


def rgb(colour: str) -> tuple[int, int, int]:
    """``#rrggbb`` to three numbers from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def bgr(colour: str) -> int:
    """``#rrggbb`` to the 0xBBGGRR integer of Scintilla's colour messages."""
    r, g, b = rgb(colour)
    return r | g << 8 | b << 16


def abgr(colour: str, alpha: int = 255) -> int:
    """``#rrggbb`` and an alpha of 0..255 to the 0xAABBGGRR of Scintilla's element colours."""
    return bgr(colour) | alpha << 24


def mix(over: str, under: str, share: float) -> str:
    """``share`` of one colour laid over another, as ``#rrggbb``."""
    mixed = (round(a * share + b * (1 - share)) for a, b in zip(rgb(over), rgb(under), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def contrast(one: str, other: str) -> float:
    """How far two colours are apart in brightness, from 1 to 21, as accessibility counts it."""
    light, dark = sorted((_brightness(one), _brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _brightness(colour: str) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
             for c in (value / 255 for value in rgb(colour))]  # fmt: skip
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
