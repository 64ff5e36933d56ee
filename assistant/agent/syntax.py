"""Whether changed files can be read: Python, JSON, TOML, grammars. Runs none of them."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import tomllib
import warnings
from pathlib import PurePosixPath

from assistant.agent.proposal import Proposal
from assistant.builtin.languages import language_of
from assistant.builtin.trees import Tree, walk
from assistant.events import CheckFinished


class SyntaxCheck:
    """Whether the changed files can be read:

    Python by its compiler, JSON, TOML, others by their grammar.
    """

    name = "syntax"

    async def run(self, proposal: Proposal) -> CheckFinished | None:
        started = time.monotonic()
        read, problems = await asyncio.to_thread(_read_all, proposal)
        if not read:
            return None
        files = f"{len(read)} file{'s' if len(read) > 1 else ''}"
        summary = (
            f"{len(problems)} of {files} cannot be read" if problems else f"{files} can be read"
        )
        scope = ", ".join(sorted(set(read.values())))
        return CheckFinished(
            self.name, not problems, summary, time.monotonic() - started, scope, tuple(problems)
        )


def _read_all(proposal: Proposal) -> tuple[dict[PurePosixPath, str], list[str]]:
    """By which reader each file was read, and a line for each that could not be."""
    read: dict[PurePosixPath, str] = {}
    problems = []
    for path, text in proposal.texts().items():
        reader, problem = syntax_problem(path, text)
        if (
            reader
            and problem
            and reader.endswith("grammar")
            and syntax_problem(path, proposal.old(path))[1]
        ):
            continue  # the grammar could not read it before either: no evidence about the change
        if reader:
            read[path] = reader
            if problem:
                problems.append(f"{path}: {problem}")
    return read, problems


def syntax_problem(path: PurePosixPath, text: str) -> tuple[str, str]:
    """Who read the text (empty: nobody can) and what is wrong with it (empty: nothing).

    Runs none of it.
    """
    text = text.removeprefix("\ufeff")
    if path.suffix in (".py", ".pyi", ".pyw"):
        return f"Python {sys.version_info.major}.{sys.version_info.minor}", _python_problem(
            path, text
        )
    if path.suffix in (".json", ".toml"):
        load = json.loads if path.suffix == ".json" else tomllib.loads
        try:
            load(text)
        except (ValueError, RecursionError) as error:
            return path.suffix[1:].upper(), str(error)
        return path.suffix[1:].upper(), ""
    language = language_of(path)
    if not language.grammar:
        return "", ""
    tree = Tree(text, language.grammar)
    if not tree.root.has_error:
        return f"{language.name} grammar", ""
    bad = next((node for node in walk(tree.root) if node.is_error or node.is_missing), tree.root)
    return f"{language.name} grammar", f"line {tree.line(bad) + 1} does not fit the grammar"


def _python_problem(path: PurePosixPath, text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text.encode("utf-8", "surrogateescape"), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""
