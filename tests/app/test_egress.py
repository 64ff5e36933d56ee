"""Canaries: what must stay here is looked for in every byte that a real server on loopback got."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import pytest

from app.places import Places
from app.reach import Reach, as_data
from app.rooms import Assistance
from assistant.errors import GalleyError
from assistant.events import Event, Notice, ProposalReady
from assistant.models.connection import Connection
from assistant.project import Project
from assistant.settings import Settings
from assistant.types import (
    Autonomy,
    ChangeSet,
    FileChange,
    Hunk,
    HunkState,
    Instruction,
    LineSpan,
    Mention,
    Snapshot,
    TextDelta,
)
from tests.peers.raw import Heard, Line, RawServer, raw_server

CANARY = "the canary laid an egg Quizzical"
"""Looks like no secret: only the name of its file says that it is one."""
KEY = "AKIAIOSFODNN7EXAMPLQ"
PASSWORD = "tr0ub4dor-and-3-horses"
LINE_OF_KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


def forms(secret: str) -> list[bytes]:
    """A secret as it is, reversed, in base64 at every alignment, in hex, percent-encoded."""
    raw = secret.encode()
    found = [raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode()]
    found += [quote(secret, safe="").encode(), "".join(f"%{b:02x}" for b in raw).encode()]
    for shift in range(3):
        whole = base64.b64encode(b"." * shift + raw)
        found.append(whole[4 : len(whole) // 4 * 4 - 4])
    return [form for form in found if len(form) > 8]


def leaks(server: RawServer, *secrets: str) -> list[tuple[str, bytes]]:
    """Which form of which secret is in what the server got."""
    everything = b"\n".join(
        heard.path.encode() + json.dumps(heard.headers).encode() + heard.body
        for heard in server.heard
    )
    text = everything + everything.decode("unicode_escape", "replace").encode("utf-8", "replace")
    return [(s, form) for s in secrets for form in forms(s) if form.lower() in text.lower()]


def test_the_search_for_canaries_finds_every_form() -> None:
    for form in forms(CANARY):
        heard = Heard("POST", "/", {}, b"{" + form + b"}")
        assert leaks(RawServer(heard=[heard]), CANARY), form


def git(root: Path, *args: str) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=A", "-c", "user.email=a@example.invalid")
    subprocess.run(["git", *who, *args], cwd=root, check=True, env=env, capture_output=True)


GONE = "id_rsa"
"""Renamed since the last commit, and changed: its line is in the diff."""
SECRET_FILES = {
    ".env": f"A={CANARY}\nB=1\n",
    "deploy/prod.env": f"A={CANARY}\n",
    "id_rsa": f"{CANARY}\n" + "".join(f"line {i}\n" for i in range(30)),
    "certs/server.pem": f"{CANARY}\n",
    "secrets.json": f'{{"a": "{CANARY}"}}\n',
    ".aws/config": f"{CANARY}\n",
    "ignored.py": f"def ignored_canary():\n    return '{CANARY}'\n",
    "private/inside.py": f"def private_canary():\n    return '{CANARY}'\n",
}
KEY_FILE = (
    'NAME = "x"\nPEM = """-----BEGIN PRIVATE KEY-----\n'
    + "\n".join(LINE_OF_KEY[i:] + LINE_OF_KEY[:i] for i in range(4))
    + '\n-----END PRIVATE KEY-----\n"""\n\n\ndef load():\n    return PEM\n'
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = tmp_path / "p"
    outside = tmp_path / "outside"
    files = SECRET_FILES | {
        "a.py": f'import os\n\n\ndef area(r):\n    key = "{KEY}"\n    return 3 * r * r\n',
        "keys.py": KEY_FILE,
        "db.py": f'PASSWORD = "{PASSWORD}"\n\n\ndef connect():\n    return PASSWORD\n',
        ".env.example": "A=put yours here\n",
        ".gitignore": "ignored.py\nprivate/\n",
        "huge.txt": f"{CANARY}\n" + "x" * 1_500_000 + "\n",
        "blob.bin": f"\0\1{CANARY}\0",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    outside.mkdir()
    (outside / "notes.md").write_text(f"{CANARY}\n")
    for name in ("out.md", "AGENTS.md", "out.png"):
        (root / name).symlink_to(outside / "notes.md")
    (root / "outdir").symlink_to(outside)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "add", "-f", ".env", "id_rsa")
    git(root, "commit", "-qm", "start")
    (root / ".env").write_text(f"A={CANARY} again\nB=2\n")
    (root / GONE).unlink()
    (root / "was_a_key.txt").write_text("".join(f"line {i}\n" for i in range(30)))
    git(root, "add", "-A")
    with (root / "a.py").open("a") as file:
        file.write("# changed\n")
    opened = Project(root, tmp_path / "data")
    opened.trust(True)
    yield opened
    opened.close()


