"""What a person should know before they commit, read without running anything. Knows one
repository at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import CommitFailed
from assistant.repo.commit_record import remember, remembered
from assistant.repo.commit_work import is_pushed
from assistant.repo.gitdir import Head
from assistant.repo.hooks import present
from assistant.repo.identity import Identity, person
from assistant.repo.journal import Journal
from assistant.repo.signing import signing
from assistant.repo.view import View

CHOICES = "commit"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose for commits of this project, kept in the app's own data.

    ``hooks`` is on until they say otherwise, as with git itself: the project's checks exist to see
    each commit, and one that skipped them would only fail later. ``notes`` is off: it writes a ref.
    ``author`` is used only while git was never told who they are.
    """

    hooks: bool = True
    notes: bool = False
    author: Identity | None = None


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """``author`` is None when nobody knows the person; ``signing`` says with what, or why not.

    ``last`` is the message of the newest commit, ``pushed`` whether a remote branch has it.
    ``blocked`` is why nothing can be committed just now, ``odd`` what else should be known.
    """

    head: Head
    author: Identity | None
    hooks: tuple[str, ...] = ()
    trusted: bool = False
    signing: str = ""
    signs: bool = False
    last: str = ""
    pushed: bool = False
    blocked: str = ""
    odd: tuple[str, ...] = ()
    choices: Choices = Choices()


def choices(journal: Journal) -> Choices:
    """What was chosen before."""
    data = remembered(journal, CHOICES)
    author = data.get("author")
    return Choices(
        bool(data.get("hooks", True)),
        bool(data.get("notes", False)),
        Identity(author["name"], author["email"]) if author else None,
    )


def choose(journal: Journal, chosen: Choices) -> None:
    """Keep what the person chose."""
    who = chosen.author
    author = None if who is None else {"name": who.name, "email": who.email}
    data = {"hooks": chosen.hooks, "notes": chosen.notes, "author": author}
    remember(journal, CHOICES, data)


def commit_facts(view: View, journal: Journal, *, trusted: bool) -> CommitFacts:
    """The facts as they are now. Raises RepoError when HEAD is damaged."""
    repo, settings = view.repo, view.settings()
    head, chosen = repo.head(), choices(journal)
    try:
        author: Identity | None = person(settings)
    except CommitFailed:
        author = chosen.author
    sign = signing(view.person, repo.config, trusted=trusted)
    words = f"Not signed: {sign.problem}." if sign.problem else sign.words
    doing = f"{head.doing.capitalize()} is in progress: finish or abort it first."
    return CommitFacts(
        head,
        author,
        present(repo, settings),
        trusted,
        words[:1].upper() + words[1:],
        sign.wanted and not sign.problem,
        _message(view, head),
        is_pushed(view, head.commit),
        doing if head.doing else "",
        _odd(view, head),
        chosen,
    )


def _message(view: View, head: Head) -> str:
    if not head.commit:
        return ""
    raw = view.runner().run("log", "-n1", "--no-show-signature", "--format=%B", head.commit)
    return raw.decode("utf-8", "replace").strip()


def _odd(view: View, head: Head) -> tuple[str, ...]:
    """What is unusual about this repository, in a sentence each."""
    found = []
    if head.detached:
        found.append("No branch is checked out, so the commit will belong to none.")
    if head.unborn:
        found.append(f"This will be the first commit on {head.branch}.")
    if view.repo.config.flag("core.sparsecheckout"):
        found.append("Only a part of this repository is checked out; the rest stays as it is.")
    if view.repo.config.get("extensions.partialclone"):
        found.append("Objects that are not here are not fetched for a commit.")
    return tuple(found)
