"""What a session needs of the other rooms, as protocols.

A test, a tour or a command line brings its own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

from assistant.agent.limits import Limits
from assistant.context.secrets import is_secret_path
from assistant.context.tokens import Calibration
from assistant.edits.reader import EditFormat, FileSource
from assistant.events import CheckFinished
from assistant.parcel import Terms
from assistant.prompts import Prompts
from assistant.types import (
    ChangeSet,
    ChatModel,
    Context,
    Effort,
    Instruction,
    ModelEvent,
    ModelRequest,
    Snippet,
    ToolCall,
)


class Gatherer(Protocol):
    """Chooses what the model sees."""

    async def gather(
        self,
        instruction: Instruction,
        budget_tokens: int,
        *,
        pinned: Sequence[Snippet] = (),
        removed: Sequence[Snippet] = (),
    ) -> Context: ...


class Seal(Protocol):
    """Takes secrets out of what leaves and puts them back into what comes; one for each run."""

    def close(self, text: str) -> str:
        """The text as it may leave; it keeps its number of lines."""
        ...

    def hidden(self, text: str) -> int:
        """How many secrets are masked in a text that was closed."""
        ...

    def arguments(self, call: ToolCall) -> ToolCall:
        """The call with secrets in its arguments again."""
        ...

    def open(self, piece: str) -> str:
        """Stream-safe: may hold back a tail that could be the start of a placeholder."""
        ...

    def rest(self) -> str: ...


class RunLog(Protocol):
    """Keeps what was sent and what came back."""

    def record(self, run: str, kind: str, data: Mapping[str, Any]) -> None: ...

    def propose(self, changes: ChangeSet) -> None: ...


def _no_terms(_model: ChatModel, _request: ModelRequest, _tokens: int) -> Terms:
    return Terms()


def _no_window(model: ChatModel) -> int | None:
    return None


def _unheard(model: ChatModel, followed: bool) -> None:
    return None


def _off(role: str) -> Effort:
    return Effort.OFF


def _not_small(model: ChatModel) -> bool:
    return False


async def _no_checks(changes: ChangeSet) -> AsyncGenerator[CheckFinished, None]:
    return
    yield


def _no_engine(model: ChatModel) -> bool:
    return False


@dataclass(frozen=True)
class Rooms:
    """What a session is composed of. ``pick(role, instruction)`` chooses the model for a role."""

    gatherer: Gatherer
    pick: Callable[[str, Instruction], ChatModel]
    files: FileSource
    prompts: Prompts
    log: RunLog
    seal: Callable[[], Seal]
    forbidden: Callable[[PurePosixPath], str | None]
    """Why no edit of a model may touch a file, ever: git's own, and the rules of this app."""
    protected: Callable[[PurePosixPath], str | None]
    """Why the hunks of a file are kept only after a word of the person on that very file."""
    format_for: Callable[[ChatModel, Instruction], EditFormat]
    format_words: Callable[[EditFormat], str]
    remarks: Callable[[ChatModel, ModelRequest, Sequence[ModelEvent]], Sequence[str]]
    """What to say of a reply: it ignored the thinking knob, its prompt was cut by the server."""
    texts: Mapping[str, Callable[[Instruction], Awaitable[str]]] = field(default_factory=dict)
    """What a mention of a kind without text stands for: ``diff``, ``problems``, ``terminal``."""
    withheld: Callable[[PurePosixPath], str | None] = is_secret_path
    """Why no line of a file may leave, or None; may block."""
    terms: Callable[[ChatModel, ModelRequest, int], Terms] = _no_terms
    """What the model takes and asks for a request of so many tokens."""
    calibration: Calibration = field(default_factory=Calibration)
    """Tokens by the counts that servers report."""
    window: Callable[[ChatModel], int | None] = _no_window
    """Tokens a model can take, where that is known."""
    followed: Callable[[ChatModel, bool], None] = _unheard
    """Hears whether a reply could be read in the format it was asked for."""
    effort: Callable[[str], Effort] = _off
    """How long the model of a role may think where nobody turns a knob."""
    small: Callable[[ChatModel], bool] = _not_small
    """Whether a model needs plainer words."""
    check: Callable[[ChangeSet], AsyncGenerator[CheckFinished, None]] = _no_checks
    """What linters, parsers and tests say of a proposal."""
    limits: Callable[[], Limits] = Limits
    """How far a wish of several calls may go, all calls together."""
    engine: Callable[[ChatModel], bool] = _no_engine
    """Whether it is no model, and would write the same again."""
