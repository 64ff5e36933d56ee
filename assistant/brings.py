"""What trusting a folder would let in, by name. Opens no file."""

from __future__ import annotations

import os
from pathlib import Path

KINDS = (
    ("instructions for models", ("AGENTS.md", "CLAUDE.md", "GEMINI.md", ".cursorrules")),
    ("editor and tool settings", (".vscode", ".cursor", ".idea", ".devcontainer", ".zed")),
    ("Python settings and tests", ("pyproject.toml", "ruff.toml", ".ruff.toml", "conftest.py")),
    ("scripts of packages", ("package.json", "Makefile", "justfile", "tox.ini", "noxfile.py")),
)


def brings(root: Path) -> tuple[str, ...]:
    """Kinds of files that programs or models obey, each with the names found."""
    found = []
    for kind, names in KINDS:
        there = [name for name in names if os.path.lexists(root / name)]
        if there:
            found.append(f"{kind} ({', '.join(there)})")
    return tuple(found)
