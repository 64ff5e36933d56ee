"""Reads commits with git, never with the project's configuration, from an app-owned git folder.

The child's GIT_DIR is a bare folder made here, its configuration is written here, and the project's
objects come in as alternates; so no hook, filter, pager, fsmonitor, textconv or promisor of the
project can run.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.context.gitindex import GitFolder, git_folder, head_commit
from assistant.context.history import MOST_COMMITS, Commit
from assistant.context.terms import Splitter

_CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = true
\thooksPath = /dev/null
\tfsmonitor = false
\tquotePath = false
\tuntrackedCache = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[diff]
\tignoreSubmodules = all
\trenames = false
[protocol]
\tallow = never
"""
_CONFIG_SHA256 = _CONFIG.replace("repositoryformatversion = 0", "repositoryformatversion = 1") + (
    "[extensions]\n\tobjectFormat = sha256\n"
)
_TRAILER = re.compile(
    r"^(co-authored-by|signed-off-by|reviewed-by|closes|refs?|see)\b.*$", re.I | re.M
)


class GitLog:
    """The commits of one project. ``store`` is a folder of the app's own, made when it is
    missing."""

    def __init__(self, root: str, store: str) -> None:
        self._root = root
        self._store = store

    def head(self) -> str | None:
        """The commit HEAD stands for, without running git."""
        folder = self._folder()
        return head_commit(folder) if folder else None

    def order(self, head: str, limit: int = MOST_COMMITS) -> list[str]:
        """The last commits that are no merges, newest first; empty when git cannot say."""
        return self._run("rev-list", "--no-merges", f"--max-count={limit}", head, "--").split()

    def commits(self, hashes: Sequence[str], splitter: Splitter) -> dict[str, Commit]:
        """What the commits say and changed; unknown ones are left out."""
        if not hashes:
            return {}
        out = self._run(
            "log",
            "--no-walk=unsorted",
            "--stdin",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "-z",
            "--format=%x01%H%x02%B%x03",
            given="\n".join(hashes) + "\n",
        )
        return {c.hash: c for record in out.split("\x01")[1:] if (c := _commit(record, splitter))}

    def show(self, revision: str) -> str:
        """Message and patch of one commit, at most 200 kB; empty when there is no such commit."""
        full = self.resolve(revision)
        if not full:
            return ""
        return self._run(
            "show",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--format=commit %H%nDate: %ad%n%n%B",
            full,
            "--",
        )[:200_000]

    def resolve(self, revision: str) -> str:
        """The full hash of an abbreviated one, or of HEAD and its parents; empty when it names no
        commit."""
        head = self.head()
        name = revision.strip()
        if head and re.fullmatch(r"HEAD([~^]\d{0,4}){0,3}", name):
            name = head + name[4:]
        if not re.fullmatch(r"[0-9a-f]{4,64}([~^]\d{0,4}){0,3}", name):
            return ""
        return self._run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"
        ).strip()

    def subjects(self, hashes: Iterable[str]) -> dict[str, str]:
        """The first line of each message."""
        wanted = list(hashes)
        if not wanted:
            return {}
        out = self._run(
            "log",
            "--no-walk=unsorted",
            "--stdin",
            "-z",
            "--format=%H %s",
            given="\n".join(wanted) + "\n",
        )
        return dict(line.split(" ", 1) for line in out.split("\0") if " " in line)

    def _folder(self) -> GitFolder | None:
        return git_folder(self._root)

    def _run(self, *arguments: str, given: str = "") -> str:
        folder = self._folder()
        if folder is None:
            return ""
        try:
            done = subprocess.run(
                ["git", "--no-pager", *arguments],
                input=os.fsencode(given),
                capture_output=True,
                timeout=120,
                check=False,
                cwd=self._sidecar(folder),
                env=self._environment(folder),
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else ""

    def _sidecar(self, folder: GitFolder) -> str:
        """A bare git folder that holds nothing but this module's configuration."""
        head = head_commit(folder) or ""
        kind = "sha256" if len(head) == 64 else "sha1"
        place = Path(self._store) / f"git-{kind}"
        if not (place / "HEAD").exists():
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in ("objects", "refs", "info"):
                (place / name).mkdir(exist_ok=True)
            _write(place / "info" / "attributes", "* -text -filter -ident -diff -merge\n* diff\n")
            _write(place / "config", _CONFIG_SHA256 if kind == "sha256" else _CONFIG)
            _write(place / "HEAD", "ref: refs/heads/none\n")
        return str(place)

    def _environment(self, folder: GitFolder) -> dict[str, str]:
        keep = {
            k: v
            for k, v in os.environ.items()
            if k in ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
        }
        return keep | {
            "GIT_DIR": self._sidecar(folder),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(folder.common, "objects"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_PAGER": "cat",
            "GIT_LITERAL_PATHSPECS": "1",
            "LC_ALL": "C.UTF-8",
        }


def _commit(record: str, splitter: Splitter) -> Commit | None:
    name, _, rest = record.partition("\x02")
    message, _, listed = rest.partition("\x03")
    paths = tuple(p for p in listed.replace("\n", "\0", 2).split("\0") if p)
    if not name or not paths:
        return None
    head = "\n".join(_TRAILER.sub("", message).strip().split("\n\n")[:2])[:700]
    return Commit(name, tuple(sorted(set(splitter.text(head)))), paths)


def _write(path: Path, text: str) -> None:
    """Written whole or not at all: another window may make the same folder."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(name, path)
