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
    letter = prompts().edit(wish, Context(rules=(snippet("be terse\n", "rule"),)), "FORMAT")
    system, user = letter.messages()
    assert system.role is Role.SYSTEM
    assert system.text.endswith("FORMAT")
    body = user.text
    assert body.endswith("<instruction>\nmake it loud\n</instruction>")
    assert '<selection path="src/a.py" lines="2-3">\ntwo\nthree\n</selection>' in body
    assert body.index("be terse") < body.index("<selection")


def test_the_selection_is_just_the_selected_lines_whatever_the_context_shows_of_the_file() -> None:
    """A reply in the selection format replaces these lines: one more would be doubled."""
    wish = Instruction("x", TARGET, LineSpan(1, 2))
    around = Snippet(PATH, LineSpan(0, 3), "one\ntwo\nthree\n", "round it", source="selection")
    _, user = prompts().edit(wish, Context(snippets=(around,)), "").messages()
    assert '<selection path="src/a.py" lines="2-2">\ntwo\n</selection>' in user.text
    assert '<snippet path="src/a.py" lines="1-3">\none\ntwo\nthree\n</snippet>' in user.text


def test_a_bare_caret_marks_the_place_and_asks_for_new_lines() -> None:
    _, user = prompts().edit(Instruction("add", TARGET, LineSpan(2, 2)), Context(), "").messages()
    assert "two\n<<<insert here>>>\nthree\n" in user.text
    assert "only the new lines" in user.text


def test_the_system_message_is_the_same_for_every_turn() -> None:
    history = (Message(Role.USER, (Text("a"),)), Message(Role.ASSISTANT, (Text("b"),)))
    first = prompts().chat(Instruction("one"), Context(), "F").messages()
    context = Context(snippets=(snippet("x"),))
    second = prompts().chat(Instruction("two"), context, "F", history).messages()
    assert first[0] == second[0]
    assert second[1:3] == history
    assert second[-1].text.endswith("two")


def test_ask_means_no_edits() -> None:
    wish = Instruction("why?", autonomy=Autonomy.ASK)
    system = prompts().chat(wish, Context(), "FORMAT").messages()[0].text
    assert "FORMAT" not in system
    assert "no edits" in system


def test_mentions_are_quoted_with_their_kind_and_only_as_the_context_admitted_them() -> None:
    wish = Instruction("x", mentions=(Mention("diff", "HEAD", "+what the filter took out"),))
    admitted = snippet("-a\n+b", "diff", PurePosixPath("@diff"))
    text = prompts().chat(wish, Context(snippets=(admitted,)), "").messages()[-1].text
    assert '<mention kind="diff">\n-a\n+b\n</mention>' in text
    assert "took out" not in text
    assert "took out" not in prompts().chat(wish, Context(), "").messages()[-1].text


def test_every_part_of_the_letter_is_in_the_messages_and_nothing_else() -> None:
    wish = Instruction("make it loud", TARGET, LineSpan(1, 3))
    context = Context(snippets=(snippet("x\n"),), rules=(snippet("be terse\n", "rule"),))
    letter = prompts().chat(wish, context, "F", (Message(Role.USER, (Text("before"),)),))
    system, history, user = letter.messages()
    parts = letter.portions(len, lambda text: 0)
    texts = {source: [p.text for p in parts if p.source == source] for source in ("history",)}
    assert texts["history"] == [history.text]
    assert "\n\n".join(p.text for p in parts if p.source == "system") == system.text
    rest = [p.text for p in parts if p.source not in ("system", "history")]
    assert "\n\n".join(rest) == user.text


@given(st.text(alphabet="</snipet123>\n x", max_size=80))
def test_project_text_cannot_close_its_own_frame(text: str) -> None:
    body = (
        prompts().chat(Instruction("I"), Context(snippets=(snippet(text),)), "").messages()[-1].text
    )
    opening = body[1 : body.index(" ")]
    assert body.count(f"</{opening}>") == 1
    assert body.endswith(f"</{opening}>\n\nI")
