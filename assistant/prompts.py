"""Puts the words of a request together, part by part. Knows the prompt files and the nouns, no
model and no network.

The order serves prompt caches: the system message never changes within a session, then the
conversation, then one user message with rules, project text and, last, the instruction. Nothing in
it changes with the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.images import picture_size, picture_tokens
from assistant.parcel import IMAGE, Letter, Portion
from assistant.types import (
    Autonomy,
    Context,
    Instruction,
    LineSpan,
    Mention,
    Message,
    Snapshot,
    Snippet,
    split_lines,
)

HERE = "<<<insert here>>>"
_HANDED = frozenset(("folder", "commit", "diff", "problems", "terminal", "paste"))
"""Sources of snippets that are no lines of a file as it is now."""
_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
_AROUND = 20
"""Lines shown before and after a bare caret."""


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
    ) -> Letter:
        """For Ctrl+K: one system and one user message. ``small`` models get plainer words.

        Lines of the target are taken from ``instruction`` as they stand there: mask them first.
        """
        name = "system_edit_small" if small else "system_edit"
        system = (_ours(self.text(name)), _form(format_words))
        return Letter(system, tuple(_edit_body(instruction, context)))

    def chat(
        self,
        instruction: Instruction,
        context: Context,
        format_words: str,
        history: Sequence[Message] = (),
    ) -> Letter:
        """For the side panel: the conversation so far, then the new turn."""
        if instruction.autonomy is Autonomy.ASK:
            may = _ours(self.text("chat_may_not_edit"), "no edits")
        else:
            may = _form(f"{self.text('chat_may_edit')}\n\n{format_words}")
        system = (_ours(self.text("system_chat")), may)
        return Letter(system, tuple(_chat_body(instruction, context)), tuple(history))

    def agent(
        self, instruction: Instruction, context: Context, history: Sequence[Message] = ()
    ) -> Letter:
        """For a task that is worked on in steps: what was said before, then the task."""
        system = (_ours(self.text("system_agent"), "how to work"),)
        return Letter(system, tuple(_chat_body(instruction, context)), tuple(history))


def _ours(text: str, title: str = "how to answer") -> Portion:
    return Portion("system", title, text, "Galley's own words to the model")


def _form(text: str) -> Portion:
    return _ours(text, "how to write edits")


def _edit_body(instruction: Instruction, context: Context) -> list[Portion]:
    target, span = instruction.target, instruction.span
    parts = [*_rules(context), *_pictures(instruction), *_snippets(context, skip=target)]
    if target is not None:
        span = LineSpan(0, len(target.lines())) if span is None else span
        parts += [*_snippets(context, only=target), _target(target, span)]
    parts.append(_wish(f"<instruction>\n{instruction.text}\n</instruction>"))
    return parts


def _chat_body(instruction: Instruction, context: Context) -> list[Portion]:
    parts = [*_rules(context), *_pictures(instruction), *_snippets(context)]
    target, span = instruction.target, instruction.span
    if target is not None and span is not None and span.size:
        parts.append(_selection(target, span))
    parts.append(_wish(instruction.text))
    return parts


def _wish(text: str) -> Portion:
    return Portion("prompt", "your words", text, "you wrote it")


def _rules(context: Context) -> list[Portion]:
    return [
        Portion(
            "rule",
            rule.path.name,
            tagged("rule", rule.text, path=rule.path),
            rule.why,
            path=str(rule.path),
            span=rule.span,
        )
        for rule in context.rules
    ]


def _pictures(instruction: Instruction) -> list[Portion]:
    """Images go before the words, as the servers advise."""
    return [_picture(m) for m in instruction.mentions if m.picture is not None]


def _picture(mention: Mention) -> Portion:
    assert mention.picture is not None
    size = picture_size(mention.picture.data)
    title = mention.value.rpartition("/")[2] or IMAGE
    words = f"{title}, {size[0]} × {size[1]}" if size else title
    return Portion(
        IMAGE,
        words,
        "",
        "you added it",
        picture_tokens(mention.picture.data),
        picture=mention.picture,
    )


def _snippets(
    context: Context, *, skip: Snapshot | None = None, only: Snapshot | None = None
) -> list[Portion]:
    return [
        _snippet(snippet)
        for snippet in context.snippets
        if (skip is None or snippet.path != skip.path)
        and (only is None or snippet.path == only.path)
    ]


def _snippet(snippet: Snippet) -> Portion:
    handed = snippet.source in _HANDED
    if handed and str(snippet.path).startswith("@"):
        text = tagged("mention", snippet.text, kind=snippet.source)
        return Portion(snippet.source, str(snippet.path), text, snippet.why)
    text = tagged("snippet", snippet.text, path=snippet.path, lines=_lines(snippet.span))
    title = snippet.path.name or str(snippet.path)
    return Portion(
        snippet.source, title, text, snippet.why, path=str(snippet.path), span=snippet.span
    )


def _lines(span: LineSpan) -> str:
    return f"{span.start + 1}-{span.end}"


def _target(target: Snapshot, span: LineSpan) -> Portion:
    """The selected lines, or the place of the caret in some lines around it."""
    if span.size:
        return _selection(target, span)
    lines = target.lines()
    first, last = max(0, span.start - _AROUND), min(len(lines), span.start + _AROUND)
    before, after = "".join(lines[first : span.start]), "".join(lines[span.start : last])
    around = f"{_closed(before)}{HERE}\n{after}"
    words = tagged("caret", around, path=target.path, line=span.start + 1)
    ask = f"Reply with only the new lines that go where it says {HERE}."
    return Portion(
        "selection",
        f"{target.path.name}, around the caret",
        f"{words}\n\n{ask}",
        "your caret is there",
        path=str(target.path),
        span=LineSpan(first, last),
    )


def _selection(target: Snapshot, span: LineSpan) -> Portion:
    """Just the selected lines: they are what a reply in the selection format replaces."""
    selected = "".join(target.lines(span))
    return Portion(
        "selection",
        target.path.name,
        tagged("selection", selected, path=target.path, lines=_lines(span)),
        "you selected it",
        path=str(target.path),
        span=span,
    )


def tagged(tag: str, body: str, **attributes: object) -> str:
    """``body`` between tags that it cannot close itself: a file may hold any text."""
    number = 1
    while f"</{tag}" in body:
        number += 1
        tag = f"{tag.rstrip('0123456789')}{number}"
    words = "".join(f" {name}={_quoted(str(value))}" for name, value in attributes.items())
    return f"<{tag}{words}>\n{_closed(body)}</{tag}>"


def _closed(text: str) -> str:
    """The text with a line end, so that a closing tag starts its own line."""
    return text if not text or text.endswith(("\n", "\r")) else text + "\n"


def _quoted(value: str) -> str:
    """A value as an attribute of a tag, in quotes that it does not hold."""
    escaped = value.translate(_ENTITIES)
    if '"' not in escaped:
        return f'"{escaped}"'
    if "'" not in escaped:
        return f"'{escaped}'"
    return '"' + escaped.replace('"', "&quot;") + '"'


def selected_text(instruction: Instruction) -> str:
    """The lines the instruction points at; empty for a project question."""
    if instruction.target is None or instruction.span is None:
        return ""
    lines = split_lines(instruction.target.text)
    return "".join(lines[instruction.span.start : instruction.span.end])
