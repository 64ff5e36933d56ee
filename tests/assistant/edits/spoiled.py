"""Replies as models write them, clean and spoiled, for any source text, with what must come of each."""

# ruff: noqa: E501  (a reply is one literal)
from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

FENCES = ("```{lang}", "~~~{lang}", "````{lang}", "```")


@dataclass(frozen=True)
class Case:
    format: str
    kind: str
    reply: str
    files: dict[str, str]
    expected: dict[str, str | None] | None
    """The changed files; None when the reply must be refused."""


@dataclass
class Change:
    """Lines ``start`` to ``end`` of the file (no ends) become ``new``; ``low`` to ``high`` is quoted."""

    start: int
    end: int
    new: list[str]
    low: int
    high: int


def changed(lines: list[str], change: Change) -> list[str]:
    return lines[: change.start] + change.new + lines[change.end :]


def any_change(rng: random.Random, lines: list[str]) -> Change | None:
    """A random edit whose quoted lines stand once, read without indents, punctuation and blank lines."""
    for _ in range(30):
        start = rng.randrange(2, max(len(lines) - 3, 3))
        kind = rng.choice(["mod", "ins", "del", "rep", "scatter"])
        size = rng.randint(1, 4) if kind in ("del", "rep") else 1
        end = start if kind == "ins" else min(start + size, len(lines) - 1)
        old = lines[start:end]
        blanks = re.match(r"[ \t]*", lines[start]).group() if start < len(lines) else ""
        tag = rng.randrange(1000)
        if kind == "ins":
            new = [f"{blanks}call_{tag}(value, {tag});" for _ in range(rng.randint(1, 3))]
        elif kind == "del":
            new = []
        elif kind == "mod":
            new = [re.sub(r"\w+", lambda m: m.group() + "_x", text, count=1) for text in old]
        else:
            new = [f"{blanks}put_{tag} = {k};" for k in range(rng.randint(1, 3))] + old[:1]
        low, high = max(start - rng.randint(2, 4), 0), min(end + rng.randint(2, 4), len(lines))
        quoted = [text.strip() for text in lines[low:high] if text.strip()]
        solid = [text.strip() for text in lines if text.strip()]
        count = sum(solid[k : k + len(quoted)] == quoted for k in range(len(solid)))
        context = [t for t in lines[low:start] + lines[end:high] if len(t.strip()) > 3]
        plain_old = [text for text in old if text.strip()]
        if count == 1 and len(context) >= 2 and (kind == "ins" or plain_old) and new != old:
            return Change(start, end, new, low, high)
    return None


def block(path: str, old: list[str], new: list[str], fence: str = "```") -> str:
    close = re.match(r"[`~]+", fence).group()
    body = ["<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE"]
    return "\n".join([path, fence, *body, close]) + "\n"


def udiff(path: str, lines: list[str], change: Change, head: str | None = None) -> str:
    count = change.high - change.low
    there = count - (change.end - change.start) + len(change.new)
    head = head or f"@@ -{change.low + 1},{count} +{change.low + 1},{there} @@"
    return (
        "\n".join(
            ["```diff", f"--- a/{path}", f"+++ b/{path}", head, *signed(lines, change), "```"]
        )
        + "\n"
    )


def signed(lines: list[str], change: Change) -> list[str]:
    return (
        [" " + t for t in lines[change.low : change.start]]
        + ["-" + t for t in lines[change.start : change.end]]
        + ["+" + t for t in change.new]
        + [" " + t for t in lines[change.end : change.high]]
    )


def v4a(path: str, body: list[str]) -> str:
    return (
        "\n".join(["*** Begin Patch", f"*** Update File: {path}", "@@", *body, "*** End Patch"])
        + "\n"
    )


def common_indent(texts: list[str]) -> int:
    solid = [t for t in texts if t.strip()]
    return min((len(t) - len(t.lstrip(" ")) for t in solid), default=0)


def cases(seed: int, path: str, text: str) -> Iterator[Case]:
    """One case of each kind that this text allows. ``text`` uses LF and ends with one."""
    rng = random.Random(seed)
    lines = text.split("\n")[:-1]
    other = {"docs/notes.md": "# Notes\n\nNothing here.\n"}
    files = {path: text, **other}

    def pick() -> tuple[Change, list[str], list[str], str]:
        change = any_change(rng, lines)
        if change is None:
            raise LookupError
        old = lines[change.low : change.high]
        new = lines[change.low : change.start] + change.new + lines[change.end : change.high]
        return change, old, new, "\n".join(changed(lines, change)) + "\n"

    for maker in (clean, bytes_kept, misquoted, refused, framed):
        for _ in range(2):
            try:
                yield from maker(rng, path, text, files, pick)
            except LookupError:
                continue


