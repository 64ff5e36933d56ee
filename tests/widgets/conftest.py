"""What every widget test gets: one look. The application wears its style sheet only where asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from widgets.look import Look
from widgets.theme import load_theme


@pytest.fixture
def look(qapp: QApplication) -> Iterator[Look]:
    yield Look(load_theme("night"))
    if qapp.styleSheet():
        qapp.setStyleSheet("")


@pytest.fixture
def dressed(look: Look, qapp: QApplication) -> Look:
    look.dress(qapp)
    return look
