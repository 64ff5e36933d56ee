"""Notices, trust, commit, welcome, settings, connecting: plain data in, one wish out."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QTreeWidgetItem

from widgets.commitbox import CommitBox, CommitFile, CommitHunk, CommitWish
from widgets.connectbox import ConnectBox, Offer
from widgets.controls import Button, IconButton
from widgets.look import Look
from widgets.noticebar import NoticeBar, Notification, changed_on_disk, recovered
from widgets.settingsform import Field, Section, SettingsForm
from widgets.trustbar import TrustBar
from widgets.welcome import Welcome

LEFT = Qt.MouseButton.LeftButton


def button(widget: object, words: str) -> Button:
    found = [b for b in widget.findChildren(Button) if b.text() == words]  # type: ignore[attr-defined]
    assert len(found) == 1, f"{len(found)} buttons say {words!r}"
    return found[0]


def test_a_notice_says_what_can_be_done_and_stays_until_the_owner_drops_it(
    look: Look, qtbot
) -> None:
    bar = NoticeBar(look)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.show_notice(changed_on_disk("a.py"))
    bar.show_notice(recovered("b.py", "12:30"))
    with qtbot.waitSignal(bar.action_requested) as wished:
        qtbot.mouseClick(button(bar, "Keep mine"), LEFT)
    assert wished.args == ["disk:a.py", "mine"]
    assert [notice.key for notice in bar.notices()] == ["disk:a.py", "recovered:b.py"]
    bar.drop("disk:a.py")
    bar.drop("recovered:b.py")
    assert bar.isHidden()


def test_the_same_matter_has_one_notice(look: Look, qtbot) -> None:
    bar = NoticeBar(look)
    qtbot.addWidget(bar)
    bar.show_notice(Notification("k", "first"))
    bar.show_notice(Notification("k", "second", "error"))
    assert [notice.text for notice in bar.notices()] == ["second"]


def test_a_notice_that_must_be_answered_has_no_cross(look: Look, qtbot) -> None:
    bar = NoticeBar(look)
    qtbot.addWidget(bar)
    bar.show_notice(changed_on_disk("a.py"))
    assert all(cross.isHidden() for cross in bar.findChildren(IconButton))
    bar.show_notice(Notification("k", "text\u202e"))
    cross = next(c for c in bar.findChildren(IconButton) if not c.isHidden())
    with qtbot.waitSignal(bar.closed) as closed:
        qtbot.mouseClick(cross, LEFT)
    assert closed.args == ["k"]


@pytest.mark.parametrize(
    ("words", "name"), [("Trust this folder", "trusted"), ("Stay restricted", "stayed_restricted")]
)
def test_trust_is_asked_with_what_it_would_let_in(look: Look, qtbot, words: str, name: str) -> None:
    bar = TrustBar(look)
    qtbot.addWidget(bar)
    bar.ask("/home/me/atlas", ["AGENTS.md"])
    assert "/home/me/atlas" in bar.accessibleName()
    assert "AGENTS.md" in bar._found.text()
    with qtbot.waitSignal(getattr(bar, name)):
        qtbot.mouseClick(button(bar, words), LEFT)
    assert bar.isHidden()


def test_trust_explains_both_answers(look: Look, qtbot) -> None:
    bar = TrustBar(look)
    qtbot.addWidget(bar)
    bar.ask("/x")
    qtbot.mouseClick(button(bar, "What does this mean?"), LEFT)
    assert not bar._means.isHidden()
    for word in ("Restricted:", "Trusted:"):
        assert word in bar._means.text()
        assert word in bar.accessibleDescription()
    assert not bar._trust.isDefault()


FILES = [
    CommitFile("a.py", (CommitHunk(1, "def f():", 3, 1), CommitHunk(2, "import x", 1, 0))),
    CommitFile("b.py", (CommitHunk(3, "y = 1", 1, 1),)),
]


@pytest.fixture
def box(look: Look, qtbot) -> CommitBox:
    box = CommitBox(look)
    qtbot.addWidget(box)
    box.resize(400, 500)
    box.show()
    box.show_changes(FILES, "Make it robust\n\nBecause.")
    return box


def row(box: CommitBox, file: int, hunk: int) -> QTreeWidgetItem:
    top = box._list.topLevelItem(file)
    assert top is not None
    child = top.child(hunk)
    assert child is not None
    return child


def test_all_kept_hunks_go_in_unless_one_is_unticked(box: CommitBox, qtbot) -> None:
    row(box, 0, 1).setCheckState(0, Qt.CheckState.Unchecked)
    with qtbot.waitSignal(box.commit_requested) as wished:
        qtbot.mouseClick(box._commit, LEFT)
    assert wished.args == [CommitWish("Make it robust\n\nBecause.", (("a.py", 1), ("b.py", 3)))]


def test_ctrl_enter_commits_with_branch_and_amend(box: CommitBox, qtbot) -> None:
    box._branch.setText("try/it")
    box._amend.setChecked(True)
    box.focus()
    with qtbot.waitSignal(box.commit_requested) as wished:
        qtbot.keyClick(box._message, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wish = wished.args[0]
    assert (wish.amend, wish.branch, len(wish.chosen)) == (True, "try/it", 3)


def test_nothing_can_be_committed_without_words_or_hunks(box: CommitBox, qtbot) -> None:
    for file, hunk in ((0, 0), (0, 1), (1, 0)):
        row(box, file, hunk).setCheckState(0, Qt.CheckState.Unchecked)
    assert not box._commit.isEnabled()
    box.show_changes(FILES, "")
    assert not box._commit.isEnabled()
    with qtbot.assertNotEmitted(box.commit_requested):
        qtbot.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_a_long_subject_is_told(box: CommitBox) -> None:
    box.show_changes(FILES, "x" * 90)
    assert "subject 90 of 72" in box._length.text()


def test_the_welcome_page_opens_recent_folders_by_key(look: Look, qtbot) -> None:
    page = Welcome(look)
    qtbot.addWidget(page)
    page.set_recent(["/home/me/atlas", "C:\\work\\galley"])
    assert page._recent[1].text().startswith("galley ")
    with qtbot.waitSignal(page.recent_requested) as opened:
        qtbot.keyClick(page._recent[0], Qt.Key.Key_Return)
    assert opened.args == ["/home/me/atlas"]
    for words, command in (
        ("Open a folder", "file.open_folder"),
        ("Take the tour", "help.tour"),
        ("Connect a model", "model.connect"),
    ):
        with qtbot.waitSignal(page.command_requested) as wished:
            qtbot.mouseClick(button(page, words), LEFT)
        assert wished.args == [command]


def test_with_a_folder_open_the_welcome_page_leads_into_it(look: Look, qtbot) -> None:
    page = Welcome(look)
    qtbot.addWidget(page)
    page.set_recent(["/home/me/atlas"])
    page.show()
    page.show_inside(True)
    assert not page._recent[0].isVisible() and not button(page, "Take the tour").isVisible()
    with qtbot.waitSignal(page.command_requested) as wished:
        qtbot.mouseClick(button(page, "Go to a file"), LEFT)
    assert wished.args == ["go.anything"]
    page.show_inside(False)
    assert page._recent[0].isVisible() and button(page, "Take the tour").isVisible()


SECTIONS = [
    Section(
        "Model",
        (
            Field("url", "Base URL", help="Where it answers"),
            Field("key", "API key", "secret"),
            Field("theme", "Theme", "choice", choices=(("night", "Night"), ("day", "Day"))),
            Field("cap", "Daily cap", "number", maximum=100, decimals=2, unit="$"),
            Field("ai", "Use models", "bool"),
        ),
    )
]


@pytest.fixture
def form(look: Look, qtbot) -> SettingsForm:
    form = SettingsForm(look, SECTIONS)
    qtbot.addWidget(form)
    form.resize(700, 500)
    form.show()
    return form


def test_setting_values_says_nothing_and_reads_back(form: SettingsForm, qtbot) -> None:
    values = {"url": "http://x", "key": "secret", "theme": "day", "cap": 2.5, "ai": True}
    with qtbot.assertNotEmitted(form.changed):
        form.set_values({**values, "unknown": 1.0})
    assert {key: form.value(key) for key in values} == values


def test_each_kind_of_field_tells_its_change_once(form: SettingsForm, qtbot) -> None:
    told: list[tuple[str, object]] = []
    form.changed.connect(lambda key, value: told.append((key, value)))
    line, combo = form.input("url"), form.input("theme")
    number, box = form.input("cap"), form.input("ai")
    assert isinstance(line, QLineEdit) and isinstance(combo, QComboBox)
    assert isinstance(number, QDoubleSpinBox) and isinstance(box, QCheckBox)
    qtbot.keyClicks(line, "abc")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    number.lineEdit().selectAll()
    qtbot.keyClicks(number, "7")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert told == [("url", "abc"), ("theme", "day"), ("cap", 7.0), ("ai", True)]


def test_a_secret_is_hidden_until_its_eye_is_pressed(form: SettingsForm, qtbot) -> None:
    line = form.input("key")
    assert isinstance(line, QLineEdit)
    assert line.echoMode() is QLineEdit.EchoMode.Password
    eye = next(b for b in form.findChildren(IconButton) if b.key == "key")
    qtbot.mouseClick(eye, LEFT)
    assert line.echoMode() is QLineEdit.EchoMode.Normal


def test_an_error_stands_under_its_field(form: SettingsForm) -> None:
    form.show_error("url", "That is not a URL.")
    assert form._errors["url"].isVisible()
    form.show_error("url", "")
    assert not form._errors["url"].isVisible()


def test_the_search_leaves_only_what_it_finds(form: SettingsForm, qtbot) -> None:
    qtbot.keyClicks(form._filter, "cap")
    assert form.input("cap").isVisible()
    assert not form.input("url").isVisible()
    form._filter.clear()
    assert form.input("url").isVisible()


OFFERS = [
    Offer("env", "key", "Anthropic", "key found", leaves=True),
    Offer("ollama", "server", "Ollama", "127.0.0.1:11434"),
    Offer("builtin", "builtin", "Built-in edits (no model)", action="Use it"),
]


@pytest.fixture
def connect(look: Look, qtbot) -> ConnectBox:
    box = ConnectBox(look)
    qtbot.addWidget(box)
    box.resize(700, 600)
    box.show()
    box.show_offers(OFFERS)
    return box


def test_a_found_server_is_tried_by_one_press_and_then_taken(connect: ConnectBox, qtbot) -> None:
    go = connect._rows["ollama"]._go
    with qtbot.waitSignal(connect.connect_requested) as wished:
        qtbot.mouseClick(go, LEFT)
    assert wished.args == ["ollama"]
    connect.show_result("ollama", "Trying…", "busy")
    assert not go.isEnabled()
    connect.show_result("ollama", "38 tok/s", "ok")
    assert go.text() == "Use it"
    with qtbot.waitSignal(connect.chosen) as chosen:
        qtbot.mouseClick(go, LEFT)
    assert chosen.args == ["ollama"]


def test_a_failed_try_can_be_tried_again(connect: ConnectBox, qtbot) -> None:
    connect.show_result("env", "The key was refused (401).", "failed")
    with qtbot.waitSignal(connect.connect_requested):
        qtbot.mouseClick(connect._rows["env"]._go, LEFT)


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(connect: ConnectBox, qtbot) -> None:
    row = connect._rows["ollama"]
    connect.show_result("ollama", "230 of 1100 MB", "busy")
    connect.show_progress("ollama", 0.21)
    assert row._bar.value() == 210 and row._bar.isVisible()
    with qtbot.waitSignal(connect.cancel_requested) as cancelled:
        qtbot.mouseClick(row._stop, LEFT)
    assert cancelled.args == ["ollama"]


def test_every_offer_says_in_words_whether_text_leaves_the_machine(connect: ConnectBox) -> None:
    said = {key: row._where.text() for key, row in connect._rows.items()}
    assert said["env"] == "sends to the network"
    assert said["ollama"] == said["builtin"] == "stays on this machine"


def test_one_switch_turns_all_ai_off(connect: ConnectBox, qtbot) -> None:
    with qtbot.waitSignal(connect.off_requested) as off:
        qtbot.mouseClick(connect._off, LEFT)
    assert off.args == [True]
    connect.show_off(True)
    assert not connect._rows["env"].isEnabled()
    assert connect._rows["builtin"].isEnabled()
