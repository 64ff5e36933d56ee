"""Reads a wish out of ordinary English; every word must be understood. No I/O.

An instruction is matched against rules. A rule holds only when each concept it needs is there and
no other word is left over, so that "sort out why users cannot log in" is never taken for sorting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from assistant.builtin.lexicon import FILLER, PHRASES, WORDS
from assistant.builtin.rules import RULES, Rule
from assistant.builtin.scene import Wish
from assistant.builtin.slots import read_slots

_PHRASE = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(sorted(map(re.escape, PHRASES), key=len, reverse=True))
    + r")(?![\w-])"
)
_TOKEN = re.compile(r"\d+|[a-z][a-z'’]*\d*|[A-Z]+|[^\s\w]|\w+")
_POLITE = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|please|pls|kindly|now|then|just|also|can|could|would|will|you|i|we|"
    r"want|need|like|wish|to|have|let'?s|let|us|go|ahead|and|'d|i'd|i’d|me|,)\b[\s,]*)+",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"[\s,.!?;:]*(?:\b(?:please|pls|thanks|thank you|thx|ta|cheers)\b[\s,.!?]*)*$", re.IGNORECASE
)
_AND = re.compile(
    r"\s*(?:,?\s*\b(?:and|&)\b(?:\s+(?:then|also|afterwards))?|,\s*then\b|,|;|\bthen\b|\n)\s*"
)
_QUESTION = re.compile(
    r"(?:is|are|was|were|does|did|do|should|has|have|why|what|how|when|which)\b", re.IGNORECASE
)
_LONGEST = 400
"""Characters; a wish of the built-in kind is short, and patterns take the square of a long text."""
_VERBS = frozenset({"REMOVE", "SORT", "CONVERT", "FIX", "ADD", "TIDY", "FORMAT"})


def read_wishes(text: str) -> tuple[Wish, ...]:
    """The wishes of an instruction in order; empty when any part of it is not understood."""
    if len(text) > _LONGEST:
        return ()
    cleaned = _clean(text)
    if _QUESTION.match(cleaned):
        return ()
    splits = list(_splits(cleaned))
    whole = read_slots(cleaned) if splits else _read_one(cleaned)
    if whole is not None:
        return (whole,)
    whole = _read_one(cleaned)
    for pieces in splits:
        wishes = _read_parts(pieces)
        if wishes and (whole is None or {wish.skill for wish in wishes} != {whole.skill}):
            return wishes
    return (whole,) if whole is not None else ()


def _clean(text: str) -> str:
    text = " ".join(text.replace("“", '"').replace("”", '"').replace("’", "'").split(" ")).strip()
    text = _POLITE.sub("", text, count=1)
    return _THANKS.sub("", text, count=1)


def _splits(text: str) -> Iterable[list[str]]:
    """All cuts at once, then each single cut:

    "sort lines by number and descending and join" has two readings.
    """
    cuts = [
        match.span() for match in _AND.finditer(text) if not _inside_quotes(text, match.start())
    ]
    if not cuts:
        return
    pieces, at = [], 0
    for start, stop in cuts:
        pieces.append(text[at:start])
        at = stop
    yield [piece for piece in (*pieces, text[at:]) if piece.strip()]
    if len(cuts) > 1:
        for start, stop in cuts:
            yield [text[:start], text[stop:]]


def _inside_quotes(text: str, at: int) -> bool:
    return any(text.count(quote, 0, at) % 2 for quote in '"`')


def _read_parts(pieces: list[str]) -> tuple[Wish, ...]:
    """Each piece a wish; a piece without a verb takes the verb of the piece before it."""
    wishes: list[Wish] = []
    verb = ""
    for piece in pieces:
        cleaned = _clean(piece)
        words = _concepts(cleaned)
        wish = _read_one(cleaned)
        if wish is None and verb and words and not (words & _VERBS):
            wish = _read_one(f"{verb} {cleaned}")
        if wish is None:
            return ()
        wishes.append(wish)
        found = re.match(r"\w+(?: (?:up|rid of))?", cleaned)
        verb = found.group() if found and (words or set()) & _VERBS else verb
    return tuple(wishes)


def _read_one(text: str) -> Wish | None:
    concepts = _concepts(text)
    if concepts:
        for rule in RULES:
            wish = _holds(rule, concepts, text)
            if wish is not None:
                return wish
    return read_slots(text)


def _holds(rule: Rule, concepts: frozenset[str], text: str) -> Wish | None:
    if not all(concepts & alternatives for alternatives in rule.need):
        return None
    needed = frozenset().union(*rule.need)
    if concepts - needed - rule.may:
        return None
    options = rule.options
    read: Callable[[frozenset[str], str], dict[str, str] | None] | None = rule.read
    if read is not None:
        found = read(concepts, text)
        if found is None:
            return None
        options = {**options, **found}
    return Wish(rule.skill, options)


def _concepts(text: str) -> frozenset[str] | None:
    """The concepts of a text, or None when a word is unknown. Numbers are the concept NUMBER."""
    lowered = " ".join(text.lower().split())
    found: set[str] = set()

    def take(match: re.Match[str]) -> str:
        found.update(PHRASES[match.group()].split())
        return " "

    rest = _PHRASE.sub(take, lowered)
    for word in _TOKEN.findall(rest):
        if word.isdigit():
            found.add("NUMBER")
        elif word in FILLER or word in ",.!?;:()":
            continue
        elif word in WORDS:
            found.add(WORDS[word])
        else:
            return None
    return frozenset(found)
