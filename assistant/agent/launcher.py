"""Linux: runs one command and ends everything that it started, however it tries to stay.

Standard library only. Run as a script: ``launcher.py -- COMMAND …``. Standard input is a lifeline:
when it closes, because the app is done or dead, the command and all its descendants are killed.
Daemons that left their session are found, because this process adopts them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys

_DIE_WITH_PARENT, _SUBREAPER = 1, 36
_BIGGEST_FILE = 1 << 30
_TASKS = 1024
_BEAT_S = 0.05


def main(argv: list[str]) -> int:
    command = argv[argv.index("--") + 1 :]
    if ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.stderr.write("launcher: descendants cannot be followed on this system\n")
        return 97
    ends, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _noted)
    child = os.fork()
    if child == 0:
        _become(command)
    status = _watch(child, ends)
    _end_all()
    return os.waitstatus_to_exitcode(status) if status is not None else 137


_stopped: list[int] = []


def _noted(number: int, _frame: object) -> None:
    if number != signal.SIGCHLD:
        _stopped.append(number)


def _become(command: list[str]) -> None:
    """The command in a session of its own, with limits; the first to go when memory is short."""
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, _BIGGEST_FILE)
        _limit(resource.RLIMIT_NPROC, _tasks_of_mine() + _TASKS)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
        os.nice(5)
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.stderr.flush()
    os._exit(127)


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _tasks_of_mine() -> int:
    """Threads of this user: the limit counts them all."""
    count, me = 0, os.getuid()
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == me:
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _watch(child: int, ends: int) -> int | None:
    """The command's status; None when the lifeline closed before."""
    while True:
        ready, _, _ = select.select([0, ends], [], [], None)
        if ends in ready:
            os.read(ends, 4096)
        if _stopped or (0 in ready and not os.read(0, 4096)):
            return None
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid == child:
                return status
            if pid == 0:
                break


def _end_all() -> None:
    """Kill what is left: whoever loses its parent becomes a child of this process."""
    while True:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        select.select([], [], [], _BEAT_S / 10)


def _children() -> list[int]:
    me, found = os.getpid(), []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
                if int(fields[1]) == me:
                    found.append(int(name))
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
