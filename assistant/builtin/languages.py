"""Languages by file name: how a comment is written and which grammar reads it. A table, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Language:
    """``line`` starts a comment up to the end of the line, ``block`` is an opening and a closing mark.

    ``grammar`` names a tree-sitter package; ``quotes`` are the string delimiters the plain scanner knows.
    """

    name: str
    line: str = ""
    block: tuple[str, str] | None = None
    grammar: str = ""
    quotes: tuple[str, ...] = ('"', "'")
    fence: str = ""

    @property
    def is_python(self) -> bool:
        return self.grammar == "python"


_C = ("/*", "*/")
_XML = ("<!--", "-->")
PYTHON = Language("Python", "#", grammar="python", quotes=('"""', "'''", '"', "'"), fence="python")
PLAIN = Language("plain text", quotes=())

_TABLE: tuple[tuple[str, Language], ...] = (
    ("py pyi pyw SConstruct SConscript", PYTHON),
    (
        "js mjs cjs jsx",
        Language("JavaScript", "//", _C, "javascript", ('"', "'", "`"), "javascript"),
    ),
    ("ts mts cts", Language("TypeScript", "//", _C, "typescript", ('"', "'", "`"), "typescript")),
    ("tsx", Language("TSX", "//", _C, "tsx", ('"', "'", "`"), "tsx")),
    ("go", Language("Go", "//", _C, "go", ('"', "'", "`"), "go")),
    ("rs", Language("Rust", "//", _C, "rust", ('"',), "rust")),
    ("c h", Language("C", "//", _C, "c", fence="c")),
    ("cc cpp cxx hpp hh hxx ino", Language("C++", "//", _C, "cpp", fence="cpp")),
    ("java", Language("Java", "//", _C, "java", ('"""', '"', "'"), "java")),
    ("cs", Language("C#", "//", _C, "c_sharp", fence="csharp")),
    ("rb rake Gemfile Rakefile", Language("Ruby", "#", None, "ruby", fence="ruby")),
    ("php", Language("PHP", "//", _C, "php", fence="php")),
    ("lua", Language("Lua", "--", ("--[[", "]]"), "lua", fence="lua")),
    ("sh bash zsh ksh .bashrc .profile", Language("shell", "#", None, "bash", fence="bash")),
    ("html htm vue svelte", Language("HTML", "", _XML, "html", fence="html")),
    ("xml svg xsd xsl qrc ui", Language("XML", "", _XML, fence="xml")),
    ("css", Language("CSS", "", _C, "css", fence="css")),
    ("scss less sass", Language("SCSS", "//", _C, fence="scss")),
    ("kt kts", Language("Kotlin", "//", _C, quotes=('"""', '"', "'"), fence="kotlin")),
    ("swift", Language("Swift", "//", _C, quotes=('"""', '"'), fence="swift")),
    ("scala", Language("Scala", "//", _C, quotes=('"""', '"', "'"), fence="scala")),
    ("dart groovy gradle zig v proto jsonc json5 hcl", Language("C-like", "//", _C)),
    ("json geojson webmanifest", Language("JSON", quotes=('"',), fence="json")),
    ("yaml yml", Language("YAML", "#", fence="yaml")),
    ("toml", Language("TOML", "#", quotes=('"""', "'''", '"', "'"), fence="toml")),
    ("ini cfg conf properties .editorconfig .env", Language("settings", "#", fence="ini")),
    (".gitignore .dockerignore .gitattributes CODEOWNERS", Language("list", "#", quotes=())),
    ("Dockerfile Containerfile dockerfile", Language("Dockerfile", "#", fence="dockerfile")),
    ("Makefile makefile GNUmakefile mk", Language("Makefile", "#", fence="makefile")),
    ("CMakeLists.txt cmake", Language("CMake", "#", quotes=('"',))),
    ("sql", Language("SQL", "--", _C, quotes=("'", '"'), fence="sql")),
    ("r R jl pl pm tcl awk nim cr ex exs", Language("script", "#")),
    ("tf tfvars", Language("Terraform", "#", _C, quotes=('"',))),
    ("ps1 psm1", Language("PowerShell", "#", ("<#", "#>"))),
    ("hs elm purs adb ads vhd", Language("Haskell", "--", quotes=('"',))),
    ("lisp el clj cljs cljc edn scm rkt asm", Language("Lisp", ";", quotes=('"',))),
    ("erl hrl tex sty cls bib m", Language("percent", "%", quotes=())),
    ("bat cmd", Language("batch", "REM ", quotes=('"',))),
    ("vim", Language("Vim", '"', quotes=("'",))),
    ("f90 f95 f03", Language("Fortran", "!")),
    ("md markdown", Language("Markdown", "", _XML, quotes=(), fence="markdown")),
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