def clean(rng, path, text, files, pick):
    change, old, new, want = pick()
    lines = text.split("\n")[:-1]
    yield Case("search_replace", "clean", block(path, old, new), files, {path: want})
    yield Case("udiff", "clean", udiff(path, lines, change), files, {path: want})
    yield Case(
        "udiff",
        "wrong numbers",
        udiff(path, lines, change, "@@ -9000,1 +9000,2 @@"),
        files,
        {path: want},
    )
    yield Case("udiff", "no numbers", udiff(path, lines, change, "@@ @@"), files, {path: want})
    yield Case("v4a", "clean", v4a(path, signed(lines, change)), files, {path: want})
    fence = "~~~~~~~~"
    yield Case("whole_file", "clean", f"{path}\n{fence}\n{want}{fence}\n", files, {path: want})
    dedent = common_indent([t for t in old + new if t.strip()])
    if dedent:
        cut = [[t[dedent:] for t in side] for side in (old, new)]
        yield Case("search_replace", "dedented", block(path, *cut), files, {path: want})
    deep = [["    " + t if t.strip() else t for t in side] for side in (old, new)]
    yield Case("search_replace", "indented", block(path, *deep), files, {path: want})
    trailing = [
        [t + "  " if t.strip() and t in old and rng.random() < 0.3 else t for t in side]
        for side in (old, new)
    ]
    yield Case("search_replace", "trailing blanks", block(path, *trailing), files, {path: want})


def bytes_kept(rng, path, text, files, pick):
    change, old, new, want = pick()
    crlf = {**files, path: text.replace("\n", "\r\n")}
    yield Case(
        "search_replace",
        "crlf file",
        block(path, old, new),
        crlf,
        {path: want.replace("\n", "\r\n")},
    )
    yield Case(
        "search_replace",
        "crlf reply",
        block(path, old, new).replace("\n", "\r\n"),
        files,
        {path: want},
    )
    bom = {**files, path: "\ufeff" + text}
    yield Case("search_replace", "bom", block(path, old, new), bom, {path: "\ufeff" + want})
    lines = text.split("\n")[:-1]
    ends = [rng.choice(["\n", "\r\n"]) for _ in lines]
    mixed = "".join(t + e for t, e in zip(lines, ends, strict=True))
    got = "".join(t + e for t, e in zip(lines[: change.start], ends, strict=False))
    tail = "".join(t + e for t, e in zip(lines[change.end :], ends[change.end :], strict=True))
    replaced = ends[change.start : change.end]
    before = replaced or [ends[change.start - 1]]
    middle, last = "", before[0]
    for k, t in enumerate(change.new):
        last = replaced[k] if k < len(replaced) else last
        middle += t + last
    if change.new and not set(change.new) & set(lines[change.start : change.end]):
        yield Case(
            "v4a",
            "mixed ends",
            v4a(path, signed(lines, change)),
            {**files, path: mixed},
            {path: got + middle + tail},
        )
    bare = {**files, path: text[:-1]}
    yield Case("udiff", "no last newline", udiff(path, lines, change), bare, {path: want[:-1]})
    odd = [t + "\x0c" if k == 0 else t for k, t in enumerate(lines)]
    odd[-1] += " \u2028\x85\x1c"
    if change.low > 0 and change.high < len(lines):
        want_odd = "\n".join(changed(odd, change)) + "\n"
        yield Case(
            "search_replace",
            "odd separators",
            block(path, old, new),
            {**files, path: "\n".join(odd) + "\n"},
            {path: want_odd},
        )


