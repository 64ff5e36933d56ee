"""The edit engine for scripts: JSON lines in, JSON lines out.

``--stream`` speaks begin, chunk, end, cancel.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TextIO

from assistant.edits.reader import EditFormat, EditReader
from assistant.types import ChangeSet, FileAction, FileChange, HunkState, Refusal, Snapshot

SHOWN = (HunkState.PENDING, HunkState.STREAMING)


class Given:
    """The files of one request."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {PurePosixPath(path): text for path, text in files.items()}

    def paths(self) -> Sequence[PurePosixPath]:
        return list(self._files)

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        if path not in self._files:
            return Refusal(str(path), f"{path} does not exist.")
        return Snapshot(path, self._files[path])


def texts(changes: Sequence[FileChange]) -> dict[str, str | None]:
    """What the files would be with these changes; None for one that goes."""
    out: dict[str, str | None] = {}
    for change in changes:
        path = str(change.base.path)
        if change.action is FileAction.DELETE:
            out[path] = None
            continue
        text = change.applied(SHOWN)
        if change.action is FileAction.MOVE and change.moved_to is not None:
            out[path] = None
            out[str(change.moved_to)] = text
        elif text != change.base.text or change.action is FileAction.CREATE:
            out[path] = text
    return out


def answer(changes: ChangeSet) -> dict[str, Any]:
    """The protocol's last word on a reply."""
    reasons = "; ".join(refusal.reason for refusal in changes.refused)
    files = texts(changes.files)
    if files and reasons:
        return {"files": files, "failed": reasons}
    if files:
        return {"files": files}
    return {"refused": reasons or "The reply contains no edit."}


def reader_of(request: Mapping[str, Any]) -> EditReader:
    """A reader for one request."""
    title = str(request.get("id", ""))
    return EditReader(
        Given(request["files"]), title=title, format=EditFormat(request.get("format", "auto"))
    )


def batch(source: TextIO, out: TextIO) -> None:
    """One request a line, one answer a line."""
    for line in source:
        if line.strip():
            request = json.loads(line)
            reader = reader_of(request)
            reader.push(request["reply"])
            _write(out, {"id": request.get("id"), **answer(reader.finish())})


def stream(source: TextIO, out: TextIO) -> None:
    """begin, chunk, end, cancel; a chunk is answered with what an editor would show by then."""
    reader: EditReader | None = None
    shown: dict[PurePosixPath, FileChange] = {}
    for line in source:
        if not line.strip():
            continue
        message = json.loads(line)
        match message["op"]:
            case "begin":
                reader, shown = reader_of(message), {}
                _write(out, {"ok": True})
            case "chunk" if reader is not None:
                for change in reader.push(message["text"]).changes:
                    shown[change.base.path] = change
                hunks = sum(len(change.hunks) for change in shown.values())
                _write(out, {"preview": texts(list(shown.values())), "hunks": hunks})
            case "end" if reader is not None:
                _write(out, answer(reader.finish()))
                reader = None
            case "cancel":
                reader = None
                _write(out, {"files": {}})
            case other:
                _write(out, {"error": f"{other} is not expected here"})


def _write(out: TextIO, value: Mapping[str, Any]) -> None:
    out.write(json.dumps(value) + "\n")
    out.flush()


def main() -> None:
    """Serve until the input ends."""
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogatepass")  # type: ignore[union-attr]
    if "--stream" in sys.argv[1:]:
        stream(sys.stdin, sys.stdout)
    else:
        batch(sys.stdin, sys.stdout)


if __name__ == "__main__":
    main()
