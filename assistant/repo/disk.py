"""The calls that change a disk, so that a test can fail each one. Knows no policy."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from typing import Any

if sys.platform == "darwin":
    import fcntl

BY_DESCRIPTOR = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether folders can be held open and names looked up in them; Windows cannot."""


_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


class Disk:
    """Where every mutating call goes. :meth:`before` runs ahead of each and may raise OSError;
    tests override it."""

    def before(self, call: str, name: str) -> None:
        """``call`` is about to change ``name``."""

    def write(self, fd: int, data: bytes, name: str) -> None:
        """All of ``data`` to ``fd``; OSError when the disk takes less."""
        self.before("write", name)
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view[: 1 << 24]) :]

    def sync(self, fd: int, name: str) -> None:
        """Until the device says that the bytes are on it."""
        self.before("fsync", name)
        if sys.platform == "darwin":
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            os.fsync(fd)

    def step(self, what: str) -> None:
        """A point between two changes that are not calls of this module: a git command, a journal
        entry."""
        self.before("step", what)


class Folder:
    """An open directory. Names are looked up in it and never through a link; O(1) file
    descriptors."""

    def __init__(self, path: str, fd: int | None, disk: Disk) -> None:
        self.path = path
        self.fd = fd
        self.disk = disk

    @classmethod
    def open_root(cls, path: str, disk: Disk) -> Folder:
        """The folder at an already resolved ``path``; OSError when it is a link or no folder."""
        if not BY_DESCRIPTOR:
            return cls(path, None, disk)
        return cls(path, os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW), disk)

    def child(self, name: str) -> Folder:
        """The folder ``name`` in this one; OSError (ENOTDIR, ELOOP) when it is a link or no
        folder."""
        path = os.path.join(self.path, name)
        if self.fd is None:
            return Folder(path, None, self.disk)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        return Folder(path, os.open(name, flags, dir_fd=self.fd), self.disk)

    def at(self, name: str) -> str:
        """``name`` as system calls want it: bare beside a descriptor, a full path without one."""
        return name if self.fd is not None else os.path.join(self.path, name)

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        """A descriptor of ``name``, which must not be a link; creating counts as a change."""
        if flags & os.O_CREAT:
            self.disk.before("create", name)
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        flags |= getattr(os, "O_BINARY", 0)
        return os.open(self.at(name), flags, mode, dir_fd=self.fd)

    def lstat(self, name: str) -> os.stat_result:
        return os.stat(self.at(name), dir_fd=self.fd, follow_symlinks=False)

    def rename(self, old: str, new: str, other: Folder | None = None) -> None:
        """``old`` becomes ``new`` in this folder or in ``other``, replacing what is there."""
        self.disk.before("rename", new)
        to = other or self
        os.replace(self.at(old), to.at(new), src_dir_fd=self.fd, dst_dir_fd=to.fd)

    def rename_free(self, old: str, new: str, other: Folder | None = None) -> None:
        """As :meth:`rename`, but FileExistsError when something has the name ``new`` by now."""
        self.disk.before("rename", new)
        to = other or self
        if not self._renamed_free(old, new, to):
            self._linked_free(old, new, to)

    def _renamed_free(self, old: str, new: str, to: Folder) -> bool:
        """False where the system or the file system cannot do it at one instant."""
        call = _rename_call()
        if call is None or self.fd is None or to.fd is None:
            return False
        flag = 1 if sys.platform == "linux" else 4
        if call(self.fd, os.fsencode(old), to.fd, os.fsencode(new), flag) == 0:
            return True
        code = ctypes.get_errno()
        if code in _CANNOT:
            return False
        raise OSError(code, os.strerror(code), new)

    def _linked_free(self, old: str, new: str, to: Folder) -> None:
        """A second name, then one less; Windows never renames over a file."""
        if os.name == "nt":
            os.rename(self.at(old), to.at(new))
            return
        os.link(
            self.at(old), to.at(new), src_dir_fd=self.fd, dst_dir_fd=to.fd, follow_symlinks=False
        )
        os.unlink(self.at(old), dir_fd=self.fd)

    def exchange(self, one: str, other: str) -> bool:
        """Two existing names swap their files at one instant; False where that cannot be done."""
        call = _rename_call()
        if call is None or self.fd is None:
            return False
        self.disk.before("exchange", other)
        names = (os.fsencode(one), os.fsencode(other))
        if call(self.fd, names[0], self.fd, names[1], 2) == 0:
            return True
        code = ctypes.get_errno()
        if code in (*_CANNOT, errno.ENOENT):
            return False
        raise OSError(code, os.strerror(code), other)

    def unlink(self, name: str) -> None:
        self.disk.before("unlink", name)
        os.unlink(self.at(name), dir_fd=self.fd)

    def symlink(self, target: str, name: str) -> None:
        self.disk.before("symlink", name)
        os.symlink(target, self.at(name), dir_fd=self.fd)

    def readlink(self, name: str) -> str:
        return os.readlink(self.at(name), dir_fd=self.fd)

    def mkdir(self, name: str) -> None:
        self.disk.before("mkdir", name)
        os.mkdir(self.at(name), dir_fd=self.fd)

    def rmdir(self, name: str) -> None:
        self.disk.before("rmdir", name)
        os.rmdir(self.at(name), dir_fd=self.fd)

    def sync(self) -> None:
        """The names in this folder are on the device; nothing to do where folders cannot be
        synced."""
        if self.fd is not None:
            self.disk.sync(self.fd, self.path)

    def close(self) -> None:
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@cache
def _rename_call() -> Any:
    """``renameat2`` of Linux or ``renameatx_np`` of macOS; flag 2 means exchange in both, 1 and 4
    that the new name must be free."""
    name = {"linux": "renameat2", "darwin": "renameatx_np"}.get(sys.platform)
    if name is None:
        return None
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is not None:
        text, number = ctypes.c_char_p, ctypes.c_int
        function.argtypes = [number, text, number, text, ctypes.c_uint]
    return function
