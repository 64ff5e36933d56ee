"""What has a name in a project: found by the palette, listed, completed. Only composes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.bridge import Door
from app.commands import Commands
from app.completing import Completing
from app.documents import Documents
from app.finding import Finder
from app.outline import Outline
from app.rooms import Assistance
from app.ways import Ways
from app.window import Window


class Names(QObject):
    """``assistance`` is the door to the index, once there is one."""

    def __init__(
        self,
        door: Door,
        window: Window,
        commands: Commands,
        documents: Documents,
        ways: Ways,
        assistance: Callable[[], Assistance | None],
    ) -> None:
        super().__init__(documents)
        self.outline = Outline(door, documents, window.crumbs)
        self.completing = Completing(door, documents, assistance)
        entries = self.outline.entries
        self.finder = Finder(door, window.palette_box, commands, documents, assistance, entries)
        self.outline.symbols_wished.connect(self.finder.symbols)
        self.finder.uses_wished.connect(ways.find_uses)
        self.finder.defined.connect(window.search.list.mark)
