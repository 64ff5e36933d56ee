"""Replies that rewrite whole functions or leave parts out, for the made source texts, with what must come of them."""

# ruff: noqa: E501  (a reply is one literal)
from __future__ import annotations

import random
import re
from collections.abc import Iterator

from tests.assistant.edits.spoiled import Case

MARKS = (
    "... existing code ...",
    "...",
    "rest of the code unchanged",
    "… rest of file …",
    "(unchanged)",
)


def spans(text: str) -> list[tuple[int, int, str]]:
    """Start, end and indent of each function of a made source text."""
    lines = text.split("\n")
    out = []
    for k, line in enumerate(lines):
        if match := re.match(r"(\s*)def \w+", line):
            end = k + 1
            while end < len(lines) and (
                not lines[end].strip() or lines[end].startswith(match.group(1) + "  ")
            ):
                end += 1
            while not lines[end - 1].strip():
                end -= 1
            out.append((k, end, match.group(1)))
        elif re.match(r"(?:export function|func|static int|pub fn) \w+", line):
            out.append((k, lines.index("}", k) + 1, ""))
    return out


def function_cases(seed: int, path: str, text: str) -> Iterator[Case]:
    """Clean and spoiled rewrites of one function of the text."""
    rng = random.Random(seed)
    sign = "#" if path.endswith(".py") else "//"
    lines = text.split("\n")
    start, end, blanks = rng.choice([span for span in spans(text) if span[1] - span[0] > 3])
    old = lines[start:end]
    if sum(line.split("(")[0] == old[0].split("(")[0] for line in lines) > 1:
        return
    new = list(old)
    k = rng.randrange(1, len(new) - 1)
    new[k] = re.sub(r"\d+|value", "changed", new[k], count=1) + "  "
    new[k] = new[k].rstrip() if new[k].rstrip() != old[k] else old[k] + f" {sign} seen"
    if rng.random() < 0.5:
        inner = re.match(r"\s*", old[1]).group()
        new.insert(1, f"{inner}prepare({rng.randrange(99)});")
    if rng.random() < 0.4:
        del new[-2]
    want = "\n".join(lines[:start] + new + lines[end:])
    files = {path: text}

    def fenced(body: list[str]) -> str:
        return "\n".join([path, "```", *body, "```"]) + "\n"

    good = {path: want}
    yield Case("whole_function", "clean", fenced(new), files, good)
    yield Case(
        "whole_function", "dedented", fenced([t.removeprefix(blanks) for t in new]), files, good
    )
    if "\t" in text:
        yield Case(
            "whole_function", "blanks for tabs", fenced([t.expandtabs(4) for t in new]), files, good
        )
    mark = f"{blanks}{sign} {rng.choice(MARKS)}"
    before = next((t for t in lines[start - 1 :: -1] if t.strip()), "")
    whole = [mark, "", *new, "", mark]
    if not blanks:
        yield Case("lazy", "function between marks", fenced(whole), files, good)
    elif "class" not in before:
        head = next(t for t in lines[start::-1] if t.startswith("class "))
        yield Case("lazy", "method in its class", fenced([head, *whole]), files, good)
    yield Case("whole_function", "truncated", fenced(new)[: -len(new[-1]) - 8], files, None)
    cut = text.rindex(lines[start])
    name = re.search(r"(\w+)\(", lines[start]).group(1)
    twice = text + "\n" + "\n".join([*old, ""])
    yield Case("whole_function", "ambiguous", fenced(new), {path: twice}, None)
    gone = [t.replace(name, name + "_elsewhere") for t in new]
    yield Case("whole_function", "not there", fenced(gone), files, None)
    if not blanks and lines.count(lines[start]) == 1 and cut and end < len(lines) - 5:
        yield Case("lazy", "tail missing", fenced([mark, "", *new]), files, None)
    yield Case(
        "whole_file",
        "elided tail",
        fenced([*lines[:start], *new, f"{sign} ... rest of the file unchanged ..."]),
        files,
        good,
    )
