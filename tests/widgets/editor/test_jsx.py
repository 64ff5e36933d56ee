"""Mark-up inside of JavaScript: an apostrophe is a letter of the text, code stays code."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.editor import jsx
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.languages import languages

READER = jsx.Reader(languages()["typescriptreact"].words)
PIECES = [
    "<b>",
    "</b>",
    "don't",
    "{",
    "}",
    "`",
    "${",
    "'",
    '"',
    "/",
    "/*",
    "*/",
    "a",
    "<",
    ">",
    "\n",
    "=",
    "(",
    ")",
]


def styles_of(text: str) -> list[tuple[str, int]]:
    """Every byte with its style, line ends left out."""
    state, found = jsx.State(), []
    for line in text.encode().splitlines(keepends=True):
        styles, state = READER.line(line, state)
        found += [(chr(byte), style) for byte, style in zip(line, styles, strict=True)]
    return [pair for pair in found if pair[0] != "\n"]


def style_at(text: str, part: str) -> int:
    joined = "".join(letter for letter, _ in styles_of(text))
    return styles_of(text)[joined.index(part.replace("\n", ""))][1]


@pytest.mark.parametrize(
    ("text", "part", "style"),
    [
        ("x = <p>don't</p>; let a = 1;", "let", jsx.KEYWORD),
        ("x = <p>don't</p>; let a = 1;", "don't", jsx.DEFAULT),
        ("<A b='it' c={d}>e</A>\nconst f = 1", "const", jsx.KEYWORD),
        ("if (a < b && c > d) { return 'x' }", "'x'", jsx.STRING),
        ("const f = <T,>(x: T) => x; let y;", "let", jsx.KEYWORD),
        ("const f = <T extends object>(x: T) => x; let y;", "let", jsx.KEYWORD),
        ("const m = new Map<string, number>(); let y;", "let", jsx.KEYWORD),
        ("a = b / c / d; let y", "let", jsx.KEYWORD),
        ("a = /don't/g; let y", "don't", jsx.REGEXP),
        ("return <>it's {x ? <b/> : 'no'} <i/></>; let y", "let", jsx.KEYWORD),
        ("return <>it's {x ? <b/> : 'no'} <i/></>; let y", "'no'", jsx.STRING),
        ("`a ${b + `c`} d`; let y", "let", jsx.KEYWORD),
        ("x = <p>&nbsp;it's</p>", "&nbsp;", jsx.ESCAPE),
        ('x = (\n  <p\n    title="a\nb"\n  >\n  it\'s\n  </p>\n);\nlet y', "let", jsx.KEYWORD),
        ("x = <p>{/* don't */}</p>; let y", "don't", jsx.COMMENT),
        ("x = <p>{/* don't */}</p>; let y", "let", jsx.KEYWORD),
        ("x = <List<Row> rows={r}>it's</List>; let y", "let", jsx.KEYWORD),
        ("// it's\nlet y", "let", jsx.KEYWORD),
    ],
)
def test_each_part_is_what_it_is(text: str, part: str, style: int) -> None:
    assert style_at(text, part) == style, styles_of(text)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_read_whole(text: str) -> None:
    assert len(styles_of(text)) == len(text.encode().replace(b"\n", b""))


def test_a_javascript_file_with_markup_is_read_as_such(editor: CodeEditor) -> None:
    editor.set_text("export default () => <p>don't</p>;\n")
    assert editor.language_for(PurePosixPath("App.js")) == "javascriptreact"
    editor.set_text("export const less = (a, b) => a < b;\n")
    assert editor.language_for(PurePosixPath("less.js")) == "javascript"


def test_an_edit_above_changes_what_is_below(editor: CodeEditor) -> None:
    editor.set_language("typescriptreact")
    editor.set_text("let a = 1;\nlet b = 2;\nlet c = 3;\n")
    s = editor.surface
    s.colourise(0, -1)
    at = s.positionFromLine(2)
    assert s.styleAt(at) == jsx.KEYWORD
    s.replace(0, 0, b"/* ")
    s.colourise(0, -1)
    assert s.styleAt(s.positionFromLine(2)) == jsx.COMMENT
    editor.undo()
    s.colourise(0, -1)
    assert s.styleAt(at) == jsx.KEYWORD


def test_elements_and_blocks_fold(editor: CodeEditor) -> None:
    editor.set_language("typescriptreact")
    editor.set_text("function f() {\n  return (\n    <p>\n      a\n    </p>\n  );\n}\n")
    s = editor.surface
    s.colourise(0, -1)
    headers = [line for line in range(7) if s.foldLevel(line) & 0x2000]
    assert headers == [0, 2]
    editor.view.toggle_fold(2)
    assert not s.lineVisible(3)
    assert s.lineVisible(5)
