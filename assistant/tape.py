"""A run as it can be played again: its events with their times, as JSON values and back.

Knows every noun of the house and no file. What nobody sees twice is kept once: long texts are
stored where they first stand, and of hunks, graphs and sums that follow fast only the last.
"""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import partial
from itertools import accumulate, pairwise
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

from assistant import calls, errors, events, messages, parcel, query, types, writers
from assistant.errors import GalleyError, SettingsError
from assistant.events import (
    Cancelled,
    ContextReady,
    Done,
    Event,
    Failed,
    GraphChanged,
    HunksChanged,
    Outcome,
    RunStarted,
    UsageChanged,
)
from assistant.needs import Seal
from assistant.types import Hunk, HunkState, TextDelta, ThinkingDelta, split_lines

VERSION = 1
KIND = "tape"
_LONG = 120
"""Characters from which on a text is stored once."""
_SOON_S = 0.2
_BATCH_S = 2.0
_BATCH = 256
_PLAIN = (int, float, bool, type(None))
_SHORTEST = 8
"""Characters below which nothing is a secret."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event and when it happened, in seconds since the run began; the last is an Outcome."""

    at: float
    event: Event | Outcome


class Tape:
    """Records one run. ``write`` gets a batch now and then, and the rest at the end.

    ``close`` puts placeholders where secrets stand; words are closed as they follow each other,
    since a part of a key shows not that it is one.
    """

    def __init__(
        self,
        write: Callable[[Mapping[str, Any]], None],
        close: Callable[[str], str],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._now, self._close = write, now, close
        self._began = self._written = now()
        self._encoder = _Encoder(close)
        self._words: list[Moment] = []
        self._rows: list[list[Any]] = []
        self._held: dict[str, Moment] = {}
        self._latest = 0.0
        self._last: dict[str, float] = {}

    def hear(self, event: Event) -> None:
        at = self._now() - self._began
        key = _key(event)
        soon = at - self._last.get(key, -_SOON_S) < _SOON_S
        # Sums come in the middle of words, which may be the middle of a key.
        amid = bool(self._words) and isinstance(event, UsageChanged | GraphChanged)
        if key and (soon or amid):
            self._held[key] = Moment(at, event)
            return
        if isinstance(event, TextDelta | ThinkingDelta):
            self._say(Moment(at, event))
            return
        if key:
            self._said()
            self._held.pop(key, None)
            self._last[key] = at
        else:
            self._let_go()
        self._put(Moment(at, _lean(event)))

    def end(self, outcome: Outcome) -> None:
        """The last word; nothing is recorded after it."""
        self._let_go()
        self._put(Moment(self._now() - self._began, outcome))
        self._flush()

    def _say(self, moment: Moment) -> None:
        """Words wait for those that follow; at a blank line those before it are complete."""
        if self._words and type(self._words[-1].event) is not type(moment.event):
            self._said()
        self._words.append(moment)
        if moment.at - self._words[0].at > _BATCH_S:
            text = "".join(map(_text_of, self._words))
            if text.endswith("\n\n"):
                self._said()

    def _said(self) -> None:
        words, self._words = self._words, []
        if not words:
            return
        text = "".join(map(_text_of, words))
        closed, kind = self._close(text), type(words[0].event)
        pieces = [_text_of(moment) for moment in words]
        if closed != text:  # the same pace over what may be kept
            share = len(closed) / len(text)
            ends = [round(end * share) for end in accumulate(map(len, pieces))]
            pieces = [closed[a:b] for a, b in pairwise([0, *ends[:-1], len(closed)])]
        for moment, piece in zip(words, pieces, strict=True):
            if piece:
                assert kind in (TextDelta, ThinkingDelta)
                self._put(Moment(moment.at, kind(piece)))

    def _let_go(self) -> None:
        self._said()
        held, self._held = self._held, {}
        for moment in sorted(held.values(), key=lambda each: each.at):
            self._put(Moment(moment.at, _lean(moment.event)))

    def _put(self, moment: Moment) -> None:
        self._latest = max(self._latest, moment.at)
        self._rows.append([round(self._latest, 3), self._encoder.plain(moment.event)])
        if len(self._rows) >= _BATCH or self._now() - self._written > _BATCH_S:
            self._flush()

    def _flush(self) -> None:
        rows, self._rows, self._written = self._rows, [], self._now()
        if rows:
            self._write({"version": VERSION, "events": rows})


async def recorded(
    stream: AsyncGenerator[Event, None],
    record: Callable[[str, str, Mapping[str, Any]], None],
    seal: Callable[[], Seal],
) -> AsyncGenerator[Event, None]:
    """The same events, kept with their run from its first word on."""
    tape: Tape | None = None
    outcome: Outcome = Cancelled()
    try:
        async with aclosing(stream) as heard:
            async for event in heard:
                if isinstance(event, RunStarted):
                    tape = Tape(partial(record, event.id, KIND), seal().close)
                if tape is not None:
                    tape.hear(event)
                yield event
        outcome = Done()
    except Exception as error:
        outcome = Failed(error)
        raise
    finally:
        if tape is not None:
            tape.end(outcome)


def read(lines: Iterable[Mapping[str, Any]]) -> tuple[Moment, ...]:
    """The moments of a run's log, oldest first; empty when nothing of it was recorded.

    Raises SettingsError for a recording of another version or one that is damaged.
    """
    decoder = _Decoder()
    moments = []
    for line in lines:
        if line.get("kind") != KIND:
            continue
        if line.get("version") != VERSION:
            raise SettingsError(
                f"This recording has version {line.get('version')}, and {VERSION} can be played.",
                "Play it with the Galley that made it.",
            )
        try:
            for at, value in line["events"]:
                moments.append(Moment(float(at), decoder.value(value)))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise SettingsError(
                f"The recording is damaged: {error}.", "Nothing of it is played."
            ) from error
    return tuple(moments)


def _key(event: Event) -> str:
    """What replaces what was said before it, by what it is about; empty for all else."""
    match event:
        case HunksChanged(change):
            return f"hunks:{change.base.path}"
        case GraphChanged():
            return "graph"
        case UsageChanged():
            return "usage"
    return ""


def _text_of(moment: Moment) -> str:
    event = moment.event
    return event.text if isinstance(event, TextDelta | ThinkingDelta) else ""


def _lean(event: Event | Outcome) -> Event | Outcome:
    """What leaves is kept with the run already, here only what it weighed; of a line that still
    arrives nothing, for it may be a part of a key.
    """
    if isinstance(event, HunksChanged):
        return HunksChanged(replace(event.change, hunks=tuple(map(_whole, event.change.hunks))))
    if not isinstance(event, ContextReady):
        return event
    portions = tuple(replace(p, text="", picture=None) for p in event.parcel.portions)
    context = replace(
        event.context,
        snippets=tuple(replace(s, text="") for s in event.context.snippets),
        rules=tuple(replace(r, text="") for r in event.context.rules),
    )
    whole = replace(event.parcel, portions=portions)
    return ContextReady(context, whole)


def _whole(hunk: Hunk) -> Hunk:
    if hunk.state is not HunkState.STREAMING or not hunk.new or hunk.new[-1].endswith("\n"):
        return hunk
    return replace(hunk, new=hunk.new[:-1])


# -- values ----------------------------------------------------------------------------------------


def _nouns(*modules: ModuleType) -> Iterator[tuple[str, type]]:
    for module in modules:
        for name, found in vars(module).items():
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                yield name, found


_KNOWN = dict(_nouns(calls, events, messages, parcel, query, types, writers))
_ERRORS = {
    name: found
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, GalleyError)
}


