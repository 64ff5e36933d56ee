"""``python -m tests.torture``: every scene, fault and change, as a table. Fails on a bad state.

``python -m tests.torture soak MINUTES SEED`` works the window so long, and watches what it holds;
``large`` opens 200 MB, a line of a million letters, a million lines and 70,000 files in it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.torture.hooked import SCENE, hooked
from tests.torture.outside import thousand_keeps
from tests.torture.run import MODES, Outcome, torture
from tests.torture.scenes import FIRST, SCENES
from tests.torture.window import main as killed


def main() -> int:
    os.environ.update(GIT_CONFIG_NOSYSTEM="1")
    wanted = sys.argv[1:]
    if wanted[:1] == ["soak"]:
        from tests.torture import soak  # it makes Qt paint off the screen

        return int(bool(soak.main(wanted[1:])))
    if wanted[:1] == ["large"]:
        from tests.torture import large

        return int(bool(large.main(wanted[1:])))
    points = bad = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        for scene in (*SCENES, FIRST):
            if wanted and scene.name not in wanted:
                continue
            for mode in MODES:
                with tempfile.TemporaryDirectory() as base:
                    outcome = torture(Path(base), scene, mode)
                points += outcome.points
                bad += len(outcome.bad)
                _print(outcome)
    if not wanted or SCENE.name in wanted:
        for mode in MODES:
            with tempfile.TemporaryDirectory() as base:
                outcome = hooked(Path(base), mode)
            points += outcome.points
            bad += len(outcome.bad)
            _print(outcome)
    if not wanted:
        for seed in range(3):
            with tempfile.TemporaryDirectory() as base:
                wrong = thousand_keeps(Path(base), seed=seed)
            bad += len(wrong)
            print(f"1,000 keeps beside a careless program     {len(wrong)} bad")
            for line in wrong:
                print(f"    {line}")
        bad += killed(rounds=25, seed=1)
    print(f"{points} points, {bad} bad states, {time.monotonic() - started:.0f} s")
    return 1 if bad else 0


def _print(outcome: Outcome) -> None:
    count = len(outcome.bad)
    row = f"{outcome.scene:26} {outcome.mode:16} {outcome.points:3} points {count:3} bad"
    print(row, flush=True)
    for line in outcome.bad:
        print(f"    {line}")


if __name__ == "__main__":
    raise SystemExit(main())
