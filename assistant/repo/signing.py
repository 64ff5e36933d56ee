"""Whether and with what a commit is signed, by the person's own settings. Runs only what those
name.

The person's files (and what they include for this repository) decide whether to sign and with which
program; of the project's settings only the key's name and a plain "no" count, as data.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from assistant.errors import CommitFailed, Way
from assistant.repo.gitconfig import GitConfig

LIMIT_S = 180.0
"""A passphrase takes time to type; a dialog that nobody sees must still end."""
UNSIGNED = Way("unsigned", "Commit unsigned")
_PROGRAMS = {"openpgp": "gpg", "ssh": "ssh-keygen", "x509": "gpgsm"}


@dataclass(frozen=True, slots=True)
class Signing:
    """``words`` say with what, or why not; ``problem`` is why it cannot be although it is asked
    for."""

    wanted: bool = False
    words: str = ""
    problem: str = ""
    settings: tuple[tuple[str, str], ...] = ()

    def environment(self) -> dict[str, str]:
        """The settings for git commit-tree, as git takes them from the environment."""
        given = {"GIT_CONFIG_COUNT": str(len(self.settings))}
        for number, (key, value) in enumerate(self.settings):
            given[f"GIT_CONFIG_KEY_{number}"] = key
            given[f"GIT_CONFIG_VALUE_{number}"] = value
        return given

    def refusal(self) -> CommitFailed:
        return CommitFailed(
            f"Your git settings ask for signed commits, but {self.problem}.",
            "Nothing was committed.",
            ways=(UNSIGNED,),
        )


def signing(person: GitConfig, project: GitConfig, *, trusted: bool) -> Signing:
    """What ``person``'s settings ask for here."""
    if not person.flag("commit.gpgsign"):
        asks = project.flag("commit.gpgsign")
        return Signing(words="Not signed: only this folder's settings ask for it." if asks else "")
    if "commit.gpgsign" in project.values and not project.flag("commit.gpgsign"):
        return Signing(words="Not signed: this folder's settings turn it off.")
    kind = person.get("gpg.format", "openpgp").lower()
    if kind not in _PROGRAMS:
        return Signing(True, problem=f"gpg.format “{kind}” is unknown")
    if not trusted:
        return Signing(True, problem="nothing is signed in a folder that you have not trusted")
    own = person.get("gpg.program") if kind == "openpgp" else ""
    program = os.path.expanduser(person.get(f"gpg.{kind}.program") or own or _PROGRAMS[kind])
    found = _program(program)
    if not found:
        return Signing(True, problem=f"{program} is not installed")
    key = person.merged(project).get("user.signingkey")
    asked = person.get("gpg.ssh.defaultkeycommand")
    if problem := _key_problem(kind, key, asked):
        return Signing(True, problem=problem)
    settings = [("gpg.format", kind), (f"gpg.{kind}.program", found)]
    address = person.merged(project).get("user.email")
    if kind == "x509" and not key and address:
        # git would ask gpgsm for "name <address>", by which it finds no certificate
        settings.append(("user.signingkey", f"<{address}>"))
    settings += [("user.signingkey", key)] if key else []
    settings += [("gpg.ssh.defaultKeyCommand", asked)] if asked and kind == "ssh" else []
    name = {"ssh": "ssh key", "openpgp": "GPG key", "x509": "certificate"}[kind]
    return Signing(True, f"signed with {name} {_short(key)}".strip(), settings=tuple(settings))


def _program(name: str) -> str:
    """The absolute path of ``name``, looked for only in absolute folders of PATH."""
    if os.path.isabs(name):
        return name if os.access(name, os.X_OK) else ""
    folders = [f for f in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(f)]
    return shutil.which(name, path=os.pathsep.join(folders)) or ""


def _key_problem(kind: str, key: str, asked: str) -> str:
    if kind != "ssh":
        return ""  # gpg finds the key by the committer's address
    if not key and not asked:
        return "no key is named (user.signingkey)"
    literal = key.startswith(("key::", "ssh-", "ecdsa-", "sk-"))
    if key and not literal and not os.path.isfile(os.path.expanduser(key)):
        return f"the key {key} does not exist"
    return ""


def _short(key: str) -> str:
    """A key as a person knows it: the file's name, or the end of what identifies it."""
    if key.startswith(("key::", "ssh-", "ecdsa-", "sk-")):
        words = key.removeprefix("key::").split()
        return words[2] if len(words) > 2 else f"…{words[-1][-12:]}"
    return os.path.basename(key) if os.sep in key else key
