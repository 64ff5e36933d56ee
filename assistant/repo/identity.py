"""Who commits, and the words of a commit. Reads git's settings as inert data; runs nothing."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from assistant.errors import CommitFailed
from assistant.repo.gitconfig import GitConfig

_TRAILER = re.compile(r"[A-Za-z][A-Za-z0-9-]*: \S")


@dataclass(frozen=True, slots=True)
class Identity:
    """A name and an address as git writes them."""

    name: str
    email: str

    def line(self) -> str:
        """As in a reflog: ``Name <address> seconds zone``, now."""
        now = time.localtime()
        return f"{self.name} <{self.email}> {int(time.time())} {time.strftime('%z', now)}"

    def environment(self) -> dict[str, str]:
        """For git commit-tree."""
        return {
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": self.email,
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": self.email,
        }


def person(settings: GitConfig) -> Identity:
    """The person's own identity; CommitFailed when git was never told who they are."""
    name = _plain(settings.get("user.name"))
    email = _plain(settings.get("user.email"))
    if not name or not email:
        missing = "name" if not name else "address"
        raise CommitFailed(
            f"git does not know your {missing}.",
            'Set it once: git config --global user.name "…" and user.email "…".',
        )
    return Identity(name, email)


def message_with_trailer(message: str, models: tuple[str, ...]) -> str:
    """``message`` with one ``Assisted-by`` trailer per model; CommitFailed when there are no
    words."""
    text = "\n".join(line.rstrip() for line in message.replace("\r", "").strip().split("\n"))
    if not text:
        raise CommitFailed("The commit has no message.", "Say in one line what it does.")
    trailers = [f"Assisted-by: {_plain(model)} (Galley)" for model in models if _plain(model)]
    missing = [one for one in dict.fromkeys(trailers) if one not in text.split("\n")]
    if not missing:
        return text + "\n"
    last = text.split("\n\n")[-1]
    joined = "\n" if "\n\n" in text and all(map(_TRAILER.match, last.split("\n"))) else "\n\n"
    return text + joined + "\n".join(missing) + "\n"


def _plain(text: str) -> str:
    """Without what would end a header line early."""
    return re.sub(r"[<>\x00-\x1f\x7f]", "", text).strip(" .,:;\"'")
