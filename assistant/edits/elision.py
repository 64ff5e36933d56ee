"""Lines by which a model says that it left something out. Knows words and comment signs."""

from __future__ import annotations

import re

_COMMENT = re.compile(
    r"^\s*(?:#+|//+|--+|;+|/\*+|<!--|%+|\{/\*|\(\*|'|REM\b|\*)\s*(.*?)\s*(?:\*+/\}?|-->|\*\))?\s*$"
)
_DOTS = re.compile(r"\.{3,}|…|\[\.\.\.\]")
_WORDS = re.compile(
    r"\b(?:existing|rest|unchanged|other|others|remain\w*|same|previous\w*|omitted|snip\w*|before|above|below"
    r"|unmodified|original|keep\w*|code|here|more|etc|methods?|functions?|imports?|implementation|elided|file"
    r"|class|definitions?|content|lines|body|logic|fields?|tests?|properties|members|and|of|the)\b",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"(?:\(|-+\s*|\[)?(?:(?:the\s+)?(?:rest|remainder)\s+of\s+(?:(?:the|your|this|our)\s+)?(?:[\w-]+\s+){0,2}?"
    r"(?:code|methods?|functions?|implementation|imports?|contents?|lines|file|class|body|logic|tests?|module|fields?)"
    r"(?:\s+(?:remains?|stays?|is|are|goes|here|unchanged|the|same|as|before|above|below|continues|omitted))*"
    r"|(?:the\s+)?(?:existing|remaining|previous|other|original|unchanged|same)\s+(?:[\w-]+\s+){0,3}?"
    r"(?:code|methods?|functions?|implementation|imports?|contents?|lines|file|class|body|logic|tests?|fields?)"
    r"(?:\s+(?:remains?|stays?|is|are|here|goes|unchanged|the|same|as|before|above|below|continues))*"
    r"|(?:code\s+)?(?:unchanged|omitted|unmodified|elided|snip(?:ped)?)(?:\s+(?:code|for\s+brevity))?"
    r"|(?:code\s+|everything\s+(?:else\s+)?)?(?:same|remains|stays|as)"
    r"\s+(?:the\s+)?(?:same|as|before|unchanged)[\w ]*"
    r"|no\s+changes?(?:\s+\w+){0,4}"
    r"|keep\s+(?:the\s+)?(?:existing|rest|remaining|original|other)[\w ]*)"
    r"\s*(?:\)|-+|\])?[.:]?",
    re.IGNORECASE,
)
_ENDS_LIKE_ONE = re.compile(
    r"\b(?:same|unchanged|before|here|code|file|methods?|functions?|omitted|class)\b", re.I
)


def is_elision(line: str) -> bool:
    """Whether the line stands for lines that are not written: ``# ... existing code ...`` and its
    like.

    A bare ``...`` is Python, so it needs a comment sign or words to count.
    """
    text = line.strip()
    if not text or len(text) > 120:
        return False
    if text in ("…", "[...]", "[…]", "<...>", "(...)"):
        return True
    match = _COMMENT.match(line)
    body = match.group(1).strip() if match else text
    if match is None and not (text.startswith(("...", "…", "[...", "<...")) and len(text) > 3):
        return False
    dots = _DOTS.search(body)
    if dots is not None:
        words = _DOTS.sub(" ", body)
        words = re.sub(r"[^\w\s]", " ", words).strip()
        if not words:
            return True
        known = len(_WORDS.findall(words))
        leads = body.startswith(("...", "…", "[...", "<...", "(..."))
        return known * 2 >= len(words.split()) and (
            leads or body.endswith(("...", "…", "]", ">", ")", "."))
        )
    if match is None:
        return False
    return _PHRASE.fullmatch(body) is not None and _ENDS_LIKE_ONE.search(body) is not None
