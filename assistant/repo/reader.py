"""A throw-away journal for a second Galley on a folder, which may only read. Knows no project."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from assistant.repo.journal import Journal
from assistant.repo.lock import ProjectBusy, ProjectLock


class ReaderJournal(Journal):
    """Below ``data/readers``, gone when it is closed; what killed readers left goes with the
    next.
    """

    def __init__(self, data: Path, root: Path | str) -> None:
        readers = data / "readers"
        _clear(readers)
        self._folder = readers / secrets.token_hex(8)
        self._folder.mkdir(parents=True, mode=0o700)
        self._alive = ProjectLock(self._folder / "alive")
        super().__init__(self._folder, root)

    def close(self) -> None:
        super().close()
        self._alive.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _clear(readers: Path) -> None:
    """Folders whose reader is dead: their lock can be taken."""
    for left in readers.glob("*/alive"):
        try:
            ProjectLock(left).close()
        except (ProjectBusy, OSError):
            continue
        shutil.rmtree(left.parent, ignore_errors=True)
