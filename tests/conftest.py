"""What every test gets: an offscreen Qt, a private home, and a look for what it left behind."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _name in [name for name in os.environ if name.startswith("GIT_") or name.endswith("_API_KEY")]:
    del os.environ[_name]

import psutil  # noqa: E402 - Qt reads the environment when it is imported
import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

# A busy machine is slow, which is no finding: timings never gate an ordinary test.
settings.register_profile("galley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("galley")


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the developer's own settings, keys, caches or git configuration."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name, folder in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".data"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_STATE_HOME", ".state"),
    ):
        monkeypatch.setenv(name, str(home / folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A thread or a child process that outlives its test fails it."""
    threads = set(threading.enumerate())
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    deadline = time.monotonic() + 3
    while True:
        left = [t for t in threading.enumerate() if t not in threads and t.is_alive()]
        born = [
            c
            for c in psutil.Process().children(recursive=True)
            if c.pid not in children and c.is_running() and c.status() != psutil.STATUS_ZOMBIE
        ]
        if not left and not born:
            return
        if time.monotonic() > deadline:
            pytest.fail(
                f"left behind: threads {left}, processes {[(c.pid, c.cmdline()) for c in born]}"
            )
        gc.collect()
        for thread in left:
            thread.join(0.05)
        for child in born:
            try:
                child.wait(0.05)
            except psutil.TimeoutExpired:
                continue
