"""Python edits by ruff on stdin: fixes, imports, format. No untrusted settings."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from assistant.builtin.process import Finished, run
from assistant.builtin.scene import CannotDo, Edited, Scene, Wish, count
from assistant.types import LineSpan, split_lines

RULE_SETS: dict[str, tuple[str, ...]] = {
    "fix-lint": ("E", "W", "F", "I", "UP", "B", "C4", "SIM", "PIE", "RET", "RUF100"),
    "remove-unused-imports": ("F401",),
    "sort-imports": ("I",),
    "modernize": ("UP", "FURB", "C4", "PIE"),
    "fstring": ("UP031", "UP032"),
    "percent": ("UP031",),
    "quotes": ("Q000",),
}
_UNSAFE = frozenset({"fstring", "percent"})
"""Only those two rules run then.

Ruff calls them unsafe because a comment inside the call may move.
"""
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class _Place:
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class _Fix:
    """Edits that belong together: text positions are (row, column), 1-based, in characters."""

    code: str
    edits: tuple[tuple[_Place, _Place, str], ...]
    first: int
    last: int

    def touches(self, span: LineSpan) -> bool:
        """Whether the finding stands in the selected lines.

        Its edits may reach outside, an import for one.
        """
        return self.first < span.end and span.start < self.last


async def fix(wish: Wish, scene: Scene) -> Edited:
    """Applies the fixes of the wish's rules.

    With a selection only those whose finding stands in it.
    """
    _python_only(wish, scene)
    text, span, done = scene.target.text, scene.span, 0
    for _ in range(_ROUNDS):
        fixes, problem = await _findings(wish, text, scene)
        if problem:
            raise CannotDo(problem)
        chosen = _compatible(
            [found for found in fixes if span is None or found.touches(span)], text
        )
        if not chosen:
            break
        new, span = _apply(text, chosen, span)
        done += len(chosen)
        if new == text:
            break
        text = new
    said = _said(wish, done, scene) if done else _nothing(wish, scene)
    return Edited(((scene.target, text),), said, span)


def _python_only(wish: Wish, scene: Scene) -> None:
    if not scene.language.is_python:
        raise CannotDo(
            f"This is done by ruff, which reads Python; {scene.target.path.name} is "
            f"{scene.language.name}."
        )


def _said(wish: Wish, done: int, scene: Scene) -> str:
    where = " that touch the selected lines" if scene.span else ""
    what = {
        "remove-unused-imports": f"Removed unused imports: {count(done, 'fix', 'fixes')}{where} "
        "by ruff (F401).",
        "sort-imports": f"Sorted the imports with ruff (rule I): {count(done, 'block')}{where}.",
        "fstring": f"Turned {count(done, 'format call')}{where} into f-strings where ruff could "
        "(UP031, UP032).",
        "percent": f"Turned {count(done, 'percent format')}{where} into `str.format` with ruff "
        "(UP031).",
        "modernize": f"Modernized the syntax: {count(done, 'fix', 'fixes')}{where} by ruff.",
        "quotes": f"Changed {count(done, 'string')}{where} to {wish.get('to')} quotes.",
    }
    return what.get(
        wish.skill, f"Applied {count(done, 'safe fix', 'safe fixes')}{where} from ruff."
    )


def _nothing(wish: Wish, scene: Scene) -> str:
    where = "in the selected lines" if scene.span else f"in {scene.target.path.name}"
    return f"Nothing to change: ruff found nothing it can fix {where}."


async def format_python(wish: Wish, scene: Scene) -> Edited:
    """``ruff format``, for the selected lines only when there is a selection

    Quotes and line ends stay as asked.
    """
    _python_only(wish, scene)
    args = ["format", *_options(scene)]
    if scene.span is not None:
        args.append(f"--range={scene.span.start + 1}-{scene.span.end + 1}")
    done = await _ruff(args, scene.target.text, scene)
    if done.code != 0:
        raise CannotDo(syntax_sentence(done.err, scene.target.path))
    where = "the selected lines" if scene.span else scene.target.path.name
    return Edited(((scene.target, done.out),), f"Formatted {where} with ruff.", None)


def _options(scene: Scene) -> list[str]:
    settings = ["--config", str(scene.config)] if scene.config else ["--isolated"]
    return [*settings, "--no-cache", "--stdin-filename", _stdin_name(scene)]


def _stdin_name(scene: Scene) -> str:
    """With trusted settings the true path, so that per-file rules hold.

    Else the name, which tells stubs apart.
    """
    if scene.config and scene.root:
        return str(scene.root / scene.target.path)
    return scene.target.path.name if scene.target.path.suffix in (".py", ".pyi") else "stdin.py"


async def _ruff(args: Sequence[str], text: str, scene: Scene) -> Finished:
    with tempfile.TemporaryDirectory(prefix="galley-") as nowhere:
        return await run([find_ruff_bin(), *args, "-"], text, cwd=nowhere)


async def _findings(wish: Wish, text: str, scene: Scene) -> tuple[list[_Fix], str]:
    """The fixes ruff offers, and a sentence when the file cannot be read."""
    skill = wish.skill
    select = ",".join(RULE_SETS[skill])
    narrow = [] if skill == "fix-lint" and scene.config else ["--select", select]
    unsafe = ["--unsafe-fixes"] if skill in _UNSAFE else ["--no-unsafe-fixes"]
    if skill == "quotes":
        narrow += ["--config", f"lint.flake8-quotes.inline-quotes = '{wish.get('to')}'"]
    args = ["check", *_options(scene), "--exit-zero", "--output-format=json", *narrow, *unsafe]
    done = await _ruff(args, text, scene)
    if done.code != 0:
        raise CannotDo(f"ruff could not read the file: {' '.join(done.err.split())[:200]}")
    fixes = []
    for finding in json.loads(done.out):
        if finding["code"] in (None, "invalid-syntax"):
            line = finding["location"]["row"]
            return (
                [],
                f"{scene.target.path.name} has a syntax error in line {line}: "
                f"{finding['message']}.",
            )
        read = _read_fix(finding, unsafe=skill in _UNSAFE)
        if read is not None:
            fixes.append(read)
    return fixes, ""


def _read_fix(finding: dict[str, object], *, unsafe: bool) -> _Fix | None:
    raw = finding["fix"]
    if not isinstance(raw, dict) or raw["applicability"] not in (
        ("safe", "unsafe") if unsafe else ("safe",)
    ):
        return None
    edits = tuple(
        (_place(edit["location"]), _place(edit["end_location"]), edit["content"])
        for edit in raw["edits"]
    )
    first, last = _place(finding["location"]), _place(finding["end_location"])
    end = last.row - (last.column == 1 and last.row > first.row)
    return _Fix(str(finding["code"]), edits, first.row - 1, end)


def _place(raw: object) -> _Place:
    assert isinstance(raw, dict)
    return _Place(raw["row"], raw["column"])


def _compatible(fixes: list[_Fix], text: str) -> list[_Fix]:
    """Fixes whose edits do not touch each other, first come first served.

    The others get the next round.
    """
    taken: list[tuple[int, int]] = []
    starts = _starts(text)
    chosen = []
    for found in sorted(fixes, key=lambda f: [(e[0].row, e[0].column) for e in f.edits]):
        spans = [(_offset(starts, a), _offset(starts, b)) for a, b, _ in found.edits]
        if all(b < c or d < a for a, b in spans for c, d in taken):
            chosen.append(found)
            taken += spans
    return chosen


def _apply(text: str, fixes: list[_Fix], span: LineSpan | None) -> tuple[str, LineSpan | None]:
    starts = _starts(text)
    eol = "\r\n" if "\r\n" in text else "\n"
    edits = [
        (_offset(starts, a), _offset(starts, b), a.row - 1, new)
        for f in fixes
        for a, b, new in f.edits
    ]
    for start, stop, row, new in sorted(edits, reverse=True):
        new = re.sub(r"\r?\n", eol, new)
        if span is not None:
            grown = len(re.findall(r"\r\n|\r|\n", new)) - len(
                re.findall(r"\r\n|\r|\n", text[start:stop])
            )
            span = LineSpan(
                span.start + grown if row < span.start else span.start,
                span.end + grown if row < span.end else span.end,
            )
        text = text[:start] + new + text[stop:]
    return text, span


def _starts(text: str) -> list[int]:
    starts, at = [0], 0
    for line in split_lines(text):
        at += len(line)
        starts.append(at)
    return starts


def _offset(starts: list[int], place: _Place) -> int:
    return starts[min(place.row - 1, len(starts) - 1)] + place.column - 1


def syntax_sentence(err: str, path: PurePosixPath) -> str:
    """The line and cause out of what ruff printed."""
    found = re.search(r":(\d+):\d+: (.+)", err)
    if found:
        return f"{path.name} has a syntax error in line {found[1]}: {found[2].strip().rstrip('.')}."
    return f"ruff could not read {path.name}: {' '.join(err.split())[:200]}"


def nearest_settings(root: Path, path: PurePosixPath) -> Path | None:
    """The project's own ruff settings between the file and ``root``:

    The nearest file that holds some.
    """
    for folder in path.parents:
        for name in ("ruff.toml", ".ruff.toml", "pyproject.toml"):
            found = root / folder / name
            if found.is_file() and (
                name != "pyproject.toml" or "[tool.ruff" in found.read_text("utf-8", "replace")
            ):
                return found
    return None
