"""What a screen reader is told: every part of the whole window that can be used has a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtGui import QAccessible, QAccessibleInterface

from tests.walks.harness import PENDING, Player, Walk, repository, select_lines

Start = Callable[..., Walk]
Role = QAccessible.Role
USED = {
    Role.Button,
    Role.ButtonMenu,
    Role.CheckBox,
    Role.ComboBox,
    Role.EditableText,
    Role.List,
    Role.RadioButton,
    Role.Slider,
    Role.SpinBox,
    Role.Tree,
}


def parts(of: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    for number in range(of.childCount()):
        child = of.child(number)
        if child is not None and not child.state().invisible:
            yield child
            if child.role() not in (Role.List, Role.Tree, Role.ComboBox, Role.SpinBox):
                yield from parts(child)


def nameless(walk: Walk) -> list[str]:
    top = QAccessible.queryAccessibleInterface(walk.window)
    found = [part for part in parts(top) if part.role() in USED]
    assert len(found) > 12
    return [
        f"{part.role().name} {part.object()}"
        for part in found
        if not part.text(QAccessible.Text.Name).strip()
    ]


def test_every_part_that_can_be_used_has_a_name_on_every_page(start: Start, tmp_path: Path) -> None:
    folder = repository(tmp_path / "project", {"a.py": "x = 1\ny = 2\n"})
    walk = start(folder, Player("```python\nx = 2\n```\n"))
    assert nameless(walk) == []
    select_lines(walk.open("a.py"), 0, 1)
    walk.ask("two")
    walk.until(lambda: walk.states("a.py") == [PENDING])
    assert nameless(walk) == []
    for page in ("files", "search", "commit", "history"):
        walk.window.frame.show_page(page)
        assert nameless(walk) == [], page
    for title in ("Settings", "Connect a model", "What was spent", "Find", "Replace"):
        walk.run(title)
        assert nameless(walk) == [], title
        walk.press("Escape")
    walk.press("Ctrl+Shift+P")
    walk.until(walk.window.palette_box.isVisible)
    assert nameless(walk) == []
