"""Narrow places: every word of a button can be read there, and every button is inside."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton, QScrollArea, QWidget

from widgets.connectbox import ConnectBox, Offer
from widgets.look import Look
from widgets.permissioncard import PermissionCard
from widgets.trustbar import TrustBar

PANEL = 282
"""What the assistant panel leaves for a card in the smallest window."""


def card(look: Look) -> QWidget:
    return PermissionCard(look, "k", "Run this? It writes to a file.", "echo a > b")


def connect(look: Look) -> QWidget:
    box = ConnectBox(look)
    box.show_offers([Offer("a", "local", "Qwen2.5 Coder 1.5B", "1.1 GB", "Download")])
    return box


def trust(look: Look) -> QWidget:
    bar = TrustBar(look)
    bar.ask("/home/ada/code/a-project-with-a-long-name/and-one-more-below-it-with-a-longer-one")
    return bar


@pytest.mark.parametrize(("make", "width"), [(card, PANEL), (connect, 280), (trust, 640)])
def test_buttons_are_whole_and_inside(dressed: Look, qtbot, make, width: int) -> None:
    widget = make(dressed)
    qtbot.addWidget(widget)
    widget.resize(width, max(600, widget.sizeHint().height()))
    widget.show()
    qtbot.waitUntil(lambda: widget.width() == width)
    buttons = [b for b in widget.findChildren(QPushButton) if b.isVisible()]
    assert buttons
    for button in buttons:
        qtbot.waitUntil(lambda b=button: b.width() >= b.sizeHint().width())
        right = button.mapTo(widget, QPoint(button.width(), 0)).x()
        assert right <= width, button.text()
        for other in buttons:
            if other is not button and other.parent() is button.parent():
                assert not other.geometry().intersects(button.geometry())
    for area in widget.findChildren(QScrollArea):
        page = area.widget()
        assert page is not None
        assert page.width() <= area.viewport().width()
