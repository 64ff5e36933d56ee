"""Fuzzy ranking: what is meant comes first, what cannot match is not there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.ranking import Ranker, rank

PATHS = [
    "src/atlas/client.py",
    "src/atlas/cache.py",
    "src/atlas/http_client_pool.py",
    "tests/test_client.py",
    "docs/clients/overview.md",
    "pyproject.toml",
    "src/atlas/CommandLineInterface.py",
]


def found(query: str, items: list[str] = PATHS) -> list[str]:
    return [items[hit.at] for hit in rank(query, items, 20)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("client", "src/atlas/client.py"),
        ("client.py", "src/atlas/client.py"),
        ("tclient", "tests/test_client.py"),
        ("cli", "src/atlas/client.py"),
        ("hcp", "src/atlas/http_client_pool.py"),
        ("overview", "docs/clients/overview.md"),
        ("pyp", "pyproject.toml"),
        ("atlas cache", "src/atlas/cache.py"),
        ("CLI", "src/atlas/client.py"),
        ("comline", "src/atlas/CommandLineInterface.py"),
    ],
)
def test_what_is_meant_comes_first(query: str, first: str) -> None:
    assert found(query)[0] == first


def test_an_empty_query_keeps_the_order() -> None:
    assert found("") == PATHS


def is_subsequence(needle: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in needle)


_WORDS = st.text("abAB/_.-[(", min_size=1, max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=30), st.text("abAB/_.[(", min_size=1, max_size=4))
def test_every_hit_holds_the_letters_in_order_and_none_is_missed(
    items: list[str], query: str
) -> None:
    hits = rank(query, items, 1000)
    wanted = {i for i, item in enumerate(items) if is_subsequence(query.lower(), item.lower())}
    assert {hit.at for hit in hits} == wanted
    for hit in hits:
        letters = "".join(items[hit.at][place] for place in hit.places)
        assert letters.lower() == query.lower()
        assert list(hit.places) == sorted(set(hit.places))


@settings(max_examples=200, deadline=None)
@given(st.lists(_WORDS, max_size=30), st.text("abAB/_.", min_size=1, max_size=5))
def test_typing_letter_by_letter_finds_what_one_query_finds(items: list[str], query: str) -> None:
    ranker = Ranker(items)
    for end in range(1, len(query) + 1):
        hits = ranker.rank(query[:end])
    assert hits == rank(query, items)


def test_a_limit_keeps_the_best_of_many() -> None:
    items = [f"lib/deep/er/folder/needle_{n}_other.txt" for n in range(3000)] + ["needle.py"]
    assert items[rank("needle", items, 10)[0].at] == "needle.py"
    assert len(rank("needle", items, 10)) == 10
