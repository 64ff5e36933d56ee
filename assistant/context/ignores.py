"""Git's ignore rules as a pure function of texts and paths; knows no file system and no git.

One :class:`IgnoreFile` is the rules of one folder. A path is judged by its nearest file first, the
last matching line wins, and what lies in an ignored folder stays ignored, as in gitignore(5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: ``match`` is tried on the path below the folder of the file, or on the name
    alone."""

    match: re.Pattern[str]
    negated: bool
    folders_only: bool
    name_only: bool


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The rules of the folder ``base`` (posix, relative to the root, empty for the root itself)."""

    base: str
    rules: tuple[Rule, ...]

    def verdict(self, path: str, is_dir: bool) -> bool | None:
        """True: ignored, False: taken back by ``!``, None: these rules do not say."""
        below = _as_bytes(path[len(self.base) + 1 :] if self.base else path)
        name = below.rpartition("/")[2]
        for rule in reversed(self.rules):
            if rule.folders_only and not is_dir:
                continue
            if rule.match.match(name if rule.name_only else below):
                return not rule.negated
        return None


def parse(text: str, base: str = "") -> IgnoreFile:
    """The rules of an ignore file's text; lines that cannot mean anything are passed over as git
    does."""
    rules = []
    for line in text.removeprefix("\ufeff").split("\n"):
        rule = _rule(_as_bytes(line.removesuffix("\r")))
        if rule is not None:
            rules.append(rule)
    return IgnoreFile(base, tuple(rules))


def _as_bytes(text: str) -> str:
    """One character a byte: to git ``?`` is a byte, and half of an é."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def ignored(path: str, is_dir: bool, stack: tuple[IgnoreFile, ...]) -> bool:
    """Whether the nearest file of ``stack`` (outermost first) that says anything ignores
    ``path``."""
    for file in reversed(stack):
        verdict = file.verdict(path, is_dir)
        if verdict is not None:
            return verdict
    return False


def _rule(line: str) -> Rule | None:
    if not line or line.startswith("#"):
        return None
    line = _strip_trailing_spaces(line)
    negated = line.startswith("!")
    if negated or line.startswith(("\\!", "\\#")):
        line = line[1:]
    folders_only = line.endswith("/")
    if folders_only:
        line = line[:-1]
    if not line or line == "/":
        return None
    anchored = "/" in line
    pattern = _compile(line.removeprefix("/"), anchored)
    return None if pattern is None else Rule(pattern, negated, folders_only, not anchored)


def _strip_trailing_spaces(line: str) -> str:
    end = len(line)
    while end and line[end - 1] == " " and not (end > 1 and line[end - 2] == "\\"):
        end -= 1
    return line[:end]


@lru_cache(maxsize=4096)
def _compile(glob: str, anchored: bool) -> re.Pattern[str] | None:
    try:
        return re.compile(_translate(glob, anchored) + r"\Z", re.DOTALL)
    except (re.error, ValueError):
        return None


def _translate(glob: str, anchored: bool) -> str:
    """A regular expression for a gitignore glob; raises ValueError for a pattern that can match
    nothing."""
    out = []
    i = 0
    while i < len(glob):
        char = glob[i]
        if char == "*":
            run = 1
            while glob[i + run : i + run + 1] == "*":
                run += 1
            piece, width = _stars(glob, i, run, anchored)
            out.append(piece)
            i += width
            continue
        if char == "?":
            out.append("[^/]")
        elif char == "[":
            piece, width = _bracket(glob, i)
            out.append(piece)
            i += width
            continue
        elif char == "\\":
            i += 1
            if i == len(glob):
                raise ValueError("a backslash at the end matches nothing")
            out.append(re.escape(glob[i]))
        else:
            out.append(re.escape(char))
        i += 1
    return "".join(out)


def _stars(glob: str, i: int, run: int, anchored: bool) -> tuple[str, int]:
    """What a run of stars at ``i`` means, and how many characters it takes."""
    starts = i == 0 or glob[i - 1] == "/"
    follow = glob[i + run : i + run + 1]
    if run == 2 and anchored and starts and follow == "/":
        return "(?:[^/]+/)*", run + 1
    if run == 2 and anchored and starts and not follow:
        return ".+" if i else ".*", run
    return "[^/]*", run


_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "digit": "0-9", "lower": "a-z", "upper": "A-Z",
    "xdigit": "0-9a-fA-F", "space": r" \t\r\n\v\f", "blank": r" \t", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip


def _bracket(glob: str, i: int) -> tuple[str, int]:
    j = i + 1
    negated = glob[j : j + 1] in ("!", "^")
    j += negated
    body = []
    first = True
    while True:
        if j >= len(glob):
            raise ValueError("an open bracket matches nothing")
        char = glob[j]
        if char == "]" and not first:
            break
        first = False
        if glob.startswith("[:", j) and (end := glob.find(":]", j + 2)) > 0:
            name = glob[j + 2 : end]
            if name not in _CLASSES:
                raise ValueError(f"no such class {name}")
            body.append(_CLASSES[name])
            j = end + 2
            continue
        if char == "\\":
            j += 1
            if j >= len(glob):
                raise ValueError("a backslash at the end matches nothing")
            char = glob[j]
        j += 1
        high = glob[j + 1 : j + 2] if glob[j : j + 1] == "-" else ""
        if high and high != "]":
            j += 2
            if high == "\\":
                high = glob[j : j + 1]
                j += 1
            if char <= high:
                body.append(f"{re.escape(char)}-{re.escape(high)}")
        else:
            body.append(re.escape(char))
    inside = "".join(body)
    if not inside:
        return ("[^/]" if negated else "(?!)"), j - i + 1
    return f"(?!/)[{'^' if negated else ''}{inside}]", j - i + 1
