"""Puts the words of a request together. Knows the prompt files and the nouns, no model and no
network.

The order serves prompt caches: the system message never changes within a session, then the
conversation, then one user message with rules, project text and, last, the instruction. Nothing in
it changes with the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from assistant.types import (
    Autonomy,
    Context,
    Instruction,
    LineSpan,
    Message,
    Role,
    Snapshot,
    Snippet,
    Text,
    split_lines,
)

HERE = "<<<insert here>>>"


class Prompts:
    """Reads ``folder/*.md`` once each; raises FileNotFoundError for a prompt that does not ship."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, str] = {}

    def text(self, name: str) -> str:
        if name not in self._read:
            self._read[name] = (self._folder / f"{name}.md").read_text(encoding="utf-8").strip()
        return self._read[name]

    def edit(
        self,
        instruction: Instruction,
        context: Context,
        format_words: str,
        *,
        small: bool = False,
    ) -> tuple[Message, ...]:
        """For Ctrl+K: one system and one user message. ``small`` models get plainer words."""
        name = "system_edit_small" if small else "system_edit"
        system = f"{self.text(name)}\n\n{format_words}"
        return _system(system), _user(_edit_body(instruction, context))

    def chat(
        self,
        instruction: Instruction,
        context: Context,
        format_words: str,
        history: Sequence[Message] = (),
    ) -> tuple[Message, ...]:
        """For the side panel: the conversation so far, then the new turn."""
        if instruction.autonomy is Autonomy.ASK:
            may = self.text("chat_may_not_edit")
        else:
            may = f"{self.text('chat_may_edit')}\n\n{format_words}"
        system = f"{self.text('system_chat')}\n\n{may}"
        return _system(system), *history, _user(_chat_body(instruction, context))


def _system(text: str) -> Message:
    return Message(Role.SYSTEM, (Text(text),))


def _user(text: str) -> Message:
    return Message(Role.USER, (Text(text),))


def _edit_body(instruction: Instruction, context: Context) -> str:
    target, span = instruction.target, instruction.span
    parts = [*_rules(context), *_snippets(context, skip=target)]
    if target is not None:
        span = LineSpan(0, len(target.lines())) if span is None else span
        parts.append(_target(target, span, context))
    parts += _mentions(instruction, context)
    parts.append(f"<instruction>\n{instruction.text}\n</instruction>")
    return "\n\n".join(parts)


def _chat_body(instruction: Instruction, context: Context) -> str:
    parts = [*_rules(context), *_snippets(context, skip=None), *_mentions(instruction, context)]
    target, span = instruction.target, instruction.span
    if target is not None and span is not None and not span.empty:
        selected = "".join(target.lines(span))
        parts.append(_tagged("selection", selected, path=target.path, lines=_lines(span)))
    parts.append(instruction.text)
    return "\n\n".join(parts)


def _rules(context: Context) -> list[str]:
    return [_tagged("rule", rule.text, path=rule.path) for rule in context.rules]


def _snippets(context: Context, skip: Snapshot | None) -> list[str]:
    return [
        _snippet(snippet)
        for snippet in context.snippets
        if not (skip is not None and snippet.path == skip.path)
    ]


def _snippet(snippet: Snippet) -> str:
    return _tagged("snippet", snippet.text, path=snippet.path, lines=_lines(snippet.span))


def _lines(span: LineSpan) -> str:
    return f"{span.start + 1}-{span.end}"


def _target(target: Snapshot, span: LineSpan, context: Context) -> str:
    """The file around the selection as the context engine cut it, then the selected lines."""
    own = [s for s in context.snippets if s.path == target.path]
    parts = [_snippet(snippet) for snippet in own if snippet.source != "selection"]
    if not span.empty:
        chosen = next((s.text for s in own if s.source == "selection"), None)
        selected = "".join(target.lines(span)) if chosen is None else chosen
        parts.append(_tagged("selection", selected, path=target.path, lines=_lines(span)))
    else:
        lines = target.lines()
        before = "".join(lines[max(0, span.start - 20) : span.start])
        after = "".join(lines[span.start : span.start + 20])
        around = f"{_closed(before)}{HERE}\n{after}"
        parts.append(_tagged("caret", around, path=target.path, line=span.start + 1))
        parts.append(f"Reply with only the new lines that go where it says {HERE}.")
    return "\n\n".join(parts)


def _mentions(instruction: Instruction, context: Context) -> list[str]:
    """Text that was handed over and that the context does not hold already."""
    held = {snippet.source for snippet in context.snippets}
    return [
        _tagged("mention", m.text, kind=m.kind, value=m.value)
        for m in instruction.mentions
        if m.text and m.kind not in held
    ]


def _tagged(tag: str, body: str, **attributes: object) -> str:
    """``body`` between tags that it cannot close itself: a file may hold any text."""
    number = 1
    while f"</{tag}" in body:
        number += 1
        tag = f"{tag.rstrip('0123456789')}{number}"
    words = "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items())
    return f"<{tag}{words}>\n{_closed(body)}</{tag}>"


def _closed(text: str) -> str:
    """The text with a line end, so that a closing tag starts its own line."""
    return text if not text or text.endswith(("\n", "\r")) else text + "\n"


def selected_text(instruction: Instruction) -> str:
    """The lines the instruction points at; empty for a project question."""
    if instruction.target is None or instruction.span is None:
        return ""
    lines = split_lines(instruction.target.text)
    return "".join(lines[instruction.span.start : instruction.span.end])
