"""Icons, style sheet and the live switch of themes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from resources import ROOT
from widgets.controls import IconButton
from widgets.icons import Icons, file_icon
from widgets.look import Look
from widgets.stylesheet import style_sheet
from widgets.theme import load_theme, theme_names


def inked(image: QImage) -> list[QColor]:
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)
    words = memoryview(plain.constBits()).cast("I")
    return [QColor.fromRgba(word) for word in set(words) if word >> 24 > 200]


@pytest.mark.parametrize("density", [1.0, 1.5, 2.0])
def test_an_icon_has_the_pixels_of_its_density_and_only_the_asked_colour(
    qapp: QApplication, density: float
) -> None:
    pixmap = Icons().pixmap("square", "#00ff00", 16, density)
    assert pixmap.width() == round(16 * density)
    assert pixmap.deviceIndependentSize().width() == pytest.approx(16, abs=0.5)
    ink = inked(pixmap.toImage())
    assert ink
    assert {colour.name() for colour in ink} == {"#00ff00"}


def test_an_icon_is_rendered_once_for_each_size_and_colour(qapp: QApplication) -> None:
    icons = Icons()
    first = icons.pixmap("search", "#ffffff", 16, 2.0)
    assert icons.pixmap("search", "#ffffff", 16, 2.0) is first
    assert icons.pixmap("search", "#000000", 16, 2.0) is not first


def test_an_unknown_icon_is_an_error_with_its_name(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError, match="nosuchicon"):
        Icons().pixmap("nosuchicon", "#ffffff", 16, 1.0)


def test_every_icon_of_the_set_is_tintable_and_draws_something(qapp: QApplication) -> None:
    icons = Icons()
    for name in icons.names():
        root = ET.parse(ROOT / "icons" / f"{name}.svg").getroot()
        assert "currentColor" in (root.get("stroke"), root.get("fill")), name
        assert inked(icons.pixmap(name, "#00ff00", 24, 2.0).toImage()), name


def test_every_icon_named_in_the_code_is_in_the_set(qapp: QApplication) -> None:
    names = set(Icons().names())
    for path in (ROOT.parent / "widgets").glob("*.py"):
        for name in re.findall(
            r'(?:IconButton|Picture)\(\s*(?:self\._)?look, "([a-z0-9-]+)"',
            path.read_text(encoding="utf-8"),
        ):
            assert name in names, f"{path.name} asks for {name}"
    for file in ("a.py", "b.tsx", "Dockerfile", "x.unknown", "c.toml", "Makefile"):
        assert file_icon(file)[0] in names


def test_the_icon_sets_come_with_their_licences() -> None:
    assert "ISC" in (ROOT / "icons" / "LICENSE-lucide.txt").read_text(encoding="utf-8")
    assert "MIT" in (ROOT / "icons" / "LICENSE-tabler.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", theme_names())
def test_the_style_sheet_is_filled_completely_for_every_theme(name: str) -> None:
    sheet = style_sheet(load_theme(name), lambda size: size, "Inter", "Mono")
    assert "$" not in sheet
    assert load_theme(name).ui["accent"] in sheet
    for url in re.findall(r'url\("(.+?)"\)', sheet):
        assert (ROOT / "qss" / url.rpartition("/")[2]).is_file()


def test_a_live_switch_repaints_what_is_open(dressed: Look, look: Look, qtbot) -> None:
    button = IconButton(look, "square", "Stop", role="fg")
    qtbot.addWidget(button)
    button.show()
    night = {colour.name() for colour in inked(button.grab().toImage())}
    with qtbot.waitSignal(look.changed):
        look.use(load_theme("day"))
    day = {colour.name() for colour in inked(button.grab().toImage())}
    assert load_theme("night").ui["fg"] in night
    assert load_theme("day").ui["fg"] in day
    assert QApplication.palette().window().color() == QColor(load_theme("day").ui["chrome"])


def test_zoom_scales_text_within_bounds(look: Look) -> None:
    plain = look.font().pixelSize()
    look.use(look.theme, zoom=1.5)
    assert look.font().pixelSize() == pytest.approx(plain * 1.5, abs=1)
    look.use(look.theme, zoom=99)
    assert look.zoom == 2.0


def test_a_button_of_one_icon_says_its_name_and_is_reached_by_tab(look: Look, qtbot) -> None:
    button = IconButton(look, "x", "Close the tab", key="a.py")
    qtbot.addWidget(button)
    assert button.accessibleName() == "Close the tab"
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    with qtbot.waitSignal(button.pressed_key) as pressed:
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert pressed.args == ["a.py"]
