"""Files that are no text, and files that are dropped on the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget

from tests.walks.harness import Walk, repository
from widgets.pictureview import PictureView

Start = Callable[..., Walk]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = repository(tmp_path / "project", {"data.bin": bytes(range(256)) * 4, "a.txt": "a\n"})
    image = QImage(40, 30, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    assert image.save(str(made / "dot.png"))
    return made


def view(walk: Walk, name: str) -> PictureView:
    shown = walk.open(name).editor.instead
    assert isinstance(shown, PictureView)
    return shown


def test_a_picture_is_seen_and_other_bytes_are_named(start: Start, folder: Path) -> None:
    walk = start(folder)
    picture = view(walk, "dot.png")
    walk.until(lambda: "40 × 30 pixels" in picture.accessibleName())
    assert not walk.document("dot.png").editor.surface.isVisible()
    other = view(walk, "data.bin")
    walk.until(lambda: other.accessibleName() == "data.bin: This file is not text.  1.0 KB")
    walk.type("x")
    assert not walk.document("data.bin").modified
    walk.press("Ctrl+W")
    walk.until(lambda: walk.work.documents.get("data.bin") is None)
    assert walk.disk("data.bin") == bytes(range(256)) * 4


def drop(on: QWidget, path: Path) -> None:
    """As Qt tells a widget of a drag from the desktop."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    at, copy, left = QPoint(50, 50), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(at, copy, data, left, none)
    QApplication.sendEvent(on, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(on, QDropEvent(at.toPointF(), copy, data, left, none))


def test_a_file_that_is_dropped_opens(start: Start, folder: Path) -> None:
    walk = start(folder)
    drop(walk.window, folder / "a.txt")
    walk.until(lambda: walk.work.documents.get("a.txt") is not None)
    drop(walk.document("a.txt").editor.surface.viewport(), folder / "dot.png")
    walk.until(lambda: walk.work.documents.get("dot.png") is not None)
    assert walk.document("a.txt").editor.text() == "a\n"


def test_a_folder_that_is_dropped_becomes_the_project(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    walk = start(folder)
    other = repository(tmp_path / "other", {"b.txt": "b\n"})
    drop(walk.window, other)
    walk.until(lambda: walk.work.project is not None and walk.work.project.root == other)
