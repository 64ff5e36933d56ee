"""Which skill serves which wish, and chains of wishes. No parsing, no streaming."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from assistant.builtin import patterns, refactoring, reorder, ruffing, statements
from assistant.builtin.comments import comment, uncomment
from assistant.builtin.jsons import edit_json
from assistant.builtin.letters import change_case
from assistant.builtin.lines import LINE_SKILLS
from assistant.builtin.scene import (
    CannotDo,
    Edited,
    Scene,
    Wish,
    body,
    count,
    line_end,
    replace_region,
)
from assistant.types import LineSpan, split_lines

Skill = Callable[[Wish, Scene], Awaitable[Edited]]
_ON_CARET = frozenset(
    {"comment", "uncomment", "indent", "dedent", "case", "delete-lines", "surround", "join"}
)
_NEEDS_LINES = frozenset({"delete-lines"})


async def perform(wishes: Sequence[Wish], scene: Scene) -> Edited:
    """All wishes in order, each on what the one before left. Raises CannotDo."""
    if len(wishes) == 1:
        return await _one(wishes[0], scene)
    said = []
    at = scene
    for wish in wishes:
        edited = await _one(wish, at)
        if len(edited.texts) > 1:
            raise CannotDo(
                "An edit of several files cannot be chained with another; ask for one after the "
                "other."
            )
        said.append(edited.said)
        if edited.texts:
            text = edited.texts[0][1]
            span = _follow(at, text, edited.span)
            at = replace(at, target=replace(at.target, text=text), span=span)
    done = [sentence for sentence in said if not sentence.startswith("Nothing to change")]
    return Edited(((scene.target, at.target.text),), " ".join(done or said[:1]))


def _follow(scene: Scene, text: str, span: LineSpan | None) -> LineSpan | None:
    if scene.span is None:
        return None
    if span is not None:
        return span
    grown = len(split_lines(text)) - len(scene.target.lines())
    return LineSpan(scene.span.start, max(scene.span.start, scene.span.end + grown))


async def _one(wish: Wish, scene: Scene) -> Edited:
    if scene.span is None and scene.caret is not None and wish.skill in _ON_CARET:
        scene = replace(scene, span=LineSpan(scene.caret, scene.caret + 1))
    if scene.span is None and wish.skill in _NEEDS_LINES:
        raise CannotDo("Select the lines first; without a selection this would be the whole file.")
    skill = SKILLS.get(wish.skill)
    if skill is not None:
        return await skill(wish, scene)
    return _by_lines(wish, scene, LINE_SKILLS[wish.skill])


def _by_lines(
    wish: Wish, scene: Scene, change: Callable[[Sequence[str], Wish], list[str]]
) -> Edited:
    """Gives the function lines that all have an end, and takes the one back that the file did
    not have."""
    lines = list(scene.target.lines(scene.region))
    if not lines:
        return Edited(said=f"Nothing to change: {scene.target.path.name} is empty.")
    open_end = not lines[-1].endswith(("\n", "\r"))
    if open_end:
        lines[-1] += line_end(scene.target.text)
    new = change(lines, wish)
    if open_end and new:
        new[-1] = new[-1].rstrip("\r\n")
    return replace_region(scene, new, _line_sentence(wish, len(lines), len(new)))


def _line_sentence(wish: Wish, before: int, after: int) -> str:
    gone = count(before - after, "line")
    match wish.skill:
        case "sort":
            how = [
                name
                for name in ("numeric", "reverse", "nocase", "unique", "length")
                if wish.flag(name)
            ]
            words = {
                "numeric": "by number",
                "reverse": "descending",
                "nocase": "without regard to case",
                "unique": "each once",
                "length": "by length",
            }
            return (
                ", ".join([f"Sorted {count(before, 'line')}", *(words[name] for name in how)]) + "."
            )
        case "dedupe":
            return f"Removed {gone} that stood there before."
        case "remove-blank" | "squeeze-blank" | "drop-lines" | "delete-lines" | "keep-lines":
            return f"Removed {gone} of {before}."
        case "wrap":
            return f"Wrapped to {wish.get('width', '80')} columns."
        case "join":
            return f"Joined {count(before, 'line')}."
        case "tabs":
            return f"Indentation is now {wish.get('to')}, {wish.get('width', '4')} columns a level."
    words = {
        "reverse": "Reversed the order of",
        "number-lines": "Numbered",
        "trim": "Trimmed the ends of",
        "indent": "Indented",
        "dedent": "Dedented",
        "align": "Aligned",
        "surround": "Surrounded",
    }
    return f"{words[wish.skill]} {count(before, 'line')}."


async def _comment(wish: Wish, scene: Scene) -> Edited:
    turn = comment if wish.skill == "comment" else uncomment
    lines = scene.target.lines(scene.region)
    done = "Commented out" if wish.skill == "comment" else "Uncommented"
    return replace_region(
        scene, turn(lines, scene.language), f"{done} {count(len(lines), 'line')}."
    )


async def _case(wish: Wish, scene: Scene) -> Edited:
    text = "".join(scene.target.lines(scene.region))
    stem = text.rstrip("\r\n")
    new = change_case(stem, wish.get("to")) + text[len(stem) :]
    names = {"upper": "upper case", "lower": "lower case", "title": "title case"}
    said = f"Changed to {names.get(wish.get('to'), wish.get('to') + ' case')}."
    return replace_region(scene, split_lines(new), said)


async def _final_newline(wish: Wish, scene: Scene) -> Edited:
    text = scene.target.text
    new = text if not text or text.endswith(("\n", "\r")) else text + line_end(text)
    return Edited(((scene.target, new),), "Added the newline at the end of the file.", scene.span)


async def _replace(wish: Wish, scene: Scene) -> Edited:
    text = "".join(scene.target.lines(scene.region))
    old, new = wish.get("old"), wish.get("new")
    if wish.flag("regex"):
        plain = text.replace("\r\n", "\n")
        changed, times = await patterns.substitute(old, new, plain)
        changed = refactoring.restore(text, plain, changed)
    elif wish.flag("word"):
        changed, times = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)").subn(lambda _: new, text)
    else:
        changed, times = text.replace(old, new), text.count(old)
    where = "the selected lines" if scene.span else scene.target.path.name
    if not times:
        return Edited(said=f"Nothing to change: `{old}` does not occur in {where}.")
    return replace_region(
        scene, split_lines(changed), f"Replaced {count(times, 'occurrence')} of `{old}` in {where}."
    )


async def _filter(wish: Wish, scene: Scene) -> Edited:
    """Lines by a text here, by a pattern in a child."""
    if not wish.flag("regex"):
        return _by_lines(wish, scene, LINE_SKILLS[wish.skill])
    lines = scene.target.lines(scene.region)
    hits = await patterns.matching(wish.get("text"), [body(line) for line in lines])
    drop = wish.skill == "drop-lines"

    def chosen(given: Sequence[str], wish: Wish) -> list[str]:
        return [line for line, hit in zip(given, hits, strict=True) if hit is not drop]

    return _by_lines(wish, scene, chosen)


async def _format(wish: Wish, scene: Scene) -> Edited:
    if scene.language.is_python and wish.skill != "json-pretty":
        return await ruffing.format_python(wish, scene)
    if scene.language.name == "JSON" or wish.skill == "json-pretty":
        return await asyncio.to_thread(edit_json, Wish("json-pretty", wish.options), scene)
    raise CannotDo(
        f"The built-in formatter knows Python and JSON; {scene.target.path.name} is "
        f"{scene.language.name}."
    )


async def _pretty(wish: Wish, scene: Scene) -> Edited:
    named = not wish.flag("or_format")
    return await _format(Wish("json-pretty" if named else "format", wish.options), scene)


async def _keys(wish: Wish, scene: Scene) -> Edited:
    edit = reorder.sort_dicts if scene.language.is_python else edit_json
    return await asyncio.to_thread(edit, wish, scene)


async def _imports(wish: Wish, scene: Scene) -> Edited:
    if scene.language.is_python:
        return await ruffing.fix(wish, scene)
    return statements.sort_import_lines(wish, scene)


async def _quotes(wish: Wish, scene: Scene) -> Edited:
    if scene.language.is_python:
        return await ruffing.fix(wish, scene)
    return await asyncio.to_thread(statements.turn_quotes, wish, scene)


async def _quiet_lines(wish: Wish, scene: Scene) -> Edited:
    """Trimming and tabs, without the lines whose blanks belong to a string."""
    edited = _by_lines(wish, scene, LINE_SKILLS[wish.skill])
    fixed = await asyncio.to_thread(statements.inside_strings, scene)
    if wish.skill == "trim":
        fixed = {number - 1 for number in fixed}
    old = scene.target.lines()
    new = list(split_lines(edited.texts[0][1])) if edited.texts else list(old)
    left = 0
    for number in fixed:
        if 0 <= number < len(new) and new[number] != old[number]:
            new[number] = old[number]
            left += 1
    said = edited.said + (f" Left {count(left, 'line')} inside strings." if left else "")
    return replace(edited, texts=((scene.target, "".join(new)),), said=said)


def _threaded(edit: Callable[[Wish, Scene], Edited]) -> Skill:
    async def skill(wish: Wish, scene: Scene) -> Edited:
        return await asyncio.to_thread(edit, wish, scene)

    return skill


SKILLS: dict[str, Skill] = {
    **dict.fromkeys(ruffing.RULE_SETS, ruffing.fix),
    "format": _format,
    "comment": _comment,
    "uncomment": _comment,
    "case": _case,
    "final-newline": _final_newline,
    "replace": _replace,
    "drop-lines": _filter,
    "keep-lines": _filter,
    "rename": refactoring.rename,
    "extract-function": refactoring.extract_function,
    "extract-variable": refactoring.extract_variable,
    "inline": refactoring.inline,
    "sort-imports": _imports,
    "quotes": _quotes,
    "trim": _quiet_lines,
    "tabs": _quiet_lines,
    "json-pretty": _pretty,
    "json-minify": _threaded(edit_json),
    "sort-keys": _keys,
    "sort-members": _threaded(reorder.sort_members),
    "docstring": _threaded(statements.add_docstrings),
    "try": _threaded(statements.wrap_in_try),
}
