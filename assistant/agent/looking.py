"""Tools that only look: read, list, outline, search, symbols, related. They see the run's edits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from assistant.agent.overlay import Overlay
from assistant.agent.policy import Risk
from assistant.agent.sight import Sight
from assistant.agent.tool import Arguments, Result, Tool, failed, flag, number, spec, text
from assistant.context.definitions import definitions
from assistant.edits.paths import Paths
from assistant.errors import ContextError
from assistant.events import Answered
from assistant.query import FileHits, Hit, Looked, Query
from assistant.search.engine import in_files
from assistant.types import Refusal, Snapshot, Snippet, split_lines

MOST_LINES = 800
_LONGEST_LINE = 2_000
_LONGEST_HIT = 240
_MOST_HITS = 200
_MOST_NAMES = 400
_SECONDS = 8.0


class Index(Protocol):
    """The context engine, as far as a run asks it."""

    async def search(
        self, text: str, k: int = 20, *, buffers: Mapping[str, str] | None = None
    ) -> Sequence[Snippet]: ...

    async def symbols(self, prefix: str, limit: int = 20) -> Sequence[Any]: ...


class Looking:
    """One run's way to look at the project below ``root``."""

    def __init__(
        self,
        root: Path,
        overlay: Overlay,
        sight: Sight,
        index: Index,
        outputs: Mapping[str, str] | None = None,
        *,
        seconds: float = _SECONDS,
    ) -> None:
        """``outputs`` are long answers of tools, which read_file reads like files."""
        self._root, self._overlay, self._sight, self._index = root, overlay, sight, index
        self._outputs = {} if outputs is None else outputs
        self._seconds = seconds

    def tools(self) -> tuple[Tool, ...]:
        return (*self._files(), *self._searches())

    def _files(self) -> tuple[Tool, ...]:
        path = text("Path of the file, relative to the project.")
        return (
            Tool(
                spec(
                    "read_file",
                    "Lines of a file with their numbers. Read a file before you edit it.",
                    "path",
                    path=path,
                    start=number("First line, 1-based.", 1, 10_000_000),
                    end=number("Last line, included.", 1, 10_000_000),
                ),
                Risk.READ,
                self.read,
                _place,
            ),
            Tool(
                spec(
                    "outline",
                    "Classes, functions and other definitions of a file with their lines.",
                    "path",
                    path=path,
                ),
                Risk.READ,
                self.outline,
                _place,
            ),
            Tool(
                spec(
                    "list_files",
                    "Files of a folder and below it, without ignored ones.",
                    folder=text("Folder, relative to the project; empty for all of it."),
                ),
                Risk.READ,
                self.list,
                lambda a: str(a.get("folder") or "the project"),
            ),
        )

    def _searches(self) -> tuple[Tool, ...]:
        return (
            Tool(
                spec(
                    "search_text",
                    "Lines that contain a text, or match a regular expression of Python.",
                    "pattern",
                    pattern=text("What to look for."),
                    regex=flag("Whether the pattern is a regular expression."),
                    ignore_case=flag("Whether upper and lower case are the same."),
                    folder=text("Only below this folder."),
                ),
                Risk.READ,
                self.search,
                lambda a: str(a["pattern"]),
            ),
            Tool(
                spec(
                    "find_symbol",
                    "Where a function, class or constant is defined.",
                    "name",
                    name=text("The name, or how it begins."),
                ),
                Risk.READ,
                self.symbol,
                lambda a: str(a["name"]),
            ),
            Tool(
                spec(
                    "find_related",
                    "Pieces of code that have to do with a question, best first.",
                    "question",
                    question=text("What the code should be about, in words and names."),
                ),
                Risk.READ,
                self.related,
                lambda a: str(a["question"]),
            ),
        )

    # ---- files

    def open(self, written: str) -> Snapshot | Refusal:
        """The file that a model means by what it wrote."""
        if written in self._outputs:
            return Snapshot(PurePosixPath(written), self._outputs[written])
        paths = Paths(self._overlay.paths())
        found = paths.resolve(written, existing=True)
        if isinstance(found, Refusal):
            return found
        if str(found) not in paths.known:  # also what ignore rules keep out of sight
            there = self._overlay.read(found)
            why = f"{found} is no file of the project, or is ignored in it."
            return there if isinstance(there, Refusal) else Refusal(str(found), why)
        return self._overlay.read(found)

    async def read(self, arguments: Arguments) -> Result:
        found = await asyncio.to_thread(self.open, arguments["path"])
        if isinstance(found, Refusal):
            return failed(found.reason)
        lines = split_lines(found.text)
        start = arguments.get("start", 1)
        end = min(arguments.get("end", start + MOST_LINES - 1), start + MOST_LINES - 1, len(lines))
        if start > max(len(lines), 1):
            return failed(f"{found.path} has only {len(lines)} lines.")
        self._sight.saw(found)
        head = f"{found.path}, lines {start}-{end} of {len(lines)}"
        more = f"\n[{len(lines) - end} more lines]" if end < len(lines) else ""
        body = numbered(lines, start, end) or "[the file is empty]"
        return Result(f"{head}\n{body}{more}", _count(max(0, end - start + 1), "line"))

    async def outline(self, arguments: Arguments) -> Result:
        found = await asyncio.to_thread(self.open, arguments["path"])
        if isinstance(found, Refusal):
            return failed(found.reason)
        plain = found.text.replace("\r\n", "\n").replace("\r", "\n")
        known = await asyncio.to_thread(definitions, str(found.path), plain)
        if not known:
            return Result(f"{found.path} has no definitions that can be told.", "none")
        rows = [f"{d.first:>6}-{d.last:<6} {d.kind} {d.name}" for d in known[:_MOST_NAMES]]
        return Result(f"{found.path}\n" + "\n".join(rows), _count(len(known), "definition"))

    async def list(self, arguments: Arguments) -> Result:
        paths = await asyncio.to_thread(self._below, arguments.get("folder", ""))
        if not paths:
            return failed(f"There are no files below {arguments.get('folder') or 'the project'}.")
        names = [str(path) for path in paths]
        if len(names) > _MOST_NAMES:
            names = _folded(paths)
        return Result("\n".join(names), _count(len(paths), "file"))

    def _below(self, folder: str) -> Sequence[PurePosixPath]:
        parts = [p for p in folder.replace("\\", "/").split("/") if p not in ("", ".")]
        within = PurePosixPath(*parts)
        paths = sorted(self._overlay.paths())
        return [p for p in paths if p.is_relative_to(within)] if parts else paths

    # ---- searches

    async def search(self, arguments: Arguments) -> Result:
        query = Query(
            arguments["pattern"],
            regex=arguments.get("regex", False),
            case=not arguments.get("ignore_case", False),
        )
        if not query.pattern:
            return failed("The pattern is empty.")
        folder = arguments.get("folder", "")
        texts = await asyncio.to_thread(self._overlay.over_disk)
        asked = in_files(
            self._root,
            lambda: [str(path) for path in self._below(folder)],
            query,
            buffers={str(path): words for path, words in texts.items() if words is not None},
            most=_MOST_HITS,
            seconds=self._seconds,
        )
        rows: list[str] = []
        looked = Looked(0, 0)
        async with aclosing(asked) as answers:
            async for answer in answers:
                match answer:
                    case Answered(FileHits(path, hits)):
                        rows += [f"{path}:{line + 1}: {_near(hit)}" for line, hit in _lines(hits)]
                    case Answered(Looked() as looked):
                        pass
        if looked.error:
            return failed(f"The search stopped: {looked.error}", "stopped")
        if not rows:
            return Result("Nothing found.", "no hits")
        more = "\n[more hits were left out; narrow the search]" if looked.cut else ""
        summary = f"{len(rows)}{'+' if looked.cut else ''} hit{'s' if len(rows) > 1 else ''}"
        return Result("\n".join(rows[:_MOST_HITS]) + more, summary)

    async def symbol(self, arguments: Arguments) -> Result:
        name = arguments["name"]
        rows = []
        changed = await asyncio.to_thread(self._overlay.over_disk)
        for path, words in changed.items():
            known = definitions(str(path), words.replace("\r\n", "\n")) if words else []
            rows += [f"{d.name}: {d.kind} in {path}:{d.line}" for d in known
                     if d.name.lower().startswith(name.lower())]  # fmt: skip
        try:
            choices = await self._index.symbols(name, 30)
        except ContextError as error:
            return failed(str(error)) if not rows else Result("\n".join(rows))
        there = {str(path) for path in changed}
        rows += [f"{c.value}: {c.detail}" for c in choices if c.path not in there]
        if not rows:
            return Result(f"No definition of {name} is known.", "none")
        return Result("\n".join(rows), _count(len(rows), "definition"))

    async def related(self, arguments: Arguments) -> Result:
        changed = await asyncio.to_thread(self._overlay.over_disk)
        buffers = {str(path): words for path, words in changed.items() if words is not None}
        try:
            found = await self._index.search(arguments["question"], 6, buffers=buffers)
        except ContextError as error:
            return failed(str(error))
        gone = {path for path, words in changed.items() if words is None}
        pieces = [
            f"{s.path}:{s.span.start + 1}-{s.span.end} ({s.why})\n"
            + numbered(split_lines(s.text), 1, len(split_lines(s.text)), s.span.start)
            for s in found
            if s.path not in gone
        ]
        if not pieces:
            return Result("Nothing related was found.", "none")
        return Result("\n\n".join(pieces), _count(len(pieces), "piece"))


