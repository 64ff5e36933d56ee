"""Proposals as JSON and back, without loss. Knows the nouns of types.py and no file."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from assistant.types import (
    ChangeSet,
    FileAction,
    FileChange,
    Hunk,
    HunkState,
    LineSpan,
    Refusal,
    Snapshot,
)


def changes_to_json(changes: ChangeSet) -> str:
    r"""ASCII JSON; bytes that are not UTF-8 travel as the lone surrogates they are in the text
    (``\udcXX``)."""
    return json.dumps(
        {
            "id": changes.id,
            "title": changes.title,
            "files": [_file(change) for change in changes.files],
            "refused": [[r.path, r.reason, r.line] for r in changes.refused],
        },
        separators=(",", ":"),
    )


def changes_from_json(text: str) -> ChangeSet:
    """What :func:`changes_to_json` wrote; ValueError, KeyError or TypeError for anything else."""
    data = json.loads(text)
    return ChangeSet(
        data["id"],
        data["title"],
        tuple(_to_file(item) for item in data["files"]),
        tuple(Refusal(path, reason, line) for path, reason, line in data["refused"]),
    )


def _file(change: FileChange) -> dict[str, Any]:
    return {
        "path": str(change.base.path),
        "text": change.base.text,
        "version": change.base.version,
        "action": change.action.value,
        "moved_to": None if change.moved_to is None else str(change.moved_to),
        "hunks": [
            {
                "id": hunk.id,
                "base": [hunk.base.start, hunk.base.end],
                "old": hunk.old,
                "new": hunk.new,
                "state": hunk.state.value,
                "note": hunk.note,
                "flags": hunk.flags,
                "moved": hunk.moved,
            }
            for hunk in change.hunks
        ],
    }


def _to_file(item: dict[str, Any]) -> FileChange:
    hunks = tuple(
        Hunk(
            hunk["id"],
            LineSpan(*hunk["base"]),
            tuple(hunk["old"]),
            tuple(hunk["new"]),
            HunkState(hunk["state"]),
            hunk["note"],
            tuple(hunk["flags"]),
            hunk["moved"],
        )
        for hunk in item["hunks"]
    )
    moved = item["moved_to"]
    return FileChange(
        Snapshot(PurePosixPath(item["path"]), item["text"], item["version"]),
        hunks,
        FileAction(item["action"]),
        None if moved is None else PurePosixPath(moved),
    )
