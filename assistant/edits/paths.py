"""Which project file a reply means by the path it wrote; never one outside. Knows no disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from assistant.types import Refusal

_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
_DECORATION = re.compile(r"^(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s+)+")
_LABEL = re.compile(
    r"^(?:(?:new|updated?|modified|create|edit|changes?\s+(?:in|to)|in|the)\s+)*"
    r"(?:file(?:name|path)?|path)?\s*[:=]?\s+(?=\S)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*(?:#|//|--|;|/\*|<!--|%)+\s*(.*?)\s*(?:\*/|-->)?\s*$")
_QUOTED = re.compile(r"`([^`\s]+)`|\*\*([^*\s]+)\*\*")
_NAME = re.compile(r"[^\s<>|\"?*:;,!()={}\[\]]+")
_PREFIXES = ("a", "b", "w", "i", "c", "o")
"""What git writes before the paths of a diff."""
_BARE_NAMES = {"Makefile", "Dockerfile", "LICENSE", "README", "Gemfile", "Rakefile", "Procfile"}

_LANGUAGE = re.compile(
    r"ada|apl|asm|assembly|awk|bash|bat|batch|bazel|bibtex|c|clojure|"
    r"cmake|cmd|cobol|coffee|console|cpp|crystal|cs|csharp|css|csv|cuda"
    r"|cypher|cython|d|dart|delphi|diff|dockerfile|dot|elisp|elixir|elm|"
    r"erlang|fish|fortran|fsharp|gdscript|gherkin|git|glsl|go|graphql|"
    r"groovy|haml|handlebars|haskell|hcl|hlsl|html|http|ini|java|"
    r"javascript|jinja|js|json|json5|jsonc|jsonl|jsx|julia|kotlin|latex|"
    r"less|lisp|llvm|log|lua|make|makefile|markdown|matlab|md|mermaid|"
    r"nasm|nginx|nim|nix|objc|ocaml|output|pascal|patch|perl|php|"
    r"plaintext|postgres|powershell|prolog|properties|proto|protobuf|ps1|pug|"
    r"puppet|purescript|py|python|python3|qml|r|racket|rb|regex|rest|rs"
    r"|ruby|rust|sass|scala|scheme|scss|sed|sh|shell|solidity|sql|"
    r"starlark|stylus|svelte|svg|swift|tcl|terminal|terraform|tex|text|"
    r"toml|ts|tsx|twig|txt|typescript|udiff|v|vala|vb|verilog|vhdl|vim"
    r"|vue|wasm|xml|xsl|yaml|yml|zig|zsh",
    re.IGNORECASE,
)
"""What models write behind a fence to say in which language the block is."""


class Paths:
    """Resolves what models write against the files of one project."""

    def __init__(self, known: Iterable[PurePosixPath]) -> None:
        self.known = {str(path): path for path in known}
        self._folded: dict[str, list[PurePosixPath]] = {}
        self._by_name: dict[str, list[PurePosixPath]] = {}
        for path in self.known.values():
            self._folded.setdefault(str(path).casefold(), []).append(path)
            self._by_name.setdefault(path.name.casefold(), []).append(path)

    def resolve(self, written: str, *, existing: bool = False) -> PurePosixPath | Refusal:
        """An existing file, or the place of a new one. Refused when it leaves the project or fits
        two files.

        ``existing``: the reply quotes the file, so a leading folder the project lacks may be the
        project's name.
        """
        text = written.strip().strip("`\"'*").strip()
        if text in self.known:
            return self.known[text]
        if not text or "\0" in text:
            return Refusal(written, "The reply names no file.")
        rest = text[2:] if text[:1] in _PREFIXES and text[1:2] == "/" else ""
        if text.startswith("~") or rest.startswith(("/", "~", "\\")) or _DRIVE.match(rest):
            return Refusal(written, f"{written} is outside the project, so it was not touched.")
        absolute = text.startswith(("/", "\\")) or bool(_DRIVE.match(text))
        parts = [
            part for part in re.split(r"[\\/]+", _DRIVE.sub("", text)) if part not in ("", ".")
        ]
        if ".." in parts:
            without = parts[1:] if parts[0] in _PREFIXES else parts
            parts = _collapsed(parts)
            if ".." in parts or ".." in _collapsed(without) or absolute:
                return Refusal(written, f"{written} is outside the project, so it was not touched.")
        if any(part.casefold().rstrip(". ") == ".git" for part in parts):
            return Refusal(written, f"{written} is inside .git, which no edit may touch.")
        if not parts:
            return Refusal(written, "The reply names no file.")
        return self._meant(written, parts, absolute=absolute, existing=existing)

    def _meant(
        self, written: str, parts: list[str], *, absolute: bool, existing: bool
    ) -> PurePosixPath | Refusal:
        """The one file that fits, or the place of a new one."""
        found = self._existing(parts, absolute, existing)
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            names = ", ".join(str(path) for path in found[:5])
            return Refusal(written, f"{written} could be any of {names}; write the full path.")
        if absolute:
            return Refusal(written, f"{written} is outside the project, so it was not touched.")
        if parts[0] in ("a", "b") and len(parts) > 1:
            folders = {path.parts[0] for path in self.known.values() if len(path.parts) > 1}
            if parts[0] not in folders:
                parts = parts[1:]
        return PurePosixPath(*parts)

    def _existing(self, parts: Sequence[str], absolute: bool, quoted: bool) -> list[PurePosixPath]:
        """Project files that the parts may mean, by the first reading that fits any."""
        whole = "/".join(parts)
        readings = [whole]
        if parts[0] in _PREFIXES and len(parts) > 1:
            readings.append("/".join(parts[1:]))
        for reading in readings:
            if reading in self.known:
                return [self.known[reading]]
        for reading in readings:
            if found := self._folded.get(reading.casefold(), []):
                return found
        folders = {path.parts[0] for path in self.known.values() if len(path.parts) > 1}
        longest = len(parts) if absolute else 2 if quoted and parts[0] not in folders else 0
        longest = min(longest, len(parts))
        for skip in range(1, longest):
            tail = "/".join(parts[skip:])
            if found := (
                [self.known[tail]] if tail in self.known else self._folded.get(tail.casefold(), [])
            ):
                return found
        if len(parts) == 1:
            found = self._by_name.get(parts[0].casefold(), [])
            exact = [path for path in found if path.name == parts[0]]
            return exact or found
        if not absolute:
            tail = "/" + whole.casefold()
            return [
                path for key, paths in self._folded.items() if key.endswith(tail) for path in paths
            ]
        return []

    def in_line(self, line: str) -> str | None:
        """The path that a line of its own states (``### `src/a.py`:``), or None."""
        text = line.strip()
        if not text or len(text) > 300:
            return None
        text = _DECORATION.sub("", text)
        text = re.sub(
            r"\s*\((?:new|updated?|modified|new file|create[d]?)\)\s*:?$", "", text, flags=re.I
        )
        text = text.rstrip(":").strip()
        for candidate in (text, _LABEL.sub("", text)):
            bare = candidate.strip().strip("`*").rstrip(":").strip("`*")
            if len(bare) > 2 and bare[0] == bare[-1] and bare[0] in "\"'":
                bare = bare[1:-1]
            if bare in self.known or self._looks(bare):
                return bare
        return None

    def in_fence(self, info: str, asked: PurePosixPath | None) -> str | None:
        """The path behind an opening fence, or None. A language's name is the language, even where
        the project has a file of that name: only the file ``asked`` about is named by it, or one
        that is written with capitals (``Makefile``) where none was asked about.
        """
        words = info.replace(":", " ").replace("=", " ").split()
        for at, word in reversed(list(enumerate(words))):
            language = at == 0 and word in self.known and _LANGUAGE.fullmatch(word)
            if language and (word != str(asked) if asked is not None else word.islower()):
                continue
            if path := self.in_line(word):
                return path
        return None

    def mentioned(self, line: str) -> str | None:
        """A project file that a sentence names in backticks or bold, when it names exactly one."""
        names = {next(filter(None, pair)) for pair in _QUOTED.findall(line)}
        hits = {name for name in names if self._is_file(name)}
        return hits.pop() if len(hits) == 1 else None

    def in_comment(self, line: str) -> str | None:
        """The path that a comment states as all it says (``// src/app.js``), or None."""
        match = _COMMENT.match(line)
        if match is None:
            return None
        text = _LABEL.sub("", match.group(1)).strip("`*\"'")
        return text if ("/" in text and self._looks(text)) or self._is_file(text) else None

    def _is_file(self, text: str) -> bool:
        if "/" not in text and "." not in text:
            return text in self.known
        found = self.resolve(text)
        return isinstance(found, PurePosixPath) and str(found) in self.known

    def _looks(self, text: str) -> bool:
        """Whether it can only be a path: one word with an extension or slashes."""
        if text.startswith("~/") or _DRIVE.match(text):
            return " " not in text
        if not _NAME.fullmatch(text) or text.startswith(
            ("-", "http:", "https:", "@", "$", "#", "+")
        ):
            return False
        name = re.split(r"[\\/]", text)[-1]
        stem, dot, extension = name.rpartition(".")
        if name in _BARE_NAMES:
            return True
        if dot and re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]{0,11}", extension):
            return bool(stem or "/" in text or text.startswith(".")) and not text.endswith("...")
        return (
            ("/" in text or "\\" in text)
            and bool(re.search(r"\w", name))
            and (text.count("/") + text.count("\\") >= 1 and not text.endswith(("/", "\\")))
        )


def _collapsed(parts: Sequence[str]) -> list[str]:
    """Without the ``..`` that stay inside."""
    out: list[str] = []
    for part in parts:
        if part == ".." and out and out[-1] != "..":
            out.pop()
        else:
            out.append(part)
    return out
