"""Where the app keeps its own things on this machine. Knows platformdirs; creates folders only
when asked.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Places:
    """Folders of the app: none of them is ever inside a project."""

    config: Path
    data: Path
    cache: Path
    state: Path

    @property
    def settings(self) -> Path:
        return self.config / "settings.json"

    @property
    def crash(self) -> Path:
        """What faulthandler wrote when the last run died; read at the next start."""
        return self.state / "crash.log"

    @property
    def log(self) -> Path:
        return self.state / "galley.log"

    def make(self) -> Places:
        for folder in (self.config, self.data, self.cache, self.state):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self


def user_places() -> Places:
    dirs = platformdirs.PlatformDirs("galley", appauthor=False)
    return Places(
        dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, dirs.user_state_path
    )


def temporary_places() -> Places:
    """For ``--temp``: empty settings in a private folder that the caller removes."""
    root = Path(tempfile.mkdtemp(prefix="galley-"))
    return Places(root / "config", root / "data", root / "cache", root / "state")
