"""What is read back of the index for another path is what taking the text apart there gives."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from assistant.context.chunks import FIELDS, Analysis, analyse
from assistant.context.contents import Contents
from assistant.context.copies import Copies, same_kind
from assistant.context.store import Index
from assistant.context.terms import Splitter

_TEXT = '''"""Parses headers."""
import os


class HeaderParser:
    def parse_header(self, name, value):
        return {name: os.fspath(value)}


def header_module(parser):
    return parser.parse_header("parser", "module parser module")
'''


def _told(found: Analysis) -> list[object]:
    """Everything but the file's own numbers of words."""

    def words(ids: object, counts: object) -> Counter[str]:
        return Counter({found.terms[i]: n for i, n in zip(ids, counts, strict=True)})  # type: ignore[call-overload]

    at = found.offsets
    chunks = [words(found.ids[a:b], found.counts[a:b]) for a, b in pairwise(at)]
    fields = {name: words(*found.fields[name]) for name in FIELDS}
    rows = (found.chunks.tolist(), found.definitions.tolist(), found.symbol_names)
    return [found.language, found.lines, chunks, fields, rows]


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize(
    "path", ["b/header_parser.py", "a/module_parser.py", "a/header.py", "tests/deep/x.py"]
)
def test_a_copy_is_what_taking_it_apart_gives(path: str, merged: bool) -> None:
    index, splitter = Index(), Splitter()
    index.add("other/z.py", analyse("other/z.py", "def zed(parser): ...\n", splitter))
    old = "a/header_parser.py"
    entry = index.add(old, analyse(old, _TEXT, splitter), digest="d", size=1)
    if merged:
        index.merge()
    copies = Copies(index, [entry])
    assert len(list(copies.read())) == 4
    found = copies.analysis(entry, path, splitter)
    assert found is not None
    assert _told(found) == _told(analyse(path, _TEXT, splitter))


def test_a_file_that_left_is_read_back_after_sorting_until_it_is_let_go() -> None:
    index, splitter = Index(), Splitter()
    entry = index.add("a/b.py", analyse("a/b.py", _TEXT, splitter), digest="d", size=1)
    index.drop("a/b.py")
    index.merge()
    assert index.contents.find("d") is entry and index.contents.left(entry)
    chunk = index.fields["chunk"]
    assert len(chunk.documents) and not chunk.alive.any()
    index.bring_back(entry)
    assert index.files == {"a/b.py": entry} and not index.contents.left(entry)
    index.drop("a/b.py")
    index.forget_left()
    index.merge()
    assert index.contents.find("d") is None and not len(chunk.documents)


def test_those_that_left_first_are_let_go_first() -> None:
    index, splitter = Index(), Splitter()
    index.contents = Contents(most=4)
    for name in "abc":
        path = f"{name}.py"
        index.add(path, analyse(path, _TEXT, splitter), digest=name, size=1)
        index.drop(path)
    assert index.contents.find("a") is None
    assert index.contents.find("c") is not None
    index.merge()
    held = index.contents.find("c")
    assert held is not None
    index.bring_back(held)
    assert set(index.files) == {"c.py"}


def test_a_count_that_was_cut_off_is_no_count_to_take_from() -> None:
    index, splitter = Index(), Splitter()
    text = "word " * 70_000
    entry = index.add("a/word.py", analyse("a/word.py", text, splitter), digest="d", size=1)
    copies = Copies(index, [entry])
    assert len(list(copies.read())) == 4
    assert copies.analysis(entry, "a/other.py", splitter) is None
    moved = copies.analysis(entry, "moved/word.py", splitter)
    assert moved is not None
    assert _told(moved) == _told(analyse("moved/word.py", text, splitter))


def test_a_text_means_the_same_only_under_a_name_of_its_kind() -> None:
    assert same_kind("a/b.py", "c/d.PY")
    assert not same_kind("a/b.py", "a/b.txt")
    assert not same_kind("a/b.js", "a/b.min.js")
    assert not same_kind("a/Makefile", "a/Jenkinsfile")
    assert same_kind("a/Makefile", "b/Makefile")
