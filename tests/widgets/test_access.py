"""What holds for every widget: names to hear, contrast to see, no closures on signals."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

import assistant.events as ev
from assistant.types import LineSpan, Mention, Refusal, TextDelta, ThinkingDelta, Usage
from resources import ROOT
from widgets.commitbox import CommitBox, CommitFile, CommitHunk
from widgets.connectbox import ConnectBox, Offer
from widgets.frame import Frame
from widgets.look import Look
from widgets.noticebar import NoticeBar, changed_on_disk
from widgets.palette import Palette
from widgets.projecttree import ProjectTree
from widgets.promptbar import PromptBar
from widgets.reviewbar import ReviewBar, ReviewCount
from widgets.settingsform import Field, Section, SettingsForm
from widgets.sidepanel import SidePanel
from widgets.statusbar import StatusBar
from widgets.tabs import Tab, TabRow
from widgets.theme import load_theme, rgb, theme_names
from widgets.timeline import Moment, Timeline
from widgets.trustbar import TrustBar
from widgets.welcome import Welcome
from widgets.xray import Budget, Piece, XRay

WIDGETS = Path(ROOT).parent / "widgets"


def everything(look: Look) -> Iterator[QWidget]:
    """One of each, with something in it."""
    frame = Frame(look)
    frame.add_page("files", "files", "Explorer", ProjectTree(look))
    panel = SidePanel(look)
    panel.transcript.begin("q", (Mention("file", "a.py", span=LineSpan(1, 2)),))
    panel.transcript.show_events(
        [ThinkingDelta("x"), TextDelta("```\na\n```\n"), ev.PermissionAsked("k", "t", "d")]
    )
    panel.transcript.show_events([ev.UsageChanged(Usage(input=1), 1, 1), ev.Notice("n", "warning")])
    panel.transcript.show_events(
        [
            ev.PartRefused(Refusal("a.py", "no such line")),
            ev.CheckFinished("pytest", False, "1 failed", 1.0, "here", ("why",)),
            ev.GraphChanged((ev.Node("a", ev.NodeKind.DRAFT, "Draft A", "edit", "m"),)),
        ]
    )
    panel.transcript.finish(ev.Failed(ValueError("no")))
    frame.set_right(panel)
    tabs, status = TabRow(look), StatusBar(look)
    tabs.show_tab(Tab("a.py", "a.py"))
    status.show_cost(None, None)
    frame.set_centre(tabs)
    frame.set_status(status)
    yield frame
    prompt = PromptBar(look)
    prompt.open([Mention("diff", "uncommitted")])
    prompt.show_status("failed", "error", [("retry", "Try again")])
    yield prompt
    review = ReviewBar(look, frame)
    review.show_count(ReviewCount(1, 2))
    yield Palette(look, frame)
    notices, trust, commit = NoticeBar(look), TrustBar(look), CommitBox(look)
    notices.show_notice(changed_on_disk("a.py"))
    trust.ask("/x")
    commit.show_changes([CommitFile("a", (CommitHunk(1, "t", 1, 1),))], "m")
    connect, xray, line = ConnectBox(look), XRay(look), Timeline(look)
    connect.show_offers([Offer("a", "key", "A")])
    xray.show_pieces([Piece("a", "a", "file", "w", 3)], Budget())
    line.show_moments([Moment("1", "me", "t", "now")])
    fields = tuple(
        Field(k, k.title(), k, "about it") for k in ("text", "secret", "choice", "bool", "number")
    )
    yield from (notices, trust, commit, connect, xray, line)
    yield from (Welcome(look), SettingsForm(look, [Section("S", fields, "about all")]))


def test_everything_that_takes_the_keys_says_what_it_is(look: Look, qtbot) -> None:
    seen = 0
    for widget in everything(look):
        qtbot.addWidget(widget)
        for child in widget.findChildren(QWidget):
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus and _ours(child):
                seen += 1
                named = child.accessibleName() or child.text() if _has_text(child) else ""
                assert named or child.accessibleName(), f"{child} in {type(widget).__name__}"
    assert seen > 80


class Windows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


def test_no_part_flashes_up_as_a_window_before_it_is_in_its_place(
    look: Look, qapp: QApplication, qtbot
) -> None:
    windows = Windows()
    qapp.installEventFilter(windows)
    made = list(everything(look))
    qapp.removeEventFilter(windows)
    for widget in made:
        qtbot.addWidget(widget)
    shown = {f"{type(widget).__name__} {widget.accessibleName()}" for widget in made}
    assert [name for name in windows.seen if name not in shown] == []


def _has_text(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton)


def _ours(widget: QWidget) -> bool:
    """Not the inner parts Qt makes for itself."""
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QAbstractItemView)
    return isinstance(widget, kinds) and not widget.objectName().startswith("qt_")


def test_a_button_of_a_bar_can_be_reached_without_a_mouse(look: Look, qtbot) -> None:
    for widget in everything(look):
        qtbot.addWidget(widget)
        for button in widget.findChildren(QAbstractButton):
            inner = button.objectName().startswith(("qt_", "Scroll"))
            if not inner and button.accessibleName():
                assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.accessibleName()


def luminance(colour: str) -> float:
    parts = [value / 255 for value in rgb(colour)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", theme_names())
@pytest.mark.parametrize("text", ["fg", "muted"])
@pytest.mark.parametrize("ground", ["bg", "chrome", "panel", "raised", "hover"])
def test_text_stands_out_from_every_ground(name: str, text: str, ground: str) -> None:
    theme = load_theme(name)
    least = 7.0 if name == "contrast" else 4.5
    assert contrast(theme.ui[text], theme.ui[ground]) >= least


@pytest.mark.parametrize("name", theme_names())
def test_every_colour_that_says_something_stands_out(name: str) -> None:
    """Words 4.5 to 1, marks and borders of controls 3 to 1, on every ground they stand on."""
    theme = load_theme(name)
    ui = theme.ui
    grounds = ("bg", "chrome", "panel", "raised", "hover")
    for role in ("accent", "red", "green", "yellow", "blue"):
        for ground in grounds:
            assert contrast(ui[role], ui[ground]) >= 4.5, (role, ground)
    for ground in grounds[:-1]:
        assert contrast(ui["faint"], ui[ground]) >= 3, ground
    assert contrast(ui["on_accent"], ui["accent2"]) >= 4.5
    for role, style in theme.syntax.items():
        assert contrast(style.fg, ui["bg"]) >= 4.5, role


@pytest.mark.parametrize("name", theme_names())
@pytest.mark.parametrize("ground", ["add", "add_hi", "del", "del_hi"])
def test_code_can_be_read_on_red_and_green(name: str, ground: str) -> None:
    theme = load_theme(name)
    assert contrast(theme.ui["fg"], theme.ui[ground]) >= 4.5


@pytest.mark.parametrize("path", sorted(WIDGETS.glob("*.py")), ids=lambda path: path.name)
def test_no_signal_is_connected_to_a_closure(path: Path) -> None:
    """A lambda that captures the owner on a child's signal ends in a crash when the child dies."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "connect":
            assert isinstance(node, ast.Call)
            for argument in node.args:
                assert not isinstance(argument, ast.Lambda | ast.Call), ast.unparse(node)
