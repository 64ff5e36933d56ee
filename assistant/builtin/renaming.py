"""Renames an identifier as whole words, outside strings and comments. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right

from assistant.builtin.languages import Language
from assistant.builtin.scene import CannotDo, Edited, Scene, Wish, count, replace_region
from assistant.builtin.trees import quiet_spans
from assistant.types import split_lines


def word_places(text: str, name: str, language: Language, *, everywhere: bool = False) -> list[int]:
    """Offsets of the identifier ``name`` in ``text``, in code only unless ``everywhere``."""
    words = [match.start() for match in re.finditer(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text)]
    if everywhere or not words:
        return words
    quiet = quiet_spans(text, language)
    starts = [start for start, _ in quiet]
    return [at for at in words if not _inside(at, quiet, bisect_right(starts, at) - 1)]


def _inside(at: int, spans: list[tuple[int, int]], index: int) -> bool:
    return index >= 0 and at < spans[index][1]


def rename_words(wish: Wish, scene: Scene) -> Edited:
    """In the selected lines, or in the whole file. Says when the new name was there before."""
    old, new = wish.get("old"), wish.get("new")
    _check(old, new)
    text = scene.target.text
    before = sum(map(len, scene.target.lines()[: scene.region.start]))
    after = before + sum(map(len, scene.target.lines(scene.region)))
    everywhere = wish.flag("strings")
    places = [
        at
        for at in word_places(text, old, scene.language, everywhere=everywhere)
        if before <= at < after
    ]
    where = "the selected lines" if scene.span else scene.target.path.name
    if not places:
        outside = "" if everywhere else " outside strings and comments"
        return Edited(said=f"Nothing to change: `{old}` does not occur in {where}{outside}.")
    taken = word_places(text, new, scene.language)
    changed, at = [], before
    for place in places:
        changed += [text[at:place], new]
        at = place + len(old)
    said = (
        f"Renamed `{old}` to `{new}`: {count(len(places), 'place')} in {where}, as whole "
        "words of the text."
    )
    if taken:
        said += f" Mind: `{new}` was already in the file, {count(len(taken), 'time')}."
    return replace_region(scene, split_lines("".join(changed) + text[at:after]), said)


def _check(old: str, new: str) -> None:
    for name in (old, new):
        if not re.fullmatch(r"[^\W\d][\w$]*|[$@][\w$]+", name):
            raise CannotDo(f"`{name}` is not one identifier.")
    if old == new:
        raise CannotDo("Nothing to change: the old and the new name are the same.")
