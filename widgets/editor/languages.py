"""Which language a file is in, and what the editor must know of it. Data; no widget."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path, PurePath

from resources import ROOT

FOLDER = ROOT / "languages"
_MARKUP = rb"(?:\breturn|=>|[=(?:&])\s*<(?:>|[A-Za-z][\w.]*(?:\s+[\w-]+=|\s*/?>))"
SAMPLE = 100_000
"""Bytes of a JavaScript file that are looked through for mark-up."""


@dataclass(frozen=True)
class Language:
    """One language. ``words`` are the lexer's keyword sets by number; ``roles`` map its styles to
    theme roles.
    """

    name: str
    title: str
    lexer: str
    patterns: tuple[str, ...] = ()
    """Names of files, with * and ?; matched against the lower-case file name."""
    interpreters: tuple[str, ...] = ()
    """What a first line ``#!…`` may name."""
    line_comment: str = ""
    block_comment: tuple[str, str] = ("", "")
    indent_after: str = ""
    """Characters at the end of a line after which the next is indented."""
    tabs: bool = False
    width: int = 4
    words: Mapping[int, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)


_WILD = frozenset("*?[")
PLAIN = Language("plain", "Plain text", "null")


def _read(path: Path) -> list[Language]:
    """A file holds one lexer's styles and words, and one or more languages that use them."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    shared_roles = {
        int(style): role for role, styles in data.get("roles", {}).items() for style in styles
    }
    found = []
    for name, own in data["language"].items():
        entry = {**data["language"].get(own.get("like", ""), {}), **own}
        words = {int(slot): " ".join(text.split()) for slot, text in entry.get("words", {}).items()}
        comment = entry.get("block_comment", ["", ""])
        found.append(
            Language(
                name=name,
                title=entry.get("title", name),
                lexer=entry.get("lexer", data.get("lexer", "null")),
                patterns=tuple(entry.get("patterns", ())),
                interpreters=tuple(entry.get("interpreters", ())),
                line_comment=entry.get("line_comment", ""),
                block_comment=(comment[0], comment[1]),
                indent_after=entry.get("indent_after", ""),
                tabs=entry.get("tabs", False),
                width=entry.get("width", 4),
                words=words,
                properties={**data.get("properties", {}), **entry.get("properties", {})},
                roles=shared_roles,
            )
        )
    return found


@lru_cache(maxsize=4)
def languages(folder: Path = FOLDER) -> Mapping[str, Language]:
    """All languages by name; reading them takes about ten milliseconds, once."""
    found = {PLAIN.name: PLAIN}
    for path in sorted(folder.glob("*.toml")):
        found.update({language.name: language for language in _read(path)})
    return found


_Fit = tuple[int, str]
"""How long the pattern is, and the language it stands for: the longest that fits wins."""


@cache
def _patterns() -> tuple[dict[str, _Fit], dict[str, _Fit], list[tuple[str, str]]]:
    """Whole names, endings behind a dot, and what is left: an expression for each of 160 patterns
    would cost the first file 30 ms.
    """
    named: dict[str, _Fit] = {}
    ending: dict[str, _Fit] = {}
    others: list[tuple[str, str]] = []
    for language in languages().values():
        for pattern in language.patterns:
            fit = (len(pattern), language.name)
            if not _WILD & set(pattern):
                named[pattern] = max(fit, named.get(pattern, fit))
            elif pattern[:2] == "*." and not _WILD & set(pattern[1:]):
                ending[pattern[1:]] = max(fit, ending.get(pattern[1:], fit))
            else:
                others.append((pattern, language.name))
    return named, ending, others


def has_markup(data: bytes) -> bool:
    """Whether JavaScript has elements in it."""
    return re.search(_MARKUP, data) is not None


def language_for(path: PurePath, first_line: str = "") -> str:
    """The name of the language of a file: by its name, else by its first line, else ``plain``."""
    name = path.name.lower()
    named, ending, others = _patterns()
    fits = [named[name]] if name in named else []
    dots = [at for at, letter in enumerate(name) if letter == "."]
    fits += [ending[name[at:]] for at in dots if name[at:] in ending]
    fits += [(len(pattern), known) for pattern, known in others if fnmatchcase(name, pattern)]
    if fits:
        return max(fits)[1]
    if first_line.startswith("#!"):
        words = first_line[2:].replace("/", " ").split()
        for language in languages().values():
            if any(word.rstrip("0123456789.") in language.interpreters for word in words):
                return language.name
    return PLAIN.name
