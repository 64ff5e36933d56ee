"""Replacements of a string that begins or ends inside a line: once in the file, or refused."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.edits.diff import diff_lines
from assistant.edits.draft import Draft, Edit, part_id
from assistant.edits.lines import BOM, bare
from assistant.types import Refusal

MISSING = "missing"
FRAGMENT_MIN = 4
"""Fewer characters than this are no quotation but chance."""


def replaced_inside(
    draft: Draft,
    part: int,
    number: int,
    old: str,
    new: str,
    *,
    everywhere: bool = False,
    fragment: bool = False,
) -> Refusal | str | None:
    """Replace ``old`` by ``new``; None when done, :data:`MISSING` when the text is nowhere in the
    file.

    More than one occurrence is refused unless ``everywhere``. Line ends are compared as line feeds.
    """
    path = str(draft.base.path)
    lines = draft.result()
    texts = [bare(line) for line in lines]
    if texts:
        texts[0] = texts[0].removeprefix(BOM)
    body = "\n".join(texts)
    if lines and lines[-1] != texts[-1]:
        body += "\n"
    old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    count = body.count(old) if old else 0
    if count == 0 or (fragment and (count > 1 or not _stands_alone(body, old))):
        return MISSING
    if count > 1 and not everywhere:
        return Refusal(path, _rivals(path, number, body, old), body.count("\n", 0, body.find(old)))
    if old == new:
        return Refusal(path, f"Edit {number} changes nothing: old and new text are the same.")
    after = body.replace(old, new)
    if not everywhere and len(new) > len(old) and body.count(new) and old in new:
        return Refusal(path, f"Edit {number} is already applied in {path}.")
    made = _line_edits(draft, part, texts, after, lines)
    if draft.settled:
        draft.settle_on_result(made)
    else:
        draft.settle(made)
    return None


def _stands_alone(body: str, old: str) -> bool:
    """Whether the text is a part of its line and not the line as it once was: whole words, not
    from its start on.

    From the start of a line it counts only when nothing but punctuation is left of it.
    """
    if len(old.strip()) < FRAGMENT_MIN or old != old.strip():
        return False
    at = body.find(old)
    end = at + len(old)
    before, after = body[at - 1 : at], body[end : end + 1]
    if re.match(r"\w\w", before + old[0]) or re.match(r"\w\w", old[-1] + after):
        return False
    head = body[body.rfind("\n", 0, at) + 1 : at]
    tail = body[end:].split("\n", 1)[0]
    return bool(head.strip()) or re.fullmatch(r"[\s:;,{}()\[\]]*", tail) is not None


def _line_edits(
    draft: Draft, part: int, texts: list[str], after: str, lines: list[str]
) -> list[Edit]:
    wanted = after.split("\n")
    if wanted and not wanted[-1]:
        wanted.pop()
    edits = []
    for k, (a0, a1, b0, b1) in enumerate(diff_lines(texts, wanted)):
        made = draft.edit(a0, a1, wanted[b0:b1], lines)
        edits.append(replace(made, id=part_id(part, k)))
    return edits


def _rivals(path: str, number: int, body: str, old: str) -> str:
    shown: list[str] = []
    at = body.find(old)
    while at >= 0 and len(shown) < 12:
        shown.append(str(body.count("\n", 0, at) + 1))
        at = body.find(old, at + 1)
    return (
        f"Edit {number} of {path}: its old text stands {body.count(old)} times, "
        f"at lines {', '.join(shown)}. "
        "Nothing was applied; quote more of the lines around the one you mean."
    )
