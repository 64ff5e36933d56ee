"""Comments out lines and takes that back, in the marks of the language. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.builtin.languages import Language
from assistant.builtin.scene import CannotDo, body, end


def comment(lines: Sequence[str], language: Language) -> list[str]:
    """Each line that is not blank gets the mark at the common indentation.

    A block mark surrounds each line.
    """
    if language.line:
        return _line_comment(lines, language.line)
    if language.block is None:
        raise CannotDo(f"A {language.name} file has no comments.")
    opening, closing = language.block
    done = []
    for line in lines:
        text = body(line)
        if not text.strip():
            done.append(line)
            continue
        if opening in text or closing in text:
            raise CannotDo(
                f"A line already holds `{opening}` or `{closing}`, and comments do not nest."
            )
        lead = text[: len(text) - len(text.lstrip())]
        done.append(f"{lead}{opening} {text[len(lead) :]} {closing}{end(line)}")
    return done


def _line_comment(lines: Sequence[str], mark: str) -> list[str]:
    margin = _margin([body(line) for line in lines if line.strip()])
    mark = mark if mark.endswith(" ") else mark + " "
    return [
        line[: len(margin)] + mark + line[len(margin) :] if line.strip() else line for line in lines
    ]


def _margin(texts: Sequence[str]) -> str:
    """The blanks that all lines begin with."""
    leads = [text[: len(text) - len(text.lstrip(" \t"))] for text in texts]
    if not leads:
        return ""
    low, high = min(leads), max(leads)
    same = 0
    while same < len(low) and low[same] == high[same]:
        same += 1
    return low[:same]


def uncomment(lines: Sequence[str], language: Language) -> list[str]:
    """Takes one mark and one blank off each commented line; other lines stay."""
    if not language.line and language.block is None:
        raise CannotDo(f"A {language.name} file has no comments.")
    return [_bare(line, language) for line in lines]


def _bare(line: str, language: Language) -> str:
    text = body(line)
    if language.line:
        mark = re.escape(language.line.rstrip())
        found = re.match(rf"([ \t]*){mark} ?", text)
        if found:
            return text[: len(found[1])] + text[found.end() :] + end(line)
    if language.block:
        opening, closing = (re.escape(mark) for mark in language.block)
        found = re.fullmatch(rf"([ \t]*){opening} ?(.*?) ?{closing}", text)
        if found:
            return found[1] + found[2] + end(line)
    return line