class _Encoder:
    """Values as JSON: ``$`` is a noun, ``$t`` a text by its number, ``$p`` a path, ``$l`` a list,
    ``$m`` a table, ``$b`` bytes, ``$s`` a set, ``$x`` an error.
    """

    def __init__(self, close: Callable[[str], str]) -> None:
        self._close = close
        self._texts: dict[str, int] = {}
        self._closed: dict[str, str] = {}

    def plain(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return {"$": type(value).__name__, "v": value.value}
        if isinstance(value, str):
            return self._text(value) if len(value) >= _LONG else self._short(value)
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, Hunk):
            value = self._masked(value)
        if isinstance(value, tuple):
            return [self.plain(each) for each in value]
        if isinstance(value, list):
            return {"$l": [self.plain(each) for each in value]}
        if isinstance(value, PurePosixPath):
            return {"$p": str(value)}
        if isinstance(value, Mapping):
            return {"$m": [[self.plain(k), self.plain(v)] for k, v in value.items()]}
        if isinstance(value, bytes):
            return {"$b": base64.b64encode(value).decode()}
        if isinstance(value, frozenset):
            return {"$s": sorted((self.plain(each) for each in value), key=str)}
        if isinstance(value, BaseException):
            return self._error(value)
        if is_dataclass(value) and type(value).__name__ in _KNOWN:
            named = {each.name: getattr(value, each.name) for each in fields(value)}
            return {
                "$": type(value).__name__,
                **{name: self.plain(each) for name, each in named.items()},
            }
        raise TypeError(f"{type(value).__name__} cannot be recorded")

    def _text(self, value: str) -> dict[str, Any]:
        if value in self._texts:
            return {"$t": self._texts[value]}
        self._texts[value] = len(self._texts)
        return {"$t": self._texts[value], "v": self._close(value)}

    def _short(self, value: str) -> str:
        if len(value) < _SHORTEST:
            return value
        if value not in self._closed:
            self._closed[value] = self._close(value)
        return self._closed[value]

    def _masked(self, hunk: Hunk) -> Hunk:
        """Its sides as wholes: a key may go over several lines."""
        old, new = self._close("".join(hunk.old)), self._close("".join(hunk.new))
        return replace(hunk, old=split_lines(old), new=split_lines(new))

    def _error(self, error: BaseException) -> dict[str, Any]:
        cause = error.cause if isinstance(error, GalleyError) else str(error)
        action = error.action if isinstance(error, GalleyError) else ""
        words = (cause or type(error).__name__, action)
        return {"$x": [type(error).__name__, *map(self._close, words)]}


class _Decoder:
    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def value(self, data: Any) -> Any:
        if isinstance(data, list):
            return tuple(self.value(each) for each in data)
        if not isinstance(data, dict):
            return data
        if "$t" in data:
            if "v" in data:
                self._texts[data["$t"]] = data["v"]
            return self._texts[data["$t"]]
        if "$l" in data:
            return [self.value(each) for each in data["$l"]]
        if "$p" in data:
            return PurePosixPath(data["$p"])
        if "$m" in data:
            return {self.value(k): self.value(v) for k, v in data["$m"]}
        if "$b" in data:
            return base64.b64decode(data["$b"])
        if "$s" in data:
            return frozenset(self.value(each) for each in data["$s"])
        if "$x" in data:
            name, cause, action = data["$x"]
            return _ERRORS.get(name, GalleyError)(cause, action)
        kind = _KNOWN[data["$"]]
        if issubclass(kind, Enum):
            return kind(data["v"])
        return kind(**{name: self.value(each) for name, each in data.items() if name != "$"})


def outcome_of(moments: Iterable[Moment]) -> Outcome | None:
    """How a recorded run ended; None when the program died before."""
    found = [moment.event for moment in moments]
    last = found[-1] if found else None
    return last if isinstance(last, Done | Cancelled | Failed) else None
