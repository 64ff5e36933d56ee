"""Which concepts together mean which skill. A table, no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Concepts = frozenset[str]
Reading = Callable[[Concepts, str], "dict[str, str] | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds when one concept of each set in ``need`` is there, and all others are in ``may``."""

    skill: str
    need: tuple[Concepts, ...]
    may: Concepts = frozenset()
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    read: Reading | None = None


def _rule(
    skill: str, need: str, may: str = "", read: Reading | None = None, **options: str
) -> Rule:
    sets = tuple(frozenset(part.split("|")) for part in need.split())
    return Rule(skill, sets, frozenset(may.split()), options, read)


def _number(text: str) -> str:
    found = re.search(r"\d+", text)
    return found.group() if found else ""


def _sorting(concepts: Concepts, text: str) -> dict[str, str]:
    flags = {
        "REVERSE": "reverse",
        "DESC": "reverse",
        "NUM": "numeric",
        "NOCASE": "nocase",
        "LENGTH": "length",
        "UNIQ": "unique",
    }
    found = {name: "1" for concept, name in flags.items() if concept in concepts}
    if concepts & {"DUP"} and concepts & {"REMOVE"}:
        found["unique"] = "1"
    return found


def _leading(concepts: Concepts, text: str) -> dict[str, str] | None:
    """ "Reverse the order" turns the lines round; "sort in reverse order" sorts them."""
    return {} if re.match(r"reverse|flip|invert|mirror|turn", text.lower()) else None


def _width(concepts: Concepts, text: str) -> dict[str, str]:
    number = _number(text)
    return {"width": number} if number else {}


def _amount(concepts: Concepts, text: str) -> dict[str, str]:
    if "TWICE" in concepts:
        return {"levels": "2"}
    number = _number(text)
    if not number:
        return {}
    return {"columns" if concepts & {"SPACE"} else "levels": number}


def _tabs(concepts: Concepts, text: str) -> dict[str, str] | None:
    """Spaces or tabs:

    The one wanted is the last named, unless "instead of" or "not" turns it round.
    """
    places = {"spaces": text.lower().find("space"), "tabs": text.lower().find("tab")}
    named = sorted((at, name) for name, at in places.items() if at >= 0)
    if not named:
        return None
    wanted = named[0][1] if "INSTEAD" in concepts else named[-1][1]
    return {"to": wanted, **_width(concepts, text)}


def _quotes(concepts: Concepts, text: str) -> dict[str, str] | None:
    lowered = text.lower()
    places = {"double": lowered.rfind("double"), "single": lowered.rfind("single")}
    named = sorted((at, name) for name, at in places.items() if at >= 0)
    if not named:
        return None
    return {"to": named[0][1] if "INSTEAD" in concepts else named[-1][1]}


_ENDS = {"crlf": "crlf", "windows": "crlf", "dos": "crlf", "lf": "lf", "unix": "lf"}
_SORTS = "ALPHA REVERSE DESC ASC NUM NOCASE LENGTH UNIQ"

