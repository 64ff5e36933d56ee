"""What hands do on a terminal's view: select, follow links, scroll, or play into the program.

Knows the view. The mouse is the program's where it asked for it; with Shift it selects all the
same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from assistant.types import Spot
from widgets.hidden import reveal_line, said
from widgets.terminal import mouse
from widgets.terminal.links import Link, link_at
from widgets.terminal.selection import Selection

if TYPE_CHECKING:
    from widgets.terminal.view import TerminalView

Key, Mod, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton
_UNITS = ("cell", "word", "line")
_WHEEL_ROWS = 3
_DRAG_MS = 40


class Hand(QObject):
    """``link`` is what Ctrl and the mouse point at."""

    def __init__(self, view: TerminalView) -> None:
        super().__init__(view)
        self._view = view
        self.link: Link | None = None
        self._clicks = 0
        self._last = (0, QPoint())
        self._selecting = False
        self._playing = Button.NoButton
        self._told = (-1, -1)
        self._wheel = 0
        self._drag = QTimer(self)
        self._drag.setInterval(_DRAG_MS)
        self._drag.timeout.connect(self._on_drag)
        self._at = QPoint()

    # -- keys ----------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> Callable[[], object] | None:
        """What the view itself does with a key, or None where it is the program's."""
        view, key = self._view, Key(event.key())
        mods = event.modifiers() & ~Mod.KeypadModifier
        full = view.source.wants.alternate
        page = max(1, view.source.height - 1)
        if mods == Mod.ShiftModifier and not full:
            scrolls = {Key.Key_PageUp: -page, Key.Key_PageDown: page}
            if key in scrolls:
                return partial(view.scroll_by, scrolls[key])
            if key == Key.Key_Home:
                return partial(view.scroll_by, view.source.first - view.source.top)
            if key == Key.Key_End:
                return view.to_end
        if mods == Mod.ShiftModifier and key == Key.Key_Insert:
            return view.paste
        if mods == Mod.ControlModifier and key == Key.Key_Insert:
            return view.copy
        if mods == Mod.ControlModifier | Mod.ShiftModifier:
            letters: dict[Qt.Key, Callable[[], object]] = {
                Key.Key_C: view.copy,
                Key.Key_V: view.paste,
                Key.Key_A: view.select_all,
                Key.Key_F: view.search_requested.emit,
            }
            return letters.get(key)
        return None

    # -- the mouse -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Events of the viewport; True where nobody else shall see them."""
        match event:
            case QMouseEvent() if event.type() in (
                QEvent.Type.MouseButtonPress,
                QEvent.Type.MouseButtonDblClick,
            ):
                self._press(event)
            case QMouseEvent() if event.type() == QEvent.Type.MouseMove:
                self._move(event)
            case QMouseEvent() if event.type() == QEvent.Type.MouseButtonRelease:
                self._release(event)
            case QWheelEvent():
                return self._turn(event)
            case QContextMenuEvent():
                if not self._plays(event.modifiers()):
                    self._view.menu_requested.emit(event.globalPos())
            case _:
                if event.type() == QEvent.Type.Leave:
                    self._point(None)
                return False
        return True

    def _plays(self, mods: Qt.KeyboardModifier) -> bool:
        """The mouse is the program's."""
        return self._view.source.wants.mouse > 0 and not mods & Mod.ShiftModifier

    def _press(self, event: QMouseEvent) -> None:
        view, at = self._view, event.position().toPoint()
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._plays(event.modifiers()):
            self._playing = event.button()
            self._tell(event.button(), event.modifiers(), at)
        elif event.button() == Button.MiddleButton:
            text = QGuiApplication.clipboard().text(QGuiApplication.clipboard().Mode.Selection)
            if text:
                view.pasted.emit(text)
        elif event.button() == Button.LeftButton:
            if self._follow(event, at):
                return
            self._count(event, at)
            spot = self._gap(at) if self._clicks == 1 else view.spot_at(at)
            if event.modifiers() & Mod.ShiftModifier and view.selection is not None:
                view.selection.move(spot)
                view.select(view.selection)
            else:
                block = event.modifiers() & Mod.AltModifier
                unit = "block" if block else _UNITS[self._clicks - 1]
                view.select(Selection(view.source, spot, unit))
            self._selecting = True

    def _count(self, event: QMouseEvent, at: QPoint) -> None:
        """One, two or three clicks in the same place."""
        when, where = self._last
        soon = event.timestamp() - when <= QApplication.doubleClickInterval()
        near = (at - where).manhattanLength() <= QApplication.startDragDistance()
        self._clicks = self._clicks % 3 + 1 if soon and near else 1
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self._clicks = 2  # the system counted
        self._last = (event.timestamp(), at)

    def _move(self, event: QMouseEvent) -> None:
        at = self._at = event.position().toPoint()
        if self._selecting:
            self._extend(at)
            outside = not self._view.viewport().rect().contains(at)
            if outside and not self._drag.isActive():
                self._drag.start()
            return
        if self._plays(event.modifiers()):
            held = event.buttons() != Button.NoButton
            if mouse.wanted(self._view.source.wants, "move", held=held):
                cell = self._view.cell_at(at)
                if cell != self._told:
                    button = self._playing if held else Button.NoButton
                    self._tell(button, event.modifiers(), at, moved=True)
            return
        control = event.modifiers() & Mod.ControlModifier
        self._point(link_at(self._view.source, self._view.spot_at(at)) if control else None)

    def _release(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._playing != Button.NoButton:
            if mouse.wanted(self._view.source.wants, "release"):
                self._tell(event.button(), event.modifiers(), at, released=True)
            self._playing = Button.NoButton
        if self._selecting and event.button() == Button.LeftButton:
            self._selecting = False
            self._drag.stop()
            chosen = self._view.selection
            self._view.select(None if chosen is None or chosen.empty() else chosen)

    def _extend(self, at: QPoint) -> None:
        view = self._view
        if view.selection is not None:
            near = self._clicks == 1
            view.selection.move(self._gap(at) if near else view.spot_at(at))
            view.viewport().update()

    def _gap(self, at: QPoint) -> Spot:
        """The border between two cells that is nearest to a point."""
        view = self._view
        shifted = QPoint(at.x() + view.painter.width // 2, at.y())
        spot = view.spot_at(shifted)
        beyond = shifted.x() >= view.painter.cell(view.source.columns, 0).x()
        return Spot(spot.line, view.source.columns) if beyond else spot

    def _on_drag(self) -> None:
        """The mouse is held above or below: the view goes on."""
        height = self._view.viewport().height()
        if self._at.y() < 0:
            self._view.scroll_by(-1)
        elif self._at.y() > height:
            self._view.scroll_by(1)
        else:
            self._drag.stop()
        self._extend(self._at)

    def _tell(
        self,
        button: Qt.MouseButton,
        mods: Qt.KeyboardModifier,
        at: QPoint,
        *,
        moved: bool = False,
        released: bool = False,
    ) -> None:
        view = self._view
        self._told = view.cell_at(at)
        code = mouse.code_of(button, mods, moved=moved)
        view.typed.emit(mouse.encode(view.source.wants, code, *self._told, released=released))

    def _turn(self, event: QWheelEvent) -> bool:
        """The wheel: the program's, arrow keys on a full screen, or a step through the past."""
        view, wants = self._view, self._view.source.wants
        self._wheel += event.angleDelta().y()
        steps, self._wheel = int(self._wheel / 120), self._wheel - int(self._wheel / 120) * 120
        if steps == 0:
            return True
        if self._plays(event.modifiers()) and mouse.wanted(wants, "wheel"):
            code = mouse.WHEEL_UP if steps > 0 else mouse.WHEEL_DOWN
            code += mouse.held_keys(event.modifiers())
            cell = view.cell_at(event.position().toPoint())
            view.typed.emit(mouse.encode(wants, code, *cell) * abs(steps))
        elif wants.alternate and wants.wheel_keys:
            arrow = ("A" if steps > 0 else "B").encode()
            start = b"\x1bO" if wants.cursor_keys else b"\x1b["
            view.typed.emit((start + arrow) * _WHEEL_ROWS * abs(steps))
        else:
            view.scroll_by(-steps * _WHEEL_ROWS)
        return True

    # -- links ---------------------------------------------------------------------------------

    def _follow(self, event: QMouseEvent, at: QPoint) -> bool:
        if not event.modifiers() & Mod.ControlModifier:
            return False
        link = link_at(self._view.source, self._view.spot_at(at))
        if link is None:
            return False
        if link.address:
            self._view.address_requested.emit(link.address)
        else:
            self._view.place_requested.emit(link.path, link.line)
        return True

    def _point(self, link: Link | None) -> None:
        """Underline what a click would follow, and say where it leads."""
        if link == self.link:
            return
        self.link = link
        port = self._view.viewport()
        shape = Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.IBeamCursor
        port.setCursor(shape)
        port.setToolTip(said(reveal_line(link.address or link.path)) if link else "")
        port.update()
