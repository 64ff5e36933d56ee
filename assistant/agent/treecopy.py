"""Copies a project to a throw-away folder and lays a change over it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from assistant.agent.proposal import Proposal

_SKIPPED = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        "env",
        "node_modules",
        "__pycache__",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
    ]
)
_MOST_BYTES = 300_000_000
_MOST_FILES = 30_000


class TooLarge(Exception):
    """The tree is more than a throw-away copy should be; the message says how large."""


def copy_tree(proposal: Proposal, target: Path, changed: bool) -> None:
    """Regular files and links that stay inside; with the change, or with the texts before it.

    Raises TooLarge.
    """
    root = proposal.root.resolve()
    files = size = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in _SKIPPED and not (Path(folder) / name).is_symlink()
        ]
        here = target / Path(folder).relative_to(root)
        here.mkdir(parents=True, exist_ok=True)
        for name in names:
            source = Path(folder) / name
            if not source.is_file() or not source.resolve().is_relative_to(root):
                continue
            files, size = files + 1, size + source.stat().st_size
            if files > _MOST_FILES or size > _MOST_BYTES:
                raise TooLarge(
                    f"the folder has more than {_MOST_FILES} files or {_MOST_BYTES // 1_000_000} "
                    "MB to copy"
                )
            shutil.copy2(source, here / name)
    _lay_over(proposal, target, changed)


def _lay_over(proposal: Proposal, target: Path, changed: bool) -> None:
    for path, text in proposal.changes.items():
        if path.is_absolute() or ".." in path.parts:
            continue
        place = target / path
        wanted = text if changed else (proposal.before or {}).get(path)
        if wanted is None:
            if changed:
                place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        mark = (
            b"\xef\xbb\xbf"
            if _starts_with_mark(proposal.root / path) and not wanted.startswith("\ufeff")
            else b""
        )
        place.write_bytes(mark + wanted.encode("utf-8", "surrogateescape"))


def _starts_with_mark(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(3) == b"\xef\xbb\xbf"
    except OSError:
        return False
