"""What a mention stands for: lines of a file, a folder, a symbol, a commit, handed-over text."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from assistant.context.patches import without_files
from assistant.context.project import Project
from assistant.context.reading import MAX_TEXT
from assistant.context.secrets import is_secret_path
from assistant.context.walker import Walker
from assistant.types import split_lines

_HANDED = {
    "diff": "the changes you mentioned",
    "problems": "the problems you mentioned",
    "terminal": "the terminal you mentioned",
    "paste": "you pasted it",
}
_NOTHING = {
    "diff": "nothing is uncommitted",
    "problems": "the checks find no problems",
    "terminal": "no terminal has said anything, and no tests have been run yet",
    "paste": "nothing was pasted",
}
_MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class Resolved:
    """Lines ``first`` to ``last`` (0-based, half-open) of ``path`` with their text; text None: left
    out, see why."""

    path: str
    text: str | None
    why: str
    first: int = 0
    last: int = 0
    source: str = "file"


def resolve(project: Project, mention: Mapping[str, Any]) -> list[Resolved]:
    """Everything a mention stands for; what cannot be had comes back with a reason, never an
    error."""
    kind, value, text = str(mention["kind"]), str(mention["value"]), str(mention.get("text") or "")
    span = mention.get("span")
    match kind:
        case "file":
            return [_file(project, value, span)]
        case "folder":
            return [_folder(project, value)]
        case "symbol":
            return _symbol(project, value)
        case "commit":
            return [_commit(project, value)]
        case "image":  # it goes beside the words; there are no lines to choose
            return []
        case "paste" | "diff" | "problems" | "terminal":
            return [_handed(project, kind, value, text, span)]
    return [Resolved(f"@{kind}", None, f"there is nothing called @{kind}")]


def _file(project: Project, value: str, span: Any) -> Resolved:
    path = value.replace("\\", "/").removeprefix("./").strip("/")
    if reason := is_secret_path(path):
        return Resolved(path, None, reason)
    if path not in project.index.files:
        reason = (
            project.unread.get(path)
            or project.scan.skipped.get(path)
            or "is not a file of the project"
        )
        return Resolved(path, None, f"{path} {reason}")
    text = project.text(path)
    if text is None:
        return Resolved(path, None, f"{path} {project.unread.get(path, 'has no text to give')}")
    rows = split_lines(text)
    first, last = (int(span[0]), int(span[1])) if span else (0, len(rows))
    first, last = max(0, first), min(last, len(rows))
    return Resolved(path, "".join(rows[first:last]), "you mentioned it", first, last)


def _folder(project: Project, value: str) -> Resolved:
    """The files of a folder with their top symbols, one line each."""
    prefix = value.replace("\\", "/").removeprefix("./").strip("/")
    inside = sorted(p for p in project.index.files if not prefix or p.startswith(prefix + "/"))
    if not inside:
        return Resolved(value, None, f"{value or 'the root'} has no files that may be shown")
    lines = []
    for path in inside[:_MOST_FILES]:
        entry = project.index.files[path]
        tops = [name for name, first, last, _, _ in entry.definitions() if first][:12]
        lines.append(f"{path}  ({entry.lines} lines) {', '.join(tops)}".rstrip() + "\n")
    if len(inside) > _MOST_FILES:
        lines.append(f"… and {len(inside) - _MOST_FILES} more files\n")
    return Resolved(
        prefix or ".", "".join(lines), "you mentioned the folder", 0, len(lines), "folder"
    )


def _symbol(project: Project, value: str) -> list[Resolved]:
    """Every definition of a name, at most five; ``path:name`` or ``Outer.name`` narrow it."""
    path, _, name = value.rpartition(":")
    short = name.rpartition(".")[2]
    number = project.index.words.get("=" + short)
    held = project.index.fields["names"].of(number)[0].tolist() if number is not None else []
    out = []
    entries = sorted((project.index.by_number[f] for f in held), key=lambda e: (e.part, e.path))
    for entry in entries:
        if path and entry.path != path:
            continue
        text = project.text(entry.path)
        rows = split_lines(text) if text is not None else ()
        for said, first, last, _, _ in entry.definitions():
            if said == name or said.rpartition(".")[2].rpartition(":")[2] == short:
                body = "".join(rows[first - 1 : last])
                out.append(
                    Resolved(entry.path, body, f"you mentioned {value}", first - 1, last, "symbol")
                )
    return out[:5] or [Resolved(value, None, f"nothing in the project is called {value}")]


def _commit(project: Project, value: str) -> Resolved:
    text = project.log.show(value)
    if not text:
        return Resolved(value, None, f"there is no commit {value}")
    kept = without_files(text, partial(_hidden, project))
    return Resolved(
        f"commit {value}", kept, "you mentioned the commit", 0, len(split_lines(kept)), "commit"
    )


def _handed(project: Project, kind: str, value: str, text: str, span: Any) -> Resolved:
    if not text:
        return Resolved(f"@{kind}", None, _NOTHING[kind])
    if kind == "diff":
        text = without_files(text, partial(_hidden, project))
    if kind == "problems":
        text = _without_rows_that_stay(project, text)
    if kind == "paste" and value and (reason := stays(project, value)):
        return Resolved(value, None, f"it was copied from {value}: {reason}")
    name = value if kind == "paste" and value else f"@{kind}"
    first = int(span[0]) if span else 0
    return Resolved(name, text, _HANDED[kind], first, first + len(split_lines(text)), kind)


def stays(project: Project, path: str) -> str | None:
    """Why no line of a file may leave, or None; a file need not exist to be judged."""
    if reason := is_secret_path(path):
        return reason
    if os.path.isabs(path) or path in project.scan.files:
        return None
    return project.scan.skipped.get(path) or Walker(project.root).judge(path)


def _without_rows_that_stay(project: Project, text: str) -> str:
    """Rows such as ``path:12: what is wrong``, without those about files that stay."""
    kept = []
    for row in split_lines(text):
        path = row.partition(":")[0].strip()
        if not path or " " in path or stays(project, path) is None:
            kept.append(row)
    return "".join(kept)


def _hidden(project: Project, name: str) -> str | None:
    """Tracked files count although a rule ignores them; a file that is gone is judged by name."""
    if reason := is_secret_path(name):
        return reason
    found = project.scan.files.get(name)
    if found is not None and found.size > MAX_TEXT:
        return f"it is larger than {MAX_TEXT // 1000} kB"
    full = os.path.join(project.root, name)
    return stays(project, name) if os.path.lexists(full) else None
