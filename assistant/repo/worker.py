"""The queue of commits in the background: in order, with progress, cancel and retry. Knows
asyncio, no git."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from assistant.errors import CommitFailed, GalleyError
from assistant.events import CommitNews, JobState
from assistant.types import Receipt

Say = Callable[[str], None]
Work = Callable[[Say, Say, Callable[[], bool]], Receipt]
"""``work(progress, heard, cancelled)``: blocking; GalleyError means that nothing was changed."""
OVER = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(slots=True)
class _Job:
    id: int
    work: Work
    stop: threading.Event = field(default_factory=threading.Event)
    state: JobState = JobState.WAITING


class CommitWorker:
    """Runs jobs one after the other in a thread. All methods belong on the loop's thread."""

    def __init__(self) -> None:
        self._jobs: dict[int, _Job] = {}
        self._queue: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._news: asyncio.Queue[CommitNews | None] = asyncio.Queue()
        self._closing = False
        self._over = asyncio.Event()

    def submit(self, id: int, work: Work) -> None:
        """Queue ``work`` under a number of the caller's, which must be new."""
        if id in self._jobs:
            raise ValueError(f"job {id} is known already")
        job = self._jobs[id] = _Job(id, work)
        if self._closing:
            job.state = JobState.CANCELLED
            self._tell(job, error=CommitFailed("The folder was closed; nothing was committed."))
            return
        self._tell(job)
        self._queue.put_nowait(job)

    def cancel(self, id: int) -> bool:
        """Ask a job to stop; false when it is over already."""
        job = self._jobs.get(id)
        if job is None or job.state in OVER:
            return False
        job.stop.set()
        if job.state is JobState.WAITING:
            job.state = JobState.CANCELLED
            self._tell(job, error=CommitFailed("The commit was cancelled; nothing was changed."))
        return True

    async def close(self, patience_s: float) -> None:
        """Let what is queued end, at most ``patience_s`` seconds; the rest is cancelled. Then
        :meth:`news` ends too."""
        self._closing = True
        self._queue.put_nowait(None)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), patience_s)
        for id in self._jobs:
            self.cancel(id)

    async def news(self) -> AsyncGenerator[CommitNews, None]:
        """Do the work and say everything that happens, in order, until :meth:`close`.

        A running job is never left alone: its end is waited for, because half a commit is none.
        """
        work = asyncio.create_task(self._run(), name="commits")
        try:
            while (one := await self._news.get()) is not None:
                yield one
        finally:
            work.cancel()
            await asyncio.wait([work])
        work.result()

    async def _run(self) -> None:
        try:
            while (job := await self._queue.get()) is not None:
                if job.state is JobState.WAITING:
                    await self._do(job)
        finally:
            self._over.set()
            self._news.put_nowait(None)

    async def _do(self, job: _Job) -> None:
        loop = asyncio.get_running_loop()
        job.state = JobState.RUNNING
        self._tell(job)

        def progress(step: str) -> None:
            loop.call_soon_threadsafe(self._tell, job, step)

        def heard(words: str) -> None:
            loop.call_soon_threadsafe(self._tell, job, "", words)

        work = asyncio.to_thread(job.work, progress, heard, job.stop.is_set)
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            job.stop.set()
            await asyncio.wait([task])
            self._end(job, task)
            raise
        self._end(job, task)

    def _end(self, job: _Job, task: asyncio.Future[Receipt]) -> None:
        error = task.exception()
        if error is None:
            job.state = JobState.DONE
            self._tell(job, receipt=task.result())
            return
        job.state = JobState.CANCELLED if job.stop.is_set() else JobState.FAILED
        if not isinstance(error, GalleyError):
            error = CommitFailed(f"Galley itself failed ({type(error).__name__}: {error}).")
        self._tell(job, error=error)

    def _tell(
        self,
        job: _Job,
        step: str = "",
        words: str = "",
        receipt: Receipt | None = None,
        error: GalleyError | None = None,
    ) -> None:
        self._news.put_nowait(CommitNews(job.id, job.state, step, words, receipt, error))
