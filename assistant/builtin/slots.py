"""Wishes that carry a name or a text: rename, extract, replace. Patterns, no I/O."""

from __future__ import annotations

import re

from assistant.builtin.scene import Wish

_VALUE = r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]+`|/(?:[^/\\]|\\.)+/[a-z]*|\S+)"
_NAME = r"[\"'`]?([^\W\d]\w*(?:\.[^\W\d]\w*)*)(?:\(\))?[\"'`]?"
_KIND = (
    r"(?:(?:the|this|that|my|local|global|new|a|an|all|of|occurrences?|uses?|every|class|function|method|variable|"
    r"argument|parameter|constant|attribute|field|symbol|identifier|property|name|called|named|module|struct|type|"
    r"helper|interface|enum|expression)\s+)*"
)
_SCOPE = (
    r"(?P<scope>(?:[\s,]+(?:in|across|within|throughout|inside|everywhere|over|also|including|and|too|with|only|"
    r"comments?|strings?|docstrings?|the|this|these|here|whole|entire|project|file|files|selection|selected|lines?|"
    r"code|all|of|it|callers|usages|references|its|my|codebase|as well)\b)*)"
)
_PLACE = (
    r"(?:\s+(?:in|from|of|within|throughout|across)\s+(?:the|this|these|all|here)?"
    r"\s*(?:file|selection|lines?|code|text)?)?"
)
_I = re.IGNORECASE


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, _I)


