"""Where a path really leads, and which names are protected. Reads no contents."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from assistant.errors import WriteRefused
from assistant.repo.disk import Disk, Folder

_MAX_LINKS = 40
_SHORT_GIT = re.compile(r"git~\d+|gi[0-9a-f]{4}~\d+")
_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

_FOLDERS = {
    "node_modules": "other people's code that runs when the project does",
    "site-packages": "other people's code that runs when the project does",
    "venv": "the interpreter that runs the project",
    "hooks": "a folder of hooks, which run by themselves",
}
_NAMES = {
    "conftest.py": "pytest runs it by itself",
    "sitecustomize.py": "Python runs it at every start",
    "usercustomize.py": "Python runs it at every start",
    "*.pth": "Python runs it at every start",
    "pyvenv.cfg": "it chooses the interpreter",
    "setup.py": "installing runs it",
    "setup.cfg": "build and test tools take commands from it",
    "pyproject.toml": "build and test tools take commands from it",
    "mypy.ini": "mypy runs the plugins that it names",
    "fabfile.py": "fabric runs it",
    "dodo.py": "doit runs it",
    "sconstruct": "scons runs it",
    "wscript": "waf runs it",
    "tox.ini": "tox takes commands from it",
    "pytest.ini": "pytest takes settings from it",
    "noxfile.py": "nox runs it",
    "package.json": "npm takes commands from it",
    "composer.json": "composer takes commands from it",
    "gulpfile.*": "gulp runs it",
    "gruntfile.*": "grunt runs it",
    "vagrantfile": "vagrant runs it",
    "meson.build": "meson takes commands from it",
    "*.csproj": "building takes commands from it",
    "*.vcxproj": "building takes commands from it",
    "directory.build.*": "building takes commands from it",
    "flake.nix": "nix runs it",
    "shell.nix": "nix runs it",
    "binding.gyp": "npm runs it",
    "makefile": "make takes commands from it",
    "gnumakefile": "make takes commands from it",
    "*.mk": "make takes commands from it",
    "justfile": "just takes commands from it",
    "taskfile.y*ml": "task takes commands from it",
    "rakefile": "rake runs it",
    "gemfile": "bundler runs it",
    "build.rs": "cargo runs it",
    "cmakelists.txt": "cmake takes commands from it",
    "*.gradle": "gradle runs it",
    "*.gradle.kts": "gradle runs it",
    "gradlew*": "it starts the build",
    "mvnw*": "it starts the build",
    "gradle-wrapper.properties": "it names the program that builds",
    "pom.xml": "maven takes commands from it",
    "dockerfile*": "docker takes commands from it",
    "containerfile*": "podman takes commands from it",
    "docker-compose*.y*ml": "docker takes commands from it",
    "compose.y*ml": "docker takes commands from it",
    "devcontainer.json": "editors take commands from it",
    "jenkinsfile*": "CI takes commands from it",
    "azure-pipelines*.y*ml": "CI takes commands from it",
    "bitbucket-pipelines.yml": "CI takes commands from it",
    "cloudbuild.y*ml": "CI takes commands from it",
    "appveyor.yml": "CI takes commands from it",
    "lefthook.y*ml": "it defines hooks",
    "*.code-workspace": "editors take settings and commands from it",
    "*.sublime-project": "editors take settings and commands from it",
    "mcp.json": "it names programs that assistants start",
    "mcp_config.json": "it names programs that assistants start",
    "claude.md": "assistants take instructions from it",
    "agents.md": "assistants take instructions from it",
    "gemini.md": "assistants take instructions from it",
    "copilot-instructions.md": "assistants take instructions from it",
    "*.service": "the system starts what it names",
    "*.desktop": "the desktop starts what it names",
    "autorun.inf": "the system starts what it names",
}


def folded(name: str) -> str:
    """One path component as the most forgiving file system would compare it.

    Case, compatibility forms, ignorable code points, trailing dots and spaces and NTFS streams
    are gone.
    """
    visible = "".join(c for c in name if unicodedata.category(c) not in ("Cf", "Mn", "Cc", "Cs"))
    plain = unicodedata.normalize("NFKC", visible.split(":", 1)[0]).casefold()
    return unicodedata.normalize("NFC", plain).rstrip(". ").strip()


def forbidden(path: PurePosixPath | str) -> str | None:
    """Why nothing but git itself may ever write ``path``, or None."""
    for part in PurePosixPath(path).parts:
        name = folded(part)
        if name == ".git" or _SHORT_GIT.fullmatch(name):
            return f"“{part}” belongs to git, which takes commands from it"
        if name == ".galley":
            return f"“{part}” holds Galley's own rules, which no change may touch"
        if os.name == "nt" and _WINDOWS_DEVICES.fullmatch(name):
            return f"“{part}” is a device of Windows"
    return None


def protected(path: PurePosixPath | str) -> str | None:
    """Why ``path`` needs its own confirmation before it is written, or None: a half sentence for
    the person."""
    if (never := forbidden(path)) is not None:
        return never
    parts = PurePosixPath(path).parts
    for part in parts:
        name = folded(part)
        if name.startswith("."):
            return f"“{part}” is a hidden name, where programs keep settings and commands"
        if name in _FOLDERS:
            return f"“{part}” is {_FOLDERS[name]}"
    last = folded(parts[-1]) if parts else ""
    for pattern, why in _NAMES.items():
        if fnmatchcase(last, pattern):
            return f"“{parts[-1]}” is special: {why}"
    return None


@dataclass(slots=True)
class Place:
    """A name in an open folder: where a path leads once every link on the way was judged.

    ``relative`` is the resolved path below the root, ``missing`` the folders that do not exist yet;
    ``linked`` says that the name that was asked for is itself a link.
    """

    folder: Folder
    name: str
    relative: PurePosixPath
    missing: tuple[str, ...] = ()
    linked: bool = False

    def close(self) -> None:
        self.folder.close()

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def parts_below(root: str, path: PurePosixPath | str) -> list[str]:
    """The components of ``path`` below ``root``, compared by component; raises WriteRefused
    outside of it."""
    text = str(path)
    if "\0" in text:
        raise WriteRefused("A path cannot hold a zero byte.")
    parts = [part for part in PurePosixPath(text).parts if part != "."]
    if PurePosixPath(text).is_absolute() or (os.name == "nt" and os.path.isabs(text)):
        base = PurePosixPath(root.replace(os.sep, "/")).parts
        parts = list(PurePosixPath(text.replace(os.sep, "/")).parts)
        if tuple(parts[: len(base)]) != base:
            raise outside(text)
        parts = parts[len(base) :]
    return parts


def outside(path: object, target: object = "") -> WriteRefused:
    """The refusal for a path that leaves the folder."""
    via = f" (it leads to {target})" if target else ""
    return WriteRefused(
        f"{path} is outside the open folder{via}.", "Open that file itself to change it."
    )


def resolve(root: str, path: PurePosixPath | str, disk: Disk | None = None) -> Place:
    """The place of ``path`` below the resolved ``root``, links judged one component at a time.

    Links are allowed where they stay inside the root; the folder is held open by descriptor, so
    that a link put in the way afterwards is not followed. Raises WriteRefused (outside, loop, a
    file on the way).
    """
    todo = parts_below(root, path)
    walk = _Walk(Folder.open_root(root, disk or Disk()), path)
    try:
        while todo:
            walk.step(todo)
        return walk.place()
    except BaseException:
        walk.close()
        raise


class _Walk:
    """The way down: a stack of open folders, the name at its end, and how many links were met."""

    def __init__(self, root: Folder, path: object) -> None:
        self._stack = [root]
        self._names: list[str] = []
        self._missing: list[str] = []
        self._last: str | None = None
        self._links = 0
        self._linked = False
        self._path = path

    def step(self, todo: list[str]) -> None:
        """Take one component off ``todo``; a link puts its target's components there instead."""
        name = todo.pop(0)
        if name in ("", "."):
            return
        if self._last is not None:
            self._enter(self._last)
        if name == "..":
            if len(self._stack) == 1 or self._missing:
                raise outside(self._path)
            self._stack.pop().close()
            self._names.pop()
            return
        if not self._missing and (target := self._link(name)) is not None:
            self._follow(target, todo)
            return
        self._last = name

    def _enter(self, name: str) -> None:
        self._last = None
        if self._missing:
            self._missing.append(name)
            return
        try:
            self._stack.append(self._stack[-1].child(name))
            self._names.append(name)
        except FileNotFoundError:
            self._missing.append(name)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise WriteRefused(f"{self._path}: “{name}” is not a folder.") from error
            raise

    def _link(self, name: str) -> str | None:
        folder = self._stack[-1]
        try:
            if not stat.S_ISLNK(folder.lstat(name).st_mode):
                return None
            return os.readlink(folder.at(name), dir_fd=folder.fd)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WriteRefused(f"{self._path} cannot be looked up: {error.strerror}.") from error

    def _follow(self, target: str, todo: list[str]) -> None:
        self._linked = self._linked or not any(part not in ("", ".") for part in todo)
        self._links += 1
        if self._links > _MAX_LINKS:
            raise WriteRefused(f"{self._path} goes through links that lead in a circle.")
        if os.path.isabs(target):
            while len(self._stack) > 1:
                self._stack.pop().close()
            self._names.clear()
            try:
                todo[:0] = parts_below(self._stack[0].path, target)
            except WriteRefused:
                raise outside(self._path, target) from None
        else:
            todo[:0] = target.split("/")
            if len(todo) > 4096:
                raise WriteRefused(f"{self._path} is too long once its links are followed.")

    def place(self) -> Place:
        if self._last is None:
            raise WriteRefused(f"{self._path} is a folder.", "Name a file in it.")
        for folder in self._stack[:-1]:
            folder.close()
        relative = PurePosixPath(*self._names, *self._missing, self._last)
        missing = tuple(self._missing)
        return Place(self._stack[-1], self._last, relative, missing, self._linked)

    def close(self) -> None:
        for folder in self._stack:
            folder.close()
