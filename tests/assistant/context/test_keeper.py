"""The order in which things reach the keeper of an index."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from assistant.context.keeper import Keeper
from assistant.context.project import Project
from tests.assistant.context.door import write


def test_what_changes_while_a_helper_has_it_is_read_again(tmp_path: Path) -> None:
    """The helper read it before; its answer comes after the change was told."""
    root = tmp_path / "project"
    write(root, {f"m{i}.py": f"def before_{i}(): ...\n" for i in range(60)})
    keeper = Keeper(Project(str(root), str(tmp_path / "store")), lambda: None, helpers=1)
    try:
        keeper.begin()
        _until(lambda: keeper._inbox.qsize() >= 60)  # read by the helper, taken up by nobody
        changed = b"def after_the_change(): ...\n"
        (root / "m7.py").write_bytes(changed)
        keeper.touched(["m7.py"], [])

        def settled() -> bool:
            keeper.step()
            return keeper.settled

        _until(settled)
        entry = keeper.project.index.files["m7.py"]
        assert entry.digest == blake2b(changed, digest_size=16).hexdigest()
        assert keeper.project.parsed == 61  # the others once
    finally:
        keeper.close()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)