_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        _compile(
            rf"rename\s+(?:it|this|that|the|function|class|method|variable|\s)*\s*to\s+{_NAME}{_SCOPE}"
        ),
        "rename-here",
    ),
    (
        _compile(
            rf"(?:rename|refactor)\s+{_KIND}{_NAME}\s+(?:to|as|into|with|->|=>|→)\s+{_KIND}{_NAME}{_SCOPE}"
        ),
        "rename",
    ),
    (
        _compile(
            rf"change\s+the\s+name\s+of\s+{_KIND}{_NAME}\s+(?:to|into)\s+{_KIND}{_NAME}{_SCOPE}"
        ),
        "rename",
    ),
    (_compile(rf"give\s+{_KIND}{_NAME}\s+the\s+(?:new\s+)?name\s+{_NAME}{_SCOPE}"), "rename"),
    (
        _compile(
            rf"{_KIND}{_NAME}\s+should\s+be\s+(?:called|named|renamed\s+to)\s+{_NAME}{_SCOPE}"
        ),
        "rename",
    ),
    (_compile(rf"call\s+{_KIND}{_NAME}\s+{_NAME}\s+instead{_SCOPE}"), "rename"),
    (
        _compile(
            rf"extract\s+(?:(?:the|this|these|that|selection|selected|code|lines?|block|it)\s+)*"
            rf"(?:(?:in)?to|as|out\s+into|out\s+to)?\s*(?:a|an|the|new|its|own|\s)*(function|method|helper)"
            rf"(?:\s+(?:called|named|with\s+(?:the\s+)?name))?\s+{_NAME}"
        ),
        "extract-function",
    ),
    (
        _compile(
            rf"(?:make|turn|move|pull|put)\s+(?:(?:a|an|the|this|these|that|selection|selected|code|lines?|block|it|"
            rf"out|new|into|to|own|its|in|of)\s+)*(function|method|helper)"
            rf"(?:\s+(?:called|named|with\s+(?:the\s+)?name))?\s+{_NAME}"
            rf"(?:\s+(?:out\s+of|from|with)\s+(?:this|it|these|the)?\s*(?:lines|selection|code|block)?)?"
        ),
        "extract-function",
    ),
    (
        _compile(
            rf"(?:extract|pull|move|put|introduce|make|assign)\s+(?:out\s+)?(?:(?:the|expression|value|this|that)\s+)*"
            rf"(?:(\"[^\"]+\"|`[^`]+`)\s+)?(?:out\s+)?(?:(?:in)?to|as|in)?\s*(?:a|an|the|new|local|\s)*variable"
            rf"(?:\s+(?:called|named|with\s+(?:the\s+)?name))?\s+{_NAME}"
            rf"(?:\s+(?:for|from|out\s+of|of)\s+(\"[^\"]+\"|`[^`]+`|this|it))?"
        ),
        "extract-variable",
    ),
    (_compile(rf"(?:inline|in-line)\s+{_KIND}{_NAME}{_SCOPE}"), "inline"),
    (
        _compile(
            rf"(?:replace|substitute)\s+(?:all\s+|every\s+|each\s+)?(?:occurrences?\s+of\s+)?"
            rf"(?P<how>(?:the\s+)?(?:text|word|string|regex|regexp|pattern|regular\s+expression)\s+)?{_VALUE}\s+"
            rf"(?:with|by|for|to)\s+(?:the\s+)?(?:text\s+|word\s+|string\s+)?{_VALUE}{_PLACE}"
        ),
        "replace",
    ),
    (
        _compile(
            rf"(?:change|turn)\s+(?:all\s+|every\s+)?{_VALUE}\s+(?:to|into)\s+{_VALUE}{_PLACE}"
        ),
        "replace-quoted",
    ),
    (
        _compile(
            rf"(?:delete|remove|drop|strip|discard)\s+(?:all\s+|every\s+|the\s+|any\s+)*lines?\s+(?:(?:that|which)\s+)?"
            rf"(?P<how>match(?:es|ing)?|contain(?:s|ing)?|with|having|include(?:s)?|including|start(?:s|ing)?\s+with|"
            rf"end(?:s|ing)?\s+(?:with|in))\s+(?:the\s+)?(?:text\s+|word\s+|string\s+|regex\s+|pattern\s+)?{_VALUE}"
        ),
        "drop-lines",
    ),
    (
        _compile(
            rf"(?:keep|leave|filter|show|retain)\s+(?:only\s+|just\s+)?(?:all\s+|the\s+|those\s+)*lines?\s+(?:only\s+)?"
            rf"(?:(?:that|which)\s+)?(?P<how>match(?:es|ing)?|contain(?:s|ing)?|with|having|include(?:s)?|including|"
            rf"start(?:s|ing)?\s+with|end(?:s|ing)?\s+(?:with|in))\s+(?:the\s+)?(?:text\s+|word\s+|string\s+|regex\s+|"
            rf"pattern\s+)?{_VALUE}"
        ),
        "keep-lines",
    ),
    (
        _compile(
            r"(?:surround|wrap|enclose|quote|put|add)\s+(?:(?:each|every|the|all|these|this|lines?|selection|of|them|it|around|in)\s+)*"
            r"(?:with|in|using|by)?\s*(?:(?:a|pair|of)\s+)*"
            r"(?P<mark>(?:double|single)?\s*quot(?:es|ation\s+marks)|quote|backticks|backquotes|parenthes[ei]s|parens|"
            r"(?:square\s+|curly\s+)?brackets|braces)(?:\s+(?:around|to)\s+(?:(?:each|every|the|all|these|this|of|lines?)\s*)+)?"
        ),
        "surround",
    ),
    (
        _compile(
            r"(?:quote)\s+(?:(?:each|every|the|all|these|this|lines?|selection)\s*)+(?P<mark>)"
        ),
        "surround",
    ),
    (
        _compile(
            rf"(?:align|line\s+up)\s+(?:(?:the|these|this|all|lines?|selection|them|it|columns?|up|assignments?|code)\s+)*"
            rf"(?:(?:on|at|by|along|to|around|using)\s+)?(?:(?:the|their|all)\s+)*{_VALUE}"
            rf"(?:\s+(?:signs?|characters?|symbols?|marks?))?(?:\s+(?:in|of)\s+(?:the|these|this)\s+(?:lines|selection|code))?"
        ),
        "align",
    ),
    (
        _compile(
            rf"join\s+(?:(?:the|these|this|all|lines?|selection|them|it|into|one|line)\s+)*with\s+(?:an?\s+)?{_VALUE}"
        ),
        "join",
    ),
    (
        _compile(
            r"sort\s+(?:(?:the|these|this|all|lines?|selection|them)\s+)*by\s+(?:the\s+)?column\s+(\d+)"
        ),
        "sort-column",
    ),
)

_NAMED = {
    "equals": "=",
    "equal": "=",
    "assignment": "=",
    "assignments": "=",
    "colon": ":",
    "colons": ":",
    "comma": ",",
    "commas": ",",
    "arrow": "->",
    "arrows": "->",
    "pipe": "|",
    "pipes": "|",
    "hash": "#",
    "comments": "#",
    "semicolon": ";",
    "semicolons": ";",
    "space": " ",
    "spaces": " ",
    "nothing": "",
    "tab": "\t",
    "dash": "-",
}
_CLOSE = {"(": ")", "[": "]", "{": "}"}


