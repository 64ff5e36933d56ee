"""The words of a request: stable prefix, quoted project text, the instruction last."""

from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from assistant.prompts import Prompts
from assistant.types import (
    Autonomy,
    Context,
    Instruction,
    LineSpan,
    Mention,
    Message,
    Role,
    Snapshot,
    Snippet,
    Text,
)
from resources import ROOT

PATH = PurePosixPath("src/a.py")
TARGET = Snapshot(PATH, "one\ntwo\nthree\nfour\n")


def snippet(text: str, source: str = "search", path: PurePosixPath = PATH) -> Snippet:
    return Snippet(path, LineSpan(0, 2), text, "why", source=source)


def prompts() -> Prompts:
    return Prompts(ROOT / "prompts")


def test_the_instruction_comes_last_and_the_selection_before_it() -> None:
    wish = Instruction("make it loud", TARGET, LineSpan(1, 3))
    system, user = prompts().edit(wish, Context(rules=(snippet("be terse\n", "rule"),)), "FORMAT")
    assert system.role is Role.SYSTEM
    assert system.text.endswith("FORMAT")
    body = user.text
    assert body.endswith("<instruction>\nmake it loud\n</instruction>")
    assert '<selection path="src/a.py" lines="2-3">\ntwo\nthree\n</selection>' in body
    assert body.index("be terse") < body.index("<selection")


def test_a_redacted_selection_is_what_is_sent() -> None:
    wish = Instruction("x", TARGET, LineSpan(1, 3))
    masked = snippet("two\n⟦secret⟧\n", "selection")
    _, user = prompts().edit(wish, Context(snippets=(masked,)), "")
    assert "⟦secret⟧" in user.text
    assert "three" not in user.text


def test_a_bare_caret_marks_the_place_and_asks_for_new_lines() -> None:
    _, user = prompts().edit(Instruction("add", TARGET, LineSpan(2, 2)), Context(), "")
    assert "two\n<<<insert here>>>\nthree\n" in user.text
    assert "only the new lines" in user.text


def test_the_system_message_is_the_same_for_every_turn() -> None:
    history = (Message(Role.USER, (Text("a"),)), Message(Role.ASSISTANT, (Text("b"),)))
    first = prompts().chat(Instruction("one"), Context(), "F")
    second = prompts().chat(Instruction("two"), Context(snippets=(snippet("x"),)), "F", history)
    assert first[0] == second[0]
    assert second[1:3] == history
    assert second[-1].text.endswith("two")


def test_ask_means_no_edits() -> None:
    wish = Instruction("why?", autonomy=Autonomy.ASK)
    system = prompts().chat(wish, Context(), "FORMAT")[0].text
    assert "FORMAT" not in system
    assert "no edits" in system


def test_mentions_are_quoted_with_their_kind() -> None:
    wish = Instruction("x", mentions=(Mention("diff", "HEAD", "-a\n+b"),))
    assert (
        '<mention kind="diff" value="HEAD">\n-a\n+b\n</mention>'
        in prompts().chat(wish, Context(), "")[-1].text
    )


@given(st.text(alphabet="</snipet123>\n x", max_size=80))
def test_project_text_cannot_close_its_own_frame(text: str) -> None:
    body = prompts().chat(Instruction("I"), Context(snippets=(snippet(text),)), "")[-1].text
    opening = body[1 : body.index(" ")]
    assert body.count(f"</{opening}>") == 1
    assert body.endswith(f"</{opening}>\n\nI")
