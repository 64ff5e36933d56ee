"""The assistant panel: events become entries in order; decisions and wishes come out as signals."""

from __future__ import annotations

from itertools import pairwise
from pathlib import PurePosixPath

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit

import assistant.events as ev
from assistant.errors import RateLimited
from assistant.types import (
    ChangeSet,
    Context,
    FileAction,
    FileChange,
    Hunk,
    HunkState,
    LineSpan,
    Mention,
    Receipt,
    Refusal,
    Retrying,
    Snapshot,
    Snippet,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
)
from widgets.cards import Callout, EvidenceRow, RetryCard, StepRow, ThinkingFold
from widgets.columnview import height_of
from widgets.controls import Button, Chip, Text
from widgets.diffcard import ROWS, DiffCard, Row, counts, state_of, styled
from widgets.look import Look
from widgets.markdownview import MarkdownView
from widgets.permissioncard import PermissionCard
from widgets.sidepanel import SidePanel
from widgets.transcript import Transcript, step_kind

PATH = PurePosixPath("src/client.py")
BASE = Snapshot(PATH, "".join(f"line {n}\n" for n in range(40)))


def change(*hunks: Hunk, action: FileAction = FileAction.MODIFY) -> FileChange:
    return FileChange(BASE, hunks, action)


def hunk(number: int = 1, start: int = 4, state: HunkState = HunkState.PENDING) -> Hunk:
    old = BASE.lines(LineSpan(start, start + 2))
    return Hunk(number, LineSpan(start, start + 2), old, ("new a\n", "new b\n", "new c\n"), state)


@pytest.fixture
def talk(look: Look, qtbot) -> Transcript:
    talk = Transcript(look)
    qtbot.addWidget(talk)
    talk.resize(400, 600)
    talk.show()
    return talk


def kinds(talk: Transcript) -> list[str]:
    return [type(entry).__name__ for entry in talk.entries()]


def test_a_turn_unfolds_in_the_order_of_its_events(talk: Transcript) -> None:
    call = ToolCall("1", "search_files", {"query": "fetch"})
    talk.begin("make it robust", (Mention("file", "client.py"),))
    talk.show_events([ThinkingDelta("hm "), ThinkingDelta("well")])
    talk.show_events([ev.ToolStarted(call), ev.ToolFinished(call, "6 hits", True, 0.4)])
    talk.show_events([TextDelta("I "), TextDelta("did it."), ev.HunksChanged(change(hunk()))])
    talk.show_events([ev.CheckFinished("pytest", True, "14 passed", 0.8, "in a copy of the tree")])
    talk.show_events([TextDelta("And more.")])
    talk.finish(ev.Done())
    assert kinds(talk) == [
        "UserCard", "ThinkingFold", "StepRow", "MarkdownView", "DiffCard", "EvidenceRow",
        "MarkdownView",
    ]  # fmt: skip
    answers = [entry for entry in talk.entries() if isinstance(entry, MarkdownView)]
    assert [answer.markdown() for answer in answers] == ["I did it.", "And more."]
    step = next(entry for entry in talk.entries() if isinstance(entry, StepRow))
    assert step.words() == "Searched fetch 6 hits · 0.4 s"


def test_entries_do_not_overlap_at_any_width(talk: Transcript, qtbot) -> None:
    talk.begin("question " * 40)
    talk.show_events([TextDelta("word " * 300), ev.HunksChanged(change(hunk(), hunk(2, 20)))])
    talk.show_events([ev.PartRefused(Refusal("a.py", "reason " * 30)), TextDelta("```\ncode\n```")])
    for width in (300, 400, 900):
        talk.resize(width, 500)
        talk.arrange()
        entries = talk.entries()
        for upper, lower in pairwise(entries):
            assert upper.geometry().bottom() < lower.geometry().top()
        for entry in entries:
            assert entry.height() >= height_of(entry, entry.width())


