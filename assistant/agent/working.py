"""Tools that run something: one command in a throw-away copy, or the project's checks.

What a command changes in the copy comes back as a proposal; nothing of it reaches the project.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.agent import command, sandbox
from assistant.agent.checks import NOT_RUN, run_checks
from assistant.agent.overlay import Overlay
from assistant.agent.policy import Risk
from assistant.agent.tool import Arguments, Result, Tool, failed, number, spec, text
from assistant.agent.workcopy import Harvest, TooLarge, WorkCopy
from assistant.context.walker import Walker
from assistant.errors import GalleyError
from assistant.events import CheckFinished

_SECONDS = 120
_TELLING = ("passed", "failed", "error", "ok", "warning", "finding", "success")
_MOST_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands run: the project, whether it is trusted, and the walls of this machine."""

    root: Path
    trusted: bool
    level: str

    @property
    def confined(self) -> bool:
        return self.level in sandbox.FULL


class Working:
    """One run's commands. Call :meth:`close` at its end."""

    def __init__(
        self,
        place: Place,
        overlay: Overlay,
        withheld: Callable[[PurePosixPath], str | None],
        protected: Callable[[PurePosixPath], str | None],
    ) -> None:
        self._place, self._overlay = place, overlay
        self._protected = protected
        self._copy = WorkCopy(place.root, withheld, self._kept_out)

    def tools(self) -> tuple[Tool, ...]:
        return (
            Tool(
                spec(
                    "run_command",
                    "Runs a command with bash in a throw-away copy of the project that has your "
                    "edits in it: tests, linters, scripts. There is no network, no git and no "
                    "input; errors and output come back together. Files that it changes become "
                    "proposals. Plain commands run at once; redirections, variables and "
                    "substitutions are asked about first.",
                    "command",
                    command=text("The command."),
                    seconds=number(
                        f"After how long it is stopped; {_SECONDS} if not said.", 1, _MOST_SECONDS
                    ),
                ),
                Risk.RUN,
                self.run,
                lambda a: str(a["command"]),
            ),
            Tool(
                spec(
                    "run_checks",
                    "Syntax, linter and the project's tests over all edits so far, as the person "
                    "will see them under the proposal.",
                ),
                Risk.CHECK,
                self.check,
                lambda a: "the checks over the edits",
            ),
        )

    async def run(self, arguments: Arguments) -> Result:
        if not self._place.trusted:
            return failed("The folder is not trusted, so nothing of it runs.")
        over = await asyncio.to_thread(self._overlay.over_disk)
        try:
            await asyncio.to_thread(self._copy.prepare, over)
        except (TooLarge, OSError, GalleyError) as error:
            return failed(f"The command was not run: {error}.", "not run")
        started = time.monotonic()
        seconds = float(arguments.get("seconds", _SECONDS))
        ran = await self._ran(str(arguments["command"]), seconds)
        took = time.monotonic() - started
        harvest = await asyncio.to_thread(self._copy.harvest)
        touched = await asyncio.to_thread(self._propose, harvest)
        return _told(self._relative(ran), ran, took, touched, harvest)

    async def check(self, arguments: Arguments) -> Result:
        changes = await asyncio.to_thread(self._overlay.texts)
        if not changes:
            return failed("There are no edits to check yet.", "nothing to check")
        before = await asyncio.to_thread(self._overlay.before)
        found = run_checks(self._place.root, changes, self._place.trusted, before=before)
        done = [check async for check in found]
        rows = [_row(check) for check in done] or ["There is no check for these files."]
        bad = [c for c in done if not c.ok and not c.summary.startswith(NOT_RUN)]
        said = (bad or [c for c in done if c.ok])[-1:]
        return Result("\n".join(rows), said[0].summary if said else "nothing ran", not bad)

    async def close(self) -> None:
        """The copy goes."""
        await asyncio.shield(asyncio.to_thread(self._copy.remove))

    # ---- one command

    async def _ran(self, words: str, seconds: float) -> command.Ran:
        copy, root = self._copy, self._place.root
        shell = shutil.which("bash") or "/bin/sh"
        plain = ["--noprofile", "--norc"] if shell.endswith("bash") else []
        installed = sandbox.installed(root)
        programs = [str(Path(f) / "bin") for f in installed if (Path(f) / "bin").is_dir()]
        programs += [str(Path(f) / ".bin") for f in installed if (Path(f) / ".bin").is_dir()]
        links = [sandbox.interpreter(str(Path(p) / "python")) for p in programs]
        readable = [*installed, *[place for places in links for place in places]]
        argv = sandbox.confined(
            self._place.level, [shell, *plain, "-c", words], str(copy.home), readable
        )
        env = command.environment(copy.home, copy.tree, programs)
        return await command.run(argv, cwd=copy.tree, env=env, seconds=seconds)

    def _propose(self, harvest: Harvest) -> tuple[PurePosixPath, ...]:
        for path, words in harvest.texts.items():
            self._overlay.write(path, words)
        return tuple(harvest.texts)

    def _kept_out(self, path: PurePosixPath) -> str | None:
        """Why a file that a command changed is no proposal."""
        return self._protected(path) or Walker(str(self._place.root)).judge(str(path))

    def _relative(self, ran: command.Ran) -> str:
        return ran.text.replace(f"{self._copy.tree}/", "").replace(str(self._copy.tree), ".")


def _told(
    output: str,
    ran: command.Ran,
    took: float,
    touched: tuple[PurePosixPath, ...],
    harvest: Harvest,
) -> Result:
    end = f"exit code {ran.code}" if not ran.late else f"stopped after {took:.0f} s"
    rows = [end, output.rstrip() or "[no output]"]
    if touched:
        rows.append("Proposed as edits, because the command changed them: " + _names(touched))
    if harvest.left:
        rows.append("Changed in the copy only:\n" + "\n".join(harvest.left[:20]))
    good = ran.code == 0 and not ran.late
    summary = _summary(output, end if not good else "")
    return Result("\n".join(rows), summary, good, touched=touched)


def _summary(output: str, end: str) -> str:
    """The line in which test runners and linters say how it went, or the exit code."""
    lines = [line.strip(" =-") for line in output.strip().split("\n") if line.strip(" =-")]
    last = lines[-1] if lines else ""
    telling = any(word in last.lower() for word in _TELLING)
    return last if telling and len(last) <= 70 else end


def _names(paths: tuple[PurePosixPath, ...]) -> str:
    more = f" and {len(paths) - 20} more" if len(paths) > 20 else ""
    return ", ".join(map(str, paths[:20])) + more


def _row(check: CheckFinished) -> str:
    verdict = "ok" if check.ok else "FAILED" if not check.summary.startswith(NOT_RUN) else "-"
    details = "".join(f"\n    {line}" for line in check.details[:20])
    return f"{check.tool}: {verdict}, {check.summary}{details}"
