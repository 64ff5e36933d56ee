"""Copies a project to a throw-away folder and lays a change over it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from assistant.agent.proposal import Proposal

SKIPPED = frozenset(
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


def source_files(root: Path) -> Iterator[tuple[PurePosixPath, os.stat_result]]:
    """Regular files of a resolved ``root`` and links that stay inside, without what is installed
    or cached. Raises TooLarge.
    """
    files = size = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in SKIPPED and not (Path(folder) / name).is_symlink()
        ]
        below = os.path.relpath(folder, root).replace(os.sep, "/")
        for name in names:
            facts = _regular(root, os.path.join(folder, name))
            if facts is None:
                continue
            files, size = files + 1, size + facts.st_size
            if files > _MOST_FILES or size > _MOST_BYTES:
                raise TooLarge(
                    f"the folder has more than {_MOST_FILES} files or {_MOST_BYTES // 1_000_000} "
                    "MB to copy"
                )
            yield PurePosixPath(below, name), facts


def _regular(root: Path, path: str) -> os.stat_result | None:
    """What a regular file is, also one behind a link that stays inside; None for all else."""
    facts = os.lstat(path)
    if stat.S_ISREG(facts.st_mode):
        return facts
    source = Path(path)
    if not stat.S_ISLNK(facts.st_mode) or not source.is_file():
        return None
    return source.stat() if source.resolve().is_relative_to(root) else None


def copy_tree(proposal: Proposal, target: Path, changed: bool) -> None:
    """The source files, with the change or with the texts before it. Raises TooLarge."""
    root = proposal.root.resolve()
    target.mkdir(parents=True, exist_ok=True)
    for path, _ in source_files(root):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, target / path)
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
