"""Questions that wait in a bar instead of a dialog: a file changed twice, an unsaved tab, a
protected name.

Knows documents and the notice bar. Nothing is lost while a question waits, and not answering is an
answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.document import Document
from app.documents import Documents
from assistant.edits.merge import three_way
from assistant.errors import NeedsConfirmation
from assistant.repo.paths import protected
from assistant.types import split_lines
from widgets.noticebar import NoticeBar, Notification

if TYPE_CHECKING:
    from assistant.answers import Left, Loaded

Action = Callable[[], object]


class Notices(QObject):
    """One notice for each matter; its actions are kept beside it."""

    def __init__(self, bar: NoticeBar, documents: Documents) -> None:
        super().__init__(bar)
        self._bar, self._documents = bar, documents
        self._actions: dict[str, dict[str, Action]] = {}
        bar.action_requested.connect(self._on_action)
        bar.closed.connect(self._on_closed)
        documents.conflicted.connect(self.both_changed)
        documents.close_asked.connect(self.unsaved)
        documents.refused.connect(self.protected)

    def show(self, key: str, text: str, level: str, *actions: tuple[str, Action]) -> None:
        """A notice with its actions, the usual one first."""
        self._actions[key] = {str(n): act for n, (_, act) in enumerate(actions)}
        words = tuple((str(n), title) for n, (title, _) in enumerate(actions))
        self._bar.show_notice(Notification(key, text, level, words))

    def drop(self, key: str) -> None:
        self._actions.pop(key, None)
        self._bar.drop(key)

    @Slot(str, str)
    def _on_action(self, key: str, action: str) -> None:
        act = self._actions.get(key, {}).get(action)
        self.drop(key)
        if act is not None:
            act()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._actions.pop(key, None)

    # -- the matters ---------------------------------------------------------------------------

    @Slot(object, object)
    def both_changed(self, document: Document, loaded: Loaded) -> None:
        """The file changed on disk in the same lines that have unsaved text here."""
        self.show(
            f"changed:{document.key}",
            f"{document.path.name} changed on disk in lines you changed too.",
            "warning",
            ("Show both in the text", partial(_show_both, document, loaded)),
            ("Keep mine", partial(document.read_from, loaded.file, loaded.content_hash)),
            ("Take the disk's", partial(_take_disk, document, loaded)),
        )

    @Slot(object)
    def unsaved(self, document: Document) -> None:
        self.show(
            f"close:{document.key}",
            f"{document.path.name} has unsaved text.",
            "warning",
            ("Save and close", partial(self._documents.close_when_saved, document)),
            ("Close without saving", partial(self._documents.close, document)),
        )

    @Slot(object, object)
    def protected(self, document: Document, why: NeedsConfirmation) -> None:
        """A name that other programs obey: its own confirmation, with the resolved path."""
        self.show(
            f"protected:{document.key}",
            f"{why.path} is protected ({why.why}). Save it all the same?",
            "warning",
            ("Save this file", partial(self._documents.save, document, confirmed=True)),
        )

    @Slot(object, object)
    def protected_name(self, why: NeedsConfirmation, again: Action) -> None:
        """The same for a file that the tree shall make, rename or delete."""
        self.show(
            f"protected:{why.path}",
            f"{why.path} is protected ({why.why}). Change it all the same?",
            "warning",
            ("Change this file", again),
        )

    @Slot(object, int, object)
    def guarded(self, path: PurePosixPath, hunks: int, keep: Action) -> None:
        """A model's hunks in a file that other programs obey: a word on this file, by itself."""
        self.show(
            f"keep:{path}",
            f"{path} is protected ({protected(path)}). Keep {counted(hunks)} there all the same?",
            "warning",
            ("Keep in this file", keep),
        )

    def busy(self, why: str, again: Action) -> None:
        """The folder is open in another Galley: here it can be read."""
        self.show(
            "busy",
            f"{why} Here you can read it; nothing is written.",
            "warning",
            ("Open it here", again),
        )

    @Slot(object)
    def recovered(self, left: Left) -> None:
        parts = []
        if left.buffers:
            names = ", ".join(buffer.path.name for buffer in left.buffers[:3])
            more = len(left.buffers) - 3
            parts.append(f"unsaved text in {names}{f' and {more} more' if more > 0 else ''}")
        if left.proposals:
            parts.append("hunks that wait for your verdict")
        self.show("recovered", f"Brought back from the last run: {' and '.join(parts)}.", "info")


def _take_disk(document: Document, loaded: Loaded) -> None:
    document.follow_disk(loaded.file, loaded.content_hash, loaded.file.text, loaded.by)
    document.editor.set_saved()


def _show_both(document: Document, loaded: Loaded) -> None:
    """Both versions into the buffer, between marks, as one undo step."""
    theirs = split_lines(loaded.file.text)
    merge = three_way(split_lines(document.disk_text), split_lines(document.editor.text()), theirs)
    lines, at = [], 0
    for conflict in merge.conflicts:
        lines += [*merge.lines[at : conflict.start], "<<<<<<< mine, unsaved\n"]
        lines += [*closed(conflict.ours), "=======\n", *closed(conflict.theirs)]
        lines.append(">>>>>>> on disk\n")
        at = conflict.end
    both = "".join([*lines, *merge.lines[at:]])
    document.follow_disk(loaded.file, loaded.content_hash, both, loaded.by)


def closed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines with an end on the last, so that a mark starts its own line."""
    if lines and not lines[-1].endswith(("\n", "\r")):
        return (*lines[:-1], lines[-1] + "\n")
    return lines


def counted(hunks: int) -> str:
    return "this hunk" if hunks == 1 else f"these {hunks} hunks"


def leave() -> None:
    """The answer that changes nothing; the notice itself goes with any answer."""
