"""Languages by file name: comment marks, quotes, grammar. A table, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Language:
    """``line`` starts a comment up to the end of the line, ``block`` is an opening and a closing
    mark.

    ``grammar`` names a tree-sitter package; ``quotes`` are the string delimiters the plain scanner
    knows.
    """

    name: str
    line: str = ""
    block: tuple[str, str] | None = None
    grammar: str = ""
    quotes: tuple[str, ...] = ('"', "'")

    @property
    def is_python(self) -> bool:
        return self.grammar == "python"


_C = ("/*", "*/")
_XML = ("<!--", "-->")
PYTHON = Language("Python", "#", grammar="python", quotes=('"""', "'''", '"', "'"))
PLAIN = Language("plain text", quotes=())

_TABLE: tuple[tuple[str, Language], ...] = (
    ("py pyi pyw SConstruct SConscript", PYTHON),
    (
        "js mjs cjs jsx",
        Language("JavaScript", "//", _C, "javascript", ('"', "'", "`")),
    ),
    ("ts mts cts", Language("TypeScript", "//", _C, "typescript", ('"', "'", "`"))),
    ("tsx", Language("TSX", "//", _C, "tsx", ('"', "'", "`"))),
    ("go", Language("Go", "//", _C, "go", ('"', "'", "`"))),
    ("rs", Language("Rust", "//", _C, "rust", ('"',))),
    ("c h", Language("C", "//", _C, "c")),
    ("cc cpp cxx hpp hh hxx ino", Language("C++", "//", _C, "cpp")),
    ("java", Language("Java", "//", _C, "java", ('"""', '"', "'"))),
    ("cs", Language("C#", "//", _C, "c_sharp")),
    ("rb rake Gemfile Rakefile", Language("Ruby", "#", None, "ruby")),
    ("php", Language("PHP", "//", _C, "php")),
    ("lua", Language("Lua", "--", ("--[[", "]]"), "lua")),
    ("sh bash zsh ksh .bashrc .profile", Language("shell", "#", None, "bash")),
    ("html htm vue svelte", Language("HTML", "", _XML, "html")),
    ("xml svg xsd xsl qrc ui", Language("XML", "", _XML)),
    ("css", Language("CSS", "", _C, "css")),
    ("scss less sass", Language("SCSS", "//", _C)),
    ("kt kts", Language("Kotlin", "//", _C, quotes=('"""', '"', "'"))),
    ("swift", Language("Swift", "//", _C, quotes=('"""', '"'))),
    ("scala", Language("Scala", "//", _C, quotes=('"""', '"', "'"))),
    ("dart groovy gradle zig v proto jsonc json5 hcl", Language("C-like", "//", _C)),
    ("json geojson webmanifest", Language("JSON", quotes=('"',))),
    ("yaml yml", Language("YAML", "#")),
    ("toml", Language("TOML", "#", quotes=('"""', "'''", '"', "'"))),
    ("ini cfg conf properties .editorconfig .env", Language("settings", "#")),
    (".gitignore .dockerignore .gitattributes CODEOWNERS", Language("list", "#", quotes=())),
    ("Dockerfile Containerfile dockerfile", Language("Dockerfile", "#")),
    ("Makefile makefile GNUmakefile mk", Language("Makefile", "#")),
    ("CMakeLists.txt cmake", Language("CMake", "#", quotes=('"',))),
    ("sql", Language("SQL", "--", _C, quotes=("'", '"'))),
    ("r R jl pl pm tcl awk nim cr ex exs", Language("script", "#")),
    ("tf tfvars", Language("Terraform", "#", _C, quotes=('"',))),
    ("ps1 psm1", Language("PowerShell", "#", ("<#", "#>"))),
    ("hs elm purs adb ads vhd", Language("Haskell", "--", quotes=('"',))),
    ("lisp el clj cljs cljc edn scm rkt asm", Language("Lisp", ";", quotes=('"',))),
    ("erl hrl tex sty cls bib m", Language("percent", "%", quotes=())),
    ("bat cmd", Language("batch", "REM ", quotes=('"',))),
    ("vim", Language("Vim", '"', quotes=("'",))),
    ("f90 f95 f03", Language("Fortran", "!")),
    ("md markdown", Language("Markdown", "", _XML, quotes=())),
    ("ml mli fs fsi", Language("OCaml", "", ("(*", "*)"), quotes=('"',))),
    ("pas dpr", Language("Pascal", "//", ("{", "}"), quotes=("'",))),
    ("sol", Language("Solidity", "//", _C)),
)


def language_of(path: PurePosixPath) -> Language:
    """By whole name first (``Makefile``), then by ending; PLAIN when neither is known."""
    for wanted in (path.name, path.suffix[1:], path.suffix[1:].lower()):
        for names, language in _TABLE:
            if wanted and wanted in names.split():
                return language
    return PLAIN
