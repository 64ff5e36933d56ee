"""The nouns of the built-in engine: wish, scene, what came of it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assistant.builtin.languages import Language
from assistant.types import LineSpan, Snapshot, split_lines


class CannotDo(Exception):
    """A wish was understood and cannot be met; the message is one sentence for the person."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to do: the name of a skill and its options, all of them text."""

    skill: str
    options: Mapping[str, str] = field(default_factory=dict, hash=False)

    def flag(self, name: str) -> bool:
        return bool(self.options.get(name))

    def get(self, name: str, default: str = "") -> str:
        return self.options.get(name, default)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a skill may look at. ``span`` is None for the whole file.

    ``caret`` is a line when nothing is selected.
    """

    target: Snapshot
    language: Language
    span: LineSpan | None = None
    caret: int | None = None
    buffers: tuple[Snapshot, ...] = ()
    root: Path | None = None
    config: Path | None = None
    """The project's own ruff settings, only where the folder is trusted."""
    list_files: Callable[[Path], Sequence[PurePosixPath]] | None = None

    @property
    def region(self) -> LineSpan:
        """The selected lines, or all lines of the file."""
        return self.span or LineSpan(0, len(self.target.lines()))


@dataclass(frozen=True, slots=True)
class Edited:
    """New texts, each beside the snapshot it stands against, and a sentence about what was done."""

    texts: tuple[tuple[Snapshot, str], ...] = ()
    said: str = ""
    span: LineSpan | None = None
    """Where the region stands in the first new text, for the next wish of a chain."""

    @property
    def changed(self) -> tuple[tuple[Snapshot, str], ...]:
        return tuple((base, new) for base, new in self.texts if base.text != new)


def replace_region(scene: Scene, new: Sequence[str], said: str) -> Edited:
    """``new`` whole lines in place of the scene's region."""
    region = scene.region
    lines = list(scene.target.lines())
    lines[region.start : region.end] = new
    text = "".join(lines)
    grown = len(split_lines(text)) - len(scene.target.lines())
    span = LineSpan(region.start, max(region.start, region.end + grown))
    return Edited(((scene.target, text),), said, span)


def count(number: int, noun: str, plural: str = "") -> str:
    """``3 lines``, ``1 line``, ``no lines``."""
    word = noun if number == 1 else (plural or noun + "s")
    return f"{number or 'no'} {word}"


def line_end(text: str) -> str:
    r"""The line end a new line of this text takes:

    The most frequent one, ``\n`` when there is none.
    """
    crlf = text.count("\r\n")
    ends = {"\n": text.count("\n") - crlf, "\r\n": crlf, "\r": text.count("\r") - crlf}
    best = max(ends, key=lambda end: ends[end])
    return best if ends[best] else "\n"


def body(line: str) -> str:
    """A line without its end."""
    return line.rstrip("\r\n")


def end(line: str) -> str:
    """The end of a line, empty for a last line without one."""
    return line[len(body(line)) :]
