"""What a shell command surely is: its programs and words, or why that cannot be said. Runs nothing.

Fail closed: the text must be a list of plain commands to bash's own grammar, without expansions,
redirections, substitutions or background jobs, and every program must be one that is known to be
harmless in a throw-away copy. Anything else is for the person to judge. This is no boundary: the
sandbox is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_NODES = frozenset(
    ("program", "list", "pipeline", "command", "command_name", "word", "string", "string_content",
     "raw_string", "number", "concatenation", "comment")
)  # fmt: skip
_MARKS = frozenset(("&&", "||", ";", "|", '"', "\n"))
"""Neither ``&`` nor ``|&``: what runs in the background outlives the command."""
_MORE = {
    "&": "a part of it would go on in the background",
    "|&": "it joins output and errors",
    "redirected_statement": "it writes to a file, or reads from one",
    "file_redirect": "it writes to a file, or reads from one",
    "heredoc_redirect": "it holds a text of its own",
    "command_substitution": "it holds a command within a command",
    "process_substitution": "it holds a command within a command",
    "simple_expansion": "it uses a variable",
    "expansion": "it uses a variable",
    "variable_assignment": "it sets a variable",
    "declaration_command": "it sets a variable",
    "subshell": "it starts another shell",
    "for_statement": "it holds a loop",
    "while_statement": "it holds a loop",
    "if_statement": "it holds a condition",
    "case_statement": "it holds a condition",
    "test_command": "it holds a condition",
    "function_definition": "it defines a function",
}
"""What the shell would do besides running programs, for the person."""
_EXPANDS = frozenset("\\$`*?[]{}~!")
_LONGEST = 4_000
_RUNNERS = frozenset(
    ("python", "python3", "pytest", "py.test", "unittest", "ruff", "mypy", "pyright", "black",
     "isort", "flake8", "pylint", "tox", "nox", "coverage", "node", "npm", "pnpm", "yarn",
     "tsc", "eslint", "prettier", "jest", "vitest", "mocha", "deno", "bun", "cargo", "rustc", "go",
     "gofmt", "make", "cmake", "ctest", "ninja", "gcc", "g++", "cc", "c++", "clang", "clang++",
     "javac", "java", "gradle", "mvn", "dotnet", "ruby", "rspec", "rubocop", "php", "phpunit",
     "lua", "stylua", "shellcheck")
)  # fmt: skip
"""They run the project's code, in the sandbox, which is what the person asked for."""
_READERS = frozenset(
    ("cat", "head", "tail", "wc", "ls", "grep", "egrep", "fgrep", "rg", "diff", "cmp", "sort",
     "uniq", "cut", "tr", "nl", "echo", "printf", "pwd", "true", "false", "test", "basename",
     "dirname", "stat", "file", "tree", "find", "sed", "cd", "which", "jq")
)  # fmt: skip
_WRITES = {
    "find": ("-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fprintf", "-fls"),
    "rg": ("--pre", "--pre-glob", "--hostname-bin", "--search-zip", "-z"),
    "sort": ("-o", "--output", "--compress-program"),
    "sed": ("-i", "--in-place", "-f", "--file", "-s"),
    "tree": ("-o", "-R"),
    "npm": ("publish", "login", "adduser", "token", "config", "exec"),
    "yarn": ("publish", "login", "dlx"),
    "pnpm": ("publish", "login", "dlx"),
    "cargo": ("publish", "login", "install", "yank", "owner"),
    "go": ("install", "get", "-exec", "-toolexec"),
    "dotnet": ("nuget", "tool"),
}
"""Options and words with which a program does more than its name says."""
_SED_PRINTS = re.compile(r"^(\d+|\$)(,(\d+|\$))?p$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``argvs`` are the programs with their words, in order; empty when ``why`` says that nobody
    can be sure of them.
    """

    argvs: tuple[tuple[str, ...], ...] = ()
    why: str = ""

    @property
    def plain(self) -> bool:
        return not self.why


def judge(command: str) -> Verdict:
    """Whether the text is nothing but known programs with plain words."""
    if why := _unreadable(command):
        return Verdict(why=why)
    tree = _parser().parse(command.encode())
    if tree.root_node.has_error:
        return Verdict(why="it is not a complete command")
    found, why = _commands(tree.root_node)
    if why:
        return Verdict(why=why)
    argvs = []
    for node in found:
        words = [_words(child) for child in node.children]
        if any(word is None for word in words):
            return Verdict(why="the shell would expand a part of it")
        argvs.append(tuple(word for word in words if word is not None))
    if not argvs:
        return Verdict(why="it holds no command")
    unknown = next((why for argv in argvs if (why := _doubt(argv))), "")
    return Verdict(why=unknown) if unknown else Verdict(tuple(argvs))


def hidden(text: str) -> bool:
    """Whether the text has characters that a reader would not see, or that reorder others."""
    return any(
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and c not in "\n\t"
        for c in text
    )


def _unreadable(command: str) -> str:
    if not command.strip():
        return "it holds no command"
    if len(command) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if hidden(command):
        return "it has characters that cannot be seen"
    if not command.isascii():
        return "it has letters that look like others"
    if "\\\n" in command:
        return "a line goes on where it seems to end"
    return ""


def _commands(root: Node) -> tuple[list[Node], str]:
    """All command nodes in the order of the text, or what is between them that is not plain."""
    todo, found = [root], []
    while todo:
        node = todo.pop()
        if node.is_named:
            if node.type not in _NODES:
                return [], _MORE.get(node.type, "it is more than plain commands")
        elif node.type not in _MARKS:
            return [], _MORE.get(node.type, "it is more than plain commands")
        if node.type == "command":
            found.append(node)
        todo.extend(node.children)
    return sorted(found, key=lambda node: node.start_byte), ""


def _words(node: Node) -> str | None:
    """What a word says to the program; None when the shell would make something else of it."""
    text = (node.text or b"").decode("utf-8", "replace")
    match node.type:
        case "raw_string":
            return text[1:-1]
        case "string":
            inner = text[1:-1]
            return None if set(inner) & set("\\$`!") else inner
        case "concatenation":
            parts = [_words(child) for child in node.children]
            return None if None in parts else "".join(part or "" for part in parts)
        case "command_name":
            return _words(node.children[0]) if node.children else text
        case "word" | "number":
            return None if set(text) & _EXPANDS else text
    return None


def _doubt(argv: tuple[str, ...]) -> str:
    """Why a command needs the person's eye, or nothing."""
    program = argv[0]
    if program not in _RUNNERS and program not in _READERS:
        return f"{program} is not a program that is run without asking"
    bad = _WRITES.get(program, ())
    for word in argv[1:]:
        name = word.split("=", 1)[0]
        short = any(
            len(option) == 2 and word.startswith(option) for option in bad if option[:1] == "-"
        )
        if name in bad or short:
            return f"{program} with {word} does more than it seems"
    if program == "sed" and not _only_prints(argv[1:]):
        return "sed can write files and run programs"
    if program == "cd" and any(part == ".." for word in argv[1:] for part in word.split("/")):
        return "it leaves the folder"
    if program == "cd" and any(word.startswith("/") for word in argv[1:]):
        return "it leaves the folder"
    return ""


def _only_prints(words: tuple[str, ...]) -> bool:
    """``sed -n 3,9p file`` and nothing else."""
    return len(words) >= 2 and words[0] == "-n" and bool(_SED_PRINTS.match(words[1]))


@cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))