def misquoted(rng, path, text, files, pick):
    change, old, new, want = pick()
    lines = text.split("\n")[:-1]
    context = [
        k
        for k in range(change.low, change.high)
        if not change.start <= k < change.end
        and len(lines[k].strip()) > 12
        and abs(k - change.start) > 1
        and k != change.end
    ]
    if context and sum(bool(t.strip()) for t in old) >= 5:
        k = rng.choice(context) - change.low
        word = re.search(r"[A-Za-z]{4,}", old[k])
        if word:
            wrong = old[k][: word.end()] + "s" + old[k][word.end() :]
            if wrong not in lines:
                bad_old = [*old[:k], wrong, *old[k + 1 :]]
                bad_new = [wrong if t == old[k] else t for t in new]
                if bad_new.count(wrong) == 1:
                    yield Case(
                        "search_replace",
                        "misquoted context",
                        block(path, bad_old, bad_new),
                        files,
                        {path: want},
                    )
    quoted = [
        [t.replace('"', "\u201d").replace("'", "\u2019") for t in side] for side in (old, new)
    ]
    if quoted[0] != old and not any(q in t for t in change.new for q in "'\""):
        yield Case("search_replace", "smart quotes", block(path, *quoted), files, {path: want})
    escaped = [
        [t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for t in side]
        for side in (old, new)
    ]
    if escaped[0] != old and "&" not in text:
        yield Case("search_replace", "html escaped", block(path, *escaped), files, {path: want})
    numbered = [
        [f"{change.low + k + 1:4} | {t}" for k, t in enumerate(side)] for side in (old, new)
    ]
    yield Case("search_replace", "line numbers", block(path, *numbered), files, {path: want})
    body = [t if t.startswith(("+", "-")) else t[1:] for t in signed(lines, change)]
    if all(t[:1] in (" ", "+", "-", "") or t[:1].isalpha() for t in body):
        reply = (
            "\n".join(
                ["```diff", f"--- a/{path}", f"+++ b/{path}", "@@ -1,9 +1,9 @@", *body, "```"]
            )
            + "\n"
        )
        context_ok = not any(t[:1] in "+-" for t in lines[change.low : change.high] if t)
        if context_ok:
            yield Case("udiff", "signs lost", reply, files, {path: want})
    decomposed = [[unicodedata.normalize("NFD", t) for t in side] for side in (old, new)]
    if decomposed[0] != old:
        yield Case("search_replace", "decomposed", block(path, *decomposed), files, {path: want})


def refused(rng, path, text, files, pick):
    change, old, new, want = pick()
    lines = text.split("\n")[:-1]
    gone = [k for k in range(change.start, change.end) if lines[k].strip()]
    if gone:
        k = rng.choice(gone)
        stale = [*lines[:k], lines[k] + " // since", *lines[k + 1 :]]
        there = {**files, path: "\n".join(stale) + "\n"}
        dropped = [t for t in lines[change.start : change.end] if t not in change.new]
        if lines[k] in dropped:
            yield Case("search_replace", "stale", block(path, old, new), there, None)
            yield Case("udiff", "stale", udiff(path, lines, change), there, None)
            yield Case("v4a", "stale", v4a(path, signed(lines, change)), there, None)
    whole = block(path, old, new)
    cut = whole[: rng.randrange(whole.index("=======") + 8, whole.index(">>>>>>> REPLACE"))]
    yield Case("search_replace", "truncated", cut, files, None)
    if (
        new
        and any(len(t.strip()) > 4 for t in change.new)
        and change.new != lines[change.start : change.end]
    ):
        done = {**files, path: want}
        if not set(change.new) & set(lines):
            yield Case("search_replace", "already applied", whole, done, None)
    twice = {**files, path: text + "\n".join(old) + "\n"}
    yield Case("search_replace", "ambiguous", whole, twice, None)
    yield Case("v4a", "ambiguous", v4a(path, signed(lines, change)), twice, None)
    yield Case("search_replace", "outside", block("../" + path, [], ["x"]), files, None)
    yield Case("search_replace", "in .git", block(".git/config", [], ["x"]), files, None)
    half = want[: rng.randrange(len(want) // 3, 2 * len(want) // 3)]
    yield Case("whole_file", "truncated", f"{path}\n```\n{half}", files, None)


def framed(rng, path, text, files, pick):
    change, old, new, want = pick()
    if any(t.lstrip().startswith(("```", "~~~")) for t in old + new):
        raise LookupError
    fence = rng.choice(FENCES).format(lang="text")
    yield Case(
        "search_replace",
        "fence",
        "Here is it.\n\n" + block(f"**{path}**", old, new, fence) + "\nDone.\n",
        files,
        {path: want},
    )
    bare = "\n".join([path, "<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE"])
    yield Case("search_replace", "no fence", bare, files, {path: want})
    name = path.rsplit("/", 1)[-1]
    for form in (
        "./" + path,
        "a/" + path,
        path.upper(),
        path.replace("/", "\\"),
        name,
        "/home/me/proj/" + path,
    ):
        yield Case("search_replace", "path " + form, block(form, old, new), files, {path: want})
    notes = {**files}
    both = block(path, old, new) + block(
        "docs/notes.md", ["Nothing here."], ["Something: $1 \\1 \\g<0> {0} %s."]
    )
    yield Case(
        "search_replace",
        "two files",
        both,
        notes,
        {path: want, "docs/notes.md": "# Notes\n\nSomething: $1 \\1 \\g<0> {0} %s.\n"},
    )
    yield (
        Case("search_replace", "same block twice", block(path, old, new) * 2, files, {path: want})
        if change.new and change.end > change.start
        else Case(
            "search_replace",
            "new file",
            block("src/brand/new.txt", [], ["one", "two"]),
            files,
            {"src/brand/new.txt": "one\ntwo\n"},
        )
    )
