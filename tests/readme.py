"""``python -m tests.readme``: writes README's tree anew from the first sentence of every module."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = ("app", "widgets", "assistant", "resources")
BEGIN, END = "<!-- tree -->", "<!-- end of tree -->"


def rooms() -> list[Path]:
    """Every module that says something; empty package files are left out."""
    found = []
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            if path.name != "__init__.py" or path.read_text(encoding="utf-8").count("\n") > 3:
                found.append(path.relative_to(ROOT))  # noqa: PERF401 - reads better
    return found


def phrase(path: Path) -> str:
    """The first sentence of the module's docstring."""
    text = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].split())
    sentence = re.split(r"(?<=[.!?]) (?=[A-Z])", first)[0].rstrip(".")
    return sentence.replace("|", "\\|")


def tree() -> str:
    lines = ["| file | what it is |", "|---|---|"]
    lines += [f"| `{path.as_posix()}` | {phrase(path)} |" for path in rooms()]
    return "\n".join(lines)


def main() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    readme.write_text(f"{head}{BEGIN}\n{tree()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
