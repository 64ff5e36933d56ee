"""Where in a Python text the wanted thing is. Reads it by ast, never runs it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class NoPlace(Exception):
    """The thing is not there; the message is a sentence, ``{file}`` stands for the file's name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    r"""A text whose line ends are ``\n``, the selected lines (0-based, half-open) or None, and
    the caret's line."""

    text: str
    span: list[int] | None
    caret: int | None

    @property
    def starts(self) -> list[int]:
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def offset(self, row: int, column: int) -> int:
        """From the 1-based row and the UTF-8 column of ``ast``."""
        start = self.starts[row - 1]
        line = self.text[start:].split("\n", 1)[0]
        return start + len(line.encode("utf-8")[:column].decode("utf-8"))

    def selected(self) -> tuple[int, int]:
        """Offsets of the selected lines, or of the whole text."""
        if self.span is None:
            return 0, len(self.text)
        starts = self.starts
        return starts[self.span[0]], min(starts[min(self.span[1], len(starts) - 1)], len(self.text))

    def tree(self) -> ast.Module:
        """Raises SyntaxError."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(self.text)


def name_place(wanted: Wanted, name: str) -> int:
    """Where ``name`` stands: in the selection, at a definition, near the caret, or first. Empty:

    What is defined here.
    """
    tree = wanted.tree()
    if not name:
        return _defined_here(wanted, tree)
    owner, _, last = name.rpartition(".")
    places = sorted(set(_occurrences(wanted, tree, last)))
    low, high = wanted.selected()
    if owner:
        low, high = _body_of(wanted, tree, owner)
    inside = [place for place in places if low <= place[0] < high]
    chosen = inside or places
    if not chosen or (owner and not inside):
        raise NoPlace(f"`{name}` does not occur as a name in {{file}}.")
    if wanted.span is None and wanted.caret is not None and not owner:
        row = wanted.starts[min(wanted.caret, len(wanted.starts) - 1)]
        after = [place for place in chosen if place[0] >= row]
        return (after[0] if after else chosen[-1])[0]
    definitions = [place for place in chosen if place[1]]
    return (definitions or chosen)[0][0]


def _defined_here(wanted: Wanted, tree: ast.Module) -> int:
    """The first definition in the selected lines, or the one the caret stands in."""
    low, high = wanted.selected()
    definitions = [node for node in ast.walk(tree) if isinstance(node, Definition)]
    if wanted.span is None and wanted.caret is not None:
        row = wanted.caret + 1
        around = [d for d in definitions if d.lineno <= row <= (d.end_lineno or d.lineno)]
        if around:
            return _name_of(wanted, max(around, key=lambda d: d.lineno))
    elif wanted.span is not None:
        inside = sorted(p for p in (_name_of(wanted, d) for d in definitions) if low <= p < high)
        if inside:
            return inside[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and wanted.span[0] < node.lineno <= wanted.span[1]:
                target = node.targets[0]
                if isinstance(target, ast.Name):
                    return wanted.offset(target.lineno, target.col_offset)
    raise NoPlace("Say which name, for example: rename `fetch` to `load`.")


def _name_of(wanted: Wanted, node: Definition) -> int:
    start = wanted.offset(node.lineno, node.col_offset)
    found = re.compile(r"(?:async\s+)?(?:def|class)\s+").match(wanted.text, start)
    return found.end() if found else start


def _body_of(wanted: Wanted, tree: ast.Module, owner: str) -> tuple[int, int]:
    scope: ast.AST = tree
    for part in owner.split("."):
        found = next(
            (
                n
                for n in ast.walk(scope)
                if isinstance(n, Definition) and n.name == part and n is not scope
            ),
            None,
        )
        if found is None:
            raise NoPlace(f"There is no `{owner}` in {{file}}.")
        scope = found
    assert isinstance(scope, Definition)
    return wanted.offset(scope.lineno, scope.col_offset), wanted.offset(
        scope.end_lineno or 1, scope.end_col_offset or 0
    )


def _occurrences(wanted: Wanted, tree: ast.Module, name: str) -> Iterator[tuple[int, bool]]:
    """Offsets of ``name`` in the tree, and whether it is defined there."""
    for node in ast.walk(tree):
        if isinstance(node, Definition) and node.name == name:
            yield _name_of(wanted, node), True
        elif isinstance(node, ast.Name) and node.id == name:
            yield wanted.offset(node.lineno, node.col_offset), isinstance(node.ctx, ast.Store)
        elif isinstance(node, ast.arg) and node.arg == name:
            yield wanted.offset(node.lineno, node.col_offset), True
        elif isinstance(node, ast.Attribute) and node.attr == name:
            yield (
                wanted.offset(node.end_lineno or 1, node.end_col_offset or 0) - len(name),
                isinstance(node.ctx, ast.Store),
            )
        elif isinstance(node, ast.alias) and name in (node.asname, node.name):
            start = wanted.offset(node.lineno, node.col_offset)
            yield start + (len(node.name) + 4 if node.asname == name else 0), False
        elif isinstance(node, ast.ExceptHandler) and node.name == name:
            start = wanted.offset(node.lineno, node.col_offset)
            found = re.compile(rf"\bas\s+({re.escape(name)})\b").search(wanted.text, start)
            if found:
                yield found.start(1), True


def statements_place(wanted: Wanted) -> tuple[int, int]:
    """The selected lines without blanks at either end. Raises NoPlace when nothing is selected."""
    wanted.tree()
    if wanted.span is None:
        raise NoPlace("Select the lines that shall become the function.")
    start, end = wanted.selected()
    text = wanted.text[start:end]
    if not text.strip():
        raise NoPlace("The selected lines are empty.")
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())


def expression_place(wanted: Wanted, expression: str) -> tuple[int, int]:
    """Where the expression stands:

    The one that was named, or the value of the one selected statement.
    """
    tree = wanted.tree()
    low, high = wanted.selected()
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    if expression:
        wished = ast.dump(ast.parse(expression.strip(), mode="eval").body)
        places = sorted(_span(wanted, node) for node in nodes if ast.dump(node) == wished)
        inside = [place for place in places if low <= place[0] and place[1] <= high]
        if not inside:
            raise NoPlace(f"`{expression}` does not stand there as an expression.")
        return inside[0]
    if wanted.span is None and wanted.caret is None:
        raise NoPlace("Say which expression, for example: extract `a + b` into a variable total.")
    first, last = wanted.span or [wanted.caret or 0, (wanted.caret or 0) + 1]
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and first < node.lineno <= last
    ]
    values = [value for node in found if (value := _value(node)) is not None]
    if len(values) != 1:
        raise NoPlace("Say which expression, for example: extract `a + b` into a variable total.")
    return _span(wanted, values[0])


def _span(wanted: Wanted, node: ast.expr) -> tuple[int, int]:
    return wanted.offset(node.lineno, node.col_offset), wanted.offset(
        node.end_lineno or 1, node.end_col_offset or 0
    )


def _value(node: ast.stmt) -> ast.expr | None:
    """The expression a person means by "this line"."""
    match node:
        case (
            ast.Return(value=value)
            | ast.Assign(value=value)
            | ast.AugAssign(value=value)
            | ast.AnnAssign(value=value)
        ):
            return value
        case ast.If(test=test) | ast.Assert(test=test):
            return test
        case ast.For(iter=iterated):
            return iterated
        case ast.Expr(value=ast.Call(args=[only], keywords=[])):
            return only
    return None
