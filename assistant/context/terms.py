"""Words of code and of wishes: identifiers split, lowered and stemmed. Pure text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

IDENTIFIER = re.compile(r"[A-Za-z_\u00aa-\uffff][A-Za-z0-9_\u00aa-\uffff]+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[\u00aa-\uffff]+")
_SENTENCE = re.compile(r"[.,;:!?\n`\"'()]")
_FILENAME = re.compile(r"[\w.\-/\\]+")
_RANDOM = re.compile(
    r"(?:(?=(?:\D*\d){4})(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])\w+|A[KSBC][IC]A[0-9A-Z]{16})\Z"
)
"""A key or a hash and not a name: it must not even become a word of the index, which is kept on
disk."""
_MEMO_LIMIT = 300_000
_BESIDE = 0.4
"""What a word of the selection counts against a word of the wish."""
_AFTER = 0.5
"""The same for words that do not stand in the first line: it says what is wanted, the rest why."""
_SCOPE = re.compile(
    r"\s*(?:(?:feat|fix|refactor|perf|chore|style|build|ci)\s*)?"
    r"\(?\s*([\w./\-, ]{2,40}?)\)?!?\s*:\s"
)
"""``parser: …`` and ``fix(parser): …``: the part of the project that is meant."""

STOP = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "in",
        "for",
        "on",
        "and",
        "or",
        "is",
        "be",
        "it",
        "its",
        "with",
        "from",
        "as",
        "at",
        "by",
        "that",
        "this",
        "not",
        "no",
        "if",
        "when",
        "are",
        "was",
        "will",
        "can",
        "should",
        "do",
        "does",
        "so",
        "we",
        "use",
        "using",
        "instead",
        "into",
        "than",
        "then",
        "also",
        "only",
        "all",
        "any",
        "more",
        "new",
        "add",
        "fix",
        "make",
        "allow",
        "remove",
        "support",
        "change",
        "update",
        "handle",
        "improve",
        "please",
        "want",
        "need",
        "i",
        "you",
        "my",
        "me",
    ]
)
_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "to",
        "of",
        "in",
        "for",
        "and",
        "is",
        "on",
        "with",
        "when",
        "be",
        "or",
        "by",
        "at",
        "as",
        "from",
        "that",
        "this",
        "it",
        "if",
    ]
)
_ABOUT_OTHER = re.compile(
    r"\A\W*(?:please\s+)?(?:add|write|fix|update|extend|repair|improve|edit|change|rewrite|translate|show|open"
    r"|create|make|run|correct|explain)\b[^.\n]{0,40}?"
    r"\b(?:(?:unit\s?)?tests?|specs?|readme|docs?|documentation|changelog|examples?|benchmarks?|fixtures?)\b",
    re.IGNORECASE,
)
"""A wish whose object is a test or a document. That a word of the kind stands in it somewhere says
nothing:
taking it for a sign cost 1.6 points of recall at ten on fifteen repositories."""


def stem(word: str) -> str:
    """A light stem of a lowered English word: plural, -ing, -ed and a last e fall off."""
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    elif len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif (len(word) > 4 and word.endswith("ed")) or (
        len(word) > 4 and word.endswith("es") and word[-3] in "sxz"
    ):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    return word


class Splitter:
    """Identifiers to terms, remembering what it has seen: a project says the same names again and
    again."""

    def __init__(self) -> None:
        self._memo: dict[str, tuple[str, ...]] = {}

    def identifier(self, word: str) -> tuple[str, ...]:
        """``redirectResponse`` → ``redirect``, ``respons``, ``redirectresponse``."""
        known = self._memo.get(word)
        if known is None:
            if len(self._memo) > _MEMO_LIMIT:
                self._memo.clear()
            known = self._memo[word] = tuple(_terms_of(word))
        return known

    def text(self, text: str) -> list[str]:
        """All terms of a text in order, with repetitions."""
        out: list[str] = []
        for word in IDENTIFIER.findall(text):
            out.extend(self.identifier(word))
        return out


def _terms_of(word: str) -> Iterator[str]:
    if len(word) > 128 or (len(word) >= 20 and _RANDOM.match(word)):
        return
    parts = [part.lower() for part in _PART.findall(word)]
    for part in parts:
        if part > "\u00a9":
            yield from _foreign(part)
        elif len(part) > 1:
            yield stem(part)
    if len(parts) > 1:
        yield joined(word)


def _foreign(part: str) -> Iterator[str]:
    """Scripts written without spaces become pairs of characters, others whole words."""
    if any("\u2e80" <= char <= "\ud7af" for char in part) and len(part) > 2:
        for i in range(len(part) - 1):
            yield part[i : i + 2]
    else:
        yield part


def joined(word: str) -> str:
    """An identifier as one word, however it was cased."""
    return word.lower().replace("_", "")


@dataclass(frozen=True, slots=True)
class Query:
    """A wish, taken apart once: everything the ranking asks of the words.

    ``terms`` with how often each counts, ``joined`` runs of two and three words as one identifier
    would have them, ``named`` identifiers written as code, ``words`` all identifiers, ``names``
    what may be file names.
    """

    terms: dict[str, float]
    joined: tuple[str, ...]
    named: frozenset[str]
    words: tuple[str, ...]
    names: tuple[str, ...]
    wants_other: bool
    scope: frozenset[str] = frozenset()
    """Words that name the part of the project that is meant."""

    @property
    def empty(self) -> bool:
        """Nothing to look for."""
        return not self.terms and not self.joined and not self.names


def parse_query(text: str, splitter: Splitter, beside: str = "", limit: int = 20_000) -> Query:
    """Takes at most ``limit`` characters from the head and the tail of a text apart: a pasted log
    is mostly noise. The words of ``beside`` (a selection) only count as words, and less."""
    if len(text) > limit:
        text = text[: limit // 2] + "\n" + text[-limit // 2 :]
    terms: dict[str, float] = {}
    named: set[str] = set()
    words = dict.fromkeys(IDENTIFIER.findall(text))
    for word in IDENTIFIER.findall(text):
        for term in splitter.identifier(word):
            if term not in STOP and len(term) > 1:
                terms[term] = min(2, terms.get(term, 0) + 1)
    first = set(splitter.text(text.strip().partition("\n")[0]))
    terms = {term: n if term in first else n * _AFTER for term, n in terms.items()}
    for word in IDENTIFIER.findall(beside):
        for term in splitter.identifier(word):
            if term not in STOP and len(term) > 1:
                terms.setdefault(term, _BESIDE)
    for word in words:
        if _written_as_code(word, text):
            named.add(word)
    scope = _SCOPE.match(text.strip().partition("\n")[0])
    said = scope[1] if scope else ""
    names = tuple(dict.fromkeys(name.strip("./\\-") for name in _FILENAME.findall(text.lower())))
    return Query(
        terms=_strongest(terms),
        joined=tuple(dict.fromkeys(_runs(text)))[:400],
        named=frozenset(named),
        words=tuple(words)[:2000],
        names=tuple(name for name in names if len(name) >= 3)[:1000],
        wants_other=bool(_ABOUT_OTHER.search(text)),
        scope=frozenset(term for term in splitter.text(said) if len(term) > 1),
    )


def _strongest(terms: dict[str, float], limit: int = 400) -> dict[str, float]:
    if len(terms) <= limit:
        return terms
    kept = sorted(terms, key=lambda term: -terms[term])[:limit]
    return {term: terms[term] for term in kept}


def _written_as_code(word: str, text: str) -> bool:
    if "_" in word.strip("_") or re.search(r"[a-z][A-Z]", word):
        return True
    return f"`{word}" in text or f"{word}(" in text or f".{word}(" in text


def _runs(text: str) -> Iterator[str]:
    """Two and three neighbouring words as one identifier, the last also without its plural s."""
    for piece in _SENTENCE.split(text[:4000]):
        words = [part.lower() for part in _PART.findall(piece)]
        for size in (2, 3):
            for i in range(len(words) - size + 1):
                run = words[i : i + size]
                if any(len(w) < 2 for w in run) or run[0] in _SMALL or run[-1] in _SMALL:
                    continue
                yield "".join(run)
                yield "".join(run[:-1]) + run[-1].rstrip("s")
