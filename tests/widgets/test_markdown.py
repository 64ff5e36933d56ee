"""Streaming Markdown: the same for any chunking, nothing loaded, nothing hidden."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor, QTextDocument

from widgets.hidden import hides, reveal, said
from widgets.look import Look
from widgets.markdownblocks import Block, Splitter, closed_inline
from widgets.markdownview import MarkdownView

SAMPLE = """# Title

Some *words* with `code` and **bold**, a [link](src/a.py#L3).

- one
- two
  more of two

  a paragraph of two
- three

1. first
2. second

> quoted
> words

```python
def f():

    return "``` not a fence"
```
Right after the code.

| when | where |
|------|-------|
| now  | `here()` |

1. an item:

   ```python
   inside = "a list"
   ```

2. the next

| a | b |
|---|---|
| 1 | 2 |

---

~~~
tilde
~~~

The end"""

_PIECES = st.lists(
    st.sampled_from(
        [
            *("a", "word ", "\n", "\n\n", "```", "```py\n", "~~~", "- ", "1. ", "# ", "|", "---"),
            *("  ", "`", "**", "\r\n", "> "),
        ]
    ),
    max_size=40,
).map("".join)


def blocks(text: str, cuts: list[int]) -> list[Block]:
    splitter, found = Splitter(), []
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, end in pairwise(places):
        found += splitter.push(text[start:end])
        splitter.open_block()
    return [*found, *splitter.finish()]


@settings(max_examples=300, deadline=None)
@given(_PIECES, st.lists(st.integers(0, 400), max_size=12))
def test_any_chunking_gives_the_same_blocks(text: str, cuts: list[int]) -> None:
    assert blocks(text, cuts) == blocks(text, [])


@settings(max_examples=200, deadline=None)
@given(_PIECES.filter(lambda text: "```" not in text and "~~~" not in text))
def test_no_letter_of_the_text_is_lost_between_blocks(text: str) -> None:
    seen = "".join(f"{b.language}{b.text}" for b in blocks(text, []))
    for letter in "aword":
        assert seen.count(letter) == text.count(letter)


def test_the_sample_falls_into_its_blocks() -> None:
    kinds = [block.kind for block in blocks(SAMPLE, [])]
    assert kinds == ["text"] * 4 + [
        "code",
        "text",
        "table",
        "text",
        "code",
        "text",
        "table",
        "rule",
        "code",
        "text",
    ]
    code = blocks(SAMPLE, [])[4]
    assert code == Block("code", 'def f():\n\n    return "``` not a fence"', "python")


def test_an_unfinished_fence_is_code_from_its_first_letter() -> None:
    splitter = Splitter()
    splitter.push("text\n\n```py\nx = 1\ny")
    assert splitter.open_block() == Block("code", "x = 1\ny", "py")


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("a **b", "a **b**"),
        ("a `b", "a `b`"),
        ("**a** b", "**a** b"),
        ("`**`", "`**`"),
        ("a *", "a *"),
    ],
)
def test_open_marks_of_the_last_block_are_closed(text: str, closed: str) -> None:
    assert closed_inline(text) == closed


@pytest.fixture
def view(look: Look, qtbot) -> MarkdownView:
    view = MarkdownView(look)
    qtbot.addWidget(view)
    view.resize(400, 300)
    return view


def shape(view: MarkdownView) -> list[tuple[object, ...]]:
    """Text and formats of every block, to compare two documents."""
    found = []
    block = view.document().begin()
    while block.isValid():
        runs = []
        for form in block.textFormats():
            part = block.text()[form.start : form.start + form.length]
            chars = form.format
            font = chars.font()
            runs.append((part, chars.foreground().color().name(), font.weight(), font.family()))
        form, listed = block.blockFormat(), block.textList()
        margins = (form.leftMargin(), form.topMargin(), form.bottomMargin())
        number = listed.itemText(block) if listed else ""
        found.append((block.text(), runs, margins, number))
        block = block.next()
    return found


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 17, 64])
def test_streaming_ends_in_the_same_document_as_all_at_once(
    look: Look, view: MarkdownView, qtbot, step: int
) -> None:
    whole = MarkdownView(look)
    qtbot.addWidget(whole)
    whole.set_markdown(SAMPLE)
    for start in range(0, len(SAMPLE), step):
        view.append(SAMPLE[start : start + step])
    view.finish()
    assert shape(view) == shape(whole)
    assert view.markdown() == SAMPLE
    assert view.codes() == whole.codes()


def test_a_paragraph_without_end_is_drawn_in_steps_and_whole_at_last(
    look: Look, view: MarkdownView, qtbot
) -> None:
    text = "word `code` **bold** " * 1500
    drawn = 0
    before = ""
    for start in range(0, len(text), 50):
        view.append(text[start : start + 50])
        drawn += view.toPlainText() != before
        before = view.toPlainText()
    view.finish()
    assert drawn < len(text) / 50 / 2
    whole = MarkdownView(look)
    qtbot.addWidget(whole)
    whole.set_markdown(text)
    assert shape(view) == shape(whole)


