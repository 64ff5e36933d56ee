"""Fixtures of walks: a program on a folder. Knows the harness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from assistant.types import ChatModel
from tests.walks.harness import Walk, walking

Start = Callable[..., Walk]


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    """``start(folder, model)``: the program with the folder open; it quits with the test."""
    with ExitStack() as stack:

        def begin(
            folder: Path | None, model: ChatModel | None = None, *, trusting: bool = True
        ) -> Walk:
            walk = walking(qtbot, folder, tmp_path / "home", model, trusting=trusting)
            return stack.enter_context(walk)

        yield begin
