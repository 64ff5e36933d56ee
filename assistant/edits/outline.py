"""Where functions and classes begin and end, by brackets and indents; complete text or cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.edits.elision import is_elision
from assistant.edits.lines import indent, width

_PYTHON = {"py", "pyi", "pyx", "gd", "nim"}
_END_WORD = {"rb", "lua", "ex", "exs", "jl", "cr"}
_CHAR_LITERALS = {
    "c",
    "h",
    "cc",
    "cpp",
    "cxx",
    "hpp",
    "hh",
    "rs",
    "java",
    "go",
    "cs",
    "kt",
    "swift",
    "scala",
    "zig",
    "d",
}

_BLANK_PYTHON = re.compile(
    r"[rbfuRBFU]{0,2}(?:\"\"\".*?\"\"\"|'''.*?''')|[rbfuRBFU]{0,2}(?:\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|#[^\n]*",
    re.DOTALL,
)
_BLANK_QUOTES = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)
_BLANK_CHARS = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\[^'\n]{1,8}|[^'\\\n])'|`[^`]*`", re.DOTALL
)
_BLANK_WORDS = re.compile(r"(?:#|--)[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")

_MODIFIERS = (
    r"(?:(?:export|default|pub(?:\([^)]*\))?|public|private|protected|internal|static|final|abstract|async"
    r"|override|virtual|inline|extern|unsafe|const|sealed|partial|open|data|readonly|declare|local|suspend|get|set)\s+)*"
)
_CLASS_WORDS = (
    "class|interface|struct|enum|trait|module|namespace|object|union|mod|protocol|extension"
)
_FUNCTION_WORDS = "def|fn|fun|func|function|sub"
_HEADERS = (
    ("class", re.compile(rf"^\s*{_MODIFIERS}(?:{_CLASS_WORDS})\s+([\w$.:]+)")),
    (
        "class",
        re.compile(r"^\s*(?:unsafe\s+)?impl\b(?:<[^>]*>)?\s*([^{]*?)\s*(?:where\b.*)?\{?\s*$"),
    ),
    ("class", re.compile(r"^\s*type\s+(\w+)(?:\[[^\]]*\])?\s+(?:struct|interface)\b")),
    (
        "function",
        re.compile(rf"^\s*{_MODIFIERS}(?:{_FUNCTION_WORDS})\s*\*?\s+(?:self\.)?([\w$.:?!]+)"),
    ),
    ("function", re.compile(rf"^\s*{_MODIFIERS}function\s*\*?\s*([\w$]+)")),
    (
        "function",
        re.compile(
            r"^\s*(?:export\s+)?(?:default\s+)?(?:const|let|var)\s+([\w$]+)\s*(?::[^=]*)?="
            r"\s*(?:async\s*)?(?:function\b|\(|[\w$]+\s*=>)"
        ),
    ),
)
_GO_METHOD = re.compile(r"^func\s+\(\s*(?:\w+\s+)?\*?([\w.]+)(?:\[[^\]]*\])?\s*\)\s*(\w+)")
_CALLABLE = re.compile(
    r"^\s*(?:[\w$<>\[\],.:*&~?@#]+[\s*&]+)*[*&#]*((?:[\w$]+(?:<[^<>]*>)?::)*[~#]?[\w$]+)\s*(?:<[^()]*>)?\("
)
_WORDS_NOT_NAMES = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "function",
        "else",
        "do",
        "try",
        "match",
        "with",
        "foreach",
        "using",
        "lock",
        "synchronized",
        "sizeof",
        "typeof",
        "await",
        "new",
        "throw",
        "elif",
        "except",
        "unless",
        "until",
        "when",
        "case",
        "and",
        "or",
        "not",
        "in",
        "assert",
        "super",
        "this",
    ]
)


_MAYBE = re.compile(
    r"\(|\b(?:class|interface|struct|enum|trait|module|namespace|object|union|mod|protocol|extension|impl|type"
    r"|def|fn|fun|func|function|sub|const|let|var)\b"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """Lines ``start`` (decorators included) to ``end``; ``header`` is the line with the name."""

    name: str
    kind: str
    start: int
    header: int
    end: int
    column: int


def family(suffix: str) -> str:
    """How blocks are written: ``python``, ``end`` or ``brace``."""
    if suffix in _PYTHON:
        return "python"
    return "end" if suffix in _END_WORD else "brace"


def header_of(code: str, family: str) -> tuple[str, str] | None:
    """The name a line defines, and whether a ``class`` or a ``function``; None when it defines
    nothing.
    """
    if _MAYBE.search(code) is None:
        return None
    if match := _GO_METHOD.match(code):
        return f"{match.group(1)}.{match.group(2)}", "function"
    for kind, pattern in _HEADERS:
        if match := pattern.match(code):
            return match.group(1), kind
    if family != "brace":
        return None
    called = _CALLABLE.match(code)
    first = re.match(r"\s*([\w$]+)", code)
    if called is None or called.group(1) in _WORDS_NOT_NAMES:
        return None
    if first and first.group(1) in _WORDS_NOT_NAMES - {"new"}:
        return None
    return called.group(1), "function"


class Outline:
    """The definitions of a text, nested ones too, in order of their start."""

    def __init__(self, lines: Sequence[str], suffix: str) -> None:
        self.lines = lines
        self.family = family(suffix)
        pattern = {"python": _BLANK_PYTHON, "end": _BLANK_WORDS}.get(
            self.family, _BLANK_CHARS if suffix in _CHAR_LITERALS else _BLANK_QUOTES
        )
        text = "\n".join(lines)
        self.inside: set[int] = set()
        self._note_strings(text, pattern)
        self.code = pattern.sub(_blanked, text).split("\n") if lines else []
        self.definitions = [d for k in range(len(lines)) if (d := self._at(k)) is not None]

    def _note_strings(self, text: str, pattern: re.Pattern[str]) -> None:
        """Lines that begin inside a string or comment of several lines."""
        for match in pattern.finditer(text):
            if "\n" in match.group():
                first = text.count("\n", 0, match.start())
                self.inside.update(range(first + 1, first + 1 + match.group().count("\n")))

    def _at(self, k: int) -> Definition | None:
        code = self.code[k]
        if not code.strip() or k in self.inside:
            return None
        named = header_of(code, self.family)
        if named is None:
            return None
        name, kind = named
        end = self._end(k)
        if end is None:
            return None
        column = width(indent(self.lines[k]))
        return Definition(name, kind, self._start(k, column), k, end, column)

    def _start(self, header: int, column: int) -> int:
        """The first of the decorators or attributes right above."""
        k = header
        while k > 0:
            above = self.lines[k - 1].strip()
            if above.startswith(("@", "#[")) or (above.startswith("[") and above.endswith("]")):
                if width(indent(self.lines[k - 1])) != column:
                    break
                k -= 1
                continue
            closes = above in (")", "])", "})") and self.family == "python"
            opener = self._opener(k - 1) if closes else None
            if opener is None or not self.lines[opener].strip().startswith("@"):
                break
            k = opener
        return k

    def _opener(self, k: int) -> int | None:
        column = width(indent(self.lines[k]))
        for j in range(k - 1, max(k - 40, -1), -1):
            if self.lines[j].strip() and width(indent(self.lines[j])) <= column:
                return j
        return None

    def _end(self, header: int) -> int | None:
        if self.family == "python":
            return self._end_by_indent(header)
        if self.family == "end":
            return self._end_by_word(header)
        return self._end_by_brace(header)

    def _end_by_indent(self, header: int) -> int | None:
        depth, k = 0, header
        while k < len(self.code):
            depth += _depth(self.code[k], "([{", ")]}")
            if depth <= 0:
                break
            k += 1
        if k >= len(self.code) or ":" not in self.code[k]:
            return None
        column = width(indent(self.lines[header]))
        end = k + 1
        for j in range(k + 1, len(self.lines)):
            text = self.lines[j]
            if j in self.inside:
                end = j + 1
                continue
            if not text.strip():
                continue
            if width(indent(text)) <= column:
                if not text.lstrip().startswith("#") or self._resumes(j, column) is False:
                    break
                continue
            if text.lstrip().startswith("#") and not is_elision(text):
                continue  # counts only when code follows: a comment at the end is the file's
            end = j + 1
        return end

    def _resumes(self, k: int, column: int) -> bool:
        """Whether code deeper than ``column`` follows the comment at ``k``."""
        for j in range(k + 1, len(self.lines)):
            if self.code[j].strip():
                return width(indent(self.lines[j])) > column
        return False

    def _end_by_word(self, header: int) -> int | None:
        column = width(indent(self.lines[header]))
        for j in range(header + 1, len(self.lines)):
            text = self.code[j]
            if text.strip() and width(indent(text)) <= column:
                return j + 1 if re.match(r"\s*end\b", text) else None
        return None

    def _end_by_brace(self, header: int) -> int | None:
        rounds = braces = 0
        opened = False
        for j in range(header, min(len(self.code), header + 20_000)):
            for char in self.code[j]:
                if char in "([":
                    rounds += 1
                elif char in ")]":
                    rounds -= 1
                elif char == "{":
                    if not opened and rounds > 0:
                        return None
                    opened = True
                    braces += 1
                elif char == "}":
                    braces -= 1
                    if opened and braces == 0:
                        return j + 1
                    if not opened:
                        return None
                elif char == ";" and not opened and rounds <= 0:
                    return None
            if not opened and j - header > 60:
                return None
        return None

    def top(self, low: int, high: int) -> list[Definition]:
        """The outermost definitions that lie within these lines."""
        out: list[Definition] = []
        position = low
        for definition in sorted(self.definitions, key=lambda d: (d.start, -d.end)):
            if definition.start >= position and definition.end <= high:
                out.append(definition)
                position = definition.end
        return out


def _depth(text: str, opening: str, closing: str) -> int:
    return sum((char in opening) - (char in closing) for char in text)


def _blanked(match: re.Match[str]) -> str:
    """Same length and lines: strings become quotes and letters no bracket scan trips over,
    comments blanks.
    """
    text = match.group()
    if text.startswith(("#", "//", "/*", "--")):
        return re.sub(r"[^\n]", " ", text)
    return re.sub(r"[^\n]", "_", text)