def test_words_stand_as_written(view: MarkdownView) -> None:
    view.set_markdown(SAMPLE)
    text = view.toPlainText()
    for words in ("Title", "Some words with code and bold, a link.", "quoted words", "The end"):
        assert words in text
    assert "def f():" in text
    assert "**" not in text


def test_html_is_text_and_pictures_are_only_named(view: MarkdownView) -> None:
    view.set_markdown("<b>x</b> ![alt](https://evil.example/p.png) <img src='file:///etc/passwd'>")
    text = view.toPlainText()
    assert "<b>x</b>" in text
    assert "[picture: https://evil.example/p.png]" in text
    assert "\ufffc" not in text


def test_nothing_is_ever_loaded(view: MarkdownView, tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(b"x")
    for kind in (QTextDocument.ResourceType.ImageResource, QTextDocument.ResourceType.HtmlResource):
        assert view.loadResource(kind.value, QUrl.fromLocalFile(str(picture))) is None


def test_a_link_is_only_a_wish(view: MarkdownView, qtbot) -> None:
    view.set_markdown("[index.py:88](index.py#L88)")
    view.show()
    before = view.toPlainText()
    with qtbot.waitSignal(view.link_requested) as link:
        start = QTextCursor(view.document())
        at = view.cursorRect(start).center() + QPoint(8, 0)
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert link.args == ["index.py#L88"]
    assert view.toPlainText() == before


def test_code_has_buttons_to_copy_and_to_apply(view: MarkdownView, qtbot) -> None:
    view.set_markdown(SAMPLE)
    view.show()
    code = view._codes[0]
    assert code.copy.isVisible()
    qtbot.mouseClick(code.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == code.block.text
    with qtbot.waitSignal(view.apply_requested) as applied:
        qtbot.keyClick(code.apply, Qt.Key.Key_Space)
    assert applied.args == [code.block.text, "python"]


def test_the_height_follows_the_width(view: MarkdownView) -> None:
    view.set_markdown("word " * 200)
    assert view.heightForWidth(200) > view.heightForWidth(400) > view.heightForWidth(900) > 0


def test_code_gets_the_roles_of_the_highlighter(look: Look, qtbot) -> None:
    calls: list[tuple[str, str]] = []

    def highlight(language: str, text: str) -> list[tuple[int, int, str]]:
        calls.append((language, text))
        return [(0, 3, "keyword")]

    view = MarkdownView(look, None, highlight)
    qtbot.addWidget(view)
    view.set_markdown("```python\ndef f(): pass\n```\n")
    assert calls == [("python", "def f(): pass")]
    runs = next(runs for text, runs, *_ in shape(view) if str(text).startswith("def"))
    assert isinstance(runs, list)
    assert runs[0][:2] == ("def", look.theme.role("keyword").fg)


@pytest.mark.parametrize(
    "bad", ["\u202e", "\u200b", "\u2066", "\x1b", "\x00", "\ufeff", "\U000e0041"]
)
def test_hidden_characters_are_shown(view: MarkdownView, bad: str) -> None:
    assert hides(f"a{bad}b")
    view.set_markdown(f"a{bad}b and\n\n```\nx{bad}y\n```\n")
    text = view.toPlainText()
    assert f"⟨U+{ord(bad):04X}⟩" in text
    assert bad not in text


def test_bytes_that_are_not_utf_8_are_shown_as_bytes() -> None:
    assert reveal(b"caf\xe9".decode("utf-8", "surrogateescape")) == "caf⟨\\xe9⟩"


@pytest.mark.parametrize("text", ["plain\ttext\n", "héllo 日本", "👩\u200d👧", "⚠\ufe0f"])
def test_text_that_hides_nothing_is_left_alone(text: str) -> None:
    assert reveal(text) == text
    assert not hides(text)


@pytest.mark.parametrize(
    "markdown", ["a&#x202e;b", "| a | b |\n|---|---|\n| x&#8238;y | &#x200b; |", "- a&#x202e;b"]
)
def test_29_entities_bring_no_hidden_character_in(view: MarkdownView, markdown: str) -> None:
    view.set_markdown(markdown)
    assert "⟨U+202E⟩" in view.toPlainText()
    assert not hides(view.toPlainText().replace("\u2028", ""))


def test_30_a_picture_in_a_table_is_only_named(view: MarkdownView) -> None:
    view.set_markdown("| a | b |\n|---|---|\n| ![x](https://evil.example/p.png) | 2 |")
    assert "[picture: https://evil.example/p.png]" in view.toPlainText()
    assert "\ufffc" not in view.toPlainText()


def test_30_a_link_is_passed_on_as_the_machine_reads_it(view: MarkdownView, qtbot) -> None:
    with qtbot.waitSignal(view.link_requested) as link:
        view.anchorClicked.emit(QUrl("https://ex\u0430mple.com/a b"))
    assert link.args == ["https://xn--exmple-4nf.com/a%20b"]


@pytest.mark.parametrize("name", ["<b>x</b>", "<img src='file:///etc/passwd'>", "a\u202eb", "a&b"])
def test_34_a_tool_tip_never_reads_a_name_as_markup(name: str) -> None:
    words = said(name)
    document = QTextDocument()
    if words.startswith("<p"):
        document.setHtml(words)
    else:
        document.setPlainText(words)
    assert document.toPlainText() == reveal(name)
