"""The tree asks for folders when they open, keeps its rows, and turns keys into wishes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLineEdit

from widgets.look import Look
from widgets.projectmodel import STATE, ProjectModel
from widgets.projecttree import Entry, ProjectTree

FILES = {
    "": [Entry("src", True), Entry("b.py"), Entry("A.md"), Entry("out", True, ignored=True)],
    "src": [Entry("deep", True), Entry("client.py"), Entry("cache.py")],
    "src/deep": [Entry("x.py")],
    "out": [],
}


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def tree(look: Look, qtbot, asked: list[str]) -> ProjectTree:
    tree = ProjectTree(look)
    qtbot.addWidget(tree)

    def answer(path: str) -> None:
        asked.append(path)
        tree.set_children(path, FILES[path])

    tree.children_requested.connect(answer)
    tree.clear("atlas")
    tree.resize(260, 500)
    tree.show()
    return tree


def names(tree: ProjectTree, path: str = "") -> list[str]:
    model = tree.view.model()
    parent = tree._model.index_at(path)
    return [str(model.index(row, 0, parent).data()) for row in range(model.rowCount(parent))]


def test_folders_come_first_and_case_does_not_matter(tree: ProjectTree) -> None:
    assert names(tree) == ["out", "src", "A.md", "b.py"]


def test_a_folder_is_asked_for_once_and_only_when_it_opens(
    tree: ProjectTree, asked: list[str]
) -> None:
    assert asked == [""]
    tree.expand("src")
    assert asked == ["", "src"]
    tree.view.collapseAll()
    tree.expand("src")
    assert asked == ["", "src"]


def test_a_deep_path_is_loaded_folder_by_folder_to_be_selected(
    tree: ProjectTree, asked: list[str]
) -> None:
    assert not tree.select("src/deep/x.py")
    assert tree.current() == "src/deep/x.py"
    assert asked == ["", "src", "src/deep"]
    assert tree.expanded() == ("src", "src/deep")


def test_a_new_listing_keeps_the_selection_and_what_is_open(tree: ProjectTree) -> None:
    tree.select("src/deep/x.py")
    tree.set_children("src", [Entry("deep", True), Entry("aaa.py"), Entry("cache.py")])
    assert names(tree, "src") == ["deep", "aaa.py", "cache.py"]
    assert tree.current() == "src/deep/x.py"
    assert "src/deep" in tree.expanded()


def test_the_model_keeps_the_rules_of_models(look: Look, qapp: QApplication) -> None:
    model = ProjectModel(look)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_children("", FILES[""])
    model.set_children("src", FILES["src"])
    model.set_children("src", [Entry("client.py", True), Entry("z.py")])
    model.set_children("", [])
    model.set_children("", FILES[""])
    assert model.rowCount() == 4


def test_git_letters_reach_the_row_and_the_folders_above(tree: ProjectTree) -> None:
    tree.expand("src")
    tree.set_states({"src/client.py": "M", "src/cache.py": "?"}, {"src/client.py": 2})
    model = tree._model
    assert model.index_at("src/client.py").data(STATE) == "M"
    assert model.index_at("src").data(STATE) == "M"
    assert model.index_at("b.py").data(STATE) == ""
    spoken = model.index_at("src/client.py").data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "client.py, changed, 2 hunks pending"


def test_one_click_previews_and_two_open(tree: ProjectTree, qtbot) -> None:
    rect = tree.view.visualRect(tree._model.index_at("b.py"))
    with qtbot.waitSignal(tree.previewed) as previewed:
        qtbot.mouseClick(tree.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert previewed.args == ["b.py"]
    with qtbot.waitSignal(tree.opened) as opened:
        qtbot.mouseDClick(tree.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert opened.args == ["b.py"]


def test_one_click_on_a_folder_opens_it(tree: ProjectTree, qtbot) -> None:
    rect = tree.view.visualRect(tree._model.index_at("src"))
    qtbot.mouseClick(tree.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert tree.expanded() == ("src",)


def test_enter_space_and_delete_are_wishes(tree: ProjectTree, qtbot) -> None:
    tree.select("b.py")
    for key, signal in (
        (Qt.Key.Key_Return, tree.opened),
        (Qt.Key.Key_Space, tree.previewed),
        (Qt.Key.Key_Delete, tree.delete_requested),
    ):
        with qtbot.waitSignal(signal) as wished:
            qtbot.keyClick(tree.view, key)
        assert wished.args == ["b.py"]


def test_f2_edits_the_name_and_the_row_waits_for_the_owner(tree: ProjectTree, qtbot) -> None:
    tree.select("b.py")
    qtbot.keyClick(tree.view, Qt.Key.Key_F2)
    editor = tree.view.findChild(QLineEdit)
    assert editor is not None
    editor.setText("new.py")
    with qtbot.waitSignal(tree.rename_requested) as renamed:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == ["b.py", "new.py"]
    assert "b.py" in names(tree)


def test_a_new_file_is_named_in_place_once_its_row_is_there(tree: ProjectTree, qtbot) -> None:
    tree.expand("src")
    tree.edit_name("src/untitled.txt")
    assert tree.view.findChild(QLineEdit) is None
    tree.set_children("src", [*FILES["src"], Entry("untitled.txt")])
    editor = tree.view.findChild(QLineEdit)
    assert editor is not None and editor.text() == "untitled.txt"
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert tree.current() == "src/untitled.txt"


def test_a_press_elsewhere_forgets_what_was_to_be_selected(tree: ProjectTree, qtbot) -> None:
    tree.select("nowhere.py")
    rect = tree.view.visualRect(tree._model.index_at("b.py"))
    qtbot.mouseClick(tree.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    tree.set_children("", [*FILES[""], Entry("nowhere.py")])
    assert tree.current() == "b.py"


def test_the_menu_of_a_folder_makes_files_in_it(tree: ProjectTree, qtbot) -> None:
    menu = tree.context_menu("src", True)
    action = next(a for a in menu.actions() if a.text().startswith("New file"))
    with qtbot.waitSignal(tree.create_requested) as created:
        action.trigger()
    assert created.args == ["src", False]
    menu.close()


def test_the_filter_shows_the_matching_files_with_their_folders(tree: ProjectTree, qtbot) -> None:
    tree.set_files(["src/client.py", "src/cache.py", "b.py", "src/deep/x.py"])
    tree.show_filter()
    qtbot.keyClicks(tree._filter, "clie")
    model = tree.view.model()
    assert model.rowCount() == 1
    folder = model.index(0, 0)
    assert folder.data() == "src"
    assert [model.index(0, 0, folder).data()] == ["client.py"]
    with qtbot.waitSignal(tree.opened) as opened:
        qtbot.keyClick(tree._filter, Qt.Key.Key_Return)
    assert opened.args == ["src/client.py"]
    qtbot.keyClick(tree._filter, Qt.Key.Key_Escape)
    assert tree.view.model() is tree._model


def test_seventy_thousand_files_in_one_folder_can_be_shown(tree: ProjectTree, qtbot) -> None:
    tree.set_children("out", [Entry(f"file{n:05}.txt") for n in range(70_000)])
    tree.expand("out")
    model = tree._model
    assert model.rowCount(model.index_at("out")) == 70_000
    tree.view.scrollToBottom()
    assert tree.view.indexAt(QPoint(60, tree.view.viewport().height() // 2)).isValid()
    assert not tree.grab().isNull()
