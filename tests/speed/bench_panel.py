"""The panel's speed: streamed Markdown, the palette's ranking, long lists; beside named peers."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QTextBrowser
from rapidfuzz import fuzz, process

from assistant.types import TextDelta
from widgets.codecolours import CodeColours
from widgets.look import Look
from widgets.markdownview import MarkdownView
from widgets.projecttree import Entry, ProjectTree
from widgets.ranking import Ranker
from widgets.theme import load_theme
from widgets.timeline import Moment, Timeline
from widgets.transcript import Transcript

FRAME = 128
"""Characters in one frame of 16 ms at 2,000 tokens a second."""
WORDS = (
    *("src", "lib", "core", "api", "client", "server", "model", "view", "test", "index", "cache"),
    *("http", "retry", "parser", "token", "widget", "editor", "panel", "theme", "config", "main"),
    *("handler", "service", "store", "queue", "worker", "session", "hunk", "diff", "merge"),
)


def answer(size: int) -> str:
    """Prose, lists and code as models write them, from a fixed seed."""
    rng = random.Random(7)
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        kind = rng.random()
        words = [rng.choice(WORDS) for _ in range(rng.randint(25, 60))]
        if kind < 0.55:
            words[3], words[9] = f"`{words[3]}()`", f"**{words[9]}**"
            parts.append(" ".join(words) + ".\n\n")
        elif kind < 0.8:
            parts += [f"- `{word}` does {words[0]} and {words[1]}\n" for word in words[:6]]
            parts.append("\n")
        else:
            lines = [f"    {word} = {words[0]}({n})\n" for n, word in enumerate(words[:12])]
            parts.append("```python\ndef f():\n" + "".join(lines) + "```\n\n")
    return "".join(parts)[:size]


def frames(text: str, show: Callable[[str], None]) -> list[float]:
    """Milliseconds of each frame once the answer is longer than 12 KB."""
    taken = []
    for start in range(0, len(text), FRAME):
        began = time.perf_counter()
        show(text[start : start + FRAME])
        if start > 12_000:
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def say(name: str, times: list[float], peer: float | None = None) -> float:
    middle = statistics.median(times)
    late = sorted(times)[int(len(times) * 0.99)]
    beside = f"   {peer / middle:5.1f} x faster" if peer else ""
    print(f"   {name:46} p50 {middle:7.2f} ms   p99 {late:7.2f}   max {max(times):7.2f}{beside}")
    return middle


def markdown(look: Look) -> None:
    text = answer(20_000)
    print("streaming an answer, 12 to 20 KB, a frame of 128 characters, text and layout:")
    peer = QTextBrowser()
    peer.resize(376, 2000)
    peer.show()
    so_far: list[str] = []

    def whole(part: str) -> None:
        so_far.append(part)
        peer.setMarkdown("".join(so_far))
        peer.document().size()

    theirs = say("setMarkdown of everything (Qt)", frames(text, whole))
    view = MarkdownView(look)
    view.resize(376, 2000)
    view.show()

    def last_block(part: str) -> None:
        view.append(part)
        view.heightForWidth(376)

    say("last block only (MarkdownView)", frames(text, last_block), theirs)
    talk = Transcript(look, highlighter=CodeColours(view))
    talk.resize(404, 700)
    talk.show()
    talk.begin("a question")

    def delivered(part: str) -> None:
        talk.show_events([TextDelta(part)])
        talk.viewport().repaint()

    say("the same in the panel, coloured and painted", frames(text, delivered), theirs)


def paths(count: int) -> list[str]:
    rng = random.Random(3)
    made = []
    for number in range(count):
        folders = rng.choices(WORDS, k=rng.randint(2, 6))
        made.append("/".join(folders) + f"_{rng.choice(WORDS)}{number}{rng.choice(['.py', '.ts'])}")
    return made


def naive(query: str, items: list[str]) -> list[str]:
    """What one writes first: a loop over the letters of every path, then a sort."""
    found = []
    for item in items:
        at = -1
        for letter in query:
            at = item.find(letter, at + 1)
            if at < 0:
                break
        else:
            found.append((len(item), item))
    return [item for _, item in sorted(found)[:50]]


def palette() -> None:
    typed = ("client", "srvtok", "edpt", "panel", "thconf", "retryp", "zq")
    for count in (20_000, 50_000):
        items = paths(count)
        print(f"palette, {count:,} paths, each key of {len(typed)} words typed:")
        times: dict[str, list[float]] = {"loop": [], "rapidfuzz": [], "ours": []}
        for word in typed:
            ranker = Ranker(items)
            for end in range(1, len(word) + 1):
                query = word[:end]
                began = time.perf_counter()
                ranker.rank(query, 80)
                times["ours"].append((time.perf_counter() - began) * 1000)
                began = time.perf_counter()
                naive(query, items)
                times["loop"].append((time.perf_counter() - began) * 1000)
                began = time.perf_counter()
                process.extract(query, items, scorer=fuzz.partial_ratio, limit=80)
                times["rapidfuzz"].append((time.perf_counter() - began) * 1000)
        peer = say("rapidfuzz partial_ratio", times["rapidfuzz"])
        say("a loop and a sort", times["loop"])
        say("Ranker", times["ours"], peer)


def lists(look: Look) -> None:
    print("long lists, until painted:")
    tree = ProjectTree(look)
    tree.resize(260, 800)
    tree.show()
    tree.set_children("", [Entry("big", True)])
    QApplication.processEvents()
    began = time.perf_counter()
    tree.set_children("big", [Entry(f"file{n:05}.py") for n in range(70_000)])
    tree.expand("big")
    QApplication.processEvents()
    print(f"   70,000 files in one folder of the tree         {_since(began):7.0f} ms")
    line = Timeline(look)
    line.resize(320, 800)
    line.show()
    QApplication.processEvents()
    moments = [Moment(str(n), "model", f"change {n}", "12:00") for n in range(10_000)]
    began = time.perf_counter()
    line.show_moments(moments)
    QApplication.processEvents()
    print(f"   10,000 entries of history (aim 200 ms)         {_since(began):7.0f} ms")


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def main() -> None:
    app = QApplication.instance() or QApplication(sys.argv[:1])
    look = Look(load_theme("night"))
    assert isinstance(app, QApplication)
    look.dress(app)
    markdown(look)
    palette()
    lists(look)


if __name__ == "__main__":
    main()
