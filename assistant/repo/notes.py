"""Authorship of a commit's lines as git notes, on the person's wish. Changes refs/notes/galley
only."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.errors import CommitFailed
from assistant.repo.authorship import as_note, committed
from assistant.repo.codec import decode
from assistant.repo.gitdir import Head
from assistant.repo.gitwrite import NOTES_REF, move_ref
from assistant.repo.history import DiffLines
from assistant.repo.identity import Identity, person
from assistant.repo.journal import Journal
from assistant.repo.runner import Runner
from assistant.repo.sidecar import Sidecar
from assistant.repo.view import View
from assistant.types import Receipt


def export_notes(
    sidecar: Sidecar,
    journal: Journal,
    receipt: Receipt,
    diff: DiffLines,
    author: Identity | None = None,
) -> str:
    """Write who wrote which line of the commit's files below refs/notes/galley; the notes' commit.

    One JSON line per file, lines counted from 1; ``author`` writes them where git knows nobody.
    Raises CommitFailed when the notes cannot be
    written.
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
