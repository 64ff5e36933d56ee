"""Writes an edit as a reply: unified diffs with exact context. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.builtin.runs import Differ, Run, changed_runs
from assistant.builtin.scene import Edited, body, end
from assistant.types import Snapshot, split_lines

_CONTEXT = 3


def write_reply(edited: Edited, diff_lines: Differ = changed_runs) -> str:
    """The sentence, then a fenced diff for each changed file.

    A diff says for each line what it is, so a selection of paths, marks or deeper indentation
    cannot be misread as another form of reply, and a repeated line has its number.
    """
    prose = edited.said + "\n\n" if edited.said else ""
    return prose + "\n".join(_diff_block(base, new, diff_lines) for base, new in edited.changed)


def _ends_line(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def _fence(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    return "`" * (longest + 1)


def _diff_block(base: Snapshot, new: str, diff_lines: Differ) -> str:
    diff = "".join(unified(base, new, diff_lines))
    mark = _fence(diff)
    return f"{mark}diff\n{diff}{mark}\n"


def unified(base: Snapshot, new: str, diff_lines: Differ) -> Iterator[str]:
    """Lines of a unified diff with exact context, line ends as in the texts."""
    path = base.path.as_posix()
    absolute = base.path.is_absolute()
    yield f"--- {path if absolute else 'a/' + path}\n"
    yield f"+++ {path if absolute else 'b/' + path}\n"
    old_lines, new_lines = base.lines(), split_lines(new)
    if old_lines and _ends_line(new) and not _ends_line(base.text):
        # A reader keeps a missing last newline, unless an empty last line is spelt out.
        new_lines = (*new_lines, "")
    groups = list(_grouped(diff_lines(old_lines, new_lines), old_lines, new_lines))
    done = 0
    for number, group in enumerate(groups):
        a0 = max(done, group[0][0] - _CONTEXT)
        b0 = group[0][2] - (group[0][0] - a0)
        follow = groups[number + 1][0][0] if number + 1 < len(groups) else len(old_lines)
        done = a1 = min(follow, group[-1][1] + _CONTEXT)
        b1 = group[-1][3] + a1 - group[-1][1]
        yield f"@@ -{_range(a0, a1)} +{_range(b0, b1)} @@\n"
        at = a0
        for i0, i1, j0, j1 in group:
            yield from (_line(" ", line) for line in old_lines[at:i0])
            yield from (_line("-", line) for line in old_lines[i0:i1])
            yield from (_line("+", line) for line in new_lines[j0:j1])
            at = i1
        yield from (_line(" ", line) for line in old_lines[at:a1])


def _grouped(runs: Sequence[Run], old: Sequence[str], new: Sequence[str]) -> Iterator[list[Run]]:
    """Runs whose context would overlap stand in one hunk.

    Runs that only take blanks from line ends stand in hunks of their own: beside another change a
    reader takes such a difference for a slip of the model.
    """
    group: list[Run] = []
    last = False
    parts = [part for whole in runs for part in _parts(whole, old, new)]
    for run in parts:
        blanks = _only_blanks(old[run[0] : run[1]], new[run[2] : run[3]])
        if group and (run[0] - group[-1][1] > 2 * _CONTEXT or blanks != last):
            yield group
            group = []
        group.append(run)
        last = blanks
    if group:
        yield group


def _parts(run: Run, old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    """The run without the pairs at its ends that differ in blanks only, and those pairs."""
    a0, a1, b0, b1 = run
    head = tail = 0
    room = min(a1 - a0, b1 - b0)
    while head < room and _only_blanks(
        old[a0 + head : a0 + head + 1], new[b0 + head : b0 + head + 1]
    ):
        head += 1
    while tail < room - head and _only_blanks(
        old[a1 - tail - 1 : a1 - tail], new[b1 - tail - 1 : b1 - tail]
    ):
        tail += 1
    for part in (
        (a0, a0 + head, b0, b0 + head),
        (a0 + head, a1 - tail, b0 + head, b1 - tail),
        (a1 - tail, a1, b1 - tail, b1),
    ):
        if part[0] < part[1] or part[2] < part[3]:
            yield part


def _only_blanks(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether the lines differ in blanks before their ends and in nothing else."""
    return len(old) == len(new) and all(
        end(was) == end(now) and body(was).rstrip() == body(now).rstrip()
        for was, now in zip(old, new, strict=True)
    )


def _range(start: int, stop: int) -> str:
    size = stop - start
    return f"{start + 1 if size else start},{size}"


def _line(sign: str, line: str) -> str:
    return sign + line if _ends_line(line) else f"{sign}{line}\n\\ No newline at end of file\n"


def pieces(reply: str) -> Iterator[str]:
    """The reply in pieces as a model would send it, at most some 2,000; never cut inside a CRLF."""
    size = max(24, len(reply) // 2000)
    at = 0
    while at < len(reply):
        stop = min(len(reply), at + size)
        if reply[stop - 1] == "\r" and stop < len(reply):
            stop += 1
        yield reply[at:stop]
        at = stop