class Wire:
    """One assistant over HTTP to a server that says ``replies`` one after the other."""

    def __init__(self, project: Project, tmp_path: Path) -> None:
        self.project, self.tmp_path = project, tmp_path
        self.replies: list[str] = []
        self.size = 7
        self.server = RawServer()

    async def answer(self, heard: Heard, line: Line) -> None:
        reply = self.replies.pop(0) if self.replies else "Nothing."
        events = [
            {"choices": [{"index": 0, "delta": {"content": reply[at : at + self.size]}}]}
            for at in range(0, len(reply), self.size)
        ]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        await line.stream(body.encode())

    def play(
        self,
        *asks: tuple[str, Instruction],
        commit: ChangeSet | None = None,
        verdict: tuple[str, PurePosixPath] | None = None,
    ) -> list[list[Event]]:
        """Every ask in its turn, in one conversation; what each said. Errors end as Notice."""

        async def one(stream: AsyncGenerator[Event, None]) -> list[Event]:
            said: list[Event] = []
            try:
                async with aclosing(stream) as events:
                    said += [event async for event in events]
            except GalleyError as error:
                said.append(Notice(str(error), "error"))
            return said

        async def all_() -> list[list[Event]]:
            async with raw_server(self.answer) as server:
                self.server = server
                connection = Connection("loop", "chat", f"{server.url}/v1", "m")
                settings = Settings(connections=(as_data(connection),), roles={"edit": "loop"})
                names = ("config", "data", "cache", "state")
                places = Places(*(self.tmp_path / name for name in names)).make()
                reach = Reach(settings, places.data)
                assistance = Assistance(self.project, settings, places, reach)
                await one(assistance.warm())
                if commit is not None:
                    await one(assistance.commit_message(commit))
                if verdict is not None:
                    assistance.tell(*verdict)
                out = [await one(getattr(assistance, role)(wish)) for role, wish in asks]
                await one(assistance.close())
                await one(reach.close())
                return out

        return asyncio.run(all_())


@pytest.fixture
def wire(project: Project, tmp_path: Path) -> Wire:
    return Wire(project, tmp_path)


def snapshot(project: Project, name: str) -> Snapshot:
    text = (project.root / name).read_bytes().decode("utf-8", "surrogateescape")
    return Snapshot(PurePosixPath(name), text)


NEVER = [*SECRET_FILES, "out.md", "outdir/notes.md"]


@pytest.mark.parametrize("role", ["edit", "chat"])
def test_an_open_tab_a_selection_and_a_caret_in_a_file_that_stays_send_none_of_it(
    wire: Wire, project: Project, role: str
) -> None:
    asks = [
        (role, Instruction("what is egg here", target, span, buffers=(target,)))
        for target in (snapshot(project, name) for name in NEVER if name != GONE)
        for span in (LineSpan(0, 1), LineSpan(1, 1), None)
    ]
    said = wire.play(*asks)
    assert leaks(wire.server, CANARY) == []
    told = [[e.text for e in events if isinstance(e, Notice)] for events in said]
    for (_, wish), words in zip(asks, told, strict=True):
        if wish.span is not None and wish.span.size:
            assert wish.target is not None
            assert any(wish.target.path.name in sentence for sentence in words), (wish, words)


