"""How fast model files were on this machine, measured and kept. Knows file names and numbers."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path


class Speeds:
    """Tokens a second by the name of the file. A file that cannot be written keeps the run's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, float] = {}
        with contextlib.suppress(OSError, ValueError):
            for name, speed in json.loads(path.read_text(encoding="utf-8")).items():
                if isinstance(speed, int | float) and speed > 0:
                    self._known[str(name)] = float(speed)

    def of(self, name: str) -> float | None:
        """As last measured; None before the first answer."""
        return self._known.get(name)

    def record(self, name: str, speed: float) -> None:
        """The newest measurement counts: machines differ by load, batteries and heat."""
        self._known[name] = round(speed, 1)
        part = self._path.with_suffix(".part")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(self._known), encoding="utf-8")
            os.replace(part, self._path)
