"""Docstring skeletons, try blocks, import lines and quotes by grammar. Pure."""

from __future__ import annotations

import re

from tree_sitter import Node

from assistant.builtin.scene import (
    CannotDo,
    Edited,
    Scene,
    Wish,
    body,
    count,
    end,
    line_end,
    replace_region,
)
from assistant.builtin.trees import Tree, quiet_spans, walk
from assistant.types import split_lines

_TRY: dict[str, tuple[str, ...]] = {
    "python": ("try:", "except Exception:", "raise  # TODO: handle the error", ""),
    "javascript": ("try {", "} catch (error) {", "throw error; // TODO: handle the error", "}"),
    "java": ("try {", "} catch (Exception error) {", "throw error; // TODO: handle the error", "}"),
    "c_sharp": ("try {", "} catch (Exception) {", "throw; // TODO: handle the error", "}"),
    "cpp": ("try {", "} catch (...) {", "throw; // TODO: handle the error", "}"),
    "php": (
        "try {",
        "} catch (\\Throwable $error) {",
        "throw $error; // TODO: handle the error",
        "}",
    ),
}
_TRY |= {"typescript": _TRY["javascript"], "tsx": _TRY["javascript"]}
_IMPORT = re.compile(
    r"\s*(?:import\b|from\b.*\bimport\b|#\s*include\b|using\s+[\w.]+;|use\s+[\w:\\]+|require\b)[^{(]*(?:\{[^}]*\}[^{(]*)?;?\s*$"
)
_BARE = re.compile(r"\s*import\s*[\"']")
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")


def wrap_in_try(wish: Wish, scene: Scene) -> Edited:
    """The handler raises again, so that nothing changes until a person writes what shall happen."""
    head, handler, again, close = _TRY.get(scene.language.grammar, ("",) * 4)
    if not head:
        raise CannotDo(f"A try block is not known for {scene.language.name} here.")
    if scene.span is None:
        raise CannotDo("Select the lines that shall stand in the try block.")
    lines = list(scene.target.lines(scene.span))
    fixed = {number - scene.span.start for number in inside_strings(scene)}
    own = [line for at, line in enumerate(lines) if line.strip() and at not in fixed]
    leads = [line[: len(line) - len(line.lstrip(" \t"))] for line in own]
    if not leads:
        raise CannotDo("The selected lines are empty.")
    lead = min(leads, key=len)
    unit, eol = "\t" if "\t" in "".join(leads) else "    ", line_end(scene.target.text)
    inner = [
        line if at in fixed or not line.strip() else unit + line for at, line in enumerate(lines)
    ]
    if not end(inner[-1]):
        inner[-1] += eol
    new = [
        lead + head + eol,
        *inner,
        lead + handler + eol,
        lead + unit + again + eol,
        *([lead + close + eol] if close else []),
    ]
    if not end(lines[-1]):
        new[-1] = body(new[-1])
    edited = replace_region(
        scene,
        new,
        "Wrapped in a try block whose handler raises again; write there what shall happen.",
    )
    _refuse_broken(scene, edited.texts[0][1])
    return edited


def _refuse_broken(scene: Scene, new: str) -> None:
    grammar = scene.language.grammar
    if not Tree(scene.target.text, grammar).root.has_error and Tree(new, grammar).root.has_error:
        raise CannotDo(
            "The selected lines are not whole statements; select them from first to last line."
        )


def inside_strings(scene: Scene) -> set[int]:
    """Numbers of the lines that begin inside a string, where blanks are data.

    Empty for unknown languages.
    """
    if not scene.language.grammar:
        return set()
    text = scene.target.text
    spans = [
        (a, b)
        for a, b in quiet_spans(text, scene.language)
        if "\n" in text[a:b] and _is_string(text, a)
    ]
    found, at = set(), 0
    for number, line in enumerate(split_lines(text)):
        if any(start < at < stop for start, stop in spans):
            found.add(number)
        at += len(line)
    return found


def _is_string(text: str, start: int) -> bool:
    return not text.startswith(("#", "//", "/*", "--", "<!--"), start)


def add_docstrings(wish: Wish, scene: Scene) -> Edited:
    """For functions without one: those defined in the selection, around the caret, or all.

    Marked TODO throughout.
    """
    if not scene.language.is_python:
        raise CannotDo(
            f"Docstrings are for Python; {scene.target.path.name} is {scene.language.name}."
        )
    tree = Tree(scene.target.text, "python")
    if tree.root.has_error:
        raise CannotDo(f"{scene.target.path.name} has a syntax error.")
    chosen = _functions(tree, scene)
    text, done = scene.target.text, 0
    for node in reversed(chosen):
        place = _docstring_place(tree, node)
        if place is None:
            continue
        at, lead = place
        eol = line_end(text)
        lines = _skeleton(tree, node)
        text = (
            text[:at] + "".join((lead + line if line else "") + eol for line in lines) + text[at:]
        )
        done += 1
    if not done:
        return Edited(
            said="Nothing to change: every function there has a docstring, or stands on one line."
        )
    said = (
        f"Added {count(done, 'docstring skeleton')} from the signature; each TODO waits for "
        "your words."
    )
    return Edited(((scene.target, text),), said)


