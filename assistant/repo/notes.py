"""Authorship of a commit's lines as git notes, on the person's wish. Changes refs/notes/galley
only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.errors import CommitFailed, DiskFailed
from assistant.repo.authorship import as_note, committed
from assistant.repo.codec import decode
from assistant.repo.commit_record import remember, remembered
from assistant.repo.gitdir import Head
from assistant.repo.gitwrite import NOTES_REF, move_ref
from assistant.repo.history import DiffLines
from assistant.repo.identity import Identity, person
from assistant.repo.journal import Journal
from assistant.repo.runner import Runner
from assistant.repo.sidecar import Sidecar
from assistant.repo.view import View
from assistant.types import Receipt

NOTES = "notes"


@dataclass(frozen=True, slots=True)
class NotesFacts:
    """The commit that would be written about, and whether our last notes can be taken back."""

    commit: str
    subject: str
    files: tuple[PurePosixPath, ...]
    undoable: bool = False


def notes_facts(sidecar: Sidecar, journal: Journal) -> NotesFacts:
    """What writing notes about the newest commit would do. Raises CommitFailed without one."""
    repo, why = sidecar.repository()
    if repo is None:
        raise CommitFailed(why or "This folder is not in git.", "Create a repository first.")
    commit = repo.head().commit
    if not commit:
        raise CommitFailed("There is no commit yet.", "Commit something first.")
    git = View(repo, sidecar.folder).runner()
    words = ("diff-tree", "--root", "-r", "-z", "--no-commit-id", "--name-only", "--no-renames")
    raw = git.run(*words, "--diff-filter=d", commit).split(b"\0")
    names = [PurePosixPath(os.fsdecode(name)) for name in raw if name]
    files = tuple(n.relative_to(repo.prefix) for n in names if n.is_relative_to(repo.prefix))
    if not files:
        raise CommitFailed("The newest commit changes no text here, so there is nothing to note.")
    (entry,) = sidecar.log(1) or (None,)
    written = remembered(journal, NOTES)
    undoable = bool(written) and repo.ref(NOTES_REF) == written.get("made")
    return NotesFacts(commit, entry.subject if entry is not None else "", files, undoable)


def undo_notes(sidecar: Sidecar, journal: Journal) -> None:
    """Take the notes back that were written last, by compare-and-swap. Raises CommitFailed."""
    repo, why = sidecar.repository()
    if repo is None:
        raise CommitFailed(why or "This folder is not in git.")
    written = remembered(journal, NOTES)
    if not written:
        raise CommitFailed("Galley wrote no notes here that could be taken back.")
    head = Head(str(written["made"]), "", NOTES_REF)
    settings = View(repo, sidecar.folder).settings()
    who = Identity(settings.get("user.name"), settings.get("user.email")).line()
    why = "notes: undone in Galley"
    move_ref(repo, head, str(written["old"]), journal.disk, who=who, why=why, only=True)
    try:
        remember(journal, NOTES, {})
    except DiskFailed as error:  # they are taken back; the ref says so by itself
        journal.notes.append(f"The notes were taken back, but: {error.cause}")


def export_notes(
    sidecar: Sidecar,
    journal: Journal,
    receipt: Receipt,
    diff: DiffLines,
    author: Identity | None = None,
) -> str:
    """Write who wrote which line of the commit's files below refs/notes/galley; the notes' commit.

    One JSON line per file, lines counted from 1; ``author`` writes them where git knows nobody.
    Raises CommitFailed when the notes cannot be written; :func:`undo_notes` takes them back.
    """
    repo, why = sidecar.repository()
    if repo is None:
        raise CommitFailed(why or "This folder is not in git.")
    lines = []
    for path in receipt.files:
        data = sidecar.head_bytes(path, receipt.commit)
        text = None if data is None else decode(data)
        if text is not None and not text.binary:
            spans = committed(journal, path, text.text, diff)
            lines.append(as_note(repo.prefix / path, spans))
    view = View(repo, sidecar.folder)
    who = author or person(view.settings())
    tip = repo.ref(NOTES_REF)
    with view.index(copied=False) as index:
        git = view.runner(index=index, write_objects=True)
        made = _note(git, tip, receipt.commit, "\n".join(lines) + "\n", who.environment())
    head = Head(tip, "", NOTES_REF)
    remember(journal, NOTES, {"made": made, "old": tip})
    move_ref(repo, head, made, journal.disk, who=who.line(), why="notes: Galley", only=True)
    return made


def _note(
    git: Runner, notes_commit: str, commit: str, text: str, identity: Mapping[str, str]
) -> str:
    """A notes commit on top of ``notes_commit`` (empty for the first) that says ``text`` of
    ``commit``."""
    blob = git.run("hash-object", "-w", "--stdin", stdin=text.encode()).decode().strip()
    git.run("read-tree", notes_commit or "--empty")
    line = f"100644 {blob} 0\t{commit}".encode()
    git.run("update-index", "-z", "--index-info", stdin=line + b"\0")
    tree = git.run("write-tree").decode().strip()
    parents = ["-p", notes_commit] if notes_commit else []
    message = b"Notes added by Galley\n"
    made = git.run("commit-tree", tree, *parents, stdin=message, environment=identity)
    return made.decode().strip()
