"""Another model is asked what it thinks: of proposed hunks, or which of several drafts is best.

What it reads are numbered lines between tags that they cannot close; what it says is read strictly,
and can change nothing but a label. Nobody's evidence is touched here.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.calls import Opinion, Verdict
from assistant.events import Candidate, OpinionsGiven
from assistant.needs import Rooms, Seal
from assistant.parcel import Letter, Parcel, Portion, plain
from assistant.prompts import tagged
from assistant.types import (
    ChangeSet,
    ChatModel,
    FileChange,
    HunkState,
    Instruction,
    LeftOut,
    ModelRequest,
    TextDelta,
    Usage,
    split_lines,
)

OPEN = (HunkState.PENDING, HunkState.CONFLICTED)
LONGEST_WORDS = 240
_AROUND = 6
"""Lines shown before and after a hunk."""
_MOST_TOKENS = 1_200
_SAID = re.compile(
    r"^\W*(?:hunk\s*)?(\d{1,4})\s*[:.)\-]+\s*\**(fine|doubt|wrong)\b\**"
    r"(?:\s*[:,\-–—]*\s*(?:at\s+)?lines?\s*(\d{1,7})(?:\s*-\s*\d{1,7})?)?\s*[:,\-–—]*\s*(.*)$",
    re.IGNORECASE,
)
_PICKED = re.compile(r"^\W*(?:draft\s*)?(\d{1,2})\s*[:.)\-]+\s*(.*)$", re.IGNORECASE)
_WORSE = {Verdict.FINE: 0, Verdict.DOUBT: 1, Verdict.WRONG: 2}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a numbered hunk stands, and which line numbers were shown of it (1-based)."""

    path: str
    hunk: int
    lines: frozenset[int]


class Judge:
    """One request to ``model``: weighed first, then asked. ``letter`` was masked part by part by
    ``seal``, which puts secrets back into what is said.
    """

    def __init__(
        self, rooms: Rooms, model: ChatModel, run: str, letter: Letter, seal: Seal
    ) -> None:
        self._rooms, self._model, self._run = rooms, model, run
        self._seal, self._letter = seal, letter
        effort = rooms.effort("judge")
        self._request = ModelRequest(
            self._letter.messages(),
            effort=effort,
            # A model that thinks spends the limit on thinking first.
            max_tokens=None if effort else _MOST_TOKENS,
            cache_key=run.rpartition("-")[0],
        )

    def parcel(self, left_out: tuple[LeftOut, ...] = ()) -> Parcel:
        """What would leave, and what it would cost."""
        portions = self._letter.portions(self._count, self._seal.hidden)
        parcel = Parcel(portions, left_out, model=self._model.name)
        terms = self._rooms.terms(self._model, self._request, parcel.tokens)
        return replace(parcel, terms=terms)

    async def ask(self) -> AsyncGenerator[str | Usage, None]:
        """What it takes, and last all its words. Raises ModelError."""
        self._rooms.log.record(self._run, "request", plain(self.parcel()))
        said, counted = "", False
        async with aclosing(self._model.stream(self._request)) as events:
            async for event in events:
                if isinstance(event, Usage):
                    counted = True
                    yield event
                elif isinstance(event, TextDelta):
                    said += self._seal.open(event.text)
        said += self._seal.rest()
        if not counted:  # nobody said what it took
            given = self.parcel().tokens
            yield Usage(given, output=self._count(said), estimated=True)
        self._rooms.log.record(self._run, "reply", {"text": said})
        yield said

    def _count(self, text: str) -> int:
        return self._rooms.calibration.tokens(text, self._model.name)


# -- a second opinion ------------------------------------------------------------------------------


class SecondOpinion:
    """What ``model`` shall say of the undecided hunks of ``changes``."""

    def __init__(self, rooms: Rooms, model: ChatModel, run: str, changes: ChangeSet) -> None:
        self._model = model
        self._places: dict[int, _Place] = {}
        self._left_out: list[LeftOut] = []
        self._seal = seal = rooms.seal()
        body = [_wish(seal.close(changes.title))]
        for change in changes.files:
            reason = rooms.withheld(change.moved_to or change.base.path)
            reason = reason or rooms.withheld(change.base.path)
            if reason is not None:
                self._left_out.append(LeftOut(change.base.path, reason))
                continue
            body += self._hunks(change)
        words = rooms.prompts.text("second_opinion")
        self._judge = Judge(rooms, model, run, Letter((_ours(words),), tuple(body)), seal)

    @property
    def hunks(self) -> int:
        """How many it would be asked about."""
        return len(self._places)

    def parcel(self) -> Parcel:
        return self._judge.parcel(tuple(self._left_out))

    async def ask(self) -> AsyncGenerator[OpinionsGiven | Usage, None]:
        """What it takes, and last what it said. Raises ModelError."""
        said = ""
        async with aclosing(self._judge.ask()) as events:
            async for event in events:
                if isinstance(event, Usage):
                    yield event
                else:
                    said = event
        yield read_opinions(said, self._places, self._model.name)

    def _hunks(self, change: FileChange) -> list[Portion]:
        portions = []
        for number, hunk_id, lines, shown in _numbered(change, self._seal):
            place = len(self._places) + 1
            path = str(change.moved_to or change.base.path)
            self._places[place] = _Place(path, hunk_id, shown)
            text = tagged("hunk", lines, number=place, path=path, action=change.action.value)
            title = f"{change.base.path.name}, hunk at line {number}"
            portions.append(Portion("file", title, text, "it is proposed", path=path))
        return portions


