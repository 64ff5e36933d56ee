"""Made replies in seven languages, clean and spoiled: right, or refused; never something else."""

from __future__ import annotations

import random

import pytest

from assistant.edits.__main__ import answer
from assistant.edits.reader import EditFormat
from tests.assistant.edits.project import pieces, reader
from tests.assistant.edits.sources import MAKERS, source
from tests.assistant.edits.spoiled import Case, cases
from tests.assistant.edits.spoiled_functions import function_cases

SEEDS = range(3)
WITH_FUNCTIONS = list(MAKERS)[:5]


def outcome(case: Case, format: str, seed: int | None = None) -> tuple[dict[str, str | None], str]:
    made = reader(case.files, format=EditFormat(format))
    for piece in [case.reply] if seed is None else pieces(case.reply, random.Random(seed)):
        made.push(piece)
    said = answer(made.finish())
    files = {p: t for p, t in said.get("files", {}).items() if t != case.files.get(p)}
    return files, said.get("refused") or said.get("failed") or ""


def made(path: str, seed: int) -> list[Case]:
    text = source(path, seed)
    out = list(cases(seed, path, text))
    if path in WITH_FUNCTIONS:
        out += function_cases(seed, path, text)
    return out


@pytest.mark.parametrize("path", MAKERS)
def test_what_can_be_applied_is_right_and_the_rest_is_refused(path: str) -> None:
    wrong, refused, total = [], 0, 0
    for seed in SEEDS:
        for case in made(path, seed):
            for format in (case.format, "auto"):
                files, reason = outcome(case, format)
                total += 1
                if case.expected is None:
                    if files or not reason:
                        wrong.append((case.format, case.kind, format, case.reply))
                elif files != case.expected and (files or not reason):
                    wrong.append((case.format, case.kind, format, case.reply))
                elif files != case.expected or reason:
                    refused += 1
    assert not wrong
    assert refused <= 0.02 * total


@pytest.mark.parametrize("path", ["src/module.py", "pkg/server.go", "deploy/app.yaml"])
def test_any_cutting_of_the_reply_into_pieces_gives_the_same(path: str) -> None:
    for number, case in enumerate(made(path, 11)):
        assert outcome(case, case.format) == outcome(case, case.format, number)
