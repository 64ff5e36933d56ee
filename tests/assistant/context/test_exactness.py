"""An index that grew by edits answers exactly like a fresh one; so does one that was saved and
loaded."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assistant.context.budget import Budgeter
from assistant.context.cache import load, save
from assistant.context.project import Project
from tests.assistant.context.door import git, write

_WORDS = [
    "parse",
    "render",
    "widget",
    "cache",
    "token",
    "stream",
    "budget",
    "folder",
    "commit",
    "branch",
    "socket",
    "retry",
    "limit",
]
_KINDS = [
    "add",
    "edit",
    "edit",
    "delete",
    "rename",
    "rename folder",
    "copy",
    "back",
    "nothing",
]
_QUERIES = [
    "parse the widget cache",
    "retry_limit of socket",
    "render stream budget when branch changes",
    "README folder",
    "TokenStream",
    "commit",
    "module_3.py",
    "add a test for parse",
]


def _text(rng: random.Random) -> str:
    out = []
    for _ in range(rng.randint(1, 6)):
        a, b, c = (rng.choice(_WORDS) for _ in range(3))
        out.append(f"def {a}_{b}(self, {c}):\n" + f"    return {a}.{c}({b})\n" * rng.randint(1, 30))
    return "\n".join(out)


def _answers(project: Project) -> list[object]:
    out: list[object] = []
    for query in _QUERIES:
        ranking = project.ranker.rank(query, ["pkg/module_1.py"])
        paths = [project.index.by_number[f].path for f in ranking.files]
        packing = Budgeter(project.index, project.lines).pack(ranking, 3000)
        out.append(
            (paths, [(p.path, p.first, p.last) for p in packing.pieces], round(packing.used, 3))
        )
    return out


def _fresh(root: Path, store: Path) -> Project:
    project = Project(str(root), str(store))
    changed, _ = project.walk()
    project.refresh(changed)
    project.read_history()
    project.index.merge()
    return project


def _read(project: Project, paths: list[str]) -> None:
    """As the keeper does: what is known by content is not taken apart."""
    strange: list[str] = []
    for _ in project.recall(paths, strange):
        continue
    project.refresh(strange)


def _walk(project: Project) -> None:
    changed, gone = project.walk()
    project.forget(gone)
    _read(project, changed)


def _edit(rng: random.Random, root: Path, project: Project, step: int) -> None:
    """One random operation on the disk, told to the project as an event would."""
    there = sorted(project.index.files)
    kind = rng.choice(_KINDS)
    if kind == "add" or len(there) < 5:
        folder, suffix = rng.choice(["", "tests/", "deep/er/"]), rng.choice(["py", "md", "js"])
        path = f"pkg/{folder}module_{step}.{suffix}"
        write(root, {path: _text(rng)})
        assert project.admit(path)
        _read(project, [path])
    elif kind == "edit":
        path = rng.choice(there)
        write(root, {path: _text(rng)})
        assert project.admit(path)
        _read(project, [path])
    elif kind == "delete":
        path = rng.choice(there)
        (root / path).unlink()
        project.forget([path])
        project.scan.files.pop(path, None)
    elif kind == "rename":
        path = rng.choice(there)
        new = path.replace("module", f"moved{step}")
        (root / path).rename(root / new)
        project.forget([path])
        project.scan.files.pop(path, None)
        assert project.admit(new)
        _read(project, [new])
    elif kind == "rename folder":
        moved = f"place{step}"
        (root / "pkg").rename(root / moved)
        _walk(project)
        (root / moved).rename(root / "pkg")
        _walk(project)
    elif kind == "copy":
        path = rng.choice(there)
        new = path.replace("module", f"copied{step}_parse")
        write(root, {new: (root / path).read_text()})
        assert project.admit(new)
        _read(project, [new])
    elif kind == "back":
        path = rng.choice(there)
        text = (root / path).read_text()
        for now in (_text(rng), text):
            write(root, {path: now})
            assert project.admit(path)
            _read(project, [path])
    project.index.sync()


@pytest.mark.parametrize("seed", [1, 2])
def test_after_two_hundred_operations_the_answers_equal_a_fresh_index(
    tmp_path: Path, seed: int
) -> None:
    """Check 16: incremental equals fresh."""
    rng = random.Random(seed)
    root = tmp_path / "p"
    write(root, {f"pkg/module_{i}.py": _text(rng) for i in range(30)})
    git(root, "init", "-q", ".")
    git(root, "add", ".")
    git(root, "commit", "-qm", "parse the first widgets")
    project = _fresh(root, tmp_path / "s1")
    for step in range(200):
        _edit(rng, root, project, step)
        if step % 67 == 66:
            git(root, "add", "-A")
            git(root, "commit", "-qm", f"{rng.choice(_WORDS)} and {rng.choice(_WORDS)} again")
            project.read_history()
            project.index.sync()
        if step % 50 == 49:
            assert _answers(project) == _answers(_fresh(root, tmp_path / "s2")), step
    assert project.recalled > 100
    git(root, "checkout", "-q", "--detach", "HEAD~1", "--force")
    _walk(project)
    project.read_history()
    project.index.sync()
    expected = _answers(_fresh(root, tmp_path / "s2"))
    assert _answers(project) == expected
    save(project, str(tmp_path / "place"))
    assert _answers(project) == expected, "compacting changed the answers"
    again = Project(str(root), str(tmp_path / "s3"))
    assert load(again, str(tmp_path / "place"))
    assert again.walk() == ([], [])
    assert _answers(again) == expected
    _edit(rng, root, again, 999)
    assert _answers(again) == _answers(_fresh(root, tmp_path / "s2"))