def read_slots(text: str) -> Wish | None:
    """The first pattern that fits the whole text decides."""
    for pattern, skill in _PATTERNS:
        match = pattern.fullmatch(text)
        wish = _wish(skill, match) if match else None
        if wish is not None:
            return wish
    return None


def _wish(skill: str, match: re.Match[str]) -> Wish | None:
    groups = [
        group
        for index, group in enumerate(match.groups(), 1)
        if index not in match.re.groupindex.values()
    ]
    if skill == "rename":
        return Wish("rename", {"old": groups[0], "new": groups[1], **_scope(match.group("scope"))})
    if skill == "rename-here":
        return Wish("rename", {"old": "", "new": groups[0], **_scope(match.group("scope"))})
    if skill == "extract-function":
        return Wish(skill, {"name": groups[1], "kind": groups[0].lower()})
    if skill == "extract-variable":
        quoted = next((g for g in (groups[0], groups[2]) if g and g[0] in '"`'), "")
        return Wish(skill, {"name": groups[1], "expression": quoted[1:-1]})
    if skill == "inline":
        return Wish(skill, {"name": groups[0]})
    if skill in ("replace", "replace-quoted"):
        return _replacement(skill, match, groups)
    if skill in ("drop-lines", "keep-lines"):
        value, regex = _value(groups[0])
        how = match.group("how").lower().split()[0]
        where = "start" if how.startswith("start") else "end" if how.startswith("end") else ""
        regex = regex or "regex" in match.group().lower()
        return Wish(skill, {"text": value, "where": where, "regex": "1" if regex else ""})
    if skill == "surround":
        return Wish(skill, _marks(match.group("mark") or ""))
    if skill == "align":
        word = groups[0].lower()
        return Wish(skill, {"on": _NAMED.get(word, _value(groups[0])[0])})
    if skill == "join":
        word = groups[0].lower()
        return Wish(
            skill,
            {"with": _NAMED.get(word, _value(groups[0])[0]) + (" " if word == "comma" else "")},
        )
    return Wish("sort", {"column": groups[0]})


def _replacement(skill: str, match: re.Match[str], groups: list[str]) -> Wish | None:
    old, regex = _value(groups[0])
    new, _ = _value(groups[1])
    if skill == "replace-quoted" and (groups[0][0] not in "\"'`/" or groups[1][0] not in "\"'`/"):
        return None
    how = (match.groupdict().get("how") or "").lower()
    regex = regex or "reg" in how or "pattern" in how
    word = "1" if "word" in how else ""
    return Wish("replace", {"old": old, "new": new, "regex": "1" if regex else "", "word": word})


def _value(raw: str) -> tuple[str, bool]:
    """The text between quotes with its escapes read, and whether it was written as /a pattern/."""
    if len(raw) > 1 and raw[0] == "/" and raw.rstrip("abcdefghijklmnopqrstuvwxyz").endswith("/"):
        inner, _, flags = raw[1:].rpartition("/")
        return (f"(?{flags})" if flags.strip("g") else "") + inner, True
    if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'`":
        inner = raw[1:-1]
        return (inner if raw[0] == "`" else re.sub(r"\\([\"'\\])", r"\1", inner)), False
    return raw, False


def _scope(text: str | None) -> dict[str, str]:
    lowered = (text or "").lower()
    found = {}
    if "selec" in lowered or "line" in lowered:
        found["scope"] = "selection"
    elif "file" in lowered and "files" not in lowered:
        found["scope"] = "file"
    elif re.search(r"project|everywhere|codebase|files|across", lowered):
        found["scope"] = "project"
    if "comment" in lowered or "string" in lowered:
        found["strings"] = "1"
    return found


def _marks(word: str) -> dict[str, str]:
    word = word.lower()
    if "single" in word:
        mark = "'"
    elif "back" in word:
        mark = "`"
    elif "paren" in word:
        mark = "("
    elif "curly" in word or "brace" in word:
        mark = "{"
    else:
        mark = "[" if "bracket" in word else '"'
    return {"open": mark, "close": _CLOSE.get(mark, mark)}
