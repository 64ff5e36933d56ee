"""Starts the program: arguments, the crash file, Qt, one window.

Everything else is composed by Program.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import logging
import os
import shutil
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from app.places import Places, temporary_places, user_places

if TYPE_CHECKING:
    from app.program import Program

log = logging.getLogger("galley")


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="galley",
        description="A code editor where a model's edits are proofs until you keep them.",
    )
    parser.add_argument("folder", nargs="?", help="project folder, or a file in it")
    parser.add_argument("--tour", action="store_true", help="a sample project and a scripted model")
    parser.add_argument(
        "--screenshot", metavar="DIR", help="with --tour: play it and write pictures"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="with --screenshot: device pixels")
    parser.add_argument("--theme", choices=("night", "day", "contrast"), help="for this run only")
    parser.add_argument(
        "--temp", action="store_true", help="start with empty settings, keep nothing"
    )
    parser.add_argument("--replay", metavar="FILE", help="play a recorded run: the log of a run")
    parser.add_argument("--debug", action="store_true", help="log everything to the terminal")
    parser.add_argument("--version", action="store_true")
    options = parser.parse_args(argv)
    if options.screenshot and not options.tour:
        parser.error("--screenshot goes with --tour")
    return options


def script(argv: Sequence[str] | None = None) -> int:
    """The ``galley`` command. Returns the exit status."""
    options = arguments(argv)
    if options.version:
        sys.stdout.write("galley 0.1.0\n")
        return 0
    if options.screenshot:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ["QT_SCALE_FACTOR"] = f"{options.scale:g}"
    elif problem := no_display():
        sys.stderr.write(problem + "\n")
        return 2
    stand_aside(options)
    places = (temporary_places() if options.temp or options.screenshot else user_places()).make()
    try:
        return _run(options, places)
    finally:
        if options.temp or options.screenshot:
            shutil.rmtree(places.config.parent, ignore_errors=True)


def stand_aside(options: argparse.Namespace) -> None:
    """Work in a folder of no project, and find programs and modules only by whole paths:
    ``galley .`` is typed in folders that nobody trusts yet.
    """
    for name in ("folder", "screenshot", "replay"):
        if (given := getattr(options, name)) is not None:
            setattr(options, name, str(Path(given).expanduser().absolute()))
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(folder for folder in folders if os.path.isabs(folder))
    ours = str(Path(__file__).resolve().parent.parent)
    sys.path[:] = [os.path.abspath(entry) if entry else ours for entry in sys.path]
    os.chdir(os.path.abspath(os.sep))


def no_display() -> str:
    """A sentence when there is nothing to show a window on, else empty."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return (
        "Galley needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set. On a machine"
        " without a screen run it with `xvfb-run python3 -m app`, or see the tour as pictures with"
        " `python3 -m app --tour --screenshot DIR`."
    )


def _run(options: argparse.Namespace, places: Places) -> int:
    last_crash = crash_of_last_run(places)
    logging.basicConfig(
        level=logging.DEBUG if options.debug else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[_log_file(places), *([logging.StreamHandler()] if options.debug else [])],
    )
    for chatty in ("httpx", "httpcore", "watchdog", "git", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    sys.excepthook = _log_exception
    with places.crash.open("w", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        try:
            return begin(options, places, last_crash).run()
        finally:
            faulthandler.disable()
            crash.truncate(0)


def begin(options: argparse.Namespace, places: Places, last_crash: str = "") -> Program:
    """The program, composed but not shown.

    The garbage collector rests until the window is there (:meth:`Program.run`): nothing that is
    loaded and built here becomes garbage, and looking through it again and again costs a tenth of
    the start.
    """
    gc.disable()
    from app.program import Program

    return Program(options, places, last_crash)


def _log_file(places: Places) -> logging.Handler:
    return RotatingFileHandler(places.log, maxBytes=2_000_000, backupCount=2, encoding="utf-8")


def _log_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A slot that raised: PySide would print it and go on in silence."""
    log.error("unhandled", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def crash_of_last_run(places: Places) -> str:
    """What faulthandler wrote when the last run died; empty after an orderly end."""
    try:
        return places.crash.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def project_of(argument: str | None) -> tuple[Path | None, Path | None]:
    """Folder to open and file to show, from what was typed; a file opens its folder."""
    if argument is None:
        return None, None
    path = Path(argument).expanduser().absolute()
    if path.exists() and not path.is_dir():
        return path.parent, path
    return path, None  # what is not there is said to be so, and its parent is not opened
