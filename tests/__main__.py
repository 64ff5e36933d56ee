"""``python3 -m tests``: installs what is missing, then lints, checks types and runs the tests.
Arguments go to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from app.bootstrap import ROOT, ensure


def main() -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    steps = {
        "pytest": ["pytest", "-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"],
    }
    if sys.argv[1:]:
        steps = {"pytest": ["pytest", *sys.argv[1:]]}
    else:
        steps = {
            "lint": ["ruff", "check", "."],
            "format": ["ruff", "format", "--check", "."],
            "types": ["mypy"],
            **steps,
        }
    failed = []
    for name, command in steps.items():
        started = time.monotonic()
        code = subprocess.call([sys.executable, "-m", *command], cwd=ROOT)
        print(
            f"[{name}] {'passed' if code == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        if code:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    ensure("tests", dev=True)
    raise SystemExit(main())
