"""Case of words and identifiers. Pure: text in, text out."""

from __future__ import annotations

import re
from collections.abc import Callable

_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:-[^\W\d]\w*)*")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W_a-zA-Z]+|\d+")
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "for",
        "if",
        "in",
        "nor",
        "of",
        "on",
        "or",
        "per",
        "the",
        "to",
        "vs",
        "via",
    ]
)


def parts(name: str) -> list[str]:
    """``parseHTTPReply2`` → parse, HTTP, Reply, 2."""
    return _PARTS.findall(name)


def _edges(name: str) -> tuple[str, str, str]:
    core = name.strip("_")
    at = name.find(core) if core else len(name)
    return name[:at], core, name[at + len(core) :]


def recase(name: str, to: str) -> str:
    """One identifier in snake, camel, pascal, kebab or constant case.

    Underscores at its edges stay.
    """
    before, core, after = _edges(name)
    words = parts(core)
    if not words:
        return name
    lowered = [word.lower() for word in words]
    if to == "snake":
        core = _glue(lowered, "_")
    elif to == "kebab":
        core = _glue(lowered, "-")
    elif to == "constant":
        core = _glue(lowered, "_").upper()
    else:
        titled = [word[:1].upper() + word[1:] for word in lowered]
        core = "".join(titled if to == "pascal" else [lowered[0], *titled[1:]])
    return before + core + after


def _glue(words: list[str], mark: str) -> str:
    """A number stays with the word before it: ``utf8`` is one word."""
    done = words[0]
    for word in words[1:]:
        done += word if word.isdigit() else mark + word
    return done


def title(text: str) -> str:
    """First letters large, small words small unless they come first.

    The rest of each word stays.
    """
    first = True

    def one(match: re.Match[str]) -> str:
        nonlocal first
        word = match.group()
        small = not first and word.lower() in _SMALL
        first = False
        return word.lower() if small else word[:1].upper() + word[1:]

    return re.sub(r"[^\W_]+(?:['’][^\W_]+)*", one, text)


def change_case(text: str, to: str) -> str:
    """``to`` is upper, lower, title or an identifier case

    The latter acts on every identifier of two or more words.
    """
    plain: dict[str, Callable[[str], str]] = {
        "upper": str.upper,
        "lower": str.lower,
        "title": title,
    }
    if to in plain:
        return plain[to](text)
    single = _single_phrase(text)
    if single:
        return recase("_".join(single.split()), to)
    return _IDENTIFIER.sub(lambda match: _maybe(match.group(), to), text)


def _single_phrase(text: str) -> str:
    """Words and blanks only, as in a heading that shall become a name."""
    words = text.split(" ")
    plain = all(
        re.fullmatch(r"[^\W_]+", word) and word[1:] in (word[1:].lower(), word[1:].upper())
        for word in words
    )
    return text if plain and len(words) > 1 else ""


def _maybe(name: str, to: str) -> str:
    """Single lower-case words are left alone, they are mostly keywords."""
    words = parts(name.strip("_-"))
    compound = len(words) > 1 or "_" in name.strip("_")
    return recase(name.replace("-", "_") if "-" in name else name, to) if compound else name
