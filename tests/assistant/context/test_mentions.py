"""What a mention stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.context.completion import Completer
from assistant.context.mentions import Resolved, resolve
from assistant.context.project import Project
from tests.assistant.context.door import git, write


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "p"
    git(tmp_path, "init", "-q", str(root))
    write(
        root,
        {
            "src/door.py": "import os\n\n\nclass Door:\n    def open(self):\n        return 1\n",
            "src/knob.py": "def open():\n    pass\n\n\ndef turnTheKnob():\n    pass\n",
            "docs/a.md": "# A\n",
            "secret/.env": "A=1\n",
        },
    )
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "doors and knobs")
    project = Project(str(root), str(tmp_path / "store"))
    changed, _ = project.walk()
    project.refresh(changed)
    project.read_history()
    project.index.merge()
    return project


def _one(project: Project, kind: str, value: str, **more: Any) -> Resolved:
    (found,) = resolve(project, {"kind": kind, "value": value, **more})
    return found


def test_a_file_or_some_lines_of_it(project: Project) -> None:
    assert _one(project, "file", "src/door.py").text == project.text("src/door.py")
    part = _one(project, "file", "src/door.py", span=[3, 5])
    assert part.text == "class Door:\n    def open(self):\n" and (part.first, part.last) == (3, 5)
    assert _one(project, "file", "nowhere.py").text is None


def test_a_folder_is_its_files_with_their_symbols(project: Project) -> None:
    text = _one(project, "folder", "src").text
    assert text is not None and "src/door.py  (6 lines) Door, open" in text and "docs" not in text
    assert _one(project, "folder", "secret").text is None


def test_a_symbol_is_every_definition_of_its_name(project: Project) -> None:
    found = resolve(project, {"kind": "symbol", "value": "open"})
    assert {(f.path, f.first) for f in found} == {("src/door.py", 4), ("src/knob.py", 0)}
    assert _one(project, "symbol", "src/knob.py:open").path == "src/knob.py"
    assert _one(project, "symbol", "missing").text is None


def test_a_commit_shows_message_and_patch_without_secret_files(project: Project) -> None:
    text = _one(project, "commit", "HEAD").text
    assert text is not None and "doors and knobs" in text and "+class Door" in text
    assert "A=1" not in text and "secret/.env are not shown" in text
    for bad in ("--output=/tmp/x", "HEAD --output", "no", "HEAD@{0}", ""):
        assert _one(project, "commit", bad).text is None


def test_handed_over_text_keeps_its_origin(project: Project) -> None:
    paste = _one(project, "paste", "src/door.py", text="x = 1\n", span=[7, 8])
    assert (paste.path, paste.first, paste.last, paste.source) == ("src/door.py", 7, 8, "paste")
    assert _one(project, "paste", ".env", text="A=1\n").text is None
    assert _one(project, "terminal", "", text="boom\n").text == "boom\n"
    assert _one(project, "problems", "").text is None
    diff = "diff --git a/.env b/.env\n+A=1\ndiff --git a/x.py b/x.py\n+x\n"
    text = _one(project, "diff", "", text=diff).text
    assert text is not None and "A=1" not in text and "+x" in text
    assert _one(project, "nonsense", "x").text is None


def test_completion_finds_by_prefix_part_and_scattered_letters(project: Project) -> None:
    completer = Completer(project.index)
    assert [c.value for c in completer.files("door")] == ["src/door.py"]
    assert [c.value for c in completer.files("src/k")] == ["src/knob.py"]
    assert [c.value for c in completer.files("kpy")] == ["src/knob.py"]
    assert [c.value for c in completer.symbols("turnk")] == ["turnTheKnob"]
    assert [c.value for c in completer.symbols("knob")] == ["turnTheKnob"]
    assert [(c.value, c.line) for c in completer.symbols("open")] == [("open", 5), ("open", 1)]
    assert [c.value for c in completer.folders("sr")] == ["src"]
    assert completer.files("zzz") == [] and len(completer.files("")) == 3


def test_the_projects_own_git_configuration_never_runs(project: Project, tmp_path: Path) -> None:
    root = Path(project.root)
    canary = tmp_path / "ran"
    command = f"touch {canary}"
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "core.sshCommand",
        "filter.x.clean",
        "diff.x.textconv",
        "core.editor",
        "uploadpack.packObjectsHook",
    ):
        git(root, "config", key, command)
    write(root, {".gitattributes": "* filter=x diff=x\n"})
    hook = root / ".git/hooks/post-index-change"
    hook.write_text(f"#!/bin/sh\n{command}\n")
    hook.chmod(0o755)
    fresh = Project(str(root), str(tmp_path / "store2"))
    fresh.refresh(fresh.walk()[0])
    fresh.read_history()
    assert len(fresh.index.commits.order) == 1 and _one(fresh, "commit", "HEAD").text
    assert not canary.exists()
