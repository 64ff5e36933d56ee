"""Which paths of a repository are checked out when only some folders are. Knows cone patterns, as
``git sparse-checkout`` writes them, and nothing else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.errors import CommitFailed
from assistant.repo.gitdir import GitDir
from assistant.repo.runner import Runner

_MAX = 1 << 20
_ESCAPED = re.compile(r"\\([*?\[\]\\!#])")


@dataclass(frozen=True, slots=True)
class Cone:
    """``whole`` are folders with all that is below them, ``flat`` those with their own files
    alone; the top is always one of these."""

    whole: frozenset[str] = frozenset()
    flat: frozenset[str] = frozenset({"."})

    def holds(self, path: str) -> bool:
        parents = [str(parent) for parent in PurePosixPath(path).parents]
        return parents[0] in self.flat or any(parent in self.whole for parent in parents)


def cone_of(repo: GitDir) -> Cone | None:
    """What is checked out; None when everything is. CommitFailed for patterns of another kind."""
    if not repo.config.flag("core.sparsecheckout"):
        return None
    path = Path(repo.path, "info", "sparse-checkout")
    try:
        text = os.fsdecode(path.read_bytes()) if path.stat().st_size < _MAX else None
    except OSError:
        text = None
    cone = None if text is None else parse(text)
    if cone is None:
        raise CommitFailed(
            "Only a part of this repository is checked out, and not by whole folders.",
            "Switch in a terminal.",
        )
    return cone


def parse(text: str) -> Cone | None:
    """The cone that ``text`` describes; None when it is anything else."""
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    if lines[:2] != ["/*", "!/*/"]:
        return None
    whole: set[str] = set()
    flat = {"."}
    for line in lines[2:]:
        parent = line.startswith("!") and line.endswith("/*/")
        inner = line[1:-2] if parent else line
        if not (inner.startswith("/") and inner.endswith("/") and len(inner) > 2):
            return None
        if re.search(r"(?<!\\)[*?\[]", inner):
            return None
        folder = _ESCAPED.sub(r"\1", inner.strip("/"))
        if parent:
            whole.discard(folder)
            flat.add(folder)
        else:
            whole.add(folder)
    return Cone(frozenset(whole), frozenset(flat))


def skipped(git: Runner) -> frozenset[str]:
    """The paths of the runner's index that are left out of the work tree."""
    raw = git.run("ls-files", "-t", "-z").split(b"\0")
    return frozenset(os.fsdecode(one[2:]) for one in raw if one.startswith(b"S "))


def skip(git: Runner, paths: frozenset[str]) -> None:
    """Mark ``paths`` of the runner's index as left out."""
    if paths:
        names = b"\0".join(sorted(map(os.fsencode, paths))) + b"\0"
        git.run("update-index", "-z", "--skip-worktree", "--stdin", stdin=names)
