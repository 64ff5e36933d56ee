"""Writes an edit as a reply the edit reader takes: a fenced selection, or exact unified diffs. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from assistant.builtin.scene import Edited
from assistant.types import LineSpan, Snapshot, split_lines

_CONTEXT = 3


def write_reply(edited: Edited, span: LineSpan | None, fence_name: str = "") -> str:
    """The whole reply. The selection form serves when all of the change lies in ``span`` and its end is unchanged."""
    prose = edited.said + "\n\n" if edited.said else ""
    changed = edited.changed
    if len(changed) == 1 and span is not None:
        block = _selection(changed[0][0], changed[0][1], span, fence_name)
        if block is not None:
            return prose + block
    return prose + "\n".join(_diff_block(base, new) for base, new in changed)


def _selection(base: Snapshot, new: str, span: LineSpan, fence_name: str) -> str | None:
    old_lines, new_lines = base.lines(), split_lines(new)
    below = len(old_lines) - span.end
    new_end = len(new_lines) - below
    if new_end <= span.start or old_lines[: span.start] != new_lines[: span.start]:
        return None
    if below and old_lines[span.end :] != new_lines[new_end:]:
        return None
    text = "".join(new_lines[span.start : new_end])
    if not text.strip() or _ends_line(base.text) != _ends_line(new) or not span:
        return None
    mark = _fence(text)
    return f"{mark}{fence_name}\n{text}{'' if _ends_line(text) else chr(10)}{mark}\n"


def _ends_line(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def _fence(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    return "`" * (longest + 1)


def _diff_block(base: Snapshot, new: str) -> str:
    diff = "".join(unified(base, new))
    mark = _fence(diff)
    return f"{mark}diff\n{diff}{mark}\n"


def unified(base: Snapshot, new: str) -> Iterator[str]:
    """Lines of a unified diff with exact context, line ends as in the texts."""
    path = base.path.as_posix()
    absolute = base.path.is_absolute()
    yield f"--- {path if absolute else 'a/' + path}\n"
    yield f"+++ {path if absolute else 'b/' + path}\n"
    old_lines, new_lines = base.lines(), split_lines(new)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        a0, a1, b0, b1 = group[0][1], group[-1][2], group[0][3], group[-1][4]
        yield f"@@ -{_range(a0, a1)} +{_range(b0, b1)} @@\n"
        for tag, i0, i1, j0, j1 in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in old_lines[i0:i1])
                continue
            yield from (_line("-", line) for line in old_lines[i0:i1])
            yield from (_line("+", line) for line in new_lines[j0:j1])


def _range(start: int, stop: int) -> str:
    size = stop - start
    return f"{start + 1 if size else start},{size}"


def _line(sign: str, line: str) -> str:
    return sign + line if _ends_line(line) else f"{sign}{line}\n\\ No newline at end of file\n"


def pieces(reply: str, size: int = 24) -> Iterator[str]:
    """The reply in pieces as a model would send it, never cut inside a surrogate pair or a CRLF."""
    at = 0
    while at < len(reply):
        stop = min(len(reply), at + size)
        if reply[stop - 1] == "\r" and stop < len(reply):
            stop += 1
        yield reply[at:stop]
        at = stop
