"""One wish as several calls: drafts, checks, a repair, a choice. Composes what a graph declares.

Every event of every call comes in one stream; the hunks in it are those of the first draft until a
:class:`Chosen` names another. Keeps nothing after the run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from assistant.agent.choice import blamed, ran, ranked, wrong
from assistant.agent.graph import CHOOSE, JUDGE, Graph, check_of, checked, council
from assistant.agent.streams import Put, merged
from assistant.calls import NodeState
from assistant.errors import BadRequest, CapReached, GalleyError, ModelError
from assistant.events import (
    Candidate,
    CheckFinished,
    Chosen,
    Event,
    Notice,
    UsageChanged,
)
from assistant.judging import TieBreak
from assistant.needs import Rooms
from assistant.parcel import Parcel
from assistant.seats import Place, Seating, hunk_words
from assistant.turn import Asked
from assistant.types import (
    Care,
    ChangeSet,
    ChatModel,
    Instruction,
    Message,
    Switched,
    TextDelta,
    Usage,
)
from assistant.windows import Windows

_PRINTED = 3_000
"""Characters of what the tests printed that go back to a model: the end."""


class Over(Exception):
    """A call took what it may; the message says what, as half a sentence."""


class Weighing:
    """Plays one wish. In the end ``changes`` holds the chosen proposal, ``said`` its words and
    ``history`` the conversation as it went along.
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
        self._seating = seating = Seating(rooms, instruction, role, model, run, windows)
        if instruction.care is Care.COUNCIL and seating.judge is not None:
            nodes = council([place.seat for place in seating.drafts], seating.judge_seat)
        else:
            repair = seating.repair.seat if seating.repair is not None else None
            nodes = checked(seating.drafts[0].seat, repair)
        self._graph = Graph(nodes, rooms.limits(), time.monotonic)
        self._began = time.monotonic()
        self._one_check = asyncio.Lock()
        self._rate = 0.0
        self.hurry = seating.hurry
        """The buttons of this run: all its calls hear them."""
        self.changes = ChangeSet(run, instruction.text)
        self.said = ""
        self.history: tuple[Message, ...] = ()

    def parcel(self, asked: Asked) -> Parcel:
        """What would leave first; its price is that of all calls. Blocks."""
        return self._seating.parcel(asked)

    async def play(self, asked: Asked) -> AsyncGenerator[Event, None]:
        """Raises ModelError when no draft came of it; what was shown of the first stays."""
        self._began = time.monotonic()
        first = self._seating.drafts[0]
        try:
            yield self._graph.shown()
            drafts = [partial(self._drafted, p, asked) for p in self._seating.drafts]
            async with aclosing(merged(*drafts)) as events:
                async for event in events:
                    yield event
            if not self._candidates():
                raise self._failure()
            if self._seating.repair is not None:
                async with aclosing(self._mended(first, self._seating.repair, asked)) as events:
                    async for event in events:
                        yield event
            async with aclosing(self._decided()) as events:
                async for event in events:
                    yield event
        finally:
            if not self.said:
                self._take(first)

    # -- drafts --------------------------------------------------------------------------------

    async def _drafted(self, place: Place, asked: Asked, put: Put) -> None:
        """One draft and its check. What goes wrong with it is kept in the place."""
        graph, id = self._graph, place.id
        if why := graph.forbids(place.least):
            graph.skip(id, why)
            graph.skip(check_of(id), why)
            await put(graph.shown())
            return
        graph.start(id, place.run)
        await put(graph.shown())
        try:
            async with asyncio.timeout(graph.seconds(id)) as limit:
                await self._asked(place, asked, put)
        except TimeoutError:
            if not limit.expired():
                raise
            graph.end(id, NodeState.STOPPED, "it took too long")
        except Over as over:
            place.error = _reached(f"Stopped, because {over}.")
            graph.end(id, NodeState.STOPPED, str(over))
        except ModelError as error:
            place.error = error
            graph.end(id, NodeState.FAILED, error.cause)
        else:
            changes = place.turn.changes
            model, title = place.turn.model.name, graph.node(id).title
            place.candidate = Candidate(id, title, model, changes, words=place.words)
            graph.end(id, note=hunk_words(changes))
        if place.candidate is None or not place.candidate.changes.files:
            graph.skip(check_of(id), "there is nothing to check")
            await put(graph.shown())
            return
        await self._checked(place, put)

    async def _asked(self, place: Place, asked: Asked, put: Put) -> None:
        try:
            await self._heard(place, asked, put)
        except BadRequest as error:
            # Some models take no temperature; their own is as good.
            if not place.warm or "temperature" not in str(error).lower():
                raise
            place.without_temperature()
            await self._heard(place, asked, put)

    async def _heard(self, place: Place, asked: Asked, put: Put) -> None:
        title = self._graph.node(place.id).title
        async with aclosing(place.turn.play(asked)) as events:
            async for event in events:
                if isinstance(event, UsageChanged):
                    await self._spent(place.id, event.usage, event.tokens_per_second, put)
                    if why := self._graph.over_at(place.id):
                        raise Over(why)
                elif place.shown:
                    await put(event)
                elif isinstance(event, TextDelta):
                    place.words += event.text
                elif isinstance(event, Notice):
                    await put(Notice(f"{title}: {event.text}", event.level))
                elif isinstance(event, Switched):
                    words = f"{title}: {event.reason} {event.model} answers instead."
                    await put(Notice(words, "warning"))

    async def _spent(self, id: str, usage: Usage, rate: float, put: Put) -> None:
        self._graph.took(id, usage)
        if id == self._seating.drafts[0].id:
            self._rate = rate
        await put(self._graph.shown())
        seconds = time.monotonic() - self._began
        await put(UsageChanged(self._graph.usage, seconds, self._rate))

    # -- checks --------------------------------------------------------------------------------

    async def _checked(self, place: Place, put: Put) -> None:
        """The project's checks over one draft, in a copy; one draft after the other."""
        assert place.candidate is not None
        graph, id = self._graph, check_of(place.id)
        found: list[CheckFinished] = []
        async with self._one_check:
            graph.start(id)
            await put(graph.shown())
            try:
                async with asyncio.timeout(graph.seconds(id)) as limit:
                    async with aclosing(self._rooms.check(place.candidate.changes)) as checks:
                        async for one in checks:
                            found = [*found, one]  # what came before a limit counts
            except TimeoutError:
                if not limit.expired():
                    raise
                graph.end(id, NodeState.STOPPED, "it took too long")
        place.candidate = replace(place.candidate, evidence=tuple(found))
        spoke = [one for one in found if ran(one)]
        bad = [one for one in spoke if blamed(one)]
        told = bad or list(reversed(spoke)) or found  # the tests say most, and run last
        words = " · ".join(one.summary for one in told)
        good = not bad if spoke else None
        graph.end(id, NodeState.DONE, words or "no check knows such files", good)
        await put(graph.shown())

    async def _mended(
        self, first: Place, repair: Place, asked: Asked
    ) -> AsyncGenerator[Event, None]:
        """What the checks found wrong goes back once; nothing wrong, nothing asked."""
        graph, draft = self._graph, first.candidate
        lines = wrong(draft) if draft is not None else []
        if draft is None or not lines:
            for id in (repair.id, check_of(repair.id), CHOOSE):
                graph.skip(id, "nothing is wrong")
            yield graph.shown()
            return
        printed = [f.output[-_PRINTED:] for f in draft.evidence if blamed(f) and f.output]
        told = "\n".join([self._rooms.prompts.text("repair"), *lines, *printed])
        told += (
            "\n\nWrite the whole change again so that none of this is left, against the lines as"
            " they were at first, in the same form as before."
        )
        again = replace(asked, answered=first.turn.said, told=told)
        async with aclosing(merged(partial(self._drafted, repair, again))) as events:
            async for event in events:
                yield event

    # -- the choice ----------------------------------------------------------------------------

    def _candidates(self) -> list[Candidate]:
        return [p.candidate for p in self._seating.places() if p.candidate is not None]

    def _failure(self) -> GalleyError:
        """Why there is no draft at all: what the first said, or the limit that stopped it."""
        error = next((p.error for p in self._seating.drafts if p.error is not None), None)
        why = self._graph.nodes()[0].note
        return error or _reached(f"Nothing was sent: {why}.")

    async def _decided(self) -> AsyncGenerator[Event, None]:
        graph, candidates = self._graph, self._candidates()
        order = ranked(candidates)
        best, why = order.best[0], order.why
        if graph.has(JUDGE):
            judged: list[tuple[Candidate, str]] = []
            async with aclosing(merged(partial(self._judged, order.best, judged))) as events:
                async for event in events:
                    yield event
            if judged:
                best, why = judged[0]
        if graph.has(CHOOSE) and not graph.node(CHOOSE).over:
            graph.start(CHOOSE)
            graph.end(CHOOSE, note=f"{best.title}: {why}")
        for candidate in candidates:
            graph.mark(candidate.id, good=candidate is best)
        yield graph.shown()
        place = next(p for p in self._seating.places() if p.id == best.id)
        self._take(place)
        if not best.changes.files and not best.changes.refused:
            return
        if not place.shown and place.words.strip():
            yield TextDelta(f"\n\n**{best.title}.** {place.words.strip()}\n")
        for found in best.evidence:
            yield found
        seen = next((p.id for p in self._seating.drafts if p.shown and p.candidate), "")
        yield Chosen(best.id, why, tuple(candidates), seen)

    async def _judged(
        self, best: Sequence[Candidate], judged: list[tuple[Candidate, str]], put: Put
    ) -> None:
        """Only between drafts that the checks cannot tell apart; its word is no evidence."""
        graph, model = self._graph, self._seating.judge
        if len(best) < 2 or model is None:
            graph.skip(JUDGE, "the checks decide")
            return
        run = f"{self._run}_judge"
        tie = TieBreak(self._rooms, model, run, self._instruction, best)
        if why := graph.forbids(tie.least()):
            graph.skip(JUDGE, why)
            return
        graph.start(JUDGE, run)
        await put(graph.shown())
        choice: Candidate | None = None
        words = ""
        try:
            async with asyncio.timeout(graph.seconds(JUDGE)) as limit:
                async with aclosing(tie.ask()) as said:
                    async for one in said:
                        if isinstance(one, Usage):
                            await self._spent(JUDGE, one, self._rate, put)
                            if why := graph.over_at(JUDGE):
                                raise Over(why)
                        elif isinstance(one, Candidate):
                            choice = one
                        else:
                            words = one
        except TimeoutError:
            if not limit.expired():
                raise
            graph.end(JUDGE, NodeState.STOPPED, "it took too long")
        except Over as over:
            graph.end(JUDGE, NodeState.STOPPED, str(over))
        except ModelError as error:
            graph.end(JUDGE, NodeState.FAILED, error.cause)
        if choice is None:
            graph.end(JUDGE, NodeState.FAILED, "it named no draft")
            return
        graph.end(JUDGE, note=f"{choice.title}: {words}")
        judged.append((choice, f"{model.name} prefers it"))

    def _take(self, place: Place) -> None:
        self.changes, self.said = place.turn.changes, place.turn.said
        self.history = place.turn.history


def _reached(cause: str) -> CapReached:
    """A limit of the whole: of money where the sentence speaks of it, else of a run's time."""
    setting = "cap_per_edit" if "$" in cause else "agent_minutes"
    return CapReached(cause, "Raise the limit in the settings to go on.", setting=setting)
