"""The kinds of work a model is asked for, and whose model a kind takes that has none of its own."""

from __future__ import annotations

from collections.abc import Mapping

ROLES = ("edit", "repair", "chat", "judge", "summary", "commit")
"""``repair`` mends what the checks found wrong in an edit, ``judge`` gives a second opinion."""
INHERITS: Mapping[str, str] = {
    "repair": "edit",
    "chat": "edit",
    "judge": "chat",
    "summary": "chat",
    "commit": "summary",
}
