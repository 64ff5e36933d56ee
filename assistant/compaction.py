"""A request made to fit a window: what goes along, what is left out.

Sans I/O: knows messages, snippets and counts, no model and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.errors import ContextOverflow
from assistant.models.tokens import message_tokens, request_tokens, text_tokens
from assistant.types import Context, LeftOut, Message, ModelRequest, Snippet

FIXED_SHARE = 0.6
"""More than this of a window may not be taken by what cannot be left out."""
_ANSWER_SHARE, _ANSWER = 0.25, 4_096
_FRAME = 24
"""Tokens of the tags around one snippet."""

Build = Callable[[Context, Sequence[Message]], ModelRequest]


@dataclass(frozen=True, slots=True)
class Room:
    """``window`` tokens of ``model``; ``factor`` real tokens come to one that is estimated."""

    model: str
    window: int
    factor: float = 1.0

    def tokens(self, estimated: int) -> int:
        return int(estimated * self.factor)

    @property
    def prompt(self) -> int:
        """What a request may take, so that an answer still has room."""
        return self.window - min(_ANSWER, int(self.window * _ANSWER_SHARE))

    def holds(self, request: ModelRequest) -> bool:
        return self.tokens(request_tokens(request)) <= self.prompt


@dataclass(frozen=True, slots=True)
class Fitted:
    """``older`` messages and ``left_out`` snippets do not go along; all others do, in order."""

    request: ModelRequest
    context: Context
    history: tuple[Message, ...]
    older: tuple[Message, ...] = ()
    left_out: tuple[Snippet, ...] = ()

    def words(self, room: Room, summarised: bool) -> str:
        """The one notice about it."""
        parts = []
        if self.older:
            count = len(self.older)
            noun = "message was" if count == 1 else "messages were"
            how = "summarised" if summarised else "left out"
            parts.append(f"{count} older {noun} {how}")
        if self.left_out:
            count = len(self.left_out)
            noun = "piece" if count == 1 else "pieces"
            parts.append(f"{count} {noun} of the project left out")
        what = " and ".join(parts)
        return f"The request did not fit the {room.window:,} tokens of {room.model}: {what}."


def refuse_too_much(build: Build, context: Context, room: Room) -> None:
    """Raises ContextOverflow when what cannot be left out takes too much of the window already."""
    fixed = room.tokens(request_tokens(build(_kept(context, ()), ())))
    if fixed > room.window * FIXED_SHARE:
        raise ContextOverflow(
            f"The instruction and the selected lines alone take about {fixed:,} of the "
            f"{room.window:,} tokens of {room.model}.",
            "Select fewer lines, or choose a model with a larger window.",
            needed=fixed,
            window=room.window,
        )


def fit(
    build: Build,
    context: Context,
    history: Sequence[Message],
    room: Room,
    *,
    pinned: Sequence[Snippet] = (),
    spare: int = 0,
) -> Fitted:
    """The most that fits: the newest turns of the conversation, the best snippets.

    ``spare`` real tokens stay free for a summary of what is left out of the conversation. Raises
    ContextOverflow when even the least is too much.
    """
    refuse_too_much(build, context, room)
    fixed = room.tokens(request_tokens(build(_kept(context, ()), ())))
    left = room.prompt - fixed - (spare if history else 0)
    turns, used = _newest(history, room, left // 2)
    snippets, taken = _best(context, room, left - used, pinned)
    turns, _ = _newest(history, room, left - taken)
    while True:
        newer = tuple(history[len(history) - turns :])
        kept = _kept(context, snippets)
        fitted = Fitted(
            build(kept, newer),
            kept,
            newer,
            tuple(history[: len(history) - turns]),
            tuple(s for s in _loose(context) if s not in snippets),
        )
        # The parts were counted one by one; the whole decides.
        if room.holds(fitted.request) or not (snippets or turns):
            return fitted
        if snippets:
            snippets = snippets[:-1]
        else:
            turns = max(0, turns - 2)


def _newest(history: Sequence[Message], room: Room, left: int) -> tuple[int, int]:
    """How many of the newest messages fit, in whole turns, and what they take."""
    count = used = 0
    for start in range(len(history) - 2, -1, -2):
        turn = history[start : start + 2]
        cost = room.tokens(sum(4 + message_tokens(message) for message in turn))
        if used + cost > left:
            break
        count, used = len(history) - start, used + cost
    return count, used


def _best(
    context: Context, room: Room, left: int, pinned: Sequence[Snippet]
) -> tuple[tuple[Snippet, ...], int]:
    """The snippets that fit: rules first, then what the person pinned or named, then the rest."""
    ranked = sorted(
        _loose(context),
        key=lambda s: (s not in context.rules, s not in pinned, s.source == "search", -s.score),
    )
    kept: list[Snippet] = []
    used = 0
    for snippet in ranked:
        cost = room.tokens(text_tokens(snippet.text) + _FRAME)
        if used + cost <= left:
            kept.append(snippet)
            used += cost
    return tuple(kept), used


def _loose(context: Context) -> tuple[Snippet, ...]:
    """What may be left out: everything but the selected lines."""
    return (*context.rules, *(s for s in context.snippets if s.source != "selection"))


def _kept(context: Context, chosen: Sequence[Snippet]) -> Context:
    """The context with the chosen snippets and the selected lines, in its own order."""
    snippets = tuple(s for s in context.snippets if s.source == "selection" or s in chosen)
    rules = tuple(rule for rule in context.rules if rule in chosen)
    gone = [s for s in _loose(context) if s not in chosen]
    left_out = tuple(LeftOut(s.path, "no room in the model's window", s.tokens) for s in gone)
    return replace(
        context,
        snippets=snippets,
        rules=rules,
        tokens=max(0, context.tokens - sum(s.tokens for s in gone)),
        left_out=(*context.left_out, *left_out),
    )
