"""What a mention stands for: lines of a file, a folder, a symbol, a commit, handed-over text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.context.project import Project
from assistant.context.secrets import is_secret_path
from assistant.types import split_lines

_HANDED = {
    "diff": "the changes you mentioned",
    "problems": "the problems you mentioned",
    "terminal": "the terminal you mentioned",
    "paste": "you pasted it",
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
        case "paste" | "diff" | "problems" | "terminal":
            return [_handed(kind, value, text, span)]
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
    kept = _without_secret_files(text)
    return Resolved(
        f"commit {value}", kept, "you mentioned the commit", 0, len(split_lines(kept)), "commit"
    )


def _handed(kind: str, value: str, text: str, span: Any) -> Resolved:
    if not text:
        return Resolved(f"@{kind}", None, f"there was nothing in @{kind}")
    if kind == "diff":
        text = _without_secret_files(text)
    if kind == "paste" and value and is_secret_path(value):
        return Resolved(value, None, f"it was copied from {value}, and {is_secret_path(value)}")
    first = int(span[0]) if span else 0
    return Resolved(
        value or f"@{kind}", text, _HANDED[kind], first, first + len(split_lines(text)), kind
    )


def _without_secret_files(patch: str) -> str:
    """A patch without the parts that belong to secret files."""
    out = []
    skip = False
    for row in split_lines(patch):
        if row.startswith("diff --git "):
            path = row.rstrip("\r\n").rpartition(" b/")[2].strip('"')
            skip = is_secret_path(path) is not None
            if skip:
                out.append(f"(the changes of {path} are not shown: it holds secrets)\n")
        if not skip:
            out.append(row)
    return "".join(out)
