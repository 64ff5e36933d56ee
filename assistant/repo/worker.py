"""The queue of commits in the background: in order, with progress, cancel and retry. Knows
asyncio, no git."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.errors import RepoError
from assistant.types import Receipt


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobNews:
    """What a job says: its state, a word of progress, in the end the receipt or the error."""

    id: int
    title: str
    state: JobState
    step: str = ""
    receipt: Receipt | None = None
    error: RepoError | None = None


Work = Callable[[Callable[[str], None], Callable[[], bool]], Receipt]
"""``work(progress, cancelled)``: blocking; RepoError means that nothing was changed."""


@dataclass(slots=True)
class _Job:
    id: int
    title: str
    work: Work
    stop: threading.Event = field(default_factory=threading.Event)
    state: JobState = JobState.WAITING


class CommitWorker:
    """Runs jobs one after the other in a thread. :meth:`news` must be consumed by exactly one
    reader."""

    def __init__(self) -> None:
        self._jobs: dict[int, _Job] = {}
        self._numbers = itertools.count(1)
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._news: asyncio.Queue[JobNews | None] = asyncio.Queue()

    def submit(self, title: str, work: Work) -> int:
        """Queue ``work``; its number. Call on the loop's thread."""
        job = _Job(next(self._numbers), title, work)
        self._jobs[job.id] = job
        self._tell(job)
        self._queue.put_nowait(job)
        return job.id

    def cancel(self, id: int) -> bool:
        """Ask a job to stop; false when it is over, or too late to be known."""
        job = self._jobs.get(id)
        if job is None or job.state not in (JobState.WAITING, JobState.RUNNING):
            return False
        job.stop.set()
        if job.state is JobState.WAITING:
            job.state = JobState.CANCELLED
            self._tell(job)
        return True

    def retry(self, id: int) -> int:
        """Queue a failed or cancelled job again, under a new number; ValueError for any other."""
        job = self._jobs[id]
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            raise ValueError(f"job {id} is {job.state}")
        return self.submit(job.title, job.work)

    async def run(self) -> None:
        """Work until cancelled; a running job is finished first, because half a commit is none."""
        try:
            while True:
                job = await self._queue.get()
                if job.state is JobState.WAITING:
                    await self._do(job)
        finally:
            self._news.put_nowait(None)

    async def news(self) -> AsyncGenerator[JobNews, None]:
        """Everything that happens, in order, until :meth:`run` ends."""
        while (one := await self._news.get()) is not None:
            yield one

    async def _do(self, job: _Job) -> None:
        loop = asyncio.get_running_loop()
        job.state = JobState.RUNNING
        self._tell(job)

        def progress(step: str) -> None:
            loop.call_soon_threadsafe(self._tell, job, step)

        task = asyncio.ensure_future(asyncio.to_thread(job.work, progress, job.stop.is_set))
        try:
            receipt = await asyncio.shield(task)
        except asyncio.CancelledError:
            job.stop.set()
            await asyncio.wait([task])
            self._end(job, task)
            raise
        except RepoError as error:
            self._fail(job, error)
        else:
            job.state = JobState.DONE
            self._tell(job, receipt=receipt)

    def _end(self, job: _Job, task: asyncio.Future[Receipt]) -> None:
        error = task.exception()
        if isinstance(error, RepoError):
            self._fail(job, error)
        elif error is None:
            job.state = JobState.DONE
            self._tell(job, receipt=task.result())
        else:
            raise error

    def _fail(self, job: _Job, error: RepoError) -> None:
        job.state = JobState.CANCELLED if job.stop.is_set() else JobState.FAILED
        self._tell(job, error=error)

    def _tell(
        self,
        job: _Job,
        step: str = "",
        receipt: Receipt | None = None,
        error: RepoError | None = None,
    ) -> None:
        self._news.put_nowait(JobNews(job.id, job.title, job.state, step, receipt, error))
