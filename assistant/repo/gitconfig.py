"""Git's configuration files read as inert data. Runs nothing of what they say."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_SECTION = re.compile(r'\[\s*([A-Za-z0-9.-]+)\s*(?:"((?:[^"\\\n]|\\.)*)")?\s*\]')
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\s*(=)?\s*")
_MAX_FILE = 1 << 20
_DEPTH = 8


@dataclass(slots=True)
class GitConfig:
    """Keys like ``user.name`` (section and name lower case) with all their values, the last one
    winning."""

    values: dict[str, list[str]] = field(default_factory=dict)

    def get(self, key: str, default: str = "") -> str:
        found = self.values.get(key)
        return found[-1] if found else default

    def flag(self, key: str, default: bool = False) -> bool:
        """A boolean as git reads it."""
        text = self.get(key, str(default)).lower()
        return text in ("true", "yes", "on", "1", "")

    def merged(self, other: GitConfig) -> GitConfig:
        """This one with ``other`` on top."""
        together = {key: list(value) for key, value in self.values.items()}
        for key, value in other.values.items():
            together.setdefault(key, []).extend(value)
        return GitConfig(together)


def parse(text: str) -> list[tuple[str, str]]:
    """``(key, value)`` in order; what is not understood is left out."""
    items: list[tuple[str, str]] = []
    section = ""
    joined = re.sub(r"\\\r?\n", "", text)
    for raw in joined.split("\n"):
        line = raw.strip()
        if found := _SECTION.match(line):
            section = found[1].lower()
            if found[2] is not None:
                section += "." + re.sub(r"\\(.)", r"\1", found[2])
            line = line[found.end() :].strip()
        if not line or line[0] in "#;" or not section:
            continue
        if key := _KEY.match(line):
            value = _value(line[key.end() :]) if key[2] else "true"
            items.append((f"{section}.{key[1].lower()}", value))
    return items


def _value(text: str) -> str:
    out: list[str] = []
    quoted, i, solid = False, 0, 0
    while i < len(text):
        char = text[i]
        if char == '"':
            quoted = not quoted
        elif char == "\\" and i + 1 < len(text):
            i += 1
            out.append({"n": "\n", "t": "\t", "b": "\b"}.get(text[i], text[i]))
            solid = len(out)
        elif char in "#;" and not quoted:
            break
        else:
            out.append(char)
            if quoted or not char.isspace():
                solid = len(out)
        i += 1
    return "".join(out[:solid])


def read_project(path: str) -> GitConfig:
    """The project's own file: no includes, no links, at most 1 MB; empty when it cannot be read."""
    return _collect(_text(path, follow=False))


def read_person(git_dir: str, branch: str) -> GitConfig:
    """What the person set for every repository, with their includes for ``git_dir`` and
    ``branch``."""
    home = os.path.expanduser("~")
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    config = GitConfig()
    for path in (
        "/etc/gitconfig",
        os.path.join(base, "git", "config"),
        os.path.join(home, ".gitconfig"),
    ):
        _include(config, path, git_dir, branch, 0)
    return config


def _include(config: GitConfig, path: str, git_dir: str, branch: str, depth: int) -> None:
    if depth > _DEPTH:
        return
    for key, value in parse(_text(path, follow=True)):
        config.values.setdefault(key, []).append(value)
        wanted = key == "include.path"
        if key.startswith("includeif.") and key.endswith(".path"):
            wanted = _applies(key[len("includeif.") : -len(".path")], path, git_dir, branch)
        if wanted:
            _include(config, _relative(value, path), git_dir, branch, depth + 1)


def _applies(condition: str, source: str, git_dir: str, branch: str) -> bool:
    kind, _, pattern = condition.partition(":")
    if kind == "onbranch":
        return bool(branch) and _glob(branch, pattern + "**" if pattern.endswith("/") else pattern)
    if kind not in ("gitdir", "gitdir/i"):
        return False
    if pattern.startswith("~/"):
        pattern = os.path.expanduser("~") + pattern[1:]
    elif pattern.startswith("./"):
        pattern = os.path.dirname(source) + pattern[1:]
    elif not pattern.startswith("/"):
        pattern = "**/" + pattern
    if pattern.endswith("/"):
        pattern += "**"
    if kind == "gitdir/i":
        return _glob(git_dir.lower(), pattern.lower())
    return _glob(git_dir, pattern) or _glob(os.path.realpath(git_dir), pattern)


def _glob(text: str, pattern: str) -> bool:
    """Git's wildmatch as far as paths of folders need it: ``**`` crosses slashes, ``*`` does
    not."""
    if "**" in pattern:
        loose = pattern.replace("/**/", "/*").replace("**/", "*").replace("**", "*")
        return fnmatchcase(text, loose)
    return text.count("/") == pattern.count("/") and fnmatchcase(text, pattern)


def _relative(value: str, source: str) -> str:
    path = os.path.expanduser(value)
    return path if os.path.isabs(path) else os.path.join(os.path.dirname(source), path)


def _collect(text: str) -> GitConfig:
    config = GitConfig()
    for key, value in parse(text):
        config.values.setdefault(key, []).append(value)
    return config


def _text(path: str, *, follow: bool) -> str:
    file = Path(path)
    try:
        if (
            not file.is_file()
            or (not follow and file.is_symlink())
            or file.stat().st_size > _MAX_FILE
        ):
            return ""
        return file.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except OSError:
        return ""  # unreadable is the same as absent to git's readers of optional files
