"""Tools that propose: replace text, create a file, apply a patch. Nothing reaches a buffer or disk.

A file that changed since the model read it is refused with what it says now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import PurePosixPath

from assistant.agent.looking import numbered
from assistant.agent.overlay import Overlay
from assistant.agent.policy import Risk
from assistant.agent.sight import Sight
from assistant.agent.tool import Arguments, Result, Tool, failed, flag, spec, text
from assistant.edits.desk import Desk
from assistant.edits.feedback import closest
from assistant.edits.locate import TextIndex
from assistant.edits.patches import Envelope
from assistant.edits.tools import Calls
from assistant.types import FileAction, FileChange, Refusal, Snapshot, ToolCall

_AROUND = 6
_SHOWN = 40


class Editing:
    """``forbidden(path)`` is why nothing may ever be proposed for a file, or None."""

    def __init__(
        self,
        overlay: Overlay,
        sight: Sight,
        forbidden: Callable[[PurePosixPath], str | None],
    ) -> None:
        self._overlay, self._sight, self._forbidden = overlay, sight, forbidden

    def tools(self) -> tuple[Tool, ...]:
        path = text("Path of the file, relative to the project.")
        return (
            Tool(
                spec(
                    "edit_file",
                    "Replaces a text that stands in a file exactly once. Quote whole lines, with "
                    "their blanks, and as many as it takes to be unique.",
                    "path old_str new_str",
                    path=path,
                    old_str=text("The text as it stands in the file."),
                    new_str=text("The text in its place; empty deletes it."),
                    replace_all=flag("Whether every occurrence is meant."),
                ),
                Risk.EDIT,
                self.replace,
                _path_of,
            ),
            Tool(
                spec(
                    "create_file",
                    "Proposes a new file. A file that exists is edited instead.",
                    "path file_text",
                    path=path,
                    file_text=text("The whole text of the file."),
                ),
                Risk.EDIT,
                self.create,
                _path_of,
            ),
            Tool(
                spec(
                    "apply_patch",
                    "Applies one patch to several files at once: *** Begin Patch, then *** Update "
                    "File: path with @@ chunks, *** Add File: path, *** Delete File: path, *** "
                    "Move to: path, then *** End Patch.",
                    "patch",
                    patch=text("The patch."),
                ),
                Risk.EDIT,
                self.patch,
                _patched,
            ),
        )

    async def replace(self, arguments: Arguments) -> Result:
        if not arguments["old_str"]:
            return failed("old_str is empty; use create_file for a new file.")
        return await asyncio.to_thread(self._replace, arguments)

    async def create(self, arguments: Arguments) -> Result:
        return await asyncio.to_thread(self._call, "create_file", arguments)

    async def patch(self, arguments: Arguments) -> Result:
        return await asyncio.to_thread(self._patch, arguments["patch"])

    # ---- one edit

    def _replace(self, arguments: Arguments) -> Result:
        self._overlay.follow()
        found = self._desk().resolve(arguments["path"], existing=True)
        there = found if isinstance(found, Refusal) else self._overlay.read(found)
        if isinstance(there, Refusal):
            return failed(there.reason)
        if self._sight.stale(there):
            return self._stale(there, arguments["old_str"])
        return self._call("edit_file", arguments)

    def _call(self, name: str, arguments: Arguments) -> Result:
        desk = self._desk()
        Calls(desk).push(ToolCall("", name, arguments))
        return self._settle(desk)

    def _patch(self, patch: str) -> Result:
        """All files of the patch, or none: what would be applied is exactly what is proposed."""
        self._overlay.follow()
        desk = self._desk()
        envelope = Envelope(desk)
        lines = [line.removesuffix("\r") for line in patch.split("\n")]
        begun = False
        for line in lines:
            begun = begun or line.startswith("***")
            if begun and not envelope.finished:
                envelope.feed(line)
        if not envelope.finished:
            return failed("The patch has no *** End Patch, so nothing of it was applied.")
        for draft in desk.drafts.values():
            if draft.action is not FileAction.CREATE and self._sight.stale(draft.base):
                return self._stale(draft.base, "")
        return self._settle(desk)

    def _settle(self, desk: Desk) -> Result:
        """One refused part refuses the whole call: the model repeats it, and nothing is half."""
        if desk.refused:
            return failed("\n".join(refusal.reason for refusal in desk.refused))
        changes = desk.change_set("", "")
        if not changes.files:
            return failed("The edit changes nothing: the file reads like this already.")
        touched = self._overlay.take(changes)
        for path in touched:
            if isinstance(there := self._overlay.read(path), Snapshot):
                self._sight.saw(there)
        added = sum(len(h.new) for c in changes.files for h in c.hunks)
        removed = sum(len(h.old) for c in changes.files for h in c.hunks)
        told = "\n\n".join(self._now(change) for change in changes.files)
        return Result(told, f"+{added} −{removed}", touched=touched)

    def _now(self, change: FileChange) -> str:
        """What the changed lines read now."""
        path = change.moved_to or change.base.path
        there = self._overlay.read(path)
        if isinstance(there, Refusal):
            return f"Proposed to delete {path}."
        lines, shift, shown = there.lines(), 0, []
        for hunk in change.hunks[:8]:
            start = hunk.base.start + shift
            shift += len(hunk.new) - len(hunk.old)
            first = max(1, start + 1 - 2)
            last = min(len(lines), start + min(len(hunk.new), _SHOWN) + 2)
            shown.append(numbered(lines, first, last))
        verb = "create" if change.action is FileAction.CREATE else "change"
        return f"Proposed to {verb} {path}; it would read\n" + "\n   ...\n".join(shown)

    def _stale(self, there: Snapshot, old: str) -> Result:
        """The file is not what the model read: nothing is applied, and it sees what is there."""
        self._sight.saw(there)
        lines = there.lines()
        wanted = [line.rstrip("\r") for line in old.removesuffix("\n").split("\n")]
        near, _ = closest(TextIndex(lines), wanted) if old else (0, 0.0)
        first = max(1, (near or 0) + 1 - _AROUND)
        last = min(len(lines), (near or 0) + len(wanted) + _AROUND, first + 2 * _SHOWN)
        return failed(
            f"{there.path} changed since you read it, so nothing was applied. Around that place it "
            f"reads now\n{numbered(lines, first, last)}\nRepeat the edit against this text.",
            "changed since it was read",
        )

    def _desk(self) -> Desk:
        return Desk(self._overlay, protected=self._why_not)

    def _why_not(self, path: PurePosixPath) -> str | None:
        why = self._forbidden(path) or self._overlay.refused(path)
        return None if why is None else f"{path} was not touched: {why}."


def _path_of(arguments: Arguments) -> str:
    return str(arguments["path"])


def _patched(arguments: Arguments) -> str:
    """The files that a patch names."""
    heads = ("*** Update File: ", "*** Add File: ", "*** Delete File: ")
    lines = str(arguments["patch"]).split("\n")
    names = [line.removeprefix(h).strip() for line in lines for h in heads if line.startswith(h)]
    return ", ".join(names) or "a patch"
