"""The parent of a terminal's shell: reports its end, and ends it all when Galley is done or dead.

Standard library only. Run as a script: ``guard.py SLAVE LIFELINE REPORTS PROGRAM ARGV0 …`` with
three open descriptors. The lifeline closes when its owner lets go of it or dies, in whatever way;
then everything in the shell's session is hung up, and after a moment killed by its number.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import time

GRACE_S = 0.5
"""From the hang-up to the end of everything that ignores it."""
LAST_S = 3.0
_BEAT_S = 0.03
_OWN = (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that a shell shall find as they usually are."""


def main(argv: list[str]) -> int:
    slave, lifeline, reports = map(int, argv[1:4])
    for fd in (slave, lifeline, reports):
        os.set_inheritable(fd, False)
    ends, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _noted)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        _become(slave, argv[4], argv[5:])
    os.close(slave)
    _say(reports, f"P{child}\n")
    alive = True
    while alive or members(child):
        ready, _, _ = select.select([lifeline, ends], [], [], None if alive else 1.0)
        if alive and (status := _reaped(child)) is not None:
            alive = False
            _say(reports, f"E{status}\n")
        if lifeline in ready:
            end_session(child)
            break
        if ends in ready:
            os.read(ends, 512)
    return 0


def _noted(_number: int, _frame: object) -> None:
    """A child ended; the wake-up pipe says so."""


def _become(slave: int, program: str, argv: list[str]) -> None:
    """The shell, leader of a session whose terminal is ``slave``."""
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for target in (0, 1, 2):
            os.dup2(slave, target)
        for number in _OWN:
            signal.signal(number, signal.SIG_DFL)
        os.execv(program, argv)  # noqa: S606
    except OSError as error:
        os.write(2, f"{program} cannot be run: {error.strerror}.\r\n".encode())
    os._exit(127)


def _say(reports: int, words: str) -> None:
    with contextlib.suppress(OSError):  # whoever listened is gone
        os.write(reports, words.encode())


def _reaped(child: int) -> int | None:
    """How the shell ended, as shells tell it; None while it lives."""
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid == 0:
        return None
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def members(session: int) -> list[int]:
    """The living processes of a session, by number."""
    if not os.path.isdir("/proc/self"):
        return _members_by_ps(session)
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # The name in brackets may hold anything: what follows it is looked at.
                state, _, _, its = file.read().rpartition(b")")[2].split()[:4]
                if int(its) == session and state not in (b"Z", b"X"):
                    found.append(int(name))
    return found


def _members_by_ps(session: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, check=False)
    found = []
    for word in listed.stdout.split():
        with contextlib.suppress(OSError):
            if os.getsid(int(word)) == session:
                found.append(int(word))
    return found


def end_session(session: int) -> None:
    """Hang up, wait a moment, kill what is left."""
    _send(session, signal.SIGHUP)
    _send(session, signal.SIGCONT)  # what was stopped hears it too
    started = time.monotonic()
    while time.monotonic() - started < LAST_S:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(session, os.WNOHANG)
        if not members(session):
            return
        if time.monotonic() - started > GRACE_S:
            _send(session, signal.SIGKILL)
        time.sleep(_BEAT_S)


def _send(session: int, number: signal.Signals) -> None:
    for pid in members(session):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
