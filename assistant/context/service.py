"""The questions one index answers, as JSON objects in and out. Knows no pipes and no threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from assistant.context.budget import Budgeter
from assistant.context.completion import Completer
from assistant.context.gathering import Gatherer, Wish
from assistant.context.keeper import Keeper
from assistant.context.project import Project
from assistant.context.rules import load_rules
from assistant.context.secrets import redact

Message = Mapping[str, Any]
_LEFT_OUT = 20_000
"""Files that a report names."""


class Service:
    """Answers for one open folder."""

    def __init__(self, project: Project, keeper: Keeper, salt: bytes) -> None:
        self._project = project
        self._keeper = keeper
        self._salt = salt
        self._completer = Completer(project.index)
        self._gatherer = Gatherer(project, salt)

    def answer(self, op: str, message: Message) -> dict[str, Any]:
        """Raises KeyError for an unknown ``op`` or a missing value, ValueError for a wrong one."""
        doors: Mapping[str, Callable[[Message], dict[str, Any]]] = {
            "query": self._query,
            "gather": self._gather,
            "search": self._search,
            "complete": self._complete,
            "rules": self._rules,
            "report": self._report,
        }
        return doors[op](message)

    def _query(self, message: Message) -> dict[str, Any]:
        """What scripts and benchmarks ask: ``text``, ``k``, ``budget_tokens``, ``open``."""
        project = self._project
        opened = [str(p) for p in message.get("open") or ()]
        ranking = project.ranker.rank(str(message["text"]), opened)
        packing = Budgeter(project.index, project.lines).pack(
            ranking, float(message.get("budget_tokens", 4000)), skip=frozenset(opened)
        )
        best = ranking.files[: int(message.get("k", 10))]
        return {
            "files": [project.index.by_number[f].path for f in best],
            "snippets": [{"path": p.path, "start": p.first, "end": p.last} for p in packing.pieces],
            "tokens": round(packing.used),
        }

    def _gather(self, message: Message) -> dict[str, Any]:
        self._project.set_buffers(dict(message.get("buffers") or {}))
        return self._gatherer.gather(Wish(**message["wish"]))

    def _search(self, message: Message) -> dict[str, Any]:
        """Chunks best first, each with its text and why."""
        project = self._project
        if "buffers" in message:
            project.set_buffers(dict(message["buffers"]))
        ranking = project.ranker.rank(
            str(message["text"]), [str(p) for p in message.get("open") or ()]
        )
        rows: list[dict[str, Any]] = []
        found: dict[str, str] = {}
        for chunk, score in zip(ranking.chunks, ranking.chunk_scores, strict=True):
            if len(rows) >= int(message.get("k", 20)):
                break
            entry, first, last = project.index.chunk(chunk)
            lines = project.lines(entry.path)
            if lines is None or first > len(lines):
                continue
            clean = redact("\n".join(lines[first - 1 : last]) + "\n", self._salt)
            found.update(clean.placeholders)
            rows.append(
                {
                    "path": entry.path,
                    "start": first - 1,
                    "end": min(last, len(lines)),
                    "text": clean.text,
                    "why": ranking.why(entry.number),
                    "score": score,
                    "redactions": len(clean.placeholders),
                }
            )
        return {"rows": rows, "placeholders": found}

    def _complete(self, message: Message) -> dict[str, Any]:
        kind, typed, limit = (
            str(message["kind"]),
            str(message["typed"]),
            int(message.get("limit", 20)),
        )
        match kind:
            case "file":
                found = self._completer.files(typed, limit)
            case "folder":
                found = self._completer.folders(typed, limit)
            case "symbol":
                found = self._completer.symbols(typed, limit)
            case "image":
                found = self._completer.images(self._project.scan.files, typed, limit)
            case "commit":
                return {"choices": self._commits(typed, limit)}
            case _:
                raise ValueError(f"nothing completes @{kind}")
        return {"choices": [asdict(choice) for choice in found]}

    def _commits(self, typed: str, limit: int) -> list[dict[str, Any]]:
        order = self._project.index.commits.order
        low = typed.lower()
        subjects = self._project.log.subjects(order[:500])
        rows = [(h, subjects[h]) for h in order[:500] if h in subjects]
        return [
            {"kind": "commit", "value": h[:12], "detail": subject, "path": "", "line": 0}
            for h, subject in rows
            if h.startswith(low) or low in subject.lower()
        ][:limit]

    def _rules(self, message: Message) -> dict[str, Any]:
        near = [str(p) for p in message.get("near") or ()]
        found = load_rules(self._project.root, near, float(message.get("room", 16_000)))
        return {"rules": [{k: v for k, v in asdict(rule).items() if k != "text"} for rule in found]}

    def _report(self, message: Message) -> dict[str, Any]:
        project = self._project
        left_out = dict(project.scan.skipped) | project.unread
        return {
            "root": project.root,
            "settled": self._keeper.settled,
            "files": len(project.index.files),
            "chunks": int(project.index.fields["chunk"].alive.sum()),
            "words": len(project.index.words),
            "symbols": sum(len(e.symbols) // 4 for e in project.index.files.values()),
            "parsed": project.parsed,
            "recalled": project.recalled,
            "commits": len(project.index.commits.order),
            "ignored": project.scan.ignored,
            "left_out": dict(sorted(left_out.items())[:_LEFT_OUT]),
            "left_out_more": max(0, len(left_out) - _LEFT_OUT),
            "warnings": list(self._keeper.warnings),
            "resident_mb": _resident_mb(),
        }


def _resident_mb() -> float:
    """Memory of this process now; 0.0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="utf-8") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, AttributeError):
        return 0.0
