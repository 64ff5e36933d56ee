"""Linux: starts a command that writes only below given folders and opens no sockets.

Standard library only. Run as a script: ``landlock.py --rw DIR … [--ro DIR …] [--no-net] -- COMMAND
…``. With ``--ro`` nothing but these folders can be read either. It prints nothing, and ends with 97
where the kernel cannot do it, so that a command is never run with less than was promised.
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
_SET_SECCOMP, _SET_SECUREBITS, _NO_NEW_PRIVS = 22, 28, 38
_NOROOT = 0b11  # and locked
_CAPABILITIES_3 = 0x20080522
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_WRITE_FILE, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 4, 1 << 5
_MAKE = sum(1 << bit for bit in range(6, 13))  # char, dir, regular, socket, fifo, block, symlink
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_TCP = 0b11  # bind and connect
_OTHERS = 0b11  # abstract sockets and signals outside
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
_SOCKETS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine to the kernel's name of it and the number of socket(2)."""
_IO_URING = 425


def available() -> int:
    """The kernel's Landlock version; 0 where there is none. From 4 on TCP can be denied too."""
    if sys.platform != "linux" or platform.machine() in ("alpha",):
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)))


def filters_sockets() -> bool:
    """Whether socket(2) can be denied on this machine."""
    return sys.platform == "linux" and platform.machine() in _SOCKETS


def restrict(writable: list[str], readable: list[str] | None = None) -> None:
    """Confines this process and all its children for good. Raises OSError.

    ``readable`` None lets everything be read.
    """
    version = available()
    if version < 1:
        raise OSError("no Landlock in this kernel")
    libc = ctypes.CDLL(None, use_errno=True)
    reads = _EXECUTE | _READ_FILE | _READ_DIR if readable is not None else 0
    file_rights = _WRITE_FILE | (_TRUNCATE if version >= 3 else 0)
    rights = file_rights | _REMOVE_DIR | _REMOVE_FILE | _MAKE | (_REFER if version >= 2 else 0)
    fd = _ruleset(libc, version, rights | reads)
    in_files = reads & ~_READ_DIR
    for path in (*writable, *_DEVICES):
        _allow(libc, fd, path, rights | reads, file_rights | in_files)
    for path in readable or ():
        _allow(libc, fd, path, reads, in_files)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    _call(libc, _RESTRICT, fd, ctypes.c_uint32(0))
    os.close(fd)


def _ruleset(libc: ctypes.CDLL, version: int, rights: int) -> int:
    parts = [rights]
    if version >= 4:
        parts.append(_TCP)
    if version >= 6:
        parts.append(_OTHERS)
    ruleset = struct.pack("Q" * len(parts), *parts)
    size = ctypes.c_size_t(len(ruleset))
    return _call(libc, _CREATE, ctypes.create_string_buffer(ruleset), size, ctypes.c_uint32(0))


def _allow(libc: ctypes.CDLL, fd: int, path: str, in_folder: int, in_file: int) -> None:
    """What may be done below ``path``; a path that is not there gets no rule."""
    try:
        below = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    granted = in_folder if os.path.isdir(path) else in_file
    rule = ctypes.create_string_buffer(struct.pack("=Qi", granted, below))
    _call(libc, _ADD_RULE, fd, ctypes.c_int(1), rule, ctypes.c_uint32(0))
    os.close(below)


def deny_sockets() -> None:
    """No socket of any kind from here on, but pairs; io_uring, which could make them, neither.

    Call it after :func:`restrict`. Raises OSError.
    """
    arch, socket = _SOCKETS[platform.machine()]
    allow, deny = 0x7FFF0000, 0x00050000 | 13  # EACCES
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    program = [
        (load, 0, 0, 4),
        (equal, 0, 5, arch),
        (load, 0, 0, 0),
        (at_least, 3, 0, 0x40000000),  # the x32 numbers of x86
        (equal, 2, 0, socket),
        (equal, 1, 0, _IO_URING),
        (give, 0, 0, allow),
        (give, 0, 0, deny),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    header = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_SET_SECCOMP, 2, header, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def drop_capabilities() -> None:
    """No special rights of root from here on, also not for programs it starts. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0 and libc.prctl(_SET_SECUREBITS, _NOROOT, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITIES_3, 0))
    if libc.capset(header, ctypes.create_string_buffer(24)) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _call(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    result = int(libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def main(argv: list[str]) -> None:
    split = argv.index("--")
    writable = [argv[at + 1] for at in range(split) if argv[at] == "--rw"]
    readable = [argv[at + 1] for at in range(split) if argv[at] == "--ro"]
    try:
        drop_capabilities()
        restrict(writable, readable or None)
        if "--no-net" in argv[:split]:
            deny_sockets()
    except (OSError, KeyError) as error:
        sys.stderr.write(f"landlock: {error}\n")
        raise SystemExit(UNAVAILABLE) from error
    command = argv[split + 1 :]
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
