"""What a server's refusal means: status and body in, a named error with cause and action out.

Sends nothing.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.errors import (
    BadReply,
    BadRequest,
    ConnectionFailed,
    ContextOverflow,
    ModelError,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
)
from assistant.models import overflow

_OVERFLOW = (
    "context_length_exceeded",
    "exceed_context_size",
    "prompt is too long",
    "maximum context length",
    "context window",
    "contextwindowexceeded",
    "context length",
    "input token count",
    "input is too long",
    "exceeds the available context",
    "too many tokens",
    "maximum prompt length",
    "exceed context limit",
)
_QUOTA = (
    "insufficient_quota",
    "billing",
    "credit balance",
    "insufficient credit",
    "payment required",
    "insufficient balance",
    "exceeded your current quota",
    "spending limit",
)
_OVERLOADED = (
    "overloaded",
    "api_error",
    "server_error",
    "internal",
    "unavailable",
    "timeout_error",
    "provider_error",
    "bad_gateway",
)
_RATE = ("rate_limit", "rate limit", "throttling", "resource_exhausted", "too_many_requests")
_AUTH = ("authentication", "permission", "unauthorized", "invalid_api_key", "unauthenticated")
_WAIT = re.compile(r"(?:try again|retry) (?:in|after) (\d+(?:\.\d+)?) ?(ms|s|m)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the body of an error says, whatever its shape."""

    kind: str
    text: str

    def mentions(self, words: tuple[str, ...]) -> bool:
        said = f"{self.kind} {self.text}".lower()
        return any(word in said for word in words)


def complaint(body: Any) -> Complaint:
    """Reads ``{"error": {...}}``, ``{"error": "..."}``, ``{"message": ...}``, ``{"detail": ...}``
    and arrays of them.
    """
    if isinstance(body, list):
        body = body[0] if body else {}
    if not isinstance(body, dict):
        return Complaint("", str(body)[:500])
    error = body.get("error") or body.get("detail") or body
    if isinstance(error, list):
        error = error[0] if error else {}
    if not isinstance(error, dict):
        return Complaint("", str(error)[:500])
    inner = error.get("metadata")
    names = [error.get(name) for name in ("type", "code", "status")]
    text = str(error.get("message") or error.get("msg") or "")
    if isinstance(inner, dict) and inner.get("raw"):
        text = f"{text} ({inner['raw']})"
    return Complaint(" ".join(str(n) for n in names if n), text[:500])


def from_response(status: int, raw: bytes, headers: Mapping[str, str], server: str) -> ModelError:
    """The error for an HTTP answer of 300 and above."""
    if 300 <= status < 400:
        where = str(headers.get("location", "another address"))[:200]
        return BadRequest(
            f"{server} sends requests on to {where}; the key does not follow.",
            "Put the final address into the settings if you trust it.",
            status=status,
        )
    text = raw.decode("utf-8", "replace")
    body: Any = None
    try:
        body = json.loads(text)
        said = complaint(body)
    except (ValueError, RecursionError):
        said = Complaint("", _first_line(text))
    error = _measured(judge(status, said, server), body, said)
    error.retry_after = _wait(headers, said.text)
    should = headers.get("x-should-retry")
    if should in ("true", "false"):
        error.retryable = should == "true"
    return error


def in_band(body: Any, server: str) -> ModelError:
    """The error a stream carries inside a 200 answer."""
    said = complaint(body)
    code = body.get("error") if isinstance(body, dict) else None
    status = code.get("code") if isinstance(code, dict) else None
    known = status if isinstance(status, int) and 400 <= status < 600 else 200
    error = _measured(judge(known, said, server), body, said)
    error.retry_after = _wait({}, said.text)
    return error


def _measured(error: ModelError, body: Any, said: Complaint) -> ModelError:
    if isinstance(error, ContextOverflow):
        error.needed, error.window = overflow.sizes(body, said.text)
    return error


def judge(status: int, said: Complaint, server: str) -> ModelError:
    """Which error it is; the order matters: overflow and quota hide behind 400, 413 and 429."""
    detail = f" ({said.text or said.kind})" if said.text or said.kind else ""
    if said.mentions(_OVERFLOW) and status not in (401, 403):
        return ContextOverflow(
            f"The request does not fit the model{detail}.",
            "Send less context, or choose a model with a larger window.",
            status=status,
        )
    if status == 402 or said.mentions(_QUOTA):
        return QuotaExhausted(
            f"{server} says the account is out of credit{detail}.",
            "Add credit there, or choose another model; waiting does not help.",
            status=status,
        )
    if status in (401, 403) or (status == 200 and said.mentions(_AUTH)):
        return Unauthorized(
            f"{server} does not accept the key{detail}.",
            "Check the key of this connection.",
            status=status,
        )
    if status == 429 or (status == 200 and said.mentions(_RATE)):
        return RateLimited(
            f"{server} says there were too many requests{detail}.",
            "Wait, or choose another model.",
            status=status,
        )
    if status >= 500 or (status == 200 and said.mentions(_OVERLOADED)):
        return Overloaded(
            f"{server} cannot answer now{detail}.", "Try again in a while.", status=status
        )
    if status in (408, 409):
        return ConnectionFailed(
            f"{server} gave up on the request{detail}.", "Try again.", status=status
        )
    if status == 200:
        return BadReply(
            f"{server} reported an error{detail}.", "Try again or choose another model."
        )
    return _refused(status, detail, server)


def _refused(status: int, detail: str, server: str) -> ModelError:
    if status == 404:
        return BadRequest(
            f"{server} does not know this address or model{detail}.",
            "Check the base URL and the model's name.",
            status=status,
        )
    if status == 413:
        return ContextOverflow(
            f"{server} says the request is too large{detail}.", "Send less context.", status=status
        )
    return BadRequest(
        f"{server} refused the request with status {status}{detail}.",
        "Check the model's name and its settings.",
        status=status,
    )


def _wait(headers: Mapping[str, str], text: str) -> float | None:
    """Seconds until the server wants to be asked again, or None."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(float(value) * unit, 0.0)
        except ValueError:
            pass
        try:
            return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
        except (ValueError, TypeError):
            continue
    found = _WAIT.search(text)
    if found is None:
        return None
    return float(found[1]) * {"ms": 0.001, "m": 60.0}.get((found[2] or "s").lower(), 1.0)


def _first_line(text: str) -> str:
    if "<html" in text[:500].lower() or "<!doctype" in text[:100].lower():
        title = re.search(r"<title>([^<]{1,120})</title>", text, re.IGNORECASE)
        return title[1].strip() if title else "a web page"
    return text.strip().split("\n")[0][:300]
