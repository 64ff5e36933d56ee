"""Patches by the files they are about."""

from __future__ import annotations

import pytest

from assistant.context.patches import names_of, without_files

PLAIN = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("part", "names"),
    [
        (PLAIN, {"x.py"}),
        ("diff --git a/.env b/e.txt\nrename from .env\nrename to e.txt\n", {".env", "e.txt"}),
        ("diff --git a/a b.py b/a b.py\n@@ -1 +1 @@\n", {"a b.py"}),
        ('diff --git "a/\\303\\244.env" "b/\\303\\244.env"\n', {"ä.env"}),
        ('diff --git a/x b/y\n--- "a/q\\"q"\n+++ /dev/null\n', {'q"q', "x", "y"}),
        ("diff --cc deploy/.env\n--- a/deploy/.env\n+++ b/deploy/.env\n", {"deploy/.env"}),
        ("diff --combined .env\n", {".env"}),
        ("commit 1234\n\n    words\n", set()),
        ("", set()),
    ],
)
def test_every_name_of_a_part_is_found(part: str, names: set[str]) -> None:
    assert set(names_of(part)) == names


def test_a_line_of_code_that_looks_like_a_header_is_no_name() -> None:
    part = PLAIN + "+++ b/.env\n"
    assert names_of(part) == ["x.py"]


def test_parts_that_stay_are_named_with_their_reason_and_the_rest_is_kept() -> None:
    patch = f"commit 1\n\n{PLAIN}diff --git a/k b/k\n@@ -1 +1 @@\n+secret\n{PLAIN}"
    kept = without_files(patch, lambda name: "it is a key" if name == "k" else None)
    assert kept == f"commit 1\n\n{PLAIN}(the changes of k are not shown: it is a key)\n{PLAIN}"


def test_binary_and_enormous_parts_stay() -> None:
    assert "it is binary" in without_files(PLAIN + "+\0\n", lambda name: None)
    assert "larger than" in without_files(PLAIN + "+" + "x" * 200_000, lambda name: None)
