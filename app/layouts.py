"""The terminals of a folder come back with it: how many there were and what they were called.

Not their programs: those ended. One small file of the app's own for each folder.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

MOST = 8
log = logging.getLogger("galley")


def read_names(folder: Path, root: Path) -> tuple[str, ...]:
    """The names of the terminals there were, empty for one without; nothing where none is known."""
    try:
        raw = json.loads(_file(folder, root).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        log.info("the terminals of %s are unreadable: %s", root, error)
        return ()
    if not isinstance(raw, list):
        return ()
    return tuple(str(name)[:60] for name in raw[:MOST])


def write_names(folder: Path, root: Path, names: tuple[str, ...]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _file(folder, root).write_text(json.dumps(names), encoding="utf-8")
    except OSError as error:
        log.info("the terminals of %s are not remembered: %s", root, error)


def _file(folder: Path, root: Path) -> Path:
    return folder / (hashlib.sha256(str(root).encode()).hexdigest()[:24] + ".json")
