"""What every command does. Knows the whole window; one line a command.

A command of the keymap that stands in no line here would be a key that does nothing: a test forbids
it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.document import Document

if TYPE_CHECKING:
    from app.program import Program


def bind(program: Program) -> None:
    """Give every command of the keymap its slot, and the narrow ones their focus."""
    window, work, commands = program.window, program.workspace, program.commands
    commands.narrow("review", window.review)
    commands.narrow("editor", window.stack)
    tables = (_edits, _files, _editing, _views, _terminals)
    for table in (of(program) for of in tables):
        for name, slot in table.items():
            commands.bind(name, slot)
    keys = window.look.keys
    short = ("next", "previous", "keep_all", "reject_all")
    window.review.set_keys({name: keys.get(f"review.{name}", "") for name in short})
    sides = {"search": "go.anything", "left": "view.side_bar", "right": "view.assistant"}
    sides["bottom"] = "view.terminal"
    window.frame.top.set_keys({name: keys.get(command, "") for name, command in sides.items()})
    window.welcome.set_keys(dict(keys))
    work.finder.fill_commands()


def _edits(program: Program) -> dict[str, Callable[[], object]]:
    work = program.workspace
    review, inline = work.review, work.inline
    return {
        "inline.edit": inline.open,
        "inline.edit_prompt": inline.again,
        "inline.stop": work.stop,
        "inline.answer_now": work.hurrying.answer_now,
        "chat.focus": program.focus_chat,
        "chat.question": work.errands.to_question,
        "chat.context": work.sending.show_sent,
        "chat.add_selection": work.sending.mentioning.add_selection,
        "model.choose": program.models.choose,
        "model.connect": program.models.connect_model,
        "effort.less": lambda: program.models.step_effort(-1),
        "effort.more": lambda: program.models.step_effort(1),
        "care.next": program.models.next_care,
        "ai.toggle": program.models.toggle_ai,
        "chat.new": work.conversation.forget,
        "chat.replay": work.memory.replaying.play_last,
        "chat.earlier": work.memory.talks.show_list,
        "review.keep": review.keep,
        "review.reject": review.reject,
        "review.keep_file": review.keep_file,
        "review.reject_file": review.reject_file,
        "review.keep_all": review.keep_all,
        "review.reject_all": review.reject_all,
        "review.next": review.next,
        "review.previous": review.previous,
        "review.restore": review.restore,
        "review.draft": work.alternatives.next,
        "review.opinion": work.judgement.ask,
        "review.focus": program.window.review.setFocus,
        "who.line": work.who.ask,
        "who.undo_last": work.who.undo_last,
        "who.marks": lambda: program.change(mark_models=not program.settings.mark_models),
        "review.commit": work.commits.propose,
        "branch.choose": work.versions.branching.open,
        "review.undo_commit": work.commits.undoing.undo,
    }


def _files(program: Program) -> dict[str, Callable[[], object]]:
    work, window = program.workspace, program.window
    return {
        "file.open_folder": program.ask_folder,
        "file.open": program.ask_file,
        "file.new": work.memory.untitled.new,
        "file.create": work.explorer.new_file,
        "file.reopen": work.memory.untitled.reopen,
        "file.save_as": _with(program, work.memory.naming.ask),
        "file.save": _with(program, work.documents.save),
        "file.save_all": work.documents.save_all,
        "file.revert": work.documents.look_again,
        "file.close": program.close_tab,
        "file.quit": window.close,
        "search.files": partial(_search, program, replace=False),
        "search.replace": partial(_search, program, replace=True),
        "go.anything": work.finder.files,
        "go.commands": work.finder.commands,
        "go.line": work.finder.lines,
        "go.symbol": work.finder.symbols,
        "file.language": work.finder.language,
        "go.definition": work.finder.definition,
        "go.uses": work.finder.uses,
        "go.back": work.ways.trail.back,
        "go.forward": work.ways.trail.forward,
        "help.keys": work.finder.commands,
        "project.checks": work.judgement.check_now,
        "project.index": work.finder.index_report,
        "go.next_tab": lambda: window.tabs.step(1),
        "go.previous_tab": lambda: window.tabs.step(-1),
        "go.editor": _with(program, lambda document: document.editor.setFocus()),
    }


def _editing(program: Program) -> dict[str, Callable[[], object]]:
    def editor(act: Callable[[Document], object]) -> Callable[[], object]:
        return _with(program, act)

    return {
        "edit.undo": editor(lambda d: d.editor.undo()),
        "edit.redo": editor(lambda d: d.editor.redo()),
        "edit.cut": editor(lambda d: d.editor.cut()),
        "edit.copy": editor(lambda d: d.editor.copy()),
        "edit.paste": editor(lambda d: d.editor.paste()),
        "edit.find": editor(lambda d: d.editor.find_bar.open()),
        "edit.replace": editor(lambda d: d.editor.find_bar.open(replace=True)),
        "edit.find_next": editor(lambda d: d.editor.find_bar.next()),
        "edit.find_previous": editor(lambda d: d.editor.find_bar.previous()),
        "edit.comment": editor(lambda d: d.editor.lines.toggle_comment()),
        "edit.select_next": editor(lambda d: d.editor.carets.add_next()),
        "edit.complete": editor(lambda d: d.editor.completion.ask()),
        "edit.fold": editor(lambda d: d.editor.view.toggle_fold(d.editor.caret()[0])),
        "view.wrap": lambda: program.change(wrap=not program.settings.wrap),
        "edit.duplicate": editor(lambda d: d.editor.lines.duplicate()),
        "edit.delete_line": editor(lambda d: d.editor.lines.delete()),
        "edit.join": editor(lambda d: d.editor.lines.join()),
        "edit.trim": editor(lambda d: d.editor.lines.trim()),
        "edit.select_all_same": editor(lambda d: d.editor.carets.add_all()),
        "edit.caret_above": editor(lambda d: d.editor.carets.add_line(-1)),
        "edit.caret_below": editor(lambda d: d.editor.carets.add_line(1)),
        "edit.bracket": editor(lambda d: d.editor.carets.to_bracket()),
        "edit.fold_all": editor(lambda d: d.editor.view.fold_all(closed=True)),
        "edit.unfold_all": editor(lambda d: d.editor.view.fold_all(closed=False)),
        "view.blanks": lambda: program.change(whitespace=not program.settings.whitespace),
        "edit.line_up": editor(lambda d: d.editor.lines.move(down=False)),
        "edit.line_down": editor(lambda d: d.editor.lines.move(down=True)),
    }


def _views(program: Program) -> dict[str, Callable[[], object]]:
    window, frame = program.window, program.window.frame
    return {
        "view.side_bar": lambda: frame.show_panel("left", not frame.panel_seen("left")),
        "view.assistant": lambda: frame.show_panel("right", not frame.panel_seen("right")),
        "view.explorer": lambda: frame.show_page("files"),
        "view.timeline": lambda: frame.show_page("history"),
        "history.notes": program.workspace.versions.noting.ask,
        "history.checkpoint": program.workspace.memory.name_checkpoint,
        "view.theme": program.next_theme,
        "view.settings": program.show_settings,
        "view.spending": program.show_spending,
        "project.local_only": program.models.toggle_local_only,
        "help.tour": program.take_tour,
        "view.zoom_in": lambda: program.zoom(1),
        "view.zoom_out": lambda: program.zoom(-1),
        "view.zoom_reset": lambda: program.zoom(0),
        "view.full_screen": window.toggle_full_screen,
        "project.trust": program.workspace.toggle_trust,
    }


def _terminals(program: Program) -> dict[str, Callable[[], object]]:
    terminals = program.workspace.terminals
    named = {f"terminal.{name}": partial(terminals.act, name)
             for name in ("rename", "restart", "kill", "close")}  # fmt: skip
    return {
        "view.terminal": terminals.toggle,
        "terminal.new": terminals.new,
        "terminal.next": partial(terminals.step, 1),
        "terminal.find": terminals.find,
        "terminal.ask": terminals.ask,
        **named,
    }


def _search(program: Program, *, replace: bool) -> None:
    """The search page, with the selected words in it."""
    program.window.frame.show_page("search")
    program.workspace.ways.searching.open(replace=replace)


def _with(program: Program, act: Callable[[Document], object]) -> Callable[[], object]:
    """A slot that acts on the document in front, and does nothing when there is none."""

    def slot() -> None:
        document = program.workspace.documents.current()
        if document is not None:
            act(document)

    return slot
