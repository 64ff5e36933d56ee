"""What a run may do: one call, judged. Pure: the same question has the same answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from assistant.agent import shell
from assistant.types import Autonomy


class Risk(StrEnum):
    """What a tool can do at worst."""

    READ = "read"
    EDIT = "edit"
    CHECK = "check"
    RUN = "run"


class Answer(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a run stands: how far the person lets it go, whether they trust the folder, and
    whether a command would be confined (writes only to its copy, no network).
    """

    autonomy: Autonomy
    trusted: bool
    confined: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is a half sentence for the person and for the model."""

    answer: Answer
    reason: str = ""


UNCONFINED = "commands cannot be confined on this machine"
_ALLOWED = Decision(Answer.ALLOW)


def decide(risk: Risk, setting: Setting, command: str = "") -> Decision:
    """Reading is always allowed; proposals from Edit on; commands in Agent, in a trusted folder,
    and without asking only where they are confined and plainly what they seem.
    """
    if risk is Risk.READ:
        return _ALLOWED
    if setting.autonomy is Autonomy.ASK:
        return Decision(Answer.DENY, "the person wants an answer, not a change")
    if risk is Risk.EDIT:
        return _ALLOWED
    if risk is Risk.CHECK:  # without trust it runs nothing of the project
        free = setting.confined or not setting.trusted
        return _ALLOWED if free else Decision(Answer.ASK, UNCONFINED)
    if setting.autonomy is not Autonomy.AGENT:
        return Decision(Answer.DENY, "commands run only with the autonomy Agent")
    if not setting.trusted:
        return Decision(Answer.DENY, "the folder is not trusted, so nothing of it runs")
    if not setting.confined:
        return Decision(Answer.ASK, UNCONFINED)
    verdict = shell.judge(command)
    return _ALLOWED if verdict.plain else Decision(Answer.ASK, verdict.why)


def digest(*parts: str) -> str:
    """The name of exactly these texts: an approval holds for it and for nothing else."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()
