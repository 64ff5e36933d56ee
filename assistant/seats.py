"""Who is asked for the drafts of one wish: a model, its turn and its log each, and what all cost.

Knows the rooms of a session; asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.agent.graph import LETTERS, Seat
from assistant.errors import GalleyError, ModelError
from assistant.events import Candidate
from assistant.models.hurry import Hurry
from assistant.needs import Rooms
from assistant.parcel import Parcel, Terms
from assistant.turn import Asked, Turn
from assistant.types import (
    Care,
    ChangeSet,
    ChatModel,
    Effort,
    Instruction,
    ModelRequest,
)
from assistant.windows import Windows

DRAFTS = 3
"""How many a council writes."""
_WARMTH = (None, 0.2, 1.0)
"""Temperatures of drafts by one model: its own, close to it, far from it."""
_ANSWER, _FOUND = 4_000, 1_500
"""Tokens of a long answer and of what checks say, for the price of what may follow."""


@dataclass(eq=False)
class Place:
    """One draft. ``words`` are what it says besides edits, where they are not shown as they come.

    ``least`` is what the call costs at least, None where that is not known.
    """

    id: str
    seat: Seat
    run: str
    turn: Turn
    shown: bool = False
    words: str = ""
    least: float | None = None
    candidate: Candidate | None = None
    error: ModelError | None = None
    spare: Turn | None = None
    """The same without a temperature, for a model that takes none."""

    @property
    def warm(self) -> bool:
        return self.spare is not None

    def without_temperature(self) -> None:
        assert self.spare is not None
        self.turn, self.spare = self.spare, None


@dataclass(eq=False)
class Hurries:
    """The buttons of several calls, pressed together."""

    all: list[Hurry] = field(default_factory=list)

    def press(self) -> None:
        for hurry in self.all:
            hurry.press()

    def try_now(self) -> None:
        for hurry in self.all:
            hurry.try_now()


class Seating:
    """``drafts`` are asked at once, ``repair`` after a check found something, ``judge`` in a tie.

    Where nobody can repair or judge it is None.
    """

    def __init__(
        self,
        rooms: Rooms,
        instruction: Instruction,
        role: str,
        model: ChatModel,
        run: str,
        windows: Windows,
    ) -> None:
        self._rooms, self._instruction, self._role, self._run = rooms, instruction, role, run
        self._windows = windows
        self.hurry = Hurries()
        self.judge: ChatModel | None = None
        self.judge_seat: Seat | None = None
        self.repair: Place | None = None
        second = None if rooms.engine(model) else self._other("repair")
        if instruction.care is Care.COUNCIL and second is not None:
            self.judge = self._other("judge")
        if self.judge is not None:
            self.judge_seat = Seat("judge", self.judge.name)
            self.drafts = self._council(model, second)
            return
        self.drafts = [self._place("a", role, model, shown=True)]
        if second is not None:
            self.repair = self._place("b", "repair", second)

    def places(self) -> Sequence[Place]:
        return (*self.drafts, *([self.repair] if self.repair is not None else []))

    def parcel(self, asked: Asked) -> Parcel:
        """The first request, with the price of all. Blocks."""
        parcels = [place.turn.parcel(asked) for place in self.drafts]
        for place, parcel in zip(self.drafts, parcels, strict=True):
            place.least = parcel.terms.low
        terms = parcels[0].terms
        if not terms.leaves:
            return parcels[0]
        tokens = parcels[0].tokens
        later: list[Terms] = []
        if self.repair is not None:
            # The model is asked with the same and with its answer; whoever repairs.
            mend = self._terms(self.repair.turn.model, tokens + _ANSWER + _FOUND)
            self.repair.least = mend.low
            later.append(mend)
        if self.judge is not None:
            later.append(self._terms(self.judge, len(self.drafts) * _ANSWER))
        surely = [parcel.terms for parcel in parcels]
        low = _sum([each.low for each in surely])
        high = _sum([each.high for each in (*surely, *later)])
        calls = len(surely) + len(later)
        local = all(each.local for each in (*surely, *later))
        whole = replace(terms, low=low, high=high, calls=calls, local=local)
        return replace(parcels[0], terms=whole)

    def _terms(self, model: ChatModel, tokens: int) -> Terms:
        request = ModelRequest((), effort=self._instruction.effort)
        return self._rooms.terms(model, request, tokens)

    def _other(self, role: str) -> ChatModel | None:
        """The model of another role; None where there is none that could be asked."""
        effort = self._rooms.effort(role) or self._instruction.effort
        try:
            model = self._rooms.pick(role, replace(self._instruction, model="", effort=effort))
        except GalleyError:
            return None
        return None if self._rooms.engine(model) else model

    def _council(self, model: ChatModel, second: ChatModel | None) -> list[Place]:
        """Different models as far as there are; then the first again, at other temperatures."""
        members: list[tuple[str, ChatModel, float | None]] = [(self._role, model, None)]
        for role, other in (("repair", second), ("judge", self.judge)):
            if other is not None and other.name not in [m.name for _, m, _ in members]:
                members.append((role, other, None))
        # A model that thinks takes no temperature, and does not write the same twice anyway.
        thinks = self._instruction.effort is not Effort.OFF
        more = (None if thinks else warmth for warmth in _WARMTH[1:])
        members += [(self._role, self._again(), warmth) for warmth in more]
        return [
            self._place(letter, role, other, shown=letter == "a", temperature=warmth)
            for letter, (role, other, warmth) in zip(LETTERS, members[:DRAFTS], strict=False)
        ]

    def _again(self) -> ChatModel:
        """The first model once more: each call has a meter of its own."""
        role = "edit" if self._role == "edit" else "chat"
        return self._rooms.pick(role, self._instruction)

    def _place(
        self,
        id: str,
        role: str,
        model: ChatModel,
        *,
        shown: bool = False,
        temperature: float | None = None,
    ) -> Place:
        run = self._run if shown else f"{self._run}_{id}"
        turn = self._turn(model, run, temperature)
        spare = None if temperature is None else self._turn(model, run, None)
        seat = Seat(role, model.name, temperature)
        return Place(id, seat, run, turn, shown, spare=spare)

    def _turn(self, model: ChatModel, run: str, temperature: float | None) -> Turn:
        """It repairs nothing by itself: what was refused is a finding like any other."""
        turn = Turn(
            self._rooms,
            self._instruction,
            self._role,
            model,
            run,
            self._windows,
            repairs=0,
            temperature=temperature,
        )
        self.hurry.all.append(turn.hurry)
        return turn


def _sum(prices: Sequence[float | None]) -> float | None:
    """What is not known of one is not known of all."""
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def hunk_words(changes: ChangeSet) -> str:
    """``3 hunks in 2 files``, and what had no place."""
    hunks, files = sum(len(change.hunks) for change in changes.files), len(changes.files)
    if not files:
        return "nothing could be applied" if changes.refused else "no change"
    words = f"{hunks} hunk{'' if hunks == 1 else 's'}"
    if files > 1:
        words += f" in {files} files"
    return words + (f", {len(changes.refused)} refused" if changes.refused else "")
