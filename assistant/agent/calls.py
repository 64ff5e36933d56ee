"""Carries out the calls of one reply: understood, judged, asked about, run, answered in order.

Calls that only read run side by side; everything else runs alone and in the order it was said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from assistant.agent.approvals import RUN, Approvals
from assistant.agent.limits import Budget
from assistant.agent.overlay import Overlay
from assistant.agent.policy import Answer, Decision, Risk, Setting, decide, digest
from assistant.agent.shrink import shortened
from assistant.agent.tool import Result, Tool, failed, fitted, problem
from assistant.errors import GalleyError
from assistant.events import Event, HunksChanged, ToolFinished, ToolStarted
from assistant.needs import Seal
from assistant.types import ToolCall, ToolResult, ToolSpec


@dataclass(frozen=True, slots=True)
class Done:
    """All calls of a reply have their answer, in the order of the calls."""

    results: tuple[ToolResult, ...]


@dataclass(frozen=True, slots=True)
class _Job:
    """One call with its tool; ``wrong`` says why it cannot be run. ``call`` has the secrets in its
    arguments that the model only has placeholders of.
    """

    said: ToolCall
    call: ToolCall
    tool: Tool | None
    wrong: str = ""

    @property
    def reads(self) -> bool:
        return not self.wrong and self.tool is not None and self.tool.risk is Risk.READ

    @property
    def label(self) -> str:
        return self.tool.label(self.call.arguments) if self.tool is not None else ""

    def shown(self, result: Result) -> str:
        """All that came of it, for the person; of a command also the command."""
        runs = self.tool is not None and self.tool.risk is Risk.RUN
        return f"$ {self.label}\n{result.text}" if runs else result.text


class Calling:
    """``outputs`` are answers too long to be told whole, by the name they can be read under."""

    def __init__(
        self,
        tools: Sequence[Tool],
        setting: Setting,
        overlay: Overlay,
        approvals: Approvals,
        seal: Seal,
        walls: str,
        outputs: dict[str, str],
        record: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._setting, self._overlay, self._seal = setting, overlay, seal
        self._walls, self._outputs, self._record = walls, outputs, record
        self.approvals = approvals
        self.wrong: set[str] = set()
        """Ids of calls that could not be understood."""
        self._allowed: set[str] = set()

    def specs(self) -> tuple[ToolSpec, ...]:
        """Sorted and the same all along: servers cache what begins alike."""
        return tuple(self._tools[name].spec for name in sorted(self._tools))

    async def carry_out(
        self, calls: Sequence[ToolCall], budget: Budget
    ) -> AsyncGenerator[Event | Done, None]:
        """Events as they happen, last a :class:`Done`."""
        results: list[ToolResult] = []
        for jobs in _together([self._job(call) for call in calls]):
            async with aclosing(self._run(jobs, results, budget)) as events:
                async for event in events:
                    yield event
        yield Done(tuple(results))

    def _job(self, said: ToolCall) -> _Job:
        """What a call means, and whether it can be run."""
        if said.invalid:
            wrong = f"The arguments are no JSON object: {said.invalid[:300]}"
            return self._misunderstood(said, wrong)
        tool = self._tools.get(said.name)
        if tool is None:
            known = ", ".join(sorted(self._tools))
            return self._misunderstood(said, f"There is no tool {said.name!r}; there are {known}.")
        arguments = fitted(said.arguments, tool.spec.schema)
        if wrong := problem(arguments, tool.spec.schema):
            return self._misunderstood(said, wrong)
        opened = {name: self._opened(value) for name, value in arguments.items()}
        return _Job(said, replace(said, arguments=opened), tool)

    def _misunderstood(self, said: ToolCall, wrong: str) -> _Job:
        self.wrong.add(said.id)
        return _Job(said, said, None, wrong)

    def _opened(self, value: Any) -> Any:
        return self._seal.open(value) + self._seal.rest() if isinstance(value, str) else value

    # ---- running

    async def _run(
        self, jobs: Sequence[_Job], results: list[ToolResult], budget: Budget
    ) -> AsyncGenerator[Event, None]:
        """One call, or several that only read."""
        refusal: Result | None = None
        if len(jobs) == 1 and not jobs[0].reads:
            async with aclosing(self._permission(jobs[0], budget)) as said:
                async for event in said:
                    if isinstance(event, Result):
                        refusal = event
                    else:
                        yield event
        for job in jobs:
            yield ToolStarted(job.call, job.label)
            self._record("call", {"id": job.said.id, "name": job.said.name})
        done = [(refusal, 0.0)] if refusal is not None else await self._all(jobs, budget)
        for job, (result, seconds) in zip(jobs, done, strict=True):
            text = self._told(result.text)
            results.append(ToolResult(job.said.id, job.said.name, text, is_error=not result.ok))
            shown = job.shown(result)
            yield ToolFinished(job.call, result.summary, result.ok, seconds, shown, result.done)
            for path in result.touched:
                if (change := self._overlay.change(path)) is not None:
                    yield HunksChanged(change)

    async def _all(self, jobs: Sequence[_Job], budget: Budget) -> list[tuple[Result, float]]:
        """All at once; when one is cancelled, all are."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._timed(job, budget)) for job in jobs]
        return [task.result() for task in tasks]

    async def _timed(self, job: _Job, budget: Budget) -> tuple[Result, float]:
        if job.wrong or job.tool is None:
            return failed(job.wrong, "not understood"), 0.0
        started = time.monotonic()
        try:
            async with asyncio.timeout(budget.left()):
                result = await job.tool.run(job.call.arguments)
        except TimeoutError:
            result = failed("It was stopped, because the time of the run is up.", "stopped")
        except (GalleyError, OSError, ValueError) as error:
            result = failed(f"{job.said.name} failed: {error}", "failed")
        return result, time.monotonic() - started

    def _told(self, text: str) -> str:
        """A tool's answer as the model gets it: without secrets, and not too long."""
        clean = self._seal.close(text)
        name = f"output:{len(self._outputs) + 1}"
        short = shortened(clean, name)
        if short != clean:
            self._outputs[name] = clean
        return short

    # ---- asking

    async def _permission(self, job: _Job, budget: Budget) -> AsyncGenerator[Event | Result, None]:
        """Nothing when the call may run; else a question, and a Result when it may not."""
        if job.tool is None:
            return
        command = str(job.call.arguments.get("command", ""))
        decision = decide(job.tool.risk, self._setting, command)
        if decision.answer is Answer.ALLOW:
            return
        if decision.answer is Answer.DENY:
            yield failed(f"Not allowed: {decision.reason}.", "not allowed")
            return
        name = self._name(job)
        if name in self._allowed:
            return
        question = self.approvals.ask("command", name, self._title(decision), self._shown(job))
        budget.asks()
        yield question
        try:
            answer = await self.approvals.answer_to(question)
        finally:
            budget.answered()
        if answer.choice == RUN:
            self._allowed.add(name)
        if not answer.allows:
            why = f" They said: {answer.word}" if answer.word else ""
            yield failed(f"The person refused this.{why}", "refused")

    def _name(self, job: _Job) -> str:
        """The hash of exactly what would run, and behind which walls."""
        arguments = [f"{k}={v!r}" for k, v in sorted(job.call.arguments.items())]
        return digest(job.said.name, self._walls, *arguments)

    def _title(self, decision: Decision) -> str:
        return f"Run this? {decision.reason[:1].upper()}{decision.reason[1:]}."

    def _shown(self, job: _Job) -> str:
        """The whole of it: the words, and where they run."""
        words = str(job.call.arguments.get("command", "")) or "the project's own tests"
        return f"{words}\n\nin a copy of the project; {self._walls}"


def _together(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    """Calls that only read in a row, and every other call alone."""
    for reads, group in groupby(jobs, key=lambda job: job.reads):
        if reads:
            yield list(group)
        else:
            yield from ([job] for job in group)
