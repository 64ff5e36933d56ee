"""What goes along with an instruction: mentions while they are typed, copied lines, pictures.

Knows the bars and the assistance.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.bridge import Door, Run
from assistant.errors import ContextError, sentence_of
from assistant.images import SUFFIXES
from assistant.types import LineSpan, Mention
from widgets.composer import Composer
from widgets.mentions import MentionItem
from widgets.promptbar import PromptBar

if TYPE_CHECKING:
    from app.workspace import Workspace
    from assistant.context.completion import Choice

Bar = PromptBar | Composer
_WHOLE = (
    ("diff", "uncommitted changes"),
    ("problems", "what linters and failed tests say of the files at hand"),
    ("terminal", "what the terminal and the last run of the tests said"),
)
_NARROWING = (
    ("file", "lines of the project"),
    ("folder", "its files with their symbols"),
    ("symbol", "where it is defined"),
    ("commit", "a change of the past"),
    ("image", "a picture, for models that see"),
)
_LARGEST = 50_000_000


class Mentioning(QObject):
    """Follows every bar of the window."""

    failed = Signal(str)
    copied = Signal(object)
    """Lines of an editor are in the clipboard, as a Mention."""

    def __init__(self, door: Door, work: Workspace) -> None:
        super().__init__(work)
        self._door, self._work, self._documents = door, work, work.documents
        self._copied: Mention | None = None
        clipboard = QGuiApplication.clipboard()
        clipboard.dataChanged.connect(self._on_copied)

    def follow(self, bar: Bar) -> None:
        """Answer what is typed into, pasted into and dropped on a bar."""
        bar.mentions_requested.connect(self._on_mentions_requested)
        bar.mention_opened.connect(self._on_opened)
        bar.edit.image_pasted.connect(self._on_image_pasted)
        bar.edit.image_chosen.connect(self._on_image_chosen)
        bar.edit.files_dropped.connect(self._on_files)
        bar.edit.know_copied(self._copied)
        self.copied.connect(bar.edit.know_copied)

    def add_selection(self) -> None:
        """The selected lines go along with the next question in the panel."""
        document = self._documents.current()
        if document is not None:
            span = document.editor.selected_span()
            text = document.editor.text_of(span)
            composer = self._work.window.panel.composer
            composer.add_mention(Mention("paste", document.key, text, span))
            composer.focus()

    # -- completion ----------------------------------------------------------------------------

    @Slot(str)
    def _on_mentions_requested(self, typed: str) -> None:
        self.complete(typed, self.sender())

    def complete(self, typed: str, asker: QObject | None) -> None:
        """Ask the index; ``kind:letters`` asks for one kind alone."""
        assistance = self._work.assistance
        if assistance is not None:
            run = self._door.open(assistance.complete(typed))
            run.subject = (asker, typed)
            run.answered.connect(self._on_choices)

    @Slot(object)
    def _on_choices(self, choices: tuple[Choice, ...]) -> None:
        run = self.sender()
        if not isinstance(run, Run) or not isinstance(run.subject, tuple):
            return
        bar, typed = run.subject
        if isinstance(bar, Bar) and isValid(bar):
            bar.edit.set_mentions([*kinds(typed), *map(item_of, choices)])

    # -- lines copied in an editor -------------------------------------------------------------

    @Slot()
    def _on_copied(self) -> None:
        """The clipboard changed while an editor had the keys: its lines may be pasted here."""
        document, focus = self._documents.current(), QApplication.focusWidget()
        if document is None or focus is None or not document.editor.isAncestorOf(focus):
            return
        text, span = QGuiApplication.clipboard().text(), document.editor.selected_span()
        chosen = document.editor.text_of(span)
        inside = text.strip("\r\n") in chosen and text.count("\n") > 0
        if text and (inside or text.rstrip("\r\n") == chosen.rstrip("\r\n")):
            span = LineSpan(span.start, max(span.end, span.start + 1))
            self._copied = Mention("paste", document.key, text, span)
            self.copied.emit(self._copied)

    # -- pictures and files ----------------------------------------------------------------------

    @Slot(QImage)
    def _on_image_pasted(self, image: QImage) -> None:
        self._prepare("pasted image", image, self._bar_of(self.sender()))

    @Slot(list)
    def _on_files(self, paths: list[str]) -> None:
        """Pictures from anywhere; other files where they are files of the project."""
        bar, project = self._bar_of(self.sender()), self._work.project
        for path in map(Path, paths):
            if path.suffix.casefold() in SUFFIXES:
                self._prepare(path.name, path, bar)
            elif project is not None and path.resolve().is_relative_to(project.root):
                inside = path.resolve().relative_to(project.root).as_posix()
                kind = "folder" if path.is_dir() else "file"
                if bar is not None:
                    bar.chips.add(Mention(kind, inside))
            else:
                self.failed.emit(f"{path.name} is not a file of this project. Open its folder.")

    @Slot(str)
    def _on_image_chosen(self, path: str) -> None:
        """A picture of the project, by its name."""
        project = self._work.project
        if project is not None:
            self._prepare(path, (project, PurePosixPath(path)), self._bar_of(self.sender()))

    @Slot(object)
    def _on_opened(self, mention: Mention) -> None:
        """A chip was pressed: show what it stands for, where it stands in a file."""
        path = mention.value
        if mention.kind == "symbol":
            path = path.rpartition(":")[0]
        if path and mention.kind in ("file", "selection", "paste", "symbol"):
            self._documents.open(PurePosixPath(path), mention.span)

    def _prepare(self, title: str, source: object, bar: Bar | None) -> None:
        run = self._door.ask(_prepared, title, source)
        run.subject = bar
        run.answered.connect(self._on_prepared)

    @Slot(object)
    def _on_prepared(self, made: Mention | ContextError) -> None:
        run = self.sender()
        bar = run.subject if isinstance(run, Run) else None
        if isinstance(made, Mention):
            if isinstance(bar, Bar) and isValid(bar):
                bar.chips.add(made)
        else:
            self.failed.emit(sentence_of(made))

    def _bar_of(self, edit: QObject | None) -> Bar | None:
        holder = edit.parent() if edit is not None else None
        while holder is not None and not isinstance(holder, Bar):
            holder = holder.parent()
        return holder


def kinds(typed: str) -> list[MentionItem]:
    """Kinds of mentions that begin with these letters."""
    low = typed.casefold()
    if ":" in low:
        return []
    whole = [
        MentionItem(Mention(kind, kind), f"@{kind}", words)
        for kind, words in _WHOLE
        if kind.startswith(low)
    ]
    narrowing = [
        MentionItem(Mention(kind, ""), f"@{kind}:", words, prefix=f"{kind}:")
        for kind, words in _NARROWING
        if kind.startswith(low)
    ]
    return [*narrowing, *whole]


def item_of(choice: Choice) -> MentionItem:
    value, name = choice.value, choice.value.rpartition("/")[2]
    match choice.kind:
        case "symbol":
            where = LineSpan(choice.line - 1, choice.line - 1) if choice.line else None
            name = f"{choice.path}:{value}" if choice.path else value
            mention = Mention("symbol", name, span=where)
            return MentionItem(mention, value, choice.detail)
        case "file" | "image":
            return MentionItem(Mention(choice.kind, value), name, choice.detail)
    return MentionItem(Mention(choice.kind, value), value, choice.detail)


def _prepared(title: str, source: object) -> Mention | ContextError:
    """Blocks. The picture as a mention, or why there is none."""
    from app.images import mention_of
    from assistant.mentioned import Mentioned
    from assistant.project import Project

    try:
        match source:
            case QImage():
                return mention_of(title, source)
            case Path():
                if source.stat().st_size > _LARGEST:
                    raise ContextError(f"{title} is too large.", "Choose a smaller picture.")
                return mention_of(title, source.read_bytes())
            case (Project() as project, PurePosixPath() as path):
                return mention_of(title, Mentioned(project).picture(path).data)
    except ContextError as error:
        return error
    except OSError as error:
        return ContextError(f"{title} cannot be read: {error.strerror}.")
    return ContextError(f"{title} is no picture.")


__all__ = ["Bar", "Mentioning", "item_of", "kinds"]
