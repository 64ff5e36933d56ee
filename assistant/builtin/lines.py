"""Edits on whole lines of any language: sort, dedupe, wrap, align, filter. Pure.

Every function takes lines with their ends, each of them present, and gives the new lines so too.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from assistant.builtin.scene import CannotDo, Wish, body, end, line_end

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_BULLET = re.compile(r"(\s*)((?:[-*+]|\d+[.)])\s+|(?:#+|//+|--|;+|%+|\*|>)\s+|)(.*)", re.DOTALL)


def sort_lines(lines: Sequence[str], wish: Wish) -> list[str]:
    """Stable. Lines without a number come after those with one.

    ``unique`` keeps the first of equals.
    """
    key = _sort_key(wish)
    ordered = sorted(lines, key=lambda line: key(body(line)), reverse=wish.flag("reverse"))
    if wish.flag("reverse") and wish.flag("numeric"):
        ordered.sort(key=lambda line: _NUMBER.search(body(line)) is None)
    return dedupe(ordered, wish) if wish.flag("unique") else ordered


def _sort_key(wish: Wish) -> Callable[[str], Any]:
    if wish.flag("numeric"):
        return _numeric
    if wish.flag("length"):
        return len
    if wish.flag("column"):
        column = int(wish.get("column")) - 1
        return lambda line: (line.split()[column:] or [""])[0]
    if wish.flag("nocase"):
        return lambda line: line.strip().casefold()
    return lambda line: line


def _numeric(line: str) -> tuple[bool, float]:
    found = _NUMBER.search(line)
    return (found is None, float(found.group()) if found else 0.0)


def dedupe(lines: Sequence[str], wish: Wish) -> list[str]:
    """The first of equal lines stays, in order; line ends do not make a difference."""
    seen: set[str] = set()
    kept = []
    for line in lines:
        key = body(line).casefold() if wish.flag("nocase") else body(line)
        if key not in seen:
            seen.add(key)
            kept.append(line)
    return kept


def reverse(lines: Sequence[str], wish: Wish) -> list[str]:
    return list(reversed(lines))


def number_lines(lines: Sequence[str], wish: Wish) -> list[str]:
    width = len(str(len(lines)))
    return [f"{at:>{width}}. {line}" for at, line in enumerate(lines, 1)]


def remove_blank(lines: Sequence[str], wish: Wish) -> list[str]:
    return [line for line in lines if line.strip()]


def squeeze_blank(lines: Sequence[str], wish: Wish) -> list[str]:
    """One blank line where there were several."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or not kept or kept[-1].strip():
            kept.append(line)
    return kept


def trim(lines: Sequence[str], wish: Wish) -> list[str]:
    return [body(line).rstrip(" \t\f\v") + end(line) for line in lines]


def delete_lines(lines: Sequence[str], wish: Wish) -> list[str]:
    return []


def join(lines: Sequence[str], wish: Wish) -> list[str]:
    """All lines in one, with the first one's indentation.

    Blanks between are one space or ``with``.
    """
    if not lines:
        return []
    first, *rest = [body(line) for line in lines]
    glue = wish.get("with", " ")
    pieces = [first.rstrip(), *(piece.strip() for piece in rest)]
    return [glue.join(piece for piece in pieces if piece.strip()) + end(lines[-1])]


def indent(lines: Sequence[str], wish: Wish) -> list[str]:
    unit = _unit(lines, wish)
    return [unit + line if line.strip() else line for line in lines]


def dedent(lines: Sequence[str], wish: Wish) -> list[str]:
    """Takes up to the amount away; a line with less indentation loses what it has."""
    unit = _unit(lines, wish)
    return [_less(line, unit) for line in lines]


