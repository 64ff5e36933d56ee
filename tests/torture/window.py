"""Kills the whole program at random moments of hard work and looks at what comes back."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from assistant.types import HunkState
from tests.torture.busy import COMMITTED, OLD, TYPED
from tests.walks.harness import Player, Walk, git, places_in, repository
from tests.walks.victim import Waiting

MOST_LETTERS = 3
LOSS_S = 2.0
"""How much typing a kill may cost."""
BUSY_S = 1.0
"""How late a timer may be on a machine with other work."""


def killed_once(base: Path, seed: int) -> list[str]:
    """What was wrong after one kill at a moment that ``seed`` chooses."""
    folder = repository(base / "project", dict.fromkeys((*TYPED[:4], COMMITTED), OLD))
    start = git(folder, "rev-parse", "HEAD").strip()
    seen, at = _work_and_kill(folder, base / "home", seed)
    if not seen:
        return [f"seed {seed}: the program never got ready"]
    return [f"seed {seed}: {what}" for what in _back(folder, base / "home", seen, at, start)]


def _work_and_kill(folder: Path, home: Path, seed: int) -> tuple[list[dict[str, object]], float]:
    """What the program had told, and when it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.busy", str(folder), str(home), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    seen: list[dict[str, object]] = []
    first = process.stdout.readline()
    if first:
        seen.append(json.loads(first))
        reader = threading.Thread(
            target=lambda: seen.extend(
                json.loads(line) for line in process.stdout or () if line.endswith("\n")
            )
        )
        reader.start()
        moment = time.monotonic() + random.Random(seed).uniform(0.0, 8.0)
        while time.monotonic() < moment and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        at = time.time()
        reader.join()
    else:
        at = time.time()
    process.kill()
    process.wait()
    process.stdout.close()
    return seen, at


def _back(
    folder: Path, home: Path, seen: list[dict[str, object]], at: float, start: str
) -> list[str]:
    """Start the program again; every finding is a sentence."""
    wrong = []
    walk = Walk(Waiting(), folder, places_in(home))  # type: ignore[arg-type]
    try:
        walk.start(Player(""))
        old = [one for one in seen if float(str(one["at"])) < at - LOSS_S - BUSY_S]
        first = max(0, len(old) - 1)
        """The newest state that must be back; anything newer is as good."""
        kept = _kept(seen)
        saved = {name for name in kept if (folder / name).read_text() != OLD}
        """By a commit of hunks that were kept in it."""
        names = [n for n in TYPED if old and n in _texts(old[-1]) and n not in saved]
        if names:
            walk.until(lambda: any("Brought back" in notice for notice in walk.notices()))
        walk.until(lambda: {d.key for d in walk.work.documents.all()} >= set(names))
        walk.until(lambda: all(walk.document(name).modified for name in names))
        walk.until(lambda: not walk.work.documents._waiting)
        for document in walk.work.documents.all():
            now = document.editor.text()
            said = [_texts(one).get(document.key) for one in seen]
            known = [text for text in said if text is not None and _typed_on(text, now)]
            fresh = [text for text in said[first:] if text is not None and _typed_on(text, now)]
            if document.modified and document.key in TYPED and not known:
                wrong.append(f"{document.key} says what it never said")
            elif document.key in names and not fresh:
                wrong.append(f"{document.key} is older than {LOSS_S:g} s")
        for name in TYPED[:2] if old else ():
            least = min(one["waiting"][name] for one in seen[first:])  # type: ignore[index]
            found = sum(state.value in ("pending", "conflicted") for state in _states(walk, name))
            if found < least:
                wrong.append(f"{name} has {found} waiting hunks, and had {least}")
        written = [n for n in TYPED[:4] if n not in kept and (folder / n).read_text() != OLD]
        wrong.extend(f"{name} was written without a save" for name in written)
    except AssertionError:
        wrong.append("what must come back did not")
    finally:
        walk.close()
    return [*wrong, *_git_is_whole(folder, start, {COMMITTED, *_kept(seen)})]


def _texts(seen: dict[str, object]) -> dict[str, str]:
    """The unsaved texts of one moment."""
    texts = seen["texts"]
    assert isinstance(texts, dict)
    return texts


def _kept(seen: list[dict[str, object]]) -> set[str]:
    """Files of which hunks were kept: the next commit saves them and holds those hunks."""
    return {name for one in seen for name in one["kept"]}  # type: ignore[attr-defined]


def _typed_on(told: str, now: str) -> bool:
    """Whether ``now`` is ``told``, or that with the letters of one action which was not told yet:
    a kill comes between an action and its telling, too.
    """
    if told == now:
        return True
    letters = iter(now)
    return len(now) - len(told) <= MOST_LETTERS and all(letter in letters for letter in told)


def _states(walk: Walk, name: str) -> list[HunkState]:
    return walk.states(name) if walk.work.documents.get(name) is not None else []


def _git_is_whole(folder: Path, start: str, may: set[str]) -> list[str]:
    """Whole commits on the branch of files that may be in them, no lock, and nothing staged but
    what a commit was at.
    """
    wrong = []
    git(folder, "fsck", "--strict", "--no-dangling")
    if git(folder, "merge-base", start, "HEAD").strip() != start:
        wrong.append("the branch lost its past")
    touched = set(git(folder, "diff", "--name-only", start, "HEAD").split())
    if not touched <= may:
        wrong.append(f"commits hold {sorted(touched)}")
    if staged := git(folder, "diff", "--cached", "--name-only").split():
        wrong.append(f"staged: {staged}")
    locks = [p.name for p in (folder / ".git").rglob("*.lock")]
    return [*wrong, *(f"left {lock}" for lock in locks)]


def main(rounds: int, seed: int) -> int:
    """``rounds`` kills; how many findings."""
    import tempfile

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    app = QApplication(["galley"])
    bad = 0
    for number in range(seed, seed + rounds):
        with tempfile.TemporaryDirectory() as base:
            wrong = killed_once(Path(base), number)
        bad += len(wrong)
        print(f"window, kill -9, seed {number:4}    {len(wrong)} bad", flush=True)
        for line in wrong:
            print(f"    {line}")
    assert app is not None
    return bad


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    raise SystemExit(bool(main(*(arguments or [25]), *([1] if len(arguments) < 2 else []))))
