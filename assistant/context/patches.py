"""A patch by the files it is about, so that parts of it can be left out. Knows git's notation."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.types import split_lines

_LARGEST = 100_000
"""Characters of the changes of one file."""
_PART = re.compile(r"(?m)^(?=diff --)")
_OCTAL = re.compile(rb"\\([0-7]{3})")
_HEADS = ("--- ", "+++ ", "rename from ", "rename to ", "copy from ", "copy to ")


def without_files(patch: str, stays: Callable[[str], str | None]) -> str:
    """The patch without the parts about files for which ``stays`` has a reason.

    A part is about all of its names: before and after, also where a file was renamed.
    """
    out: list[str] = []
    for part in _PART.split(patch):
        names = names_of(part)
        told = next(((name, why) for name in names if (why := stays(name))), None)
        if told is None and names and (why := _unfit(part)):
            told = names[0], why
        if told is None:
            out.append(part)
        else:
            out.append(f"(the changes of {told[0]} are not shown: {told[1]})\n")
    return "".join(out)


def _unfit(part: str) -> str | None:
    """Why a part is no text for a model: git shows some binary files as text."""
    if "\0" in part:
        return "it is binary"
    return f"its changes are larger than {_LARGEST // 1000} kB" if len(part) > _LARGEST else None


def names_of(part: str) -> list[str]:
    """The names one part of a patch is about; none for what stands before the first."""
    rows = split_lines(part)
    if not rows or not rows[0].startswith("diff --"):
        return []
    names: list[str] = []
    for row in rows[1:]:
        if row.startswith("@@"):
            break
        head = next((head for head in _HEADS if row.startswith(head)), None)
        if head is not None:
            name = _plain(row[len(head) :])
            names.append(name[2:] if head in _HEADS[:2] and name[1:2] == "/" else name)
    names += _in_title(rows[0].rstrip("\r\n"))
    return [name for name in dict.fromkeys(names) if name != "/dev/null"]


def _in_title(line: str) -> list[str]:
    """``diff --git a/x b/y``; a combined diff of a merge names one file."""
    if not line.startswith("diff --git "):
        return [_plain(line.split(" ", 2)[-1])]
    both = line.removeprefix("diff --git ")
    return [_plain(name)[2:] for name in re.split(r' (?="?b/)', both)]


def _plain(name: str) -> str:
    """A name as it is on disk: git quotes odd characters and writes their bytes in octal."""
    name = name.rstrip("\r\n").partition("\t")[0]
    if not name.startswith('"'):
        return name
    raw = name[1:].removesuffix('"').encode("utf-8", "surrogateescape")
    raw = _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), raw)
    return raw.replace(b'\\"', b'"').decode("utf-8", "surrogateescape")