def test_a_growing_talk_stays_at_its_end_unless_the_person_scrolled_up(talk: Transcript) -> None:
    talk.begin("q")
    talk.show_events([TextDelta("line\n\n" * 100)])
    bar = talk.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(10)
    talk.show_events([TextDelta("more\n\n" * 20)])
    assert bar.value() == 10


def test_thoughts_are_folded_and_open_in_full(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    talk.show_events([ThinkingDelta("first "), ThinkingDelta("second\u202e")])
    fold = next(entry for entry in talk.entries() if isinstance(entry, ThinkingFold))
    assert fold._body.isHidden()
    closed = fold.height()
    fold.toggle()
    qtbot.waitUntil(lambda: fold.height() > closed)
    assert fold._body.toPlainText() == "first second⟨U+202E⟩"
    talk.show_events([TextDelta("answer")])
    assert fold.title().startswith("Thought")


def test_the_same_file_has_one_card_that_shows_its_latest_state(talk: Transcript) -> None:
    talk.begin("q")
    talk.show_events([ev.HunksChanged(change(hunk(state=HunkState.STREAMING)))])
    (card,) = talk.cards()
    assert card.state() == "streaming"
    talk.show_events([ev.ProposalReady(ChangeSet("1", "t", (change(hunk(), hunk(2, 20)),)))])
    assert talk.cards() == (card,)
    assert card.state() == "pending"
    talk.show_change(change(hunk(state=HunkState.KEPT), hunk(2, 20, HunkState.REJECTED)))
    assert card.state() == "mixed"
    assert "1 of 2 kept" in card.accessibleName()


def test_keep_reject_and_open_are_wishes_of_the_card(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    talk.show_events([ev.HunksChanged(change(hunk()))])
    (card,) = talk.cards()
    for button, signal, wanted in (
        (card._yes, talk.keep_requested, ["src/client.py"]),
        (card._no, talk.reject_requested, ["src/client.py"]),
        (card._open, talk.open_requested, ["src/client.py", 4]),
        (card.diff, talk.open_requested, ["src/client.py", 4]),
    ):
        with qtbot.waitSignal(signal) as wished:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert wished.args == wanted
    talk.show_change(change(hunk(state=HunkState.KEPT)))
    assert card._yes.isHidden() and card._no.isHidden()


def test_what_still_streams_cannot_be_decided(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    talk.show_events([ev.HunksChanged(change(hunk(state=HunkState.STREAMING)))])
    with qtbot.assertNotEmitted(talk.keep_requested):
        qtbot.mouseClick(talk.cards()[0]._yes, Qt.MouseButton.LeftButton)


def test_the_small_diff_has_signs_and_word_marks_and_context(look: Look, qtbot) -> None:
    def words(old: str, new: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return [(0, 4)], [(0, 3)]

    card = DiffCard(look, "a.py", words)
    qtbot.addWidget(card)
    one = Hunk(1, LineSpan(4, 5), ("line 4\n",), ("new\u200b 4\r\n",))
    card.show_change(change(one))
    assert card.diff.rows() == (
        Row(" ", "line 3"),
        Row("-", "line 4", ((0, 4),)),
        Row("+", "new⟨U+200B⟩ 4", ((0, 3),)),
    )
    assert "- line 4" in card.diff.accessibleName()


def test_a_long_change_is_cut_and_opens_in_full(look: Look, qtbot) -> None:
    card = DiffCard(look, "a.py")
    qtbot.addWidget(card)
    new = tuple(f"new {n}\n" for n in range(50))
    card.show_change(change(Hunk(1, LineSpan(4, 6), BASE.lines(LineSpan(4, 6)), new)))
    assert len(card.diff.rows()) == ROWS
    shown = sum(row.sign in "+-" for row in card.diff.rows())
    assert card._more.text().strip() == f"{52 - shown} more lines"
    qtbot.mouseClick(card._more, Qt.MouseButton.LeftButton)
    assert len(card.diff.rows()) == 53


def test_syntax_roles_follow_their_side_of_the_diff() -> None:
    rows = [Row(" ", "def f():"), Row("-", "  old"), Row("+", "  new")]
    seen: list[str] = []

    def highlight(path: str, text: str) -> list[tuple[int, int, str]]:
        seen.append(text)
        return [(0, 3, "keyword"), (11, 14, "name")]

    old, new = styled(rows, "a.py", highlight)[1:]
    assert seen == ["def f():\n  old", "def f():\n  new"]
    assert old.styles == new.styles == ((2, 5, "name"),)
    assert styled(rows, "a.py", highlight)[0].styles == ((0, 3, "keyword"),)


@pytest.mark.parametrize(
    ("states", "kind"),
    [
        ([HunkState.STREAMING, HunkState.KEPT], "streaming"),
        ([HunkState.CONFLICTED, HunkState.PENDING], "conflicted"),
        ([HunkState.PENDING, HunkState.KEPT], "pending"),
        ([HunkState.KEPT, HunkState.SUPERSEDED], "kept"),
        ([HunkState.REJECTED], "rejected"),
        ([], "mixed"),
    ],
)
def test_the_state_of_a_file_is_that_of_its_hunks(states: list[HunkState], kind: str) -> None:
    hunks = [hunk(n, n * 4, state) for n, state in enumerate(states)]
    assert state_of(change(*hunks))[1] == kind


def test_rejected_lines_do_not_count() -> None:
    assert counts(change(hunk(1), hunk(2, 20, HunkState.REJECTED))) == (3, 2)


def asked(talk: Transcript, detail: str = "rm -rf build\u202e/", kind: str = "command"):
    talk.begin("q")
    talk.show_events([ev.PermissionAsked("k1", "Run this?", detail, kind)])
    return next(entry for entry in talk.entries() if isinstance(entry, PermissionCard))


def buttons_of(card: PermissionCard) -> dict[str, Button]:
    return {button.key: button for button in card.findChildren(Button)}


def test_21_a_permission_shows_all_of_it_and_is_answered_once(talk: Transcript, qtbot) -> None:
    blanks = " " * 300
    card = asked(talk, f"rm -rf build\u202e/\necho{blanks}; evil\n\x1b[2J")
    shown = card.findChild(QPlainTextEdit).toPlainText()
    assert "⟨U+202E⟩" in shown and "⟨U+001B⟩" in shown
    assert "echo ⟨300 blanks⟩ ; evil" in shown
    buttons = buttons_of(card)
    assert set(buttons) == {"once", "run", "no"}
    assert not any(button.isDefault() or button.hasFocus() for button in buttons.values())
    qtbot.waitUntil(buttons["no"].isEnabled)
    with qtbot.waitSignal(talk.permission_answered) as answered:
        qtbot.keyClick(buttons["no"], Qt.Key.Key_Return)
    assert answered.args == ["k1", "no", ""]
    assert all(button.isHidden() for button in buttons.values())
    assert not card.waits


def test_a_question_hears_nothing_right_after_it_appeared_or_moved(talk: Transcript, qtbot) -> None:
    card = asked(talk)
    answers: list[tuple[str, str, str]] = []
    talk.permission_answered.connect(lambda *args: answers.append(args))
    once = buttons_of(card)["once"]
    qtbot.mouseClick(once, Qt.MouseButton.LeftButton)
    qtbot.keyClick(once, Qt.Key.Key_Return)
    qtbot.keyClick(card.word, Qt.Key.Key_Return)
    assert answers == []
    qtbot.waitUntil(once.isEnabled)
    card.move(card.x(), card.y() + 40)  # something above it grew
    qtbot.mouseClick(once, Qt.MouseButton.LeftButton)
    assert answers == []
    qtbot.waitUntil(once.isEnabled)
    qtbot.mouseClick(once, Qt.MouseButton.LeftButton)
    assert answers == [("k1", "once", "")]


def test_esc_never_answers_and_enter_in_the_field_denies_with_the_word(
    talk: Transcript, qtbot
) -> None:
    card = asked(talk)
    qtbot.waitUntil(buttons_of(card)["once"].isEnabled)
    assert talk.focus_question()
    with qtbot.waitSignal(talk.permission_left):
        qtbot.keyClick(card.word, Qt.Key.Key_Escape)
    assert card.waits
    card.word.setText("use make instead")
    with qtbot.waitSignal(talk.permission_answered) as answered:
        qtbot.keyClick(card.word, Qt.Key.Key_Return)
    assert answered.args == ["k1", "no", "use make instead"]
    assert not talk.focus_question()


def test_a_question_of_a_run_that_ended_can_not_be_answered(talk: Transcript, qtbot) -> None:
    card = asked(talk, "It called x 3 times.", "repeat")
    assert set(buttons_of(card)) == {"once", "no"}
    talk.finish(ev.Cancelled())
    assert not card.waits
    assert all(button.isHidden() for button in buttons_of(card).values())


def test_a_step_opens_to_show_what_came_of_it(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    call = ToolCall("c1", "run_command", {"command": "pytest -q"})
    talk.show_events([ev.ToolStarted(call, "pytest -q")])
    step = next(entry for entry in talk.entries() if isinstance(entry, StepRow))
    assert step.words() == "Running pytest -q"
    talk.show_events([ev.ToolFinished(call, "14 passed", True, 0.8, "one\ntwo\u202e\n")])
    assert step.words() == "Ran pytest -q 14 passed · 0.8 s"
    height = step.height()
    step.toggle()
    body = step.findChild(QPlainTextEdit)
    assert body.isVisible() and body.toPlainText() == "one\ntwo⟨U+202E⟩\n"
    qtbot.waitUntil(lambda: step.height() > height)
    step.toggle()
    assert body.isHidden()


def test_a_retry_counts_down_and_can_be_ended(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    talk.show_events([Retrying(2.0, 2, 5, "The server is overloaded (529).")])
    card = next(entry for entry in talk.entries() if isinstance(entry, RetryCard))
    assert card.words().startswith("Trying again in 2 s (attempt 2 of 5)")
    qtbot.waitUntil(lambda: card.words().startswith("Trying again in 1 s"), timeout=3000)
    stop = next(b for b in card.findChildren(Button) if b.key == "stop")
    with qtbot.waitSignal(talk.action_requested) as wished:
        qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert wished.args == ["stop"]
    talk.show_events([TextDelta("here I am")])
    assert card.words().startswith("Tried again")
    assert not card._tick.isActive()


def test_a_failure_says_cause_and_action_and_offers_to_try_again(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    talk.finish(ev.Failed(RateLimited("Too many requests.", "Wait a minute.")))
    card = talk.entries()[-1]
    assert isinstance(card, Callout)
    assert card.words() == "Too many requests. Wait a minute."
    with qtbot.waitSignal(talk.action_requested) as wished:
        qtbot.mouseClick(card._buttons[0], Qt.MouseButton.LeftButton)
    assert wished.args == ["retry"]


def test_a_commit_can_be_undone_from_the_talk(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    talk.show_events([ev.Committed(Receipt("1a2b3c4d5e", "fix", (PATH,), subject="Do it"))])
    card = talk.entries()[-1]
    assert isinstance(card, Callout)
    assert card.words() == "Committed 1a2b3c4 on fix Do it"
    with qtbot.waitSignal(talk.action_requested) as wished:
        qtbot.mouseClick(card._buttons[0], Qt.MouseButton.LeftButton)
    assert wished.args == ["undo:1a2b3c4d5e"]


@pytest.mark.parametrize(("cost", "words"), [(None, "—"), (0.0213, "$0.021"), (0.0, "$0.000")])
def test_an_unknown_cost_is_a_dash_and_never_nothing(
    talk: Transcript, cost: float | None, words: str
) -> None:
    talk.begin("q")
    usage = Usage(input=3100, output=900, reasoning=300, cost=cost)
    talk.show_events([ev.UsageChanged(usage, 12.0, 86.0)])
    line = talk.entries()[-1].findChild(QLabel)
    assert line is not None
    assert line.text() == f"3.1k in · 900 out (300 thinking) · 86 tok/s · 12.0 s · {words}"
    talk.show_events([ev.UsageChanged(usage, 13.0, 86.0)])
    assert line.text().count("13.0 s") == 1


def test_scripted_replies_are_labelled(talk: Transcript) -> None:
    talk.begin("q")
    talk.show_events([ev.RunStarted("1", "t", "tour", scripted=True)])
    words = [label.text() for label in talk.entries()[-1].findChildren(Text)]
    assert words == ["tour, scripted replies"]


def test_what_was_sent_can_be_looked_at(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    piece = Snippet(PATH, LineSpan(0, 3), "x", "why", tokens=40)
    talk.show_events([ev.ContextReady(Context((piece,), (), 1200))])
    step = talk.entries()[-1]
    assert isinstance(step, StepRow)
    assert step.words() == "Context 1 piece of the project 1.2k tokens"
    show = step.findChild(Button)
    assert show is not None
    with qtbot.waitSignal(talk.context_requested):
        qtbot.mouseClick(show, Qt.MouseButton.LeftButton)


def test_failed_checks_show_their_details_on_wish(talk: Transcript, qtbot) -> None:
    talk.begin("q")
    talk.show_events([ev.CheckFinished("pytest", False, "2 failed", 1, "here", ("a", "b"))])
    row = talk.entries()[-1]
    assert isinstance(row, EvidenceRow)
    assert row._body.isHidden()
    qtbot.mouseClick(row._more, Qt.MouseButton.LeftButton)
    assert not row._body.isHidden()
    assert row._body.text() == "a\nb"


@pytest.mark.parametrize(
    ("tool", "kind"),
    [("search_files", "search"), ("read_file", "read"), ("run_tests", "test"), ("bash", "run"),
     ("str_replace", "edit"), ("unheard_of", "unheard_of")],
)  # fmt: skip
def test_a_tool_gets_its_picture_by_its_name(tool: str, kind: str) -> None:
    assert step_kind(tool) == kind


def test_asking_again_puts_the_question_into_the_composer(look: Look, qtbot) -> None:
    panel = SidePanel(look)
    qtbot.addWidget(panel)
    panel.resize(400, 700)
    panel.show()
    panel.transcript.begin("the question", (Mention("file", "a.py"),))
    chip = panel.transcript.entries()[0].findChild(Chip)
    assert chip is not None
    with qtbot.waitSignal(panel.transcript.mention_opened):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    panel.transcript.again_requested.emit("the question")
    assert panel.composer.edit.text() == "the question"


def test_a_new_conversation_is_empty(look: Look, qtbot) -> None:
    panel = SidePanel(look)
    qtbot.addWidget(panel)
    panel.resize(400, 700)
    panel.show()
    panel.transcript.begin("q")
    panel.transcript.show_events([ev.HunksChanged(change(hunk()))])
    panel.clear()
    assert panel.transcript.entries() == ()
    assert panel.transcript.cards() == ()
    with qtbot.waitSignal(panel.new_requested):
        qtbot.mouseClick(panel._buttons[1], Qt.MouseButton.LeftButton)


def test_21_29_blank_lines_push_nothing_out_of_sight_of_a_permission(talk: Transcript) -> None:
    card = asked(talk, "make\n" + "\n" * 300 + "rm -rf ~")
    shown = card.findChild(QPlainTextEdit).toPlainText()
    assert shown == "make\n⟨300 blank lines⟩\nrm -rf ~"


def test_29_blank_lines_push_nothing_out_of_sight_of_a_card(look: Look, qtbot) -> None:
    new = ("b = 2\n", *("\n" for _ in range(300)), "import evil\n")
    change = FileChange(
        Snapshot(PurePosixPath("a.py"), "a = 1\n"), (Hunk(1, LineSpan(1, 1), (), new),)
    )
    card = DiffCard(look, "a.py")
    qtbot.addWidget(card)
    card.show_change(change)
    shown = [row.text for row in card.diff.rows() if row.sign == "+"]
    assert shown == ["b = 2", "⟨300 blank lines⟩", "import evil"]
    assert card._more.isHidden(), "nothing more is to be seen"
