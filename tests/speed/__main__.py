"""``python -m tests.speed [AREA ...]``: run the benchmarks of the named areas, or all of them."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

from app.bootstrap import ensure


def main(areas: list[str]) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    known = sorted(
        path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
    )
    if unknown := set(areas) - set(known):
        print(f"No benchmark called {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
        return 2
    for area in areas or known:
        print(f"\n== {area}", flush=True)
        started = time.monotonic()
        importlib.import_module(f"tests.speed.bench_{area}").main()
        print(f"   ({time.monotonic() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    ensure("tests.speed", dev=True)
    raise SystemExit(main(sys.argv[1:]))