RULES: tuple[Rule, ...] = (
    _rule("remove-unused-imports", "REMOVE|TIDY|FIX UNUSED IMPORT", "LINE"),
    _rule("sort-imports", "SORT|ALPHA|TIDY IMPORT", "SORT ALPHA LINE LINT NOCASE ADD"),
    _rule("trim", "REMOVE|TIDY|FIX TRAIL SPACE", "LINE"),
    _rule("trim", "REMOVE|TIDY SPACE TRAIL", "LINE"),
    _rule("trim", "TIDY|FIX SPACE", "LINE"),
    _rule("final-newline", "ADD|FIX|CONVERT NEWLINE EOF|FINAL|TRAIL", "FINAL EOF"),
    _rule(
        "tabs",
        "CONVERT|INDENT|RETAB|UNTAB|FIX TABS SPACE",
        "INDENT INSTEAD NUMBER LEVEL WIDTH LINE",
        _tabs,
    ),
    _rule("tabs", "CONVERT|INDENT SPACE|TABS", "INDENT NUMBER", _tabs),
    _rule("tabs", "UNTAB", "TABS NUMBER SPACE", None, to="spaces"),
    _rule("tabs", "RETAB", "NUMBER", None, to="tabs"),
    _rule("tabs", "SPACE TABS INSTEAD", "INDENT NUMBER", _tabs),
    _rule("quotes", "CONVERT|FIX|FORMAT|SINGLE|DUP QUOTE SINGLE|DUP", "INSTEAD STRING", _quotes),
    _rule("dedupe", "UNIQ", "LINE KEEP REMOVE DUP NOCASE"),
    _rule("dedupe", "REMOVE DUP", "LINE NOCASE"),
    _rule("number-lines", "NUM|NUMBERING LINE", "ADD"),
    _rule("number-lines", "ADD LINENUMBER", "LINE"),
    _rule("number-lines", "NUMBERING", "LINE"),
    _rule("remove-blank", "REMOVE|TIDY BLANK LINE", "SPACE"),
    _rule("squeeze-blank", "REMOVE|TIDY|EXTRA|JOIN EXTRA BLANK LINE", ""),
    _rule("sort-members", "SORT|ALPHA MEMBERS", "CLASS SORT ALPHA FUNC"),
    _rule("sort-keys", "SORT|ALPHA KEYS", "DICT JSON SORT ALPHA LINE"),
    _rule("sort-keys", "SORT|ALPHA DICT|JSON", "SORT ALPHA KEYS"),
    _rule("reverse", "REVERSE", "LINE SORT", _leading),
    _rule("sort", "SORT", _SORTS + " LINE REMOVE DUP CASE", _sorting),
    _rule("sort", "ALPHA", "SORT ADD LINE ASC DESC REVERSE NOCASE", _sorting),
    _rule("reverse", "REVERSE", "LINE SORT"),
    _rule(
        "json-pretty", "FORMAT|PRETTY|INDENT|TIDY JSON", "NUMBER SPACE FORMAT PRETTY INDENT", _width
    ),
    _rule("json-pretty", "PRETTY", "NUMBER SPACE", _width, or_format="1"),
    _rule("json-minify", "MINIFY", "JSON ONELINE"),
    _rule(
        "fstring", "CONVERT|MODERN|FIX FSTRING", "PERCENT STRFORMAT FORMAT STRING INSTEAD MODERN"
    ),
    _rule("fstring", "FSTRING", "CONVERT"),
    _rule("percent", "CONVERT|MODERN PERCENT", "STRFORMAT FORMAT STRING CONVERT MODERN"),
    _rule("modernize", "MODERN", "SYNTAX FORMAT CONVERT"),
    _rule("fix-lint", "FIX|TIDY LINT", "SAFE UNUSED LINE FORMAT"),
    _rule("fix-lint", "LINT", "FIX SAFE"),
    _rule("docstring", "ADD DOCSTRING", "FUNC SKELETON MEMBERS CLASS FINAL"),
    _rule("docstring", "DOCSTRING SKELETON", "FUNC MEMBERS"),
    _rule("try", "WRAP|ADD|CONVERT TRY", "HANDLE LINE"),
    _rule("wrap", "WRAP", "NUMBER WIDTH LINE CASE", _width),
    _rule("join", "JOIN", "LINE ONELINE"),
    _rule("join", "CONVERT ONELINE", "LINE"),
    _rule("join", "ONELINE", "SHIFT ADD LINE"),
    _rule("dedent", "DEDENT", "NUMBER LEVEL SPACE LINE TWICE LEFT", _amount),
    _rule("dedent", "REMOVE INDENT", "LEVEL LINE NUMBER", _amount),
    _rule("dedent", "INDENT LESS", "LINE"),
    _rule("dedent", "SHIFT|INDENT LEFT", "LINE NUMBER LEVEL SPACE", _amount),
    _rule("indent", "INDENT|SHIFT", "NUMBER LEVEL SPACE LINE TWICE RIGHT MORE ADD", _amount),
    _rule("uncomment", "UNCOMMENT", "LINE"),
    _rule("uncomment", "REMOVE COMMENTMARK", "LINE"),
    _rule("comment", "COMMENT", "LINE"),
    _rule("format", "FORMAT|TIDY", "FIX LINT SYNTAX PRETTY FORMAT TIDY"),
    _rule("case", "UPPER", "CASE CONVERT LINE", None, to="upper"),
    _rule("case", "LOWER", "CASE CONVERT LINE", None, to="lower"),
    _rule("case", "TITLE", "CASE CONVERT LINE", None, to="title"),
    _rule("case", "SNAKE", "CASE CONVERT LINE", None, to="snake"),
    _rule("case", "CAMEL", "CASE CONVERT LINE", None, to="camel"),
    _rule("case", "PASCAL", "CASE CONVERT LINE", None, to="pascal"),
    _rule("case", "KEBAB", "CASE CONVERT LINE", None, to="kebab"),
    _rule("case", "CONSTANT", "CASE CONVERT LINE", None, to="constant"),
    _rule("delete-lines", "REMOVE", "LINE"),
)
