"""Sorts methods of a class and keys of a dictionary with their comments. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from assistant.builtin.scene import CannotDo, Edited, Scene, Wish, count
from assistant.builtin.trees import Tree, walk
from assistant.types import split_lines


@dataclass(frozen=True, slots=True)
class _Element:
    """``start`` is where its own comments begin, ``end`` where it ends without comma, ``tail``
    a comment behind."""

    key: tuple[bool, str]
    start: int
    end: int
    comma: str
    tail: str
    stop: int


def sort_members(wish: Wish, scene: Scene) -> Edited:
    """Methods by name within each run of methods.

    Those with two underscores first, equal names in their order.
    """
    tree = _tree(scene)
    classes = _chosen(tree, scene, "class_definition")
    text, done = scene.target.text, 0
    for node in reversed(_outermost(classes)):
        block = node.child_by_field_name("body")
        for run in reversed(_runs(tree, block.children if block else [])):
            _refuse_dependent(tree, run)
            new = _reordered(tree, run, lambda n: _method_key(tree, n))
            start, stop = _bounds(tree, run, lambda n: _method_key(tree, n))
            text = text[:start] + new + text[stop:]
            done += len(run)
    if not classes:
        raise CannotDo(
            "There is no class "
            f"{'in the selected lines' if scene.span else 'in ' + scene.target.path.name}."
        )
    return Edited(
        ((scene.target, text),),
        f"Sorted {count(done, 'method')} by name, special methods first.",
        scene.span,
    )


def sort_dicts(wish: Wish, scene: Scene) -> Edited:
    """Keys of dictionary displays in the region.

    One with ``**`` inside is left, since order decides there.
    """
    tree = _tree(scene)
    chosen = _outermost(_chosen(tree, scene, "dictionary"))
    text, done = scene.target.text, 0
    for node in reversed(chosen):
        pairs = [child for child in node.named_children if child.type != "comment"]
        if len(pairs) < 2 or any(child.type != "pair" for child in pairs):
            continue
        inner = [child for child in node.children if child.type not in ("{", "}")]
        start, stop = _bounds(tree, inner, lambda n: _pair_key(tree, n))
        text = text[:start] + _reordered(tree, inner, lambda n: _pair_key(tree, n)) + text[stop:]
        done += 1
    if not chosen:
        raise CannotDo(
            "There is no dictionary "
            f"{'in the selected lines' if scene.span else 'in ' + scene.target.path.name}."
        )
    return Edited(
        ((scene.target, text),),
        f"Sorted the keys of {count(done, 'dictionary', 'dictionaries')}.",
        scene.span,
    )


def _tree(scene: Scene) -> Tree:
    if not scene.language.is_python:
        raise CannotDo(
            f"This is done for Python and JSON; {scene.target.path.name} is {scene.language.name}."
        )
    tree = Tree(scene.target.text, "python")
    if tree.root.has_error:
        bad = next(node for node in walk(tree.root) if node.is_error or node.is_missing)
        raise CannotDo(
            f"{scene.target.path.name} has a syntax error near line {tree.line(bad) + 1}."
        )
    return tree


def _chosen(tree: Tree, scene: Scene, kind: str) -> list[Node]:
    lines = split_lines(scene.target.text)
    low = sum(map(len, lines[: scene.region.start]))
    high = low + sum(map(len, lines[scene.region.start : scene.region.end]))
    if scene.span is None and scene.caret is not None:
        low = sum(map(len, lines[: scene.caret]))
        around = [
            n
            for n in walk(tree.root)
            if n.type == kind and tree.span(n)[0] <= low < tree.span(n)[1]
        ]
        if around:
            return around
        low, high = 0, len(scene.target.text)
    return [
        n
        for n in walk(tree.root)
        if n.type == kind and tree.span(n)[0] < high and low < tree.span(n)[1]
    ]


def _outermost(nodes: Sequence[Node]) -> list[Node]:
    kept: list[Node] = []
    for node in nodes:
        if not kept or node.start_byte >= kept[-1].end_byte:
            kept.append(node)
    return kept


def _is_method(node: Node) -> bool:
    if node.type == "decorated_definition":
        inner = node.child_by_field_name("definition")
        return inner is not None and inner.type == "function_definition"
    return node.type == "function_definition"


def _runs(tree: Tree, nodes: Sequence[Node]) -> list[list[Node]]:
    """Methods in a row, with the comments between them; any other statement ends a run."""
    runs: list[list[Node]] = [[]]
    for node in nodes:
        if _is_method(node) or node.type == "comment":
            runs[-1].append(node)
        else:
            runs.append([])
    return [run for run in runs if sum(map(_is_method, run)) > 1]


def _method_key(tree: Tree, node: Node) -> tuple[bool, str] | None:
    if not _is_method(node):
        return None
    definition = node.child_by_field_name("definition") or node
    name_node = definition.child_by_field_name("name")
    name = tree.source(name_node) if name_node else ""
    return not (name.startswith("__") and name.endswith("__")), name


def _pair_key(tree: Tree, node: Node) -> tuple[bool, str] | None:
    if node.type != "pair":
        return None
    key = node.child_by_field_name("key")
    return False, tree.source(key).replace("'", '"') if key else ""


def _refuse_dependent(tree: Tree, run: Sequence[Node]) -> None:
    """A decorator or default that names another method of the run needs it to stand before."""
    keys = {id(node): _method_key(tree, node) for node in run}
    names = {key[1] for key in keys.values() if key}
    for node in run:
        own = keys[id(node)]
        definition = node.child_by_field_name("definition") or node
        parameters = definition.child_by_field_name("parameters")
        heads = [child for child in node.children if child.type == "decorator"] + (
            [parameters] if parameters else []
        )
        for head in heads:
            used = set(re.findall(r"[^\W\d]\w*", tree.source(head))) & names - {
                own[1] if own else ""
            }
            if head is not parameters and used:
                raise CannotDo(
                    f"`{own[1] if own else ''}` is decorated with `{sorted(used)[0]}`, so order "
                    "matters here."
                )


def _elements(
    tree: Tree, nodes: Sequence[Node], key: Callable[[Node], tuple[bool, str] | None]
) -> list[_Element]:
    found: list[_Element] = []
    lead: int | None = None
    for at, node in enumerate(nodes):
        own = key(node)
        if own is None:
            if node.type == "comment" and lead is None and not _is_tail(nodes, at):
                lead = tree.span(node)[0]
            continue
        start, end = tree.span(node)
        comma, tail, stop = "", "", end
        for after in nodes[at + 1 : at + 3]:
            if after.type == ",":
                comma, stop = ",", tree.span(after)[1]
            elif after.type == "comment" and after.start_point[0] == node.end_point[0]:
                tail, stop = tree.source(after), tree.span(after)[1]
            else:
                break
        found.append(_Element(own, start if lead is None else lead, end, comma, tail, stop))
        lead = None
    return found


def _is_tail(nodes: Sequence[Node], at: int) -> bool:
    return at > 0 and nodes[at - 1].end_point[0] == nodes[at].start_point[0]


def _bounds(
    tree: Tree, nodes: Sequence[Node], key: Callable[[Node], tuple[bool, str] | None]
) -> tuple[int, int]:
    elements = _elements(tree, nodes, key)
    return elements[0].start, elements[-1].stop


def _reordered(
    tree: Tree, nodes: Sequence[Node], key: Callable[[Node], tuple[bool, str] | None]
) -> str:
    """The texts in sorted order, in the places, commas and gaps that were there."""
    elements = _elements(tree, nodes, key)
    ordered = sorted(elements, key=lambda element: element.key)
    out = []
    for at, (place, element) in enumerate(zip(elements, ordered, strict=True)):
        gap = tree.text[place.stop : elements[at + 1].start] if at + 1 < len(elements) else ""
        if element.tail and gap and not re.match(r"[ \t]*[\r\n]", gap):
            raise CannotDo(
                "A comment stands behind one of several in a line, so they cannot change places."
            )
        tail = "  " + element.tail if element.tail else ""
        out.append(tree.text[element.start : element.end] + place.comma + tail + gap)
    return "".join(out)
