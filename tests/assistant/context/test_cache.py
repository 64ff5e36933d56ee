"""What is kept on the disk: outside the project, never code, never a secret, worthless when
damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.context.cache import load, place_of, save
from assistant.context.project import Project
from tests.assistant.context.door import Door, write


def _saved(root: Path, store: Path) -> Path:
    project = Project(str(root), str(store))
    changed, _ = project.walk()
    project.refresh(changed)
    project.index.merge()
    place = Path(place_of(str(store), str(root)))
    save(project, str(place))
    return place


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "p"
    write(folder, {"a.py": "def needle():\n    return 1\n", "b.md": "# Head\n"})
    return folder


def test_a_reopened_project_reads_only_what_changed(root: Path, tmp_path: Path) -> None:
    place = _saved(root, tmp_path)
    write(root, {"c.py": "x = 1\n"})
    (root / "b.md").unlink()
    again = Project(str(root), str(tmp_path))
    assert load(again, str(place))
    assert again.walk() == (["c.py"], ["b.md"])


@pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "flipped", "other root", "pickled"])
def test_a_damaged_or_planted_cache_is_no_cache(root: Path, tmp_path: Path, damage: str) -> None:
    """Check 21: a cache that cannot be trusted."""
    place = _saved(root, tmp_path)
    file = place / "index.bin"
    data = file.read_bytes()
    project = Project(str(root), str(tmp_path))
    match damage:
        case "empty":
            file.write_bytes(b"")
        case "garbage":
            file.write_bytes(data[:60] + b"\xff" * 500)
        case "cut":
            file.write_bytes(data[: len(data) // 2])
        case "flipped":
            at = data.index(b"needl")
            file.write_bytes(data[:at] + b"X" + data[at + 1 :])
        case "other root":
            project = Project(str(tmp_path), str(tmp_path))
        case "pickled":
            with file.open("wb") as out:
                np.savez(out, head=np.array([{"format": 1}], dtype=object))
    assert not load(project, str(place))
    assert project.index.files == {} and project.head is None
    with Door() as door:
        door.ask("index", root=str(root), store=str(tmp_path), cache=True)
        assert door.holds("needle") == {"a.py"}


def test_a_cache_inside_the_project_is_not_looked_for(root: Path, tmp_path: Path) -> None:
    place = _saved(root, tmp_path / "elsewhere")
    target = root / ".cache" / "galley" / place.name
    target.mkdir(parents=True)
    (target / "index.bin").write_bytes(b"evil")
    with Door() as door:
        door.ask("index", root=str(root), store=str(tmp_path / "store"), cache=True)
        assert door.ask("report")["files"] == 3
        assert door.holds("needle") == {"a.py"}
    assert not any(root.rglob("index-*"))


def test_no_secret_reaches_the_disk(root: Path, tmp_path: Path) -> None:
    """Check 18: nothing of them in the cache."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    write(
        root,
        {
            ".env": "SHHH_NAME=topsecretvalue1\n",
            "id_rsa": "topsecretvalue2",
            "conf/server.pem": "topsecretvalue3",
            "code.py": f"client('{token}')\nkey = 'AKIAIOSFODNN7EXAMPLE'\n",
        },
    )
    data = (_saved(root, tmp_path) / "index.bin").read_bytes().lower()
    for word in (
        b"topsecretvalue",
        b"shhh",
        token.lower().encode(),
        b"a1b2c3d4",
        b"akiaiosfodnn7",
        b"id_rsa",
    ):
        assert word not in data, word


def test_a_buffer_that_was_never_saved_is_read_from_disk_at_the_next_start(
    root: Path, tmp_path: Path
) -> None:
    project = Project(str(root), str(tmp_path))
    changed, _ = project.walk()
    project.refresh(changed)
    project.set_buffers({"a.py": "def unsaved_thing():\n    pass\n"})
    place = str(tmp_path / "place")
    save(project, place)
    again = Project(str(root), str(tmp_path))
    assert load(again, place)
    assert again.walk() == (["a.py"], [])


def test_the_worker_saves_at_its_end_and_starts_from_it(root: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with Door() as door:
            door.ask("index", root=str(root), store=str(tmp_path), cache=True)
            assert door.holds("needle") == {"a.py"}
    file = Path(place_of(str(tmp_path), str(root))) / "index.bin"
    assert file.exists() and file.stat().st_mode & 0o077 == 0
