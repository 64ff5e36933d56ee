"""Writes an edit as a reply: unified diffs with exact context. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from assistant.builtin.scene import Edited
from assistant.types import Snapshot, split_lines

_CONTEXT = 3


def write_reply(edited: Edited) -> str:
    """The sentence, then a fenced diff for each changed file.

    A diff says for each line what it is, so a selection of paths, marks or deeper indentation
    cannot be misread as another form of reply, and a repeated line has its number.
    """
    prose = edited.said + "\n\n" if edited.said else ""
    return prose + "\n".join(_diff_block(base, new) for base, new in edited.changed)


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
    if old_lines and _ends_line(new) and not _ends_line(base.text):
        # A reader keeps a missing last newline, unless an empty last line is spelt out.
        new_lines = (*new_lines, "")
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
