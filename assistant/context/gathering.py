"""One wish becomes the context that leaves: selection, mentions, pins, search, in a budget.

Works on a :class:`Project`; speaks plain dictionaries, because its answers cross to another
process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.context.budget import HEADER, Budgeter
from assistant.context.draft import Draft, new_row
from assistant.context.hints import Hinter, Selection
from assistant.context.mentions import Resolved, resolve, stays
from assistant.context.project import Project
from assistant.context.rank import Ranking
from assistant.context.rules import load_rules, rules_files
from assistant.context.secrets import is_secret_path, redact
from assistant.context.tokens import estimate
from assistant.types import split_lines

_OUTLINE = {"ask": 0.2, "agent": 0.2, "edit": 0.0}
_EVERY_LINE = (1, 1 << 40)
_PINNED = 40
"""Lines of a pinned place that is in no definition."""
_REST = 0.85
"""Share of what is left after the selection that one mention or pin may take."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request as it crosses: ``start`` and ``end`` 0-based half-open lines of ``target``, or None
    both."""

    text: str
    budget: float
    target: str | None = None
    target_text: str | None = None
    start: int | None = None
    end: int | None = None
    autonomy: str = "edit"
    mentions: Sequence[Mapping[str, Any]] = ()
    pinned: Sequence[Sequence[Any]] = ()
    removed: Sequence[Sequence[Any]] = ()
    open_paths: Sequence[str] = ()
    edited: Sequence[Sequence[Any]] = ()
    """(path, first, last) of lines edited lately, newest first; 0-based half-open."""
    problems: Sequence[Sequence[Any]] = ()
    """(path, 0-based line, message) of what is known to be wrong."""
    model_factor: float = 1.0
    trusted: bool = False


class Gatherer:
    """Answers wishes from one project. ``salt`` makes placeholders unguessable and steady for a
    session."""

    def __init__(self, project: Project, salt: bytes) -> None:
        self._project = project
        self._salt = salt
        self._before: dict[tuple[str, int, int, str], int] = {}
        """Where each piece stood in the last answer."""

    def gather(self, wish: Wish) -> dict[str, Any]:
        """``snippets``, ``rules``, ``left_out``, ``tokens``, ``placeholders``, as JSON values."""
        draft = Draft(
            max(0.0, wish.budget / (wish.model_factor or 1.0)), self._salt, whole=self._whole
        )
        for path, span in _spans(wish.removed):
            draft.removed.setdefault(path, []).append(span)
        self._rules(wish, draft)
        self._target(wish, draft)
        self._mentions(wish, draft)
        self._pins(wish, draft)
        self._search(wish, draft)
        self._keep_order(draft)
        factor = wish.model_factor or 1.0
        for row in (*draft.rows, *draft.rules):
            row["tokens"] = round(row["tokens"] * factor)
        return {
            "snippets": draft.rows,
            "rules": draft.rules,
            "left_out": draft.left_out,
            "tokens": int(draft.used * factor + 0.999),
            "placeholders": draft.placeholders,
        }

    def _keep_order(self, draft: Draft) -> None:
        """After what the person chose comes what was found before, word for word and in its order,
        then what is new, best first: servers keep the beginning of a prompt they have seen."""
        before = self._before

        def place(row: dict[str, Any]) -> int:
            return before.get(_piece(row), len(before)) if row["source"] == "search" else -1

        draft.rows.sort(key=place)
        self._before = {_piece(row): i for i, row in enumerate(draft.rows)}

    # ---- the parts, most wanted first

    def _rules(self, wish: Wish, draft: Draft) -> None:
        near = [wish.target] if wish.target else list(wish.open_paths)
        for path in rules_files(self._project.root, near):  # as rules or not at all
            draft.covered[path] = [_EVERY_LINE]
        if not wish.trusted:
            for path in rules_files(self._project.root, near):
                why = "not read: the folder is not trusted"
                draft.left_out.append({"path": path, "why": why, "tokens": 0})
            return
        for rule in load_rules(self._project.root, near, room=draft.budget * 0.25):
            if rule.path in draft.removed:
                draft.left_out.append(
                    {"path": rule.path, "why": "you left it out", "tokens": rule.tokens}
                )
            elif rule.state in ("loaded", "truncated"):
                clean = redact(rule.text, self._salt)
                draft.placeholders.update(clean.placeholders)
                cost = estimate(clean.text) + HEADER
                draft.used += cost
                draft.rules.append(
                    new_row(
                        rule.path,
                        rule.first,
                        rule.first + len(split_lines(rule.text)),
                        clean.text,
                        rule.why,
                        cost,
                        "rule",
                        len(clean.placeholders),
                    )
                )
            if rule.state != "loaded" and rule.path not in draft.removed:
                draft.left_out.append({"path": rule.path, "why": rule.why, "tokens": rule.tokens})

    def _target(self, wish: Wish, draft: Draft) -> None:
        """The selection, the definition round it in full, the head of its file; else outlines of
        it."""
        if wish.target is None or wish.target_text is None:
            return
        if reason := stays(self._project, wish.target):
            draft.left_out.append({"path": wish.target, "why": reason, "tokens": 0})
            return
        rows = list(split_lines(wish.target_text))
        start, end = (
            (wish.start, wish.end) if wish.start is not None and wish.end is not None else (0, 0)
        )
        if wish.start is not None:
            draft.put(
                wish.target,
                rows,
                start,
                max(end, start + 1),
                "you selected it",
                "selection",
                must=True,
            )
            around = self._enclosing(wish.target, start, end)
            if around is not None:
                draft.put(
                    wish.target,
                    rows,
                    *around,
                    "the definition round the selection",
                    "selection",
                    grow=True,
                )
        elif rows:
            draft.put(wish.target, rows, 0, len(rows), "you are looking at it", "file", share=0.5)
        head = _imports(rows)
        if head:
            draft.put(wish.target, rows, 0, head, "its imports", "file", share=0.2)

    def _mentions(self, wish: Wish, draft: Draft) -> None:
        for mention in wish.mentions:
            for found in resolve(self._project, mention):
                self._resolved(found, draft)

    def _resolved(self, found: Resolved, draft: Draft) -> None:
        if found.text is None:
            draft.left_out.append({"path": found.path, "why": found.why, "tokens": 0})
            return
        rows = list(split_lines(found.text))
        draft.put(
            found.path,
            rows,
            found.first,
            min(found.last, found.first + len(rows)),
            found.why,
            found.source,
            offset=found.first,
            share=_REST,
        )

    def _pins(self, wish: Wish, draft: Draft) -> None:
        for path, span in _spans(wish.pinned):
            text = self._project.text(path) if self._known(path) else None
            if text is None:
                why = is_secret_path(path) or "its text may not leave, or is gone"
                draft.left_out.append({"path": path, "why": why, "tokens": 0})
                continue
            rows = list(split_lines(text))
            first, last = span if span is not None else (0, len(rows))
            if first == last:
                first, last = self._enclosing(path, first, first) or (first, first + _PINNED)
            draft.put(path, rows, first, last, "you pinned it", "pin", must=span is not None)

    def _search(self, wish: Wish, draft: Draft) -> None:
        project = self._project
        mine = [wish.target] if wish.target else []
        opened = list(dict.fromkeys((*mine, *wish.open_paths)))
        beside = self._selected_words(wish)
        hinter = Hinter(project.index, project.splitter)

        def rank() -> Ranking:
            project.index.sync()
            hints = hinter.hints(opened, wish.edited, wish.problems, self._selection(wish, beside))
            return project.ranker.rank(wish.text, opened, hints, beside)

        ranking = rank()
        stale = [
            p
            for p in (project.index.by_number[f].path for f in ranking.files[:40])
            if project.stale(p)
        ]
        if stale:
            project.refresh(stale)
            ranking = rank()
        packing = Budgeter(project.index, project.lines).pack(
            ranking, draft.room(), outline=_OUTLINE.get(wish.autonomy, 0.0), taken=draft.taken
        )
        names = {project.index.by_number[f].path: f for f in ranking.files}
        for piece in packing.pieces:
            text = project.text(piece.path)
            if text is None:
                continue
            why = ranking.why(names[piece.path])
            draft.put(
                piece.path,
                list(split_lines(text)),
                piece.first - 1,
                piece.last,
                why,
                "search",
                score=piece.score,
            )
        for path, tokens in sorted(
            packing.left_out.items(), key=lambda item: (names.get(item[0], 0), item[0])
        )[:30]:
            draft.left_out.append(
                {"path": path, "why": "no room was left", "tokens": round(tokens)}
            )

    # ---- inside

    def _whole(self, path: str) -> str | None:
        return self._project.text(path) if self._known(path) else None

    def _known(self, path: str) -> bool:
        return path in self._project.index.files

    def _selected_words(self, wish: Wish) -> str:
        """The selection's own names ask for their definitions."""
        if wish.target_text is None or wish.start is None or wish.end is None:
            return ""
        return "".join(split_lines(wish.target_text)[wish.start : wish.end])[:1500]

    def _selection(self, wish: Wish, text: str) -> Selection | None:
        if wish.target is None or wish.start is None or wish.end is None:
            return None
        entry = self._project.index.files.get(wish.target)
        round_it = [
            (last - first, name)
            for name, first, last, _, _ in (entry.definitions() if entry else ())
            if first - 1 <= wish.start and max(wish.end, wish.start + 1) <= last
        ]
        return Selection(wish.target, text, min(round_it)[1] if round_it else "")

    def _enclosing(self, path: str, start: int, end: int) -> tuple[int, int] | None:
        """0-based half-open lines of the smallest definition that holds the selection."""
        entry = self._project.index.files.get(path)
        if entry is None:
            return None
        round_it = [
            (last - first, first, last)
            for _, first, last, _, _ in entry.definitions()
            if first - 1 <= start and max(end, start + 1) <= last
        ]
        if not round_it:
            return None
        _, first, last = min(round_it)
        return first - 1, last


def _piece(row: Mapping[str, Any]) -> tuple[str, int, int, str]:
    return row["path"], row["start"], row["end"], row["text"]


def _spans(pieces: Sequence[Sequence[Any]]) -> list[tuple[str, tuple[int, int] | None]]:
    """(path, None | (start, end)) of pieces as they cross: ``[path]`` or ``[path, start, end]``."""
    return [(str(p[0]), (int(p[1]), int(p[2])) if len(p) == 3 else None) for p in pieces]


_IMPORT_WORDS = (
    "import ",
    "from ",
    "#include",
    "use ",
    "using ",
    "require",
    "package ",
    "extern ",
    "const {",
    "export * from",
)


def _imports(rows: Sequence[str]) -> int:
    """How many lines at the top of a file, at most 60, reach to its last import."""
    last = 0
    for i, row in enumerate(rows[:60]):
        goes_on = i == last and last > 0 and row.startswith((" ", "\t", ")", "}"))
        if row.startswith(_IMPORT_WORDS) or goes_on:
            last = i + 1
        elif last and row.strip() and i > last + 3:
            break
    return last