def _lines(hits: Sequence[Hit]) -> list[tuple[int, Hit]]:
    """Each line with a hit, once, with the first of its hits."""
    first = {hit.line: hit for hit in reversed(hits)}
    return [(line, first[line]) for line in sorted(first)]


def _near(hit: Hit) -> str:
    """The line, or of a long one the part round the hit."""
    if len(hit.text) <= _LONGEST_HIT:
        return hit.text
    start = max(0, hit.start - 80)
    return ("…" if start else "") + hit.text[start : start + _LONGEST_HIT] + "…"


def numbered(lines: Sequence[str], start: int, end: int, shift: int = 0) -> str:
    """Lines ``start`` to ``end`` (1-based, included) with their numbers, long ones cut."""
    rows = []
    for at in range(start, end + 1):
        line = lines[at - 1].rstrip("\r\n")
        cut = line[:_LONGEST_LINE] + " […]" if len(line) > _LONGEST_LINE else line
        rows.append(f"{at + shift:>6} | {cut}")
    return "\n".join(rows)


def _place(arguments: Arguments) -> str:
    path, start, end = arguments["path"], arguments.get("start"), arguments.get("end")
    if start is None and end is None:
        return str(path)
    return f"{path}:{start or 1}-{end if end is not None else ''}"


def _folded(paths: Sequence[PurePosixPath]) -> list[str]:
    """Many files by folder, with how many each holds."""
    counts = Counter(str(path.parent) for path in paths)
    rows = [f"{folder}/  {_count(n, 'file')}" for folder, n in sorted(counts.items())]
    more = [f"[{len(rows) - _MOST_NAMES} more folders]"] if len(rows) > _MOST_NAMES else []
    return [*rows[:_MOST_NAMES], *more, "[name a folder to see its files]"]


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