def _functions(tree: Tree, scene: Scene) -> list[Node]:
    found = [node for node in walk(tree.root) if node.type == "function_definition"]
    if scene.span is not None:
        inside = [n for n in found if scene.span.start <= tree.line(n) < scene.span.end]
        found = (
            inside
            or [
                n
                for n in found
                if tree.line(n) < scene.span.end and n.end_point[0] >= scene.span.start
            ][-1:]
        )
    elif scene.caret is not None:
        around = [n for n in found if tree.line(n) <= scene.caret <= n.end_point[0]]
        found = around[-1:] or found
    return found


def _docstring_place(tree: Tree, node: Node) -> tuple[int, str] | None:
    """Where it goes and its indentation.

    None when there is one, or when the body is on the line of the head.
    """
    block = node.child_by_field_name("body")
    first = block.named_children[0] if block and block.named_children else None
    colon = [child for child in node.children if child.type == ":"]
    if first is None or not colon:
        return None
    statement = (
        next((child for child in block.named_children if child.type != "comment"), first)
        if block
        else first
    )
    if statement.type == "string" or (
        statement.type == "expression_statement"
        and statement.named_children
        and statement.named_children[0].type in ("string", "concatenated_string")
    ):
        return None
    after = tree.span(colon[-1])[1]
    line = re.compile(r"[ \t]*(?:#[^\r\n]*)?(\r\n|\r|\n)").match(tree.text, after)
    if line is None:
        return None
    start = tree.span(statement)[0]
    row = max(tree.text.rfind("\n", 0, start), tree.text.rfind("\r", 0, start)) + 1
    return line.end(), tree.text[row:start]


def _skeleton(tree: Tree, node: Node) -> list[str]:
    name_node, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
    name = tree.source(name_node) if name_node else "it"
    names = [
        found
        for child in (parameters.named_children if parameters else [])
        if (found := _parameter(tree, child))
    ]
    names = [found for at, found in enumerate(names) if not (at == 0 and found in ("self", "cls"))]
    lines = [f'"""TODO: say what {name} does.']
    if names:
        lines += ["", "Args:", *(f"    {found}: TODO." for found in names)]
    own = list(_own(node))
    if any(n.type == "yield" for n in own):
        lines += ["", "Yields:", "    TODO."]
    elif any(n.type == "return_statement" and n.named_children for n in own):
        lines += ["", "Returns:", "    TODO."]
    if len(lines) == 1:
        return [lines[0] + '"""']
    return [*lines, '"""']


def _own(node: Node) -> list[Node]:
    """The nodes of a function without those of functions inside it."""
    found, stack = [], list(node.children)
    while stack:
        current = stack.pop()
        found.append(current)
        if current.type not in ("function_definition", "class_definition", "lambda"):
            stack.extend(current.children)
    return found


def _parameter(tree: Tree, node: Node) -> str:
    if node.type in ("comment", "keyword_separator", "positional_separator"):
        return ""
    match = re.match(r"\*{0,2}[^\W\d]\w*", tree.source(node))
    return match.group() if match else ""


def sort_import_lines(wish: Wish, scene: Scene) -> Edited:
    """Runs of one-line imports, by module.

    An import only for its effect keeps its place, and what is around it.
    """
    lines = list(scene.target.lines(scene.region))
    done, at = 0, 0
    while at < len(lines):
        stop = at
        while (
            stop < len(lines) and _IMPORT.match(body(lines[stop])) and not _BARE.match(lines[stop])
        ):
            stop += 1
        if stop - at > 1:
            texts = sorted((body(line) for line in lines[at:stop]), key=_import_key)
            lines[at:stop] = [
                text + end(line) for text, line in zip(texts, lines[at:stop], strict=True)
            ]
            done += stop - at
        at = stop + 1
    if not done:
        raise CannotDo(f"There are no import lines in a row in {scene.target.path.name}.")
    return replace_region(scene, lines, f"Sorted {count(done, 'import line')} within their groups.")


def _import_key(line: str) -> tuple[str, str]:
    quoted = _QUOTED.search(line)
    return (quoted[1] if quoted else line.strip().rstrip(";")).casefold(), line


def turn_quotes(wish: Wish, scene: Scene) -> Edited:
    """JavaScript and TypeScript; a string with a quote or a backslash in it stays."""
    if scene.language.grammar not in ("javascript", "typescript", "tsx"):
        raise CannotDo(
            f"Quotes are changed in Python and JavaScript; {scene.target.path.name} is "
            f"{scene.language.name}."
        )
    mark = '"' if wish.get("to") == "double" else "'"
    tree, text, done = Tree(scene.target.text, scene.language.grammar), scene.target.text, 0
    for node in reversed([n for n in walk(tree.root) if n.type == "string" and n.is_named]):
        start, stop = tree.span(node)
        inner = text[start + 1 : stop - 1]
        chosen = scene.span is None or scene.span.start <= tree.line(node) < scene.span.end
        parent = node.parent
        if (
            chosen
            and text[start] != mark
            and not re.search(r"[\"'\\]", inner)
            and not (parent and parent.type == "jsx_attribute")
        ):
            text = text[:start] + mark + inner + mark + text[stop:]
            done += 1
    return Edited(
        ((scene.target, text),),
        f"Changed {count(done, 'string')} to {wish.get('to')} quotes.",
        scene.span,
    )