def _less(line: str, unit: str) -> str:
    if unit.startswith("\t"):
        taken = re.match(rf"\t{{0,{len(unit)}}}", line)
    else:
        levels = max(1, len(unit) // 4)
        taken = re.match(rf"\t{{1,{levels}}}| {{0,{len(unit)}}}", line)
    return line[taken.end() :] if taken else line


def _unit(lines: Sequence[str], wish: Wish) -> str:
    if wish.flag("columns"):
        return " " * int(wish.get("columns"))
    one = "\t" if any(line.startswith("\t") for line in lines) else " " * int(wish.get("unit", "4"))
    return one * int(wish.get("levels", "1"))


def tabs(lines: Sequence[str], wish: Wish) -> list[str]:
    """Indentation only: a tab inside a line may be data, so it stays."""
    width = int(wish.get("width", "4"))
    if not 1 <= width <= 16:
        raise CannotDo(f"A tab of {width} columns is not possible; say a number from 1 to 16.")
    done = []
    for line in lines:
        text = line.lstrip(" \t")
        lead = line[: len(line) - len(text)]
        columns = len(lead.expandtabs(width))
        new = (
            "\t" * (columns // width) + " " * (columns % width)
            if wish.get("to") == "tabs"
            else " " * columns
        )
        done.append((new if text.strip("\r\n") else lead) + text)
    return done


def wrap(lines: Sequence[str], wish: Wish) -> list[str]:
    """Fills each paragraph to ``width`` columns.

    Indentation and a bullet or comment mark are kept.
    """
    width = int(wish.get("width", "80"))
    if width < 10:
        raise CannotDo(f"Wrapping to {width} columns leaves no room for words; say at least 10.")
    eol = line_end("".join(lines))
    done: list[str] = []
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if paragraph and (not line.strip() or _starts_new(paragraph, line)):
            done += _fill(paragraph, width, eol)
            paragraph = []
        if line.strip():
            paragraph.append(body(line))
        elif line:
            done.append(line)
    return done


def _mark(line: str) -> tuple[str, str]:
    found = _BULLET.match(line)
    return (found[1], found[2].strip()) if found else ("", "")


def _starts_new(paragraph: list[str], line: str) -> bool:
    lead, mark = _mark(body(line))
    first_lead, first_mark = _mark(paragraph[0])
    bullet = bool(re.fullmatch(r"[-*+]|\d+[.)]", mark))
    if bullet or mark != first_mark:
        return not (not mark and re.fullmatch(r"[-*+]|\d+[.)]", first_mark) and lead > first_lead)
    return lead != first_lead and not first_mark


def _fill(paragraph: list[str], width: int, eol: str) -> list[str]:
    match = _BULLET.match(paragraph[0])
    lead, mark = (match[1], match[2]) if match else ("", "")
    bullet = bool(re.fullmatch(r"[-*+]|\d+[.)]", mark.strip()))
    following = lead + (" " * len(mark) if bullet else mark)
    words: list[str] = []
    for at, line in enumerate(paragraph):
        found = _BULLET.match(line)
        own = (
            found[3]
            if found and (at == 0 or (mark.strip() and found[2].strip() == mark.strip()))
            else line
        )
        words += own.split()
    filled = textwrap.wrap(
        " ".join(words),
        width,
        initial_indent=lead + mark,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.rstrip() + eol for line in filled] or [(lead + mark).rstrip() + eol]


def align(lines: Sequence[str], wish: Wish) -> list[str]:
    """Puts the first ``on`` of each line into one column.

    For ``=`` the signs ``==``, ``<=`` … do not count. A colon or a comma stays at its word, what
    follows is aligned.
    """
    mark = wish.get("on")
    if not mark:
        raise CannotDo("Say on what to align, for example: align on `=`.")
    equals = r"(?<![=!<>:+\-*/%&|^~?])=(?![=>~])"
    pattern = re.compile(equals if mark == "=" else re.escape(mark))
    after = mark in (":", ",")
    halves = [_halves(line, pattern.search(body(line)), after) for line in lines]
    columns = [len(pair[0]) for pair in halves if pair]
    if not columns:
        raise CannotDo(f"No selected line has `{mark}`.")
    widest = max(columns)
    return [
        f"{pair[0].ljust(widest)} {pair[1]}{end(line)}" if pair else line
        for line, pair in zip(lines, halves, strict=True)
    ]


def _halves(line: str, place: re.Match[str] | None, after: bool) -> tuple[str, str] | None:
    """What stands before the column and what after it; None for a line that stays."""
    if place is None:
        return None
    text = body(line)
    tail = text[place.end() :].lstrip(" \t")
    if after:
        return (text[: place.end()], tail) if tail.strip() else None
    gap = " " if tail else ""
    return text[: place.start()].rstrip(), place.group() + gap + tail


def drop_lines(lines: Sequence[str], wish: Wish) -> list[str]:
    finds = finder(wish)
    return [line for line in lines if not finds(body(line))]


def keep_lines(lines: Sequence[str], wish: Wish) -> list[str]:
    finds = finder(wish)
    return [line for line in lines if finds(body(line))]


def finder(wish: Wish) -> Callable[[str], bool]:
    """Whether a line holds the wish's text, at its start or end where that was said."""
    text, where = wish.get("text"), wish.get("where")
    if where == "start":
        return lambda line: line.lstrip().startswith(text)
    if where == "end":
        return lambda line: line.rstrip().endswith(text)
    return lambda line: text in line


def surround(lines: Sequence[str], wish: Wish) -> list[str]:
    """The text of each line that is not blank, between the marks; indentation stays outside."""
    done = []
    for line in lines:
        text = body(line)
        inner = text.strip()
        lead = text[: len(text) - len(text.lstrip())]
        done.append(
            f"{lead}{wish.get('open')}{inner}{wish.get('close')}{end(line)}" if inner else line
        )
    return done


LINE_SKILLS: dict[str, Callable[[Sequence[str], Wish], list[str]]] = {
    "sort": sort_lines,
    "dedupe": dedupe,
    "reverse": reverse,
    "number-lines": number_lines,
    "remove-blank": remove_blank,
    "squeeze-blank": squeeze_blank,
    "trim": trim,
    "delete-lines": delete_lines,
    "join": join,
    "indent": indent,
    "dedent": dedent,
    "tabs": tabs,
    "wrap": wrap,
    "align": align,
    "drop-lines": drop_lines,
    "keep-lines": keep_lines,
    "surround": surround,
}