def test_no_mention_of_any_kind_brings_it_out(wire: Wire, project: Project) -> None:
    names = [*NEVER, "blob.bin", "huge.txt", "../outside/notes.md"]
    mentions = [Mention("file", name) for name in names]
    mentions += [Mention("paste", name, f"x = '{CANARY}'\n", LineSpan(0, 1)) for name in NEVER]
    mentions += [Mention("folder", name) for name in ("", ".", "private", ".aws", "outdir")]
    mentions += [Mention("symbol", name) for name in ("ignored_canary", "private_canary")]
    mentions += [Mention("commit", "HEAD"), Mention("diff", "diff")]
    mentions += [
        Mention("problems", "problems", f"ignored.py:1: {CANARY}\n.env:1: {CANARY}\n"),
        Mention("image", "out.png"),
    ]
    asks = [
        (role, Instruction("look at canary egg", mentions=(mention,)))
        for role in ("chat",)
        for mention in mentions
    ]
    asks.append(("chat", Instruction("everything", mentions=tuple(mentions))))
    wire.play(*asks)
    assert len(wire.server.heard) >= len(asks) - 1
    assert leaks(wire.server, CANARY) == []


def test_what_does_not_fit_the_budget_does_not_leave_unfiltered(
    wire: Wire, project: Project
) -> None:
    (project.root / "big.py").write_text("".join(f"value_{i} = {i}\n" for i in range(20_000)))
    git(project.root, "add", "-A")
    wire.play(("chat", Instruction("look", mentions=(Mention("diff", "diff"),))))
    assert leaks(wire.server, CANARY) == []


def test_an_example_of_an_environment_file_may_leave(wire: Wire, project: Project) -> None:
    wire.play(("chat", Instruction("x", mentions=(Mention("file", ".env.example"),))))
    assert b"put yours here" in wire.server.heard[0].body


def test_lines_out_of_the_middle_of_a_key_are_masked(wire: Wire, project: Project) -> None:
    target = snapshot(project, "keys.py")
    lines = target.lines()
    asks = [
        ("edit", Instruction("shorten", target, LineSpan(2, 4))),
        ("edit", Instruction("add", target, LineSpan(4, 4))),
        ("chat", Instruction("shorten", target, LineSpan(3, 4), autonomy=Autonomy.ASK)),
        ("chat", Instruction("and?", autonomy=Autonomy.ASK)),
        (
            "chat",
            Instruction(
                "x",
                mentions=(Mention("paste", "keys.py", "".join(lines[2:4]), LineSpan(2, 4)),),
            ),
        ),
        ("chat", Instruction("x", mentions=(Mention("file", "keys.py", span=LineSpan(2, 5)),))),
        ("chat", Instruction("x", mentions=(Mention("terminal", "", "".join(lines[2:5])),))),
        ("chat", Instruction("load PEM")),
    ]
    wire.play(*asks)
    rotated = [LINE_OF_KEY[i:] + LINE_OF_KEY[:i] for i in range(4)]
    assert leaks(wire.server, *rotated) == []


