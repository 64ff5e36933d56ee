"""Makes the program runnable on a machine that has only Python and git. Knows the standard library
alone.

``python3 -m app`` and ``python3 -m tests`` call :func:`ensure` first: it makes ``.venv`` beside
pyproject.toml, installs what is pinned there, sees to Qt's system libraries, and goes on inside
``.venv``. When nothing is missing it costs one hash of pyproject.toml and one ``exec``.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
QT_LIBRARIES = {  # what the Qt wheels load from the system, and Debian's name for it
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-shape.so.0": "libxcb-shape0",
}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


def ensure(module: str, *, dev: bool = False) -> None:
    """Return when this process can import what is pinned; otherwise install it and run ``module``
    again in .venv.
    """
    if not (ROOT / "pyproject.toml").exists():
        return  # installed by pip or pipx, which saw to the dependencies
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        sys.exit(f"Galley needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    stamps = [VENV / "stamp-dev"] if dev else [VENV / "stamp", VENV / "stamp-dev"]
    wanted = _stamp()
    if not PYTHON.exists() or not any(s.exists() and s.read_text() == wanted for s in stamps):
        _qt_libraries()
        _install(dev)
        stamps[0].write_text(wanted)
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    command = [str(PYTHON), "-m", module, *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)  # noqa: S606


def _stamp() -> str:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return f"{digest} {sys.version_info[:2]} {ROOT}\n"


def _install(dev: bool) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"]["dev"] if dev else [])
    if not PYTHON.exists():
        print(f"Galley: making {VENV}", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
            package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
            _apt([package], "Python's venv module")
            subprocess.check_call([sys.executable, "-m", "venv", "--clear", str(VENV)])
    print(f"Galley: installing {len(wanted)} packages (once; about a minute)", flush=True)
    pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    if subprocess.call([str(PYTHON), *pip, *wanted]):
        sys.exit("Galley: the packages could not be installed. Check the network; run this again.")
    print("Galley: ready", flush=True)


def _qt_libraries() -> None:
    if not sys.platform.startswith("linux"):
        return
    missing = [package for soname, package in QT_LIBRARIES.items() if not _loads(soname)]
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    if not any(next(folder.rglob("*.[ot]tf"), None) for folder in folders if folder.is_dir()):
        missing.append("fonts-dejavu-core")  # Qt draws empty boxes when there is no font at all
    if missing:
        _apt(missing, "Qt's system libraries")


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _apt(packages: list[str], what: str) -> None:
    release = Path("/etc/os-release")
    debian = release.exists() and "debian" in release.read_text()  # Ubuntu says ID_LIKE=debian
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not (debian and os.geteuid() == 0):
        sudo = "sudo " if debian else "(the names on Debian) sudo "
        sys.exit(f"Galley needs {what}. Run: {sudo}{' '.join(command)}")
    print(f"Galley: installing {what} with apt: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.call(["apt-get", "update", "-qq"], env=environment)
    if subprocess.call([*command, "-qq"], env=environment, stdout=subprocess.DEVNULL):
        sys.exit(f"Galley: apt could not install {what}. Run: {' '.join(command)}")
