"""Linux: starts a command that writes only below given folders and opens no TCP.

Standard library only. Run as a script: ``landlock.py --rw DIR … -- COMMAND …``. It prints nothing,
and ends with 97 where the kernel has no Landlock, so that a command is never run with less than was
promised.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

UNAVAILABLE = 97
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION = ctypes.c_uint32(1)
_NO_NEW_PRIVS = 38
_WRITE_FILE, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 4, 1 << 5
_MAKE = sum(1 << bit for bit in range(6, 13))  # char, dir, regular, socket, fifo, block, symlink
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_TCP = 0b11  # bind and connect
_DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/shm",  # noqa: S108
    "/dev/pts",
)


def available() -> int:
    """The kernel's Landlock version; 0 where there is none. From 4 on TCP can be denied too."""
    if sys.platform != "linux" or platform.machine() in ("alpha",):
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)))


def restrict(writable: list[str]) -> None:
    """Confines this process and all its children for good. Raises OSError."""
    version = available()
    if version < 1:
        raise OSError("no Landlock in this kernel")
    libc = ctypes.CDLL(None, use_errno=True)
    file_rights = _WRITE_FILE | (_TRUNCATE if version >= 3 else 0)
    rights = file_rights | _REMOVE_DIR | _REMOVE_FILE | _MAKE | (_REFER if version >= 2 else 0)
    ruleset = struct.pack("QQ", rights, _TCP) if version >= 4 else struct.pack("Q", rights)
    fd = _call(
        libc,
        _CREATE,
        ctypes.create_string_buffer(ruleset),
        ctypes.c_size_t(len(ruleset)),
        ctypes.c_uint32(0),
    )
    for path in (*writable, *_DEVICES):
        try:
            below = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        granted = rights if os.path.isdir(path) else file_rights
        rule = ctypes.create_string_buffer(struct.pack("=Qi", granted, below))
        _call(libc, _ADD_RULE, fd, ctypes.c_int(1), rule, ctypes.c_uint32(0))
        os.close(below)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    _call(libc, _RESTRICT, fd, ctypes.c_uint32(0))
    os.close(fd)


def _call(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    result = int(libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def main(argv: list[str]) -> None:
    split = argv.index("--")
    writable = [argv[at + 1] for at in range(split) if argv[at] == "--rw"]
    try:
        restrict(writable)
    except OSError as error:
        sys.stderr.write(f"landlock: {error}\n")
        raise SystemExit(UNAVAILABLE) from error
    command = argv[split + 1 :]
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
