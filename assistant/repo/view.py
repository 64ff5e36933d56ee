"""The app's own git directory beside a project, through which git sees it. Asks no questions
itself.

Its configuration is written here, from the project's settings that are plain values (line ends,
file modes) and nothing else, so that no hook, filter, driver, monitor or helper of the project is
ever known to git.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.repo.gitconfig import GitConfig, read_person
from assistant.repo.gitdir import GitDir
from assistant.repo.runner import Runner

_PLAIN = {
    "core.autocrlf": ("true", "false", "input"),
    "core.eol": ("lf", "crlf", "native"),
    "core.filemode": ("true", "false"),
    "core.symlinks": ("true", "false"),
    "core.ignorecase": ("true", "false"),
    "core.precomposeunicode": ("true", "false"),
}
_OURS = """[core]
\tbare = false
\tlogAllRefUpdates = false
\tfsync = committed,loose-object
\tfsyncMethod = batch
\thooksPath = /dev/null
\tfsmonitor = false
\tuntrackedCache = false
\tsplitIndex = false
\tquotePath = false
\tsafecrlf = false
\tprotectHFS = true
\tprotectNTFS = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[index]
\tversion = 2
\tsparse = false
[diff]
\tignoreSubmodules = all
\tautoRefreshIndex = false
[submodule]
\trecurse = false
[protocol]
\tallow = never
[i18n]
\tcommitEncoding = utf-8
"""
_counter = itertools.count()


class View:
    """One repository as git may see it: environment, a copy of the index, a runner per call.

    ``folder`` is where the app keeps it. Nothing here writes into the project.
    """

    def __init__(self, repo: GitDir, folder: Path, name: str = "view.git") -> None:
        self.repo = repo
        self.path = folder / name
        self.person = read_person(repo.path, "")
        self._written = ""
        self._make()

    def settings(self) -> GitConfig:
        """The person's and the project's values together, as inert data."""
        return self.person.merged(self.repo.config)

    def runner(self, *, index: str = "", write_objects: bool = False) -> Runner:
        """git in the project's work tree; ``index`` a copy to work on.

        ``write_objects`` lets new objects go into the project's own store, for a commit.
        """
        objects = os.path.join(self.repo.common, "objects")
        environment = {
            "GIT_DIR": str(self.path),
            "GIT_WORK_TREE": self.repo.root,
            "GIT_CEILING_DIRECTORIES": os.path.dirname(self.repo.root),
        }
        if write_objects:
            environment["GIT_OBJECT_DIRECTORY"] = objects
        else:
            environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = quoted(objects)
        if index:
            environment["GIT_INDEX_FILE"] = index
        return Runner(str(self.path), environment)

    def point_head(self, commit: str) -> None:
        """What HEAD means to the next command; the caller holds a lock."""
        wanted = f"{commit}\n" if commit else "ref: refs/heads/unborn\n"
        if wanted != self._written:
            self._put("HEAD", wanted.encode("ascii"))
            self._written = wanted

    @contextmanager
    def index(self, *, copied: bool = True) -> Iterator[str]:
        """The path of a private copy of the person's index (or of an empty one), gone
        afterwards."""
        path = str(self.path / f"index-{os.getpid()}-{next(_counter)}")
        try:
            if copied:
                self._copy_index(path)
            yield path
        finally:
            for left in (path, f"{path}.lock"):
                if os.path.exists(left):
                    os.unlink(left)

    def index_file(self) -> str:
        return os.path.join(self.repo.path, "index")

    def _copy_index(self, to: str) -> None:
        source = self.index_file()
        if not os.path.isfile(source):
            return
        before = os.stat(source)
        shutil.copyfile(source, to)
        # git compares the index's own time with its entries to find files written in the same tick
        os.utime(to, ns=(before.st_atime_ns, before.st_mtime_ns))
        shared = [
            n for n in os.listdir(self.repo.path) if re.fullmatch(r"sharedindex\.[0-9a-f]+", n)
        ]
        if shared:
            data = Path(to).read_bytes()
            for name in shared:
                if (
                    bytes.fromhex(name.partition(".")[2]) in data
                    and not (self.path / name).exists()
                ):
                    shutil.copyfile(os.path.join(self.repo.path, name), self.path / name)

    def _make(self) -> None:
        for name in ("objects/info", "objects/pack", "refs/heads", "info"):
            (self.path / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._put("config", self._config())
        for name in ("info/exclude", "info/attributes"):
            source = Path(self.repo.common, *name.split("/"))
            plain = source.is_file() and not source.is_symlink()
            self._put(name, source.read_bytes() if plain else b"")
        if not (self.path / "HEAD").exists():
            self.point_head("")

    def _config(self) -> bytes:
        text = own_config(self.repo.format).decode()
        settings = self.settings()
        text += "[core]\n"
        for key, allowed in _PLAIN.items():
            value = settings.get(key).lower()
            if value in allowed:
                text += f"\t{key.partition('.')[2]} = {value}\n"
        base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        excludes = self.person.get("core.excludesfile", os.path.join(base, "git", "ignore"))
        quoted = os.path.expanduser(excludes).replace("\\", "\\\\").replace('"', '\\"')
        if "\n" not in quoted:
            text += f'\texcludesFile = "{quoted}"\n'
        return text.encode("utf-8", "surrogateescape")

    def _put(self, name: str, data: bytes) -> None:
        path = self.path / name
        if not path.exists() or path.read_bytes() != data:
            # another thread's git may be reading it: it must never see half of it
            fresh = path.with_name(f"{path.name}.{os.getpid()}-{next(_counter)}")
            fresh.write_bytes(data)
            os.replace(fresh, path)


def own_config(kind: str) -> bytes:
    """The configuration of a git directory of the app's own; ``kind`` is the object format."""
    new = kind == "sha256"
    text = _OURS.replace("[core]\n", f"[core]\n\trepositoryformatversion = {int(new)}\n", 1)
    return (text + ("[extensions]\n\tobjectformat = sha256\n" if new else "")).encode()


def quoted(path: str) -> str:
    """A path for GIT_ALTERNATE_OBJECT_DIRECTORIES, whose separator may occur in a folder's name."""
    if os.pathsep not in path and '"' not in path:
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
