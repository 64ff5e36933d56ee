"""The estimate of tokens beside a real vocabulary: recorded counts always, whole answers where the
vocabulary is installed."""

from __future__ import annotations

import json
import random
import statistics
from pathlib import Path

import pytest

from assistant.context.gathering import Gatherer, Wish
from assistant.context.project import Project
from assistant.context.tokens import Calibration, estimate

PROGRAM = Path(__file__).parents[3]
RECORDED = json.loads(Path(__file__).with_name("o200k.json").read_text(encoding="utf-8"))
"""Excerpts of this project in many languages, each with its tokens by o200k_base."""


def test_the_estimate_is_near_what_a_real_vocabulary_counts() -> None:
    errors = [estimate(row["text"]) / row["tokens"] - 1 for row in RECORDED]
    assert len(errors) > 30
    assert statistics.mean(abs(error) for error in errors) < 0.08
    assert max(abs(error) for error in errors) < 0.25
    assert abs(statistics.mean(errors)) < 0.05


def test_fifty_wishes_fill_their_budget_as_a_real_vocabulary_counts_it(tmp_path: Path) -> None:
    """Check 24: 50 wishes, four budgets, rendered tokens by o200k_base. The first report of the
    server corrects the estimate, as in the app."""
    bpe = pytest.importorskip("bpe_openai", reason="the vocabulary is not installed")
    encoding = bpe.get_encoding("o200k_base")
    project = Project(str(PROGRAM / "assistant"), str(tmp_path / "store"))
    changed, _ = project.walk()
    project.refresh(changed)
    project.index.merge()
    names = {d[0] for e in project.index.files.values() for d in e.definitions() if len(d[0]) > 6}
    wishes = [name.replace("_", " ") for name in random.Random(7).sample(sorted(names), 50)]
    calibration = Calibration()
    for budget in (1000, 4000, 16_000, 64_000):
        for text in wishes:
            wish = Wish(text=text, budget=budget, model_factor=calibration.factor("m"))
            rows = Gatherer(project, b"salt").gather(wish)["snippets"]
            heads = {row["path"]: None for row in rows}
            rendered = "".join(f"{path}\n" for path in heads) + "".join(r["text"] for r in rows)
            plain = rendered.encode("utf-8", "replace").decode()
            tokens = len(encoding.encode(plain, disallowed_special=()))
            assert 0.85 * budget <= tokens <= 1.08 * budget, (text, budget, tokens)
            shown = [(r["path"], n) for r in rows for n in range(r["start"], r["end"])]
            assert len(shown) == len(set(shown))
            for row in rows:
                lines = project.lines(row["path"]) or []
                assert 0 <= row["start"] < row["end"] <= len(lines)
            calibration.learn("m", estimate(rendered), tokens)
