"""Line edits of any language: exact results, and the laws they keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.builtin.languages import language_of
from assistant.builtin.lines import LINE_SKILLS
from assistant.builtin.scene import Wish
from assistant.types import split_lines
from tests.assistant.builtin.asking import ask

TEXT = st.text(alphabet="ab \tZ1é\n", max_size=60)


def lines_of(text: str) -> list[str]:
    return [line if line.endswith("\n") else line + "\n" for line in split_lines(text)]


def run(skill: str, text: str, **options: str) -> str:
    return "".join(LINE_SKILLS[skill](lines_of(text), Wish(skill, options)))


@pytest.mark.parametrize(
    ("wish", "before", "after"),
    [
        ("sort", "b\nc\na\n", "a\nb\nc\n"),
        ("sort descending", "b\nc\na\n", "c\nb\na\n"),
        ("sort numerically", "10 x\nnone\n9 y\n-1\n", "-1\n9 y\n10 x\nnone\n"),
        ("sort by number, largest first", "10\n9\nnone\n11\n", "11\n10\n9\nnone\n"),
        ("sort ignoring case", "b\nA\nC\na\n", "A\na\nb\nC\n"),
        ("sort unique", "b\na\nb\n", "a\nb\n"),
        ("sort by length", "ccc\na\nbb\n", "a\nbb\nccc\n"),
        ("sort by column 2", "x 2\ny 1\n", "y 1\nx 2\n"),
        ("remove duplicate lines", "a\nb\na\nb\nc\n", "a\nb\nc\n"),
        ("reverse the lines", "1\n2\n3\n", "3\n2\n1\n"),
        ("number lines", "a\n" * 10, "".join(f"{n:>2}. a\n" for n in range(1, 11))),
        ("remove blank lines", "a\n\n \t\nb\n", "a\nb\n"),
        ("collapse multiple blank lines", "a\n\n\n\nb\n\n", "a\n\nb\n\n"),
        ("remove trailing whitespace", "a  \nb\t\n\n  \n", "a\nb\n\n\n"),
        ("join lines", "  a\n  b\n\n  c\n", "  a b c\n"),
        ("join lines with comma", "a\nb\n", "a, b\n"),
        ("indent", "a\n\n  b\n", "    a\n\n      b\n"),
        ("indent", "\ta\nb\n", "\t\ta\n\tb\n"),
        ("dedent", "    a\n  b\nc\n", "a\nb\nc\n"),
        ("dedent by 2 spaces", "    a\n", "  a\n"),
        ("convert tabs to spaces", "\ta\tb\n  \tc\n", "    a\tb\n    c\n"),
        ("convert spaces to tabs", "    a\n      b\n", "\ta\n\t  b\n"),
        ("convert tabs to 2 spaces", "\t\ta\n", "    a\n"),
        ("align on =", "a = 1\nlong = 2\nx == 3\n", "a    = 1\nlong = 2\nx == 3\n"),
        ("align on `=>`", "a=>1\nlong => 2\n", "a    => 1\nlong => 2\n"),
        ("align the colons", "a: 1\nlong: 2\n", "a:    1\nlong: 2\n"),
        ('delete lines containing "b"', "a\nb\nabc\n", "a\n"),
        ("delete lines that start with '#'", "# x\n  # y\na #\n", "a #\n"),
        (r"keep only lines matching /^a\d$/", "a1\nb\na2\n", "a1\na2\n"),
        ("surround with quotes", "  a\n\nb\n", '  "a"\n\n"b"\n'),
        ("wrap each line in parentheses", "a\n", "(a)\n"),
        ("wrap to 10 columns", "one two three four\n", "one two\nthree four\n"),
        ("wrap to 12 columns", "- one two three\n\nb\n", "- one two\n  three\n\nb\n"),
        ("wrap to 12 columns", "# one two\n# three four\n", "# one two\n# three four\n"),
        ("wrap to 12 columns", "# one two three four\n", "# one two\n# three four\n"),
        ("uppercase", "straße\n", "STRASSE\n"),
        ("title case", "the end of an era\n", "The End of an Era\n"),
        ("convert to snake case", "getHTTPReply fooBar2 x\n", "get_http_reply foo_bar2 x\n"),
        ("camel case", "get_http_reply _my_name\n", "getHttpReply _myName\n"),
        ("pascal case", "get_http_reply\n", "GetHttpReply\n"),
        ("kebab case", "get_http_reply\n", "get-http-reply\n"),
        ("constant case", "maxRetryCount\n", "MAX_RETRY_COUNT\n"),
        ("snake case", "Hello big World\n", "hello_big_world\n"),
        ('replace "a" with "b"', "banana\n", "bbnbnb\n"),
        ('replace the word "a" with "b"', "a an a\n", "b an b\n"),
        (r"replace /(\w+)=(\w+)/ with '\2=\1'", "a=b\n", "b=a\n"),
    ],
)
def test_the_result_is_exact(wish: str, before: str, after: str) -> None:
    assert ask(wish, before, "a.txt").text == after


@pytest.mark.parametrize(
    "wish", ["sort", "reverse the lines", "remove duplicate lines", "sort descending"]
)
def test_line_ends_and_an_open_last_line_stay(wish: str) -> None:
    reply = ask(wish, "b\r\nc\r\nb\r\na", "a.txt")
    assert reply.edited
    assert reply.text.count("\r\n") == reply.text.count("\n")
    assert not reply.text.endswith("\n")


def test_only_the_selected_lines_change() -> None:
    assert ask("sort", "z\nb\na\nc\n", "a.txt", (1, 3)).text == "z\na\nb\nc\n"


def test_a_selection_of_file_names_or_marks_arrives_whole() -> None:
    for text in (
        "src/b.py\nsrc/a.py\n",
        "c\n<<<<<<< x\nb\n",
        "--- b\n+++ a\n",
        "```\na\n",
        "x...\na\n",
    ):
        source = "top\n" + text + "end\n"
        reply = ask("sort", source, "a.txt", (1, 3))
        expected = ["top\n", *sorted(split_lines(source)[1:3]), *split_lines(source)[3:]]
        assert reply.text == "".join(expected), reply.raw


def test_the_caret_line_alone_is_commented_but_the_whole_file_is_sorted() -> None:
    assert ask("comment this out", "a\nb\nc\n", span=(1, 1)).text == "a\n# b\nc\n"
    assert ask("sort", "b\na\n", span=(1, 1)).text == "a\nb\n"


def test_blanks_inside_strings_are_data() -> None:
    source = 'x = """a  \n\tb\n"""  \n\ty = 1\n'
    assert ask("remove trailing whitespace", source).text == 'x = """a  \n\tb\n"""\n\ty = 1\n'
    assert ask("convert tabs to spaces", source).text == 'x = """a  \n\tb\n"""  \n    y = 1\n'


def test_deleting_needs_a_selection_and_then_does_it() -> None:
    assert not ask("delete these lines", "a\nb\n").edited
    assert ask("delete these lines", "a\nb\n", span=(0, 1)).text == "b\n"


def test_a_pattern_that_runs_away_is_stopped() -> None:
    reply = ask("replace /(a+)+$/ with 'x'", "a" * 40 + "b\n")
    assert not reply.edited and "stopped after 5 s" in reply.raw


def test_a_pattern_meets_line_ends_as_people_think_of_them() -> None:
    assert ask("replace /;$/ with ''", "a;\r\nb;\r\n").text == "a\r\nb\r\n"
    assert ask("delete lines matching /^b;$/", "a;\r\nb;\r\n").text == "a;\r\n"


def test_a_wrong_pattern_is_named() -> None:
    reply = ask("replace /(/ with 'x'", "a\n")
    assert not reply.edited and "`(` is not a regular expression" in reply.raw


@pytest.mark.parametrize("skill", ["sort", "dedupe", "remove-blank", "squeeze-blank", "trim"])
@given(text=TEXT)
def test_twice_is_once(skill: str, text: str) -> None:
    once = run(skill, text)
    assert run(skill, once) == once


@given(text=TEXT)
def test_sorting_keeps_every_line(text: str) -> None:
    assert sorted(split_lines(run("sort", text))) == sorted(lines_of(text))


@given(text=TEXT)
def test_reversing_twice_is_nothing(text: str) -> None:
    assert run("reverse", run("reverse", text)) == "".join(lines_of(text))


@given(text=TEXT)
def test_indent_then_dedent_is_nothing_for_lines_with_text(text: str) -> None:
    kept = "".join(
        line for line in lines_of(text) if line.strip() and not line.startswith(("\t", " "))
    )
    assert run("dedent", run("indent", kept)) == kept


@given(text=TEXT, width=st.integers(10, 30))
def test_wrapping_keeps_the_words_and_the_width(text: str, width: int) -> None:
    wrapped = run("wrap", text, width=str(width))
    assert wrapped.split() == text.split()
    assert all(
        len(line.rstrip()) <= width or len(line.split()) == 1 for line in split_lines(wrapped)
    )


@given(text=TEXT)
def test_wrapping_twice_is_once(text: str) -> None:
    once = run("wrap", text, width="12")
    assert run("wrap", once, width="12") == once


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.html", "a.css", "a.sql", "a.bat", "a.el"])
@given(text=TEXT)
def test_comment_then_uncomment_is_nothing(path: str, text: str) -> None:
    from assistant.builtin.comments import comment, uncomment

    language = language_of(__import__("pathlib").PurePosixPath(path))
    lines = lines_of(text)
    assert uncomment(comment(lines, language), language) == lines


def test_a_language_without_comments_says_so() -> None:
    reply = ask("comment out", '{"a": 1}\n', "a.json")
    assert not reply.edited and "JSON file has no comments" in reply.raw
