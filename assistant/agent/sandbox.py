"""How a command is confined on this machine: which walls there are, and the words that build them.

Starts nothing but one trial of bubblewrap.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from assistant.agent import landlock, launcher

LEVELS = {
    "bwrap": "confined by bubblewrap: writes only to the copy, no network",
    "landlock-net": "confined by Landlock: writes only to the copy, no network",
    "landlock": "confined by Landlock: writes only to the copy; network open",
    "": "not confined",
}
FULL = frozenset(("bwrap", "landlock-net"))
"""Levels at which a command can neither write nor read outside, nor reach a network."""
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store",
           "/snap", "/Library", "/System")  # fmt: skip
_SETTINGS = ("alternatives", "ca-certificates", "fonts", "group", "hosts", "java", "ld.so.cache",
             "ld.so.conf", "ld.so.conf.d", "localtime", "magic", "mime.types", "nsswitch.conf",
             "os-release", "passwd", "php", "protocols", "python3", "services", "ssl", "terminfo",
             "timezone")  # fmt: skip
_INSTALLED = (".venv", "venv", "env", "node_modules", ".tox", ".nox")


@cache
def confinement() -> str:
    """The best level this machine gives: bwrap, landlock-net, landlock or nothing."""
    if sys.platform == "linux" and shutil.which("bwrap") and _bwrap_works():
        return "bwrap"
    version = landlock.available()
    if version >= 3 and landlock.filters_sockets():
        return "landlock-net"
    return "landlock" if version else ""


def confined(level: str, argv: Sequence[str], home: str, readable: Sequence[str] = ()) -> list[str]:
    """``argv`` behind the walls of ``level``: it writes below ``home`` alone, and reads that, the
    system's programs and ``readable``.
    """
    paths = _outermost((*interpreters(), *readable))
    if level == "bwrap":
        walls = _bwrap(home, paths)
    elif level:
        walls = [sys.executable, "-I", str(landlock.__file__), "--rw", home]
        if level == "landlock-net":
            walls += [word for path in (*system(), *paths) for word in ("--ro", path)]
            walls.append("--no-net")
        walls.append("--")
    else:
        walls = []
    return [*_watched(), *walls, *argv]


def installed(root: Path) -> list[str]:
    """Folders of a project that are not copied, because they only hold what was installed."""
    return [str(root / name) for name in _INSTALLED if (root / name).is_dir()]


def interpreters() -> list[str]:
    """Where the app's own Python lies, with every link on the way to it."""
    return interpreter(sys.executable, sys.prefix, sys.base_prefix, *sysconfig.get_paths().values())


def interpreter(program: str, *places: str) -> list[str]:
    """The folders that a program needs: where it lies, where its links lead, and ``places``."""
    found = [*places]
    for _ in range(8):
        found += [os.path.dirname(program)]
        if not os.path.islink(program):
            break
        program = os.path.join(os.path.dirname(program), os.readlink(program))
    return _outermost([*found, *[os.path.realpath(place) for place in found]])


def _outermost(places: Sequence[str]) -> list[str]:
    """Without folders that lie in another of them, or with the system's programs."""
    every = dict.fromkeys(places)
    above = [place + "/" for place in (*every, "/usr")]
    return [place for place in every if not any(place.startswith(a) for a in above)]


def system() -> list[str]:
    """What every program may read."""
    settings = [f"/etc/{name}" for name in _SETTINGS]
    return [path for path in (*_SYSTEM, *settings, "/proc", "/sys/devices/system/cpu")
            if os.path.exists(path)]  # fmt: skip


def _watched() -> list[str]:
    """The launcher, so that nothing survives the command; elsewhere the process group must do."""
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", str(launcher.__file__), "--"]


def _bwrap(home: str, readable: Sequence[str]) -> list[str]:
    words = ["bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"]
    words += ["--new-session", "--cap-drop", "ALL"]
    for path in system():
        if path == "/proc":
            continue
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        else:
            words += ["--ro-bind", path, path]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run"]  # noqa: S108
    for path in readable:
        words += ["--ro-bind-try", path, path]
    return [*words, "--bind", home, home, "--"]


def _bwrap_works() -> bool:
    """User namespaces may be switched off, which only a try tells."""
    with tempfile.TemporaryDirectory(prefix="galley-") as nowhere:
        try:
            tried = subprocess.run(
                [*_bwrap(nowhere, ()), "true"], capture_output=True, timeout=5, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return tried.returncode == 0
