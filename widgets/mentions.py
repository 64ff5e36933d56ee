"""What an ``@`` can stand for, in words and pictures. Knows mentions, not files and no list."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.types import Mention
from widgets.icons import file_icon

_ICONS = {
    "folder": ("folder", "muted"),
    "symbol": ("square-function", "accent"),
    "selection": ("corner-down-left", "accent"),
    "diff": ("git-compare", "muted"),
    "problems": ("triangle-alert", "yellow"),
    "terminal": ("terminal", "muted"),
    "commit": ("git-commit-horizontal", "muted"),
    "paste": ("copy", "muted"),
    "image": ("image", "green"),
}


@dataclass(frozen=True, slots=True)
class MentionItem:
    """One line of the completion: what it stands for, and what is shown.

    A ``prefix`` narrows instead of choosing: it takes the place of what was typed.
    """

    mention: Mention
    label: str
    detail: str = ""
    prefix: str = ""


def mention_icon(mention: Mention) -> tuple[str, str]:
    """Icon and role for what was pointed at."""
    if mention.kind == "file" and mention.value:
        return file_icon(mention.value)
    return _ICONS.get(mention.kind, ("at-sign", "muted"))


def mention_label(mention: Mention) -> str:
    """``client.py:11-19``: short, with 1-based lines."""
    name = mention.value.rpartition("/")[2] or mention.value or mention.kind
    if mention.kind == "symbol":
        return name.rpartition(":")[2]
    if mention.span is None:
        return name
    first, last = mention.span.start + 1, max(mention.span.start + 1, mention.span.end)
    return f"{name}:{first}" if first == last else f"{name}:{first}-{last}"
