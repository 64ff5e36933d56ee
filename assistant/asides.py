"""Small requests beside the conversation: a summary of it, a commit message.

Knows the rooms of a session; secrets are taken out of what leaves here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from assistant.models.tokens import text_tokens
from assistant.needs import Rooms, Seal
from assistant.types import (
    ChangeSet,
    Effort,
    FileChange,
    HunkState,
    Instruction,
    Message,
    ModelRequest,
    Role,
    Text,
    TextDelta,
    Usage,
    split_lines,
)

SUMMARY_TOKENS = 600
_MESSAGE_TOKENS = 400
_LONGEST_CHANGE = 24_000
"""Characters of a change that are shown for a commit message; the rest is counted only."""


async def summary(
    rooms: Rooms, run: str, older: Sequence[Message], most: int
) -> AsyncGenerator[TextDelta | Usage, None]:
    """The older part of a conversation in few words; ``most`` tokens of it are shown.

    Raises ModelError and SettingsError.
    """
    seal = rooms.seal()  # before it is cut: a part of a key shows not that it is one
    talk = "\n\n".join(f"{message.role.value}: {seal.close(message.text)}" for message in older)
    keep = max(2_000, int(len(talk) * min(1.0, most / max(1, text_tokens(talk)))))
    if len(talk) > keep:
        talk = f"{talk[: keep // 3]}\n…\n{talk[-(2 * keep // 3) :]}"
    words = _ask(rooms, run, "summary", rooms.prompts.text("summary"), talk, SUMMARY_TOKENS)
    async with aclosing(words) as events:
        async for event in events:
            yield event


async def commit_message(
    rooms: Rooms, run: str, changes: ChangeSet
) -> AsyncGenerator[TextDelta | Usage, None]:
    """A message for the kept hunks of ``changes``, as it is written.

    Raises ModelError and SettingsError.
    """
    shown = await asyncio.to_thread(_shown, changes, rooms)
    system = rooms.prompts.text("commit_message")
    words = _ask(rooms, run, "commit", system, shown, _MESSAGE_TOKENS)
    async with aclosing(words) as events:
        async for event in events:
            yield event


async def _ask(
    rooms: Rooms, run: str, role: str, system: str, text: str, most: int
) -> AsyncGenerator[TextDelta | Usage, None]:
    model = rooms.pick(role, Instruction(text, effort=rooms.effort(role), run=account_of(run)))
    """``text`` is masked already, part by part: an unfinished key hides nothing behind it."""
    seal = rooms.seal()
    messages = (Message(Role.SYSTEM, (Text(system),)), Message(Role.USER, (Text(text),)))
    effort = rooms.effort(role)
    request = ModelRequest(
        messages,
        effort=effort,
        # A model that thinks spends the limit on thinking first.
        max_tokens=most if effort is Effort.OFF else None,
    )
    rooms.log.record(run, role, {"model": model.name, "messages": _plain(request)})
    async with aclosing(model.stream(request)) as events:
        async for event in events:
            if isinstance(event, TextDelta) and (said := seal.open(event.text)):
                yield TextDelta(said)
            elif isinstance(event, Usage):
                yield event
    if rest := seal.rest():
        yield TextDelta(rest)


def account_of(run: str) -> str:
    """The run that pays for a call: those of a graph have a name after an underline."""
    return run.partition("_")[0]


def _shown(changes: ChangeSet, rooms: Rooms) -> str:
    """What is committed, as minus and plus lines with the wish before them.

    Files whose lines stay here are only named.
    """
    seal = rooms.seal()
    title = f"The person asked for: {seal.close(changes.title)}"
    parts = [title] if changes.title else []
    room = _LONGEST_CHANGE
    for change in changes.files:
        reason = rooms.withheld(change.base.path) or (
            rooms.withheld(change.moved_to) if change.moved_to is not None else None
        )
        words = _file(change, seal) if reason is None else _head(change)
        if len(words) > room:
            hidden = words.count("\n", room)
            words = f"{words[:room]}\n… and {hidden} more lines"
        room = max(200, room - len(words))
        parts.append(words)
    return "\n\n".join(parts)


def _head(change: FileChange) -> str:
    to = f" moved to {change.moved_to}" if change.moved_to is not None else ""
    return f"{change.action.value} {change.base.path}{to}"


def _file(change: FileChange, seal: Seal) -> str:
    """Lines are masked in the whole file and cut out after."""
    lines = [_head(change)]
    base = split_lines(seal.close(change.base.text))
    seal.close(change.applied())  # what is a secret in the new text is one in its hunks
    for hunk in change.hunks:
        if hunk.state is not HunkState.KEPT:
            continue
        lines.append(f"@@ line {hunk.base.start + 1} @@")
        before = base[max(0, hunk.base.start - 2) : hunk.base.start]
        lines += [f" {line.rstrip()}" for line in before]
        lines += [f"-{line.rstrip()}" for line in base[hunk.base.start : hunk.base.end]]
        new = seal.close("".join(hunk.new))
        lines += [f"+{line.rstrip()}" for line in split_lines(new)]
    return "\n".join(lines)


def _plain(request: ModelRequest) -> list[dict[str, str]]:
    """The messages as they stand in the run log."""
    return [{"role": message.role.value, "text": message.text} for message in request.messages]
