"""The style sheet as text: a template in resources/qss filled with a theme's colours.

Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import Template

from resources import ROOT
from widgets.theme import Theme, mix, rgb

SIZES = (10, 11, 12, 13, 14, 16, 20)


def style_sheet(
    theme: Theme,
    px: Callable[[int], int],
    ui_family: str,
    code_family: str,
    path: Path = ROOT / "qss" / "galley.qss",
) -> str:
    """The whole sheet.

    ``px`` scales a pixel size; raises ``KeyError`` for a role the theme lacks.
    """
    tick = "white" if sum(rgb(theme.ui["on_accent"])) > 380 else "black"
    return Template(path.read_text(encoding="utf-8")).substitute(
        tokens(theme),
        ui=ui_family,
        code=code_family,
        tick=(path.parent / f"tick-{tick}.svg").as_posix(),
        arrow=(path.parent / "arrow.svg").as_posix(),
        **{f"s{size}": px(size) for size in SIZES},
    )


def tokens(theme: Theme) -> dict[str, str]:
    """Colours of the theme and the few that are mixed from them, by their names in the template."""
    ui = theme.ui
    strong = "#ffffff" if theme.dark else "#000000"
    made = {
        "strong": mix(strong, ui["fg"], 0.55),
        "chip": mix(strong, ui["panel"], 0.045 if theme.dark else 0.03),
        "lift": mix(strong, ui["border"], 0.12),
        "picked": mix(ui["accent"], ui["panel"], 0.18),
        "chosen": mix(ui["accent"], ui["chrome"], 0.28),
        "glow": mix(ui["accent"], ui["border"], 0.35),
        "grip": mix(ui["faint"], ui["bg"], 0.55),
        "warm": mix(ui["yellow"], ui["panel"], 0.10),
        "warm_edge": mix(ui["yellow"], ui["border"], 0.35),
        "hot": mix(ui["red"], ui["panel"], 0.10),
        "hot_edge": mix(ui["red"], ui["border"], 0.35),
        "cool": mix(ui["blue"], ui["panel"], 0.08),
        "cool_edge": mix(ui["blue"], ui["border"], 0.30),
        "good": mix(ui["green"], ui["raised"], 0.18),
        "bad": mix(ui["red"], ui["raised"], 0.18),
        "press": mix(strong, ui["accent2"], 0.14),
    }
    return {**{name.replace("del", "gone"): value for name, value in ui.items()}, **made}