def _numbered(change: FileChange, seal: Seal) -> list[tuple[int, int, str, frozenset[int]]]:
    """First line, id, text and shown line numbers of each undecided hunk, as the file would be.

    Lines are masked in the whole file and cut out after: a part of a key shows not that it is one.
    """
    found = []
    base = split_lines(seal.close(change.base.text))
    seal.close(change.applied((*OPEN, HunkState.KEPT)))
    shift = 0
    for hunk in change.hunks:
        if hunk.state not in OPEN:
            if hunk.state is HunkState.KEPT:
                shift += len(hunk.new) - hunk.base.size
            continue
        first = hunk.base.start + shift + 1
        before = base[max(0, hunk.base.start - _AROUND) : hunk.base.start]
        after = base[hunk.base.end : hunk.base.end + _AROUND]
        new = split_lines(seal.close("".join(hunk.new)))
        rows = [(" ", line) for line in before] + [("+", line) for line in new]
        start = first - len(before)
        text = [_row(start + n, sign, line) for n, (sign, line) in enumerate(rows)]
        old = base[hunk.base.start : hunk.base.end]
        gone = [f"     - {line.rstrip()}" for line in old]
        text[len(before) : len(before)] = gone
        last = start + len(rows)
        text += [_row(last + n, " ", line) for n, line in enumerate(after)]
        shown = frozenset(range(start, last + len(after)))
        found.append((first, hunk.id, "\n".join(text), shown))
        shift += len(hunk.new) - hunk.base.size
    return found


def _row(number: int, sign: str, line: str) -> str:
    return f"{number:4} {sign} {line.rstrip()}"


def read_opinions(said: str, places: dict[int, _Place], model: str) -> OpinionsGiven:
    """One opinion for each hunk that there is. The graver of two counts; what speaks of hunks or
    lines that were not shown is dropped and counted.
    """
    found: dict[int, Opinion] = {}
    dropped = 0
    for line in said.splitlines():
        match = _SAID.match(line.strip())
        if match is None:
            continue
        place = places.get(int(match[1]))
        if place is None:
            dropped += 1
            continue
        at = int(match[3]) if match[3] else None
        if at is not None and at not in place.lines:
            dropped, at = dropped + 1, None
        words = " ".join(match[4].split())[:LONGEST_WORDS]
        verdict = Verdict(match[2].lower())
        opinion = Opinion(
            place.path, place.hunk, verdict, words, model, None if at is None else at - 1
        )
        before = found.get(int(match[1]))
        if before is None or _WORSE[verdict] > _WORSE[before.verdict]:
            found[int(match[1])] = opinion
    return OpinionsGiven(model, tuple(found[n] for n in sorted(found)), dropped)


# -- between drafts that the checks cannot tell apart ----------------------------------------------


class TieBreak:
    """Which of some drafts a judge takes: it sees numbers in a shuffled order, no model's name."""

    def __init__(
        self,
        rooms: Rooms,
        model: ChatModel,
        run: str,
        wish: Instruction,
        drafts: Sequence[Candidate],
    ) -> None:
        self._drafts = list(drafts)
        # The order favours nobody, and is the same when the run is looked at again.
        random.Random(run).shuffle(self._drafts)  # noqa: S311
        seal = rooms.seal()
        body = [_wish(seal.close(wish.text))]
        for number, draft in enumerate(self._drafts, 1):
            text = tagged("draft", _plain(draft.changes, rooms, seal), number=number)
            body.append(Portion("file", f"draft {number}", text, "one of them is chosen"))
        words = rooms.prompts.text("judge_drafts")
        self._judge = Judge(rooms, model, run, Letter((_ours(words),), tuple(body)), seal)

    def least(self) -> float | None:
        """What it costs at least; None where that is not known."""
        return self._judge.parcel().terms.low

    async def ask(self) -> AsyncGenerator[Candidate | str | Usage, None]:
        """What it takes, then its choice and why in its own words; no choice where it made none."""
        said = ""
        async with aclosing(self._judge.ask()) as events:
            async for event in events:
                if isinstance(event, Usage):
                    yield event
                else:
                    said = event
        for line in said.splitlines():
            match = _PICKED.match(line.strip())
            if match and 1 <= int(match[1]) <= len(self._drafts):
                yield self._drafts[int(match[1]) - 1]
                yield " ".join(match[2].split())[:LONGEST_WORDS]
                return


def _plain(changes: ChangeSet, rooms: Rooms, seal: Seal) -> str:
    """A draft as minus and plus lines; of files whose lines stay here only the name."""
    parts = []
    for change in changes.files:
        path: PurePosixPath = change.moved_to or change.base.path
        parts.append(f"{change.action.value} {path}")
        if rooms.withheld(change.base.path) is not None or rooms.withheld(path) is not None:
            continue
        parts += [text for _, _, text, _ in _numbered(change, seal)]
    return "\n".join(parts) + "\n"


def _wish(text: str) -> Portion:
    return Portion("prompt", "what was asked for", tagged("asked", text), "you wrote it")


def _ours(text: str) -> Portion:
    return Portion("system", "how to answer", text, "Galley's own words to the model")