def test_a_secret_that_came_back_stays_a_secret_in_the_next_turn(wire: Wire) -> None:
    """The reply quotes it without the name that gave it away: no shape would find it again."""

    async def echo(heard: Heard, line: Line) -> None:
        names = re.findall(r"GALLEY_SECRET_VALUE_[0-9a-f]{12}", heard.body.decode())
        wire.replies = [f"It says {names[0]} there."]
        await Wire.answer(wire, heard, line)

    wire.answer = echo  # type: ignore[method-assign]
    ask = Autonomy.ASK
    first = ("chat", Instruction("x", mentions=(Mention("file", "db.py"),), autonomy=ask))
    second = ("chat", Instruction("and again?", autonomy=ask))
    third = ("chat", Instruction(f"why {PASSWORD} of all?", autonomy=ask))
    said = wire.play(first, second, third)
    shown = "".join(e.text for e in said[0] if isinstance(e, TextDelta))
    assert PASSWORD in shown
    assert leaks(wire.server, PASSWORD) == []
    assert len(wire.server.heard) == 3


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_placeholder_comes_back_as_the_secret_in_the_hunk(
    wire: Wire, project: Project, size: int
) -> None:
    async def rewrite(heard: Heard, line: Line) -> None:
        text = heard.json["messages"][-1]["content"]
        assert "<selection" in text
        inside = text.split("<selection")[1].split(">\n", 1)[1].split("</selection")[0]
        wire.replies, wire.size = [f"```python\n{inside.replace('3 *', '4 *')}```\n"], size
        await Wire.answer(wire, heard, line)

    wire.answer = rewrite  # type: ignore[method-assign]
    target = snapshot(project, "a.py")
    [events] = wire.play(("edit", Instruction("use 4", target, LineSpan(3, 6))))
    assert leaks(wire.server, KEY) == []
    last = events[-1]
    assert isinstance(last, ProposalReady)
    [change] = last.changes.files
    assert change.applied([HunkState.PENDING]) == target.text.replace("3 *", "4 *")
    [hunk] = change.hunks
    assert hunk.old == ("    return 3 * r * r\n",)


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_placeholder_inside_the_arguments_of_a_tool_call_comes_back(
    wire: Wire, project: Project, size: int
) -> None:
    async def call(heard: Heard, line: Line) -> None:
        text = heard.json["messages"][-1]["content"]
        masked = next(row for row in text.split("\n") if row.startswith("    key = "))
        given = {"path": "a.py", "old_str": masked, "new_str": masked + "  # kept"}
        words = json.dumps(given)
        pieces = [words[at : at + size] for at in range(0, len(words), size)]
        head = {"index": 0, "id": "c1", "function": {"name": "str_replace", "arguments": ""}}
        deltas = [{"tool_calls": [head]}]
        deltas += [
            {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces
        ]
        events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
        body = "".join(f"data: {json.dumps(e)}\n\n" for e in events) + "data: [DONE]\n\n"
        await line.stream(body.encode())

    wire.answer = call  # type: ignore[method-assign]
    mention = Mention("file", "a.py")
    [events] = wire.play(("chat", Instruction("say why", mentions=(mention,))))
    assert leaks(wire.server, KEY) == []
    last = events[-1]
    assert isinstance(last, ProposalReady)
    [change] = last.changes.files
    assert f'    key = "{KEY}"  # kept\n' in change.applied([HunkState.PENDING])


def test_a_commit_message_and_a_verdict_say_nothing_of_files_that_stay(
    wire: Wire, project: Project
) -> None:
    def kept(name: str, at: int, new: str) -> FileChange:
        base = snapshot(project, name)
        hunk = Hunk(1, LineSpan(at, at + 1), base.lines()[at : at + 1], (new,), HunkState.KEPT)
        return FileChange(base, (hunk,))

    key = (LINE_OF_KEY[2:] + LINE_OF_KEY[:2] + "\n").replace("M", "N")
    changes = ChangeSet(
        "c",
        "rotate",
        (
            kept(".env", 0, f"A={CANARY} new\n"),
            kept("ignored.py", 1, f"    return '{CANARY}!'\n"),
            kept("keys.py", 3, key),
            kept("a.py", 5, "    return 4 * r * r\n"),
        ),
    )
    verdict = f"In .env these lines were rejected because: no\nA={CANARY}\n"
    asks = [("chat", Instruction("go on", autonomy=Autonomy.ASK))]
    wire.play(*asks, commit=changes, verdict=(verdict, PurePosixPath(".env")))
    bodies = [heard.body.decode() for heard in wire.server.heard]
    assert len(bodies) == 2
    assert "return 4 * r * r" in bodies[0]
    assert "modify .env" in bodies[0]
    rotated = [LINE_OF_KEY[i:] + LINE_OF_KEY[:i] for i in range(4)]
    assert leaks(wire.server, CANARY, key.strip(), *rotated) == []
