"""What leaves the machine with one request, portion by portion, as it leaves. Knows no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from assistant.types import (
    Image,
    LeftOut,
    LineSpan,
    Message,
    Part,
    Role,
    Text,
    ToolResult,
    ToolSpec,
)

IMAGE = "image"
_WHO = {Role.USER: "you asked before", Role.TOOL: "what tools answered before"}


@dataclass(frozen=True, slots=True)
class Portion:
    """One part of a request; ``text`` is what leaves, with placeholders where secrets were.

    ``source`` is system, rule, history, selection, file, symbol, search, pin, folder, commit, diff,
    problems, terminal, paste, image or prompt. ``path`` and ``span`` say where its lines stand in
    the project, where they do; ``picture`` are the bytes of an image.
    """

    source: str
    title: str
    text: str
    why: str = ""
    tokens: int = 0
    path: str = ""
    span: LineSpan | None = None
    redactions: int = 0
    picture: Image | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the model takes, and what it asks for it. Prices are US dollars; None is not known.

    ``window`` is tokens, ``rate`` the price of one token of input, ``low`` and ``high`` the range
    of the whole request with its answer. ``sees`` says whether it takes images. ``leaves`` is False
    for engines of the app itself; a ``local`` model's server is on this machine. ``thinks`` is
    None where no table knows the model: ``low`` is without thinking then and ``high`` with it.
    """

    window: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    sees: bool | None = None
    local: bool = False
    leaves: bool = True
    thinks: bool | None = False
    calls: int = 1
    """How many requests it can come to; ``low`` and ``high`` are of all of them."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One whole request: every portion in its order, and what was kept back and why."""

    portions: tuple[Portion, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    terms: Terms = field(default_factory=Terms)
    model: str = ""

    @property
    def tokens(self) -> int:
        """An estimate of the whole prompt."""
        return sum(portion.tokens for portion in self.portions)

    @property
    def redactions(self) -> int:
        return sum(portion.redactions for portion in self.portions)


@dataclass(frozen=True, slots=True)
class Letter:
    """The parts of a request before it is sealed; nothing of it may leave like this."""

    system: tuple[Portion, ...]
    body: tuple[Portion, ...]
    history: tuple[Message, ...] = ()
    after: tuple[Message, ...] = ()
    """An answer to it and what is said of that answer, when it is asked again."""

    def pictures(self) -> tuple[Image, ...]:
        return tuple(p.picture for p in self.body if p.picture is not None)

    def messages(self) -> tuple[Message, ...]:
        """The request's messages: system, the conversation, one of the person."""
        words = [p.text for p in self.body if p.picture is None]
        return (
            Message(Role.SYSTEM, (Text("\n\n".join(p.text for p in self.system)),)),
            *self.history,
            Message(Role.USER, (*self.pictures(), Text("\n\n".join(words)))),
            *self.after,
        )

    def portions(
        self, count: Callable[[str], int], hidden: Callable[[str], int]
    ) -> tuple[Portion, ...]:
        """All parts in their order; ``count`` estimates tokens, ``hidden`` counts masked secrets.

        Pictures bring their own number of tokens.
        """
        told = tuple(map(_told, self.history))
        parts = (*self.system, *told, *self.body, *map(_told, self.after))
        return tuple(
            replace(p, tokens=p.tokens or count(p.text), redactions=hidden(p.text)) for p in parts
        )

    def sealed(self, close: Callable[[str], str]) -> Letter:
        """The letter as it may leave.

        Its parts are masked one by one, so that an unfinished key in one does not hide the next.
        """

        def masked(portions: tuple[Portion, ...]) -> tuple[Portion, ...]:
            return tuple(replace(portion, text=close(portion.text)) for portion in portions)

        def told(part: Part) -> Part:
            return Text(close(part.text)) if isinstance(part, Text) else part

        history = (replace(m, parts=tuple(map(told, m.parts))) for m in self.history)
        return Letter(masked(self.system), masked(self.body), tuple(history))


def _told(message: Message) -> Portion:
    who = _WHO.get(message.role, "the answer before")
    results = [part.text for part in message.parts if isinstance(part, ToolResult)]
    text = "\n".join(results) if message.role is Role.TOOL else message.text
    return Portion("history", who, text, "the conversation so far")


def tools(specs: Sequence[ToolSpec]) -> tuple[Portion, ...]:
    """What a model is told of the tools it may call; nothing where there are none."""
    if not specs:
        return ()
    rows = [
        json.dumps({"name": s.name, "description": s.description, "arguments": dict(s.schema)})
        for s in specs
    ]
    words = "Galley's own words to the model"
    return (Portion("system", "the tools it may call", "\n".join(rows), words),)


def plain(parcel: Parcel) -> dict[str, Any]:
    """The parcel as JSON values, for the run log; pictures are kept by their bytes in base64."""
    import base64

    def one(portion: Portion) -> dict[str, Any]:
        row: dict[str, Any] = {
            "source": portion.source,
            "title": portion.title,
            "text": portion.text,
            "why": portion.why,
            "tokens": portion.tokens,
            "path": portion.path,
            "redactions": portion.redactions,
        }
        if portion.span is not None:
            row["span"] = [portion.span.start, portion.span.end]
        if portion.picture is not None:
            row["media"] = portion.picture.media_type
            row["picture"] = base64.b64encode(portion.picture.data).decode()
        return row

    terms = parcel.terms
    return {
        "model": parcel.model,
        "portions": [one(portion) for portion in parcel.portions],
        "left_out": [[str(left.path), left.why, left.tokens] for left in parcel.left_out],
        "terms": {name: getattr(terms, name) for name in Terms.__dataclass_fields__},
    }


def read(kept: Mapping[str, Any]) -> Parcel:
    """The parcel that :func:`plain` wrote. Raises KeyError or TypeError for anything else."""
    import base64

    def one(row: Mapping[str, Any]) -> Portion:
        picture = None
        if "picture" in row:
            picture = Image(row["media"], base64.b64decode(row["picture"]))
        return Portion(
            row["source"],
            row["title"],
            row["text"],
            row["why"],
            row["tokens"],
            row["path"],
            LineSpan(*row["span"]) if "span" in row else None,
            row["redactions"],
            picture,
        )

    return Parcel(
        tuple(one(row) for row in kept["portions"]),
        tuple(LeftOut(PurePosixPath(p), why, tokens) for p, why, tokens in kept["left_out"]),
        Terms(**kept["terms"]),
        kept["model"],
    )
