"""The client: one worker, restarted after a crash, closed without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath

import pytest

from assistant.context.engine import ContextEngine
from assistant.context.tokens import Calibration, estimate
from assistant.errors import ContextError
from assistant.types import Instruction, LineSpan, Mention, Snapshot
from tests.assistant.context.door import write

_CODE = "def walrus(a):\n    key = 'AKIAIOSFODNN7EXAMPLE'\n    return tusk(a, key)\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "p"
    write(
        folder,
        {"a.py": _CODE, "b.py": "def tusk(a, key):\n    return a\n", "AGENTS.md": "be kind\n"},
    )
    return folder


def _with(
    root: Path, use: Callable[[ContextEngine], Awaitable[None]], *, trusted: bool = False
) -> None:
    async def main() -> None:
        engine = ContextEngine(root, root.parent / "cache", trusted=trusted)
        try:
            await engine.start()
            await use(engine)
        finally:
            await engine.close()

    asyncio.run(main())


def test_a_wish_becomes_a_context_and_its_secrets_can_be_restored(root: Path) -> None:
    async def use(engine: ContextEngine) -> None:
        target = Snapshot(PurePosixPath("a.py"), _CODE)
        context = await engine.gather(Instruction("rename the tusk", target, LineSpan(1, 2)), 2000)
        first = context.snippets[0]
        assert (first.path, first.source) == (PurePosixPath("a.py"), "selection")
        text = "".join(s.text for s in context.snippets)
        assert "AKIA" not in text and "AKIAIOSFODNN7EXAMPLE" in engine.restore(text)
        assert PurePosixPath("b.py") in {s.path for s in context.snippets}
        assert context.rules == () and 0 < context.tokens <= 2000

    _with(root, use)


def test_the_first_wish_after_the_start_sees_the_whole_project(root: Path) -> None:
    write(root, {f"m/f{i}.py": f"def fin_{i}():\n    return {i}\n" for i in range(30)})

    async def use(engine: ContextEngine) -> None:
        context = await engine.gather(Instruction("what does fin_17 return"), 1000)
        assert PurePosixPath("m/f17.py") in {s.path for s in context.snippets}

    _with(root, use)


def test_rules_are_listed_and_sent_when_the_folder_is_trusted(root: Path) -> None:
    async def use(engine: ContextEngine) -> None:
        assert [r["path"] for r in await engine.rules()] == ["AGENTS.md"]
        context = await engine.gather(Instruction("walrus"), 1000)
        assert [r.text for r in context.rules] == ["be kind\n"]
        engine.trusted = False
        assert await engine.rules() == ()

    _with(root, use, trusted=True)


def test_pins_removals_buffers_and_absolute_paths(root: Path) -> None:
    async def use(engine: ContextEngine) -> None:
        wish = Instruction(
            "walrus tusk",
            buffers=(Snapshot(PurePosixPath(root / "b.py"), "unsaved_tusk = 1\n", 3),),
        )
        context = await engine.gather(wish, 1000)
        assert any("unsaved_tusk" in s.text for s in context.snippets)
        shown = context.snippets[0]
        again = await engine.gather(wish, 1000, removed=[shown])
        assert shown not in again.snippets
        pinned = await engine.gather(Instruction("zzz"), 1000, pinned=[PurePosixPath("b.py")])
        assert "pin" in {s.source for s in pinned.snippets}
        mentioned = Instruction("zzz", mentions=(Mention("symbol", "walrus"),))
        assert (await engine.gather(mentioned, 1000)).snippets[0].why == "you mentioned walrus"

    _with(root, use)


def test_search_completion_and_report(root: Path) -> None:
    async def use(engine: ContextEngine) -> None:
        await engine.settled()
        (best, *_) = await engine.search("walrus", 3)
        assert best.path == PurePosixPath("a.py") and best.why
        assert await engine.files("a.p") == (PurePosixPath("a.py"),)
        assert [c.value for c in await engine.symbols("tus")] == ["tusk"]
        async with asyncio.timeout(30):
            while not (report := await engine.report())["settled"]:
                await engine.settled()  # it may be looking at HEAD once more
        assert report["files"] == 3

    _with(root, use)


def test_a_crash_is_told_and_the_worker_starts_again(root: Path) -> None:
    """Check 22: the worker starts again."""

    async def use(engine: ContextEngine) -> None:
        assert engine._process is not None
        engine._process.kill()
        with pytest.raises(ContextError, match="stopped"):
            await engine.search("walrus")
        await engine.settled()
        assert (await engine.search("walrus"))[0].path == PurePosixPath("a.py")

    _with(root, use)


def test_questions_at_the_same_time_get_their_own_answers(root: Path) -> None:
    async def use(engine: ContextEngine) -> None:
        await engine.settled()
        words = ["walrus", "tusk"] * 20
        answers = await asyncio.gather(*(engine.symbols(word, 1) for word in words))
        assert [a[0].value for a in answers] == words

    _with(root, use)


def test_a_cancelled_question_does_not_disturb_the_next(root: Path) -> None:
    async def use(engine: ContextEngine) -> None:
        await engine.settled()
        task = asyncio.ensure_future(engine.search("walrus"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await engine.search("tusk"))[0].path

    _with(root, use)


def test_a_closed_engine_says_so(root: Path) -> None:
    async def main() -> None:
        engine = ContextEngine(root, root.parent / "cache")
        await engine.close()
        with pytest.raises(ContextError, match="closed"):
            await engine.report()

    asyncio.run(main())


def test_a_missing_folder_is_an_error_of_ours(tmp_path: Path) -> None:
    async def main() -> None:
        engine = ContextEngine(tmp_path / "no", tmp_path / "cache")
        with pytest.raises(ContextError, match="not a folder"):
            await engine.start()
        await engine.close()

    asyncio.run(main())


def test_the_worker_sees_no_python_of_the_project(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        root,
        {
            "numpy.py": "raise SystemExit('the project ran')\n",
            "json.py": "raise SystemExit('ran')\n",
        },
    )
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setenv("PYTHONSTARTUP", str(root / "json.py"))

    async def use(engine: ContextEngine) -> None:
        assert (await engine.report())["ok"]

    _with(root, use)


def test_reports_of_a_server_correct_the_estimate_by_model() -> None:
    calibration = Calibration()
    assert calibration.factor("m") == 1.0
    assert calibration.learn("m", 1000, 1300) == pytest.approx(1.3)
    for _ in range(40):
        calibration.learn("m", 1000, 1500)
    assert (
        calibration.factor("m") == pytest.approx(1.5, abs=0.01)
        and calibration.factor("other") == 1.0
    )
    assert calibration.learn("m", 10, 4000) == calibration.factor("m"), (
        "too small a report says nothing"
    )
    assert Calibration(calibration.factors).tokens("x = 1\n", "m") > Calibration().tokens("x = 1\n")


def test_the_estimate_grows_with_the_text_and_is_deterministic() -> None:
    assert estimate("") == 0 and estimate(_CODE) == estimate(_CODE)
    assert estimate(_CODE * 2) == pytest.approx(2 * estimate(_CODE), rel=0.05)
    assert 0.2 < estimate(_CODE) / len(_CODE) < 0.6
