"""A real llama.cpp server as the model: every way to write an edit, and a question, end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.scripted import Line, ScriptedServer, gguf_of, said, serve
from tests.walks.harness import KEPT, LONG_MS, PENDING, Walk, connected, fenced, repository
from widgets.markdownview import MarkdownView

Start = Callable[..., Walk]

LINES = [f"value_{number} = {number}\n" for number in range(16)]
OLD = "".join(LINES)
NEW = "".join(
    line.replace("value", "renamed") if number in (3, 12) else line
    for number, line in enumerate(LINES)
)
BLOCKS = """\
Both lines are renamed.

a.py
<<<<<<< SEARCH
value_3 = 3
=======
renamed_3 = 3
>>>>>>> REPLACE

a.py
<<<<<<< SEARCH
value_12 = 12
=======
renamed_12 = 12
>>>>>>> REPLACE
"""
UDIFF = """\
```diff
--- a/a.py
+++ b/a.py
@@ -3,3 +3,3 @@
 value_2 = 2
-value_3 = 3
+renamed_3 = 3
 value_4 = 4
@@ -12,3 +12,3 @@
 value_11 = 11
-value_12 = 12
+renamed_12 = 12
 value_13 = 13
```
"""
V4A = """\
*** Begin Patch
*** Update File: a.py
@@
 value_2 = 2
-value_3 = 3
+renamed_3 = 3
 value_4 = 4
@@
 value_11 = 11
-value_12 = 12
+renamed_12 = 12
 value_13 = 13
*** End Patch
"""
LAZY = """\
a.py
```python
# ... existing code ...
value_2 = 2
renamed_3 = 3
value_4 = 4
# ... existing code ...
value_11 = 11
renamed_12 = 12
value_13 = 13
# ... existing code ...
```
"""
ANSWER = "It holds **sixteen** values.\n\n- the first is `value_0`\n- the last is `value_15`"
SCRIPT = (
    said("as blocks", BLOCKS),
    said("as udiff", UDIFF),
    said("as patch", V4A),
    said("lazily", LAZY),
    said("selection", "<think>\nTwo lines.\n</think>\n\n" + fenced(NEW)),
    Line(ANSWER),
)


@pytest.fixture(scope="module")
def llama() -> Iterator[ScriptedServer]:
    with serve(gguf_of(SCRIPT), context=16_384) as server:
        yield server


@pytest.fixture
def walk(start: Start, tmp_path: Path, llama: ScriptedServer) -> Walk:
    connected(tmp_path / "home", llama.connection())
    return start(repository(tmp_path / "project", {"a.py": OLD, "b.py": "import a\n"}))


def kept_and_committed(walk: Walk) -> None:
    document = walk.document("a.py")
    assert walk.states("a.py") == [PENDING] * 2
    assert document.editor.text() == OLD
    document.editor.setFocus()
    walk.press("Alt+Shift+Return")
    assert walk.states("a.py") == [KEPT] * 2
    assert document.editor.text() == NEW
    walk.commit()
    assert walk.git("show", "HEAD:a.py") == NEW
    assert walk.disk("a.py").decode() == NEW
    assert walk.git("status", "--porcelain") == ""
    assert "scripted" in walk.git("log", "-1", "--format=%B")


def test_ctrl_k_over_http_becomes_a_commit(walk: Walk) -> None:
    walk.open("a.py")
    walk.press("Ctrl+A")
    walk.ask("rename two in the selection")
    assert walk.window.status.text_of("model") == "scripted"
    assert walk.states("a.py"), walk.ask_bar().status()
    walk.press("Escape")
    kept_and_committed(walk)


@pytest.mark.parametrize("form", ["as blocks", "as udiff", "as patch", "lazily"])
def test_a_wish_in_the_panel_becomes_hunks_however_the_model_writes_them(
    walk: Walk, form: str
) -> None:
    walk.open("a.py")
    walk.press("Ctrl+L")
    with walk.bot.waitSignal(walk.work.conversation.ended, timeout=LONG_MS):
        walk.type(f"rename two values {form}\n")
    kept_and_committed(walk)


@pytest.mark.parametrize("form", ["as blocks", "as udiff", "as patch"])
def test_ctrl_k_takes_a_reply_in_another_form_than_it_was_asked_for(walk: Walk, form: str) -> None:
    walk.open("a.py")
    walk.press("Ctrl+A")
    walk.ask(f"rename two values {form}")
    assert walk.states("a.py"), walk.ask_bar().status()
    walk.press("Escape")
    kept_and_committed(walk)


def test_a_question_is_answered_in_the_panel_and_changes_nothing(walk: Walk) -> None:
    walk.open("a.py")
    walk.press("Ctrl+L")
    with walk.bot.waitSignal(walk.work.conversation.ended, timeout=LONG_MS):
        walk.type("what does this file hold?\n")
    views = walk.window.panel.transcript.findChildren(MarkdownView)
    assert [view.markdown().strip() for view in views] == [ANSWER]
    assert walk.work.review.count.total == 0
    assert walk.git("status", "--porcelain") == ""


def test_the_server_dies_while_the_program_runs_and_the_next_wish_says_so(
    start: Start, tmp_path: Path
) -> None:
    with serve(gguf_of(SCRIPT), context=16_384) as server:
        connected(tmp_path / "home", server.connection())
        walk = start(repository(tmp_path / "project", {"a.py": OLD}))
        walk.open("a.py")
        walk.press("Ctrl+A")
        walk.ask("rename two in the selection")
        assert walk.states("a.py") == [PENDING] * 2
        server.kill()
        walk.begin(" again")
        walk.until(lambda: "Nothing answers at" in walk.ask_bar().status())
        walk.press("Escape")
        walk.settled()
        assert walk.document("a.py").editor.text() == OLD
