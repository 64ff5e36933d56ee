"""Searching in a process of its own: the right places, other texts than the disk's, and an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from assistant.events import Answered, Event
from assistant.query import FileHits, Found, Looked, Query, Search, Swap
from assistant.search.engine import in_files, in_text
from assistant.search.scope import Scope

CATASTROPHE = Query("(a+)+$", regex=True)
LONG = "a" * 64 + "!"


def all_of(stream: AsyncGenerator[Event, None]) -> list[object]:
    async def gather() -> list[object]:
        return [event.value async for event in stream if isinstance(event, Answered)]

    return asyncio.run(gather())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_bytes(b"x = 1\r\n\turl = 'u'\r\nurl2 = url\r\n")
    (tmp_path / "b.txt").write_bytes("über url \udcff\n".encode("utf-8", "surrogateescape"))
    (tmp_path / "c.bin").write_bytes(b"url\0url")
    (tmp_path / "d.py").write_bytes(b"nothing\n")
    return tmp_path


NAMES = ("src/a.py", "b.txt", "c.bin", "d.py", "gone.py")


def names() -> tuple[str, ...]:
    return NAMES


def test_places_in_a_text_are_bytes_and_groups_are_put_in() -> None:
    found = all_of(in_text(Search(Query("(b)", regex=True), 9, r"<\1>"), "üb 🙂b"))
    assert found == [Found(((2, 3), (8, 9)), ("<b>", "<b>"))]


def test_an_expression_without_end_is_ended() -> None:
    began = time.monotonic()
    (found,) = all_of(in_text(Search(CATASTROPHE, 9), LONG, seconds=1.0))
    assert isinstance(found, Found) and "too long" in found.error and not found.spans
    assert time.monotonic() - began < 30


def test_a_bad_expression_is_said() -> None:
    (found,) = all_of(in_text(Search(Query("(", regex=True), 9), "a"))
    assert isinstance(found, Found) and found.error.startswith("Missing )")


def test_files_are_gone_through_and_what_is_no_text_is_not(folder: Path) -> None:
    *files, last = all_of(in_files(folder, names, Query("URL", word=True)))
    assert [(f.path, [(h.line, h.text, h.start, h.end) for h in f.hits]) for f in files] == [  # type: ignore[attr-defined]
        ("src/a.py", [(1, "url = 'u'", 0, 3), (2, "url2 = url", 7, 10)]),
        ("b.txt", [(0, "über url \udcff", 5, 8)]),
    ]
    assert last == Looked(2, 3)


def test_a_buffer_is_newer_than_the_disk_and_the_scope_narrows(folder: Path) -> None:
    found = all_of(
        in_files(folder, names, Query("url"), scope="*.py, !src", buffers={"d.py": "my url\n"})
    )
    assert [f.path for f in found if isinstance(f, FileHits)] == ["d.py"]


def test_what_would_change_is_whole_lines_with_their_own_ends(folder: Path) -> None:
    found, _ = all_of(
        in_files(folder, lambda: ["src/a.py"], Query("url", case=True), template="address")
    )
    assert isinstance(found, FileHits)
    assert found.swaps == (
        Swap(
            1,
            ("\turl = 'u'\r\n", "url2 = url\r\n"),
            ("\taddress = 'u'\r\n", "address2 = address\r\n"),
        ),
    )


def test_a_match_over_several_lines_changes_them_together(folder: Path) -> None:
    query = Query(r"1\s+url", regex=True)
    found, _ = all_of(in_files(folder, lambda: ["src/a.py"], query, template="2; url"))
    assert isinstance(found, FileHits)
    assert found.swaps == (Swap(0, ("x = 1\r\n", "\turl = 'u'\r\n"), ("x = 2; url = 'u'\r\n",)),)


def test_no_more_than_wanted(folder: Path) -> None:
    *files, last = all_of(in_files(folder, names, Query("u"), most=2))
    assert len(files) == 1 and isinstance(last, Looked) and last.cut


def test_an_expression_without_end_is_ended_in_files_too(folder: Path) -> None:
    (folder / "long.txt").write_text(LONG)
    (last,) = all_of(in_files(folder, lambda: ["long.txt"], CATASTROPHE, seconds=1.0))
    assert isinstance(last, Looked) and "too long" in last.error


def test_who_leaves_early_leaves_no_process_behind(folder: Path) -> None:
    async def leave() -> None:
        (folder / "long.txt").write_text(LONG)
        stream = in_files(folder, lambda: ["b.txt", "long.txt"], Query("ü|(a+)+$", regex=True))
        async for _ in stream:
            break
        await stream.aclose()

    asyncio.run(asyncio.wait_for(leave(), 30))


@pytest.mark.parametrize(
    ("written", "path", "fits"),
    [
        ("", "a/b.py", True),
        ("*.py", "a/b.py", True),
        ("*.py", "a/b.pyc", False),
        ("src/", "src/a.py", True),
        ("src", "lib/src/a.py", True),
        ("src", "srcs/a.py", False),
        ("src/*.py", "src/deep/a.py", True),
        ("!tests", "tests/a.py", False),
        ("*.py, !test_*", "tests/test_a.py", False),
        ("a.py, b.py", "x/b.py", True),
    ],
)
def test_a_scope_reads_as_it_is_written(written: str, path: str, fits: bool) -> None:
    assert Scope(written).has(path) is fits
