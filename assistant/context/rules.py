"""Rules files of a trusted folder: which there are, which hold, what was cut. Runs nothing."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.context.ignores import parse
from assistant.context.reading import Unread, linked, read_text
from assistant.context.tokens import estimate
from assistant.types import HIDDEN

_AT_ROOT = (
    "AGENTS.md",
    "CLAUDE.md",
    ".github/copilot-instructions.md",
    "GEMINI.md",
    ".cursorrules",
    ".clinerules",
)
_FOLDERS = (".cursor/rules", ".clinerules", ".github/instructions")
_NESTED = ("AGENTS.md", "CLAUDE.md", "GEMINI.md")
_HIDDEN = re.compile(f"[{HIDDEN}]")
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One rules file. ``state`` is loaded, truncated, shadowed (another says the same), idle (its
    globs name other
    files), or unread; ``why`` is the sentence for the panel; ``tokens`` are those of the whole
    file; ``first`` is the 0-based line of the file with which ``text`` begins."""

    path: str
    text: str
    state: str
    why: str
    tokens: int
    first: int = 0


def load_rules(root: str, near: Sequence[str] = (), room: float = 16_000) -> list[RuleFile]:
    """The rules that hold for the files ``near``, outermost first, cut to ``room`` tokens. Call
    only when trusted."""
    found = [_read(root, path, near) for path in _candidates(root, near)]
    seen: dict[str, str] = {}
    out = []
    left = room
    for rule in found:
        key = " ".join(rule.text.split())
        if rule.state == "loaded" and key in seen:
            rule = replace(rule, state="shadowed", why=f"it says the same as {seen[key]}")
        elif rule.state == "loaded":
            seen[key] = rule.path
            rule = _fit(rule, left)
            left -= min(left, rule.tokens)
        out.append(rule)
    return out


def rules_files(root: str, near: Sequence[str] = ()) -> list[str]:
    """Their names alone: all that is looked at while a folder is not trusted."""
    return _candidates(root, near)


def _fit(rule: RuleFile, left: float) -> RuleFile:
    """Whole when it fits, else its first lines."""
    if rule.tokens <= left:
        return rule
    kept: list[str] = []
    used = 0.0
    for line in rule.text.split("\n"):
        used += estimate(line + "\n")
        if used > left:
            break
        kept.append(line)
    text = "\n".join(kept)
    note = rule.why.partition("; ")[2]
    why = f"cut after {len(kept)} lines: {rule.tokens} tokens do not fit"
    why += f"; {note}" if note else ""
    return replace(rule, text=text, state="truncated", why=why)


def _read(root: str, path: str, near: Sequence[str]) -> RuleFile:
    text = read_text(root, path)
    if isinstance(text, Unread):
        return RuleFile(path, "", "unread", f"it {text.reason}", 0)
    clean = _HIDDEN.sub("", text)
    hidden = len(text) - len(clean)
    front = _FRONT.match(clean)
    body = clean[front.end() :] if front else clean
    first = front[0].count("\n") if front else 0
    note = f"; {hidden} hidden characters were taken out" if hidden else ""
    tokens = int(estimate(body) + 0.999)
    if front and not _applies(front[1], near):
        return RuleFile(path, body, "idle", f"it is for other files{note}", tokens, first)
    return RuleFile(path, body, "loaded", f"rules of the project{note}", tokens, first)


def _applies(front: str, near: Sequence[str]) -> bool:
    """Whether the front matter of a rule lets it hold: always, or by globs that match a file at
    hand."""
    values = dict(re.findall(r"^(\w+)[ \t]*:[ \t]*(.*)$", front, re.MULTILINE))
    if values.get("alwaysApply", "").strip().lower() == "true":
        return True
    globs = values.get("globs") or values.get("applyTo") or values.get("paths") or ""
    listed = [g.strip(" \t\"'[]") for g in re.split(r"[,\s]+(?![^{]*\})", globs)]
    listed += (
        re.findall(r"^\s*-\s*[\"']?([^\"'\n]+)", front, re.MULTILINE) if not globs.strip() else []
    )
    wanted = [g for g in listed if g]
    if not wanted:
        return "alwaysApply" not in values
    rules = parse("\n".join(_expanded(wanted)))
    return any(rules.verdict(path, False) for path in near)


def _expanded(globs: Iterable[str]) -> list[str]:
    """``*.{ts,tsx}`` as two globs: ignore rules know no braces."""
    out: list[str] = []
    for glob in globs:
        braces = re.match(r"([^{]*)\{([^}]*)\}(.*)\Z", glob)
        out += [braces[1] + one + braces[3] for one in braces[2].split(",")] if braces else [glob]
    return out


def _candidates(root: str, near: Sequence[str]) -> list[str]:
    """Paths of rules files that exist, outermost first, in a fixed order."""
    paths = [name for name in _AT_ROOT if os.path.isfile(os.path.join(root, name))]
    for folder in _FOLDERS:
        paths += _inside(root, folder)
    folders: dict[str, None] = {}
    for path in near:
        parts = posixpath.dirname(path).split("/")
        for i in range(1, len(parts) + 1):
            folders["/".join(parts[:i])] = None
    for folder in sorted(f for f in folders if f):
        paths += [f"{folder}/{n}" for n in _NESTED if os.path.isfile(os.path.join(root, folder, n))]
        paths += _inside(root, f"{folder}/.cursor/rules")
    return list(dict.fromkeys(paths))


def _inside(root: str, folder: str) -> list[str]:
    full = os.path.join(root, folder)
    if not os.path.isdir(full) or linked(root, folder):
        return []
    out = []
    for here, folders, names in os.walk(full):
        folders.sort()
        relative = os.path.relpath(here, root).replace(os.sep, "/")
        out += [
            f"{relative}/{name}" for name in sorted(names) if name.endswith((".md", ".mdc", ".txt"))
        ]
    return out[:200]
