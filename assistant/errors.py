"""What can go wrong, by name. Every error says its cause in one sentence and offers an action in
another.

GalleyError
├── ModelError
│   ├── ConnectionFailed      nothing answered, or the line dropped before a word came
│   ├── Unauthorized          401, 403: the key is missing or wrong
│   ├── RateLimited           429; ``retry_after`` seconds
│   ├── Overloaded            5xx, 529
│   ├── QuotaExhausted        402, insufficient_quota: waiting does not help
│   ├── ContextOverflow       the request does not fit the model
│   ├── StreamCut             the reply ended without saying so
│   ├── StreamStalled         no byte for too long
│   ├── BadReply              the server said something that is not its protocol
│   ├── BadRequest            400, 404, 422: the request or the model name is wrong
│   └── CapReached            the person's own spending limit
├── EditRefused               a reply, or a part of it, has no safe place in the file
├── RepoError
│   ├── WriteRefused          the write door says no: outside, protected, a link, not a file
│   │   └── NeedsConfirmation a protected name that the person may allow by itself
│   ├── ChangedUnderneath     the file is not what the change was made from
│   ├── Forgotten             the history does not hold that entry any more
│   ├── DiskFailed            full, read-only, I/O error: nothing was changed
│   └── CommitFailed          git would not, nothing was changed
├── NotTrusted                the folder is restricted
├── ContextError              the index cannot answer
├── TerminalError             no shell can be started
└── SettingsError             a value in a settings file is wrong
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Way:
    """A way on after a refusal, for the person to choose: ``key`` is what they agree to with it.

    The key names exactly what was shown, so that agreeing to one thing allows no other.
    """

    key: str
    title: str


class GalleyError(Exception):
    """An error with a sentence for the person (``cause``) and what they can do (``action``)."""

    def __init__(self, cause: str, action: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.action = action

    def __str__(self) -> str:
        return f"{self.cause} {self.action}".strip()


class ModelError(GalleyError):
    """A request failed. ``status`` is the HTTP status or 0; ``retry_after`` is seconds when the
    server said.
    """

    retryable = False

    def __init__(
        self, cause: str, action: str = "", *, status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(cause, action)
        self.status = status
        self.retry_after = retry_after


class ConnectionFailed(ModelError):
    retryable = True


class Unauthorized(ModelError):
    pass


class RateLimited(ModelError):
    retryable = True


class Overloaded(ModelError):
    retryable = True


class QuotaExhausted(ModelError):
    pass


class ContextOverflow(ModelError):
    """``needed`` and ``window`` are tokens of the request and of the model, where known."""

    def __init__(
        self,
        cause: str,
        action: str = "",
        *,
        status: int = 0,
        needed: int | None = None,
        window: int | None = None,
    ) -> None:
        super().__init__(cause, action, status=status)
        self.needed = needed
        self.window = window


class StreamCut(ModelError):
    retryable = True


class StreamStalled(ModelError):
    retryable = True


class BadReply(ModelError):
    pass


class BadRequest(ModelError):
    pass


class CapReached(ModelError):
    """``setting`` is the name of the limit in the settings."""

    def __init__(self, cause: str, action: str = "", *, setting: str = "") -> None:
        super().__init__(cause, action)
        self.setting = setting


class EditRefused(GalleyError):
    pass


class RepoError(GalleyError):
    pass


class WriteRefused(RepoError):
    pass


class NeedsConfirmation(WriteRefused):
    """A protected name: the person must confirm exactly ``path`` (resolved, below the root),
    because ``why``."""

    def __init__(self, path: PurePosixPath, why: str) -> None:
        super().__init__(
            f"{path} is protected: {why}.", "Confirm this file by itself to change it."
        )
        self.path = path
        self.why = why


class ChangedUnderneath(RepoError):
    pass


class Forgotten(RepoError):
    pass


class DiskFailed(RepoError):
    pass


class CommitFailed(RepoError):
    """Nothing was changed; ``ways`` are what the person can choose instead."""

    def __init__(self, cause: str, action: str = "", *, ways: Iterable[Way] = ()) -> None:
        super().__init__(cause, action)
        self.ways = tuple(ways)


class NotTrusted(GalleyError):
    pass


class ContextError(GalleyError):
    pass


class TerminalError(GalleyError):
    pass


class SettingsError(GalleyError):
    pass


def sentence_of(error: BaseException) -> str:
    """What a failed run says to the person: the cause and an action, never a traceback."""
    if isinstance(error, GalleyError):
        return str(error)
    return f"Galley itself failed ({type(error).__name__}: {error}). The log has the details."
