"""Which files a commit changed, asked by its own message: the engine beside plain rankings.

Needs bare repositories below one folder (``NAME/repo`` or ``NAME.git``); knows no particular one.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

MIRRORS = "GALLEY_MIRRORS"
"""Environment variable: the folder."""
_COMMITS = 12
_LOOKED_AT = 400
_CODE = frozenset(
    [".py", ".pyi", ".js", ".jsx", ".mjs", ".ts", ".tsx", ".go", ".rs", ".c", ".h", ".cc", ".cpp",
     ".hpp", ".java", ".rb", ".lua", ".cs", ".php"]
)  # fmt: skip
_OTHER = re.compile(r"(^|/)(tests?|specs?|docs?|examples?|bench\w*|vendor|fixtures)/|test", re.I)
_CHORE = re.compile(r"\b(bump|typos?|docs?|changelog|format|lint|release|merge|revert)\b", re.I)
_WORD = re.compile(r"[A-Za-z_]\w+")
_AT = (1, 5, 10)


def main() -> None:
    """Print recall at 1, 5 and 10 for each repository, or say what is missing."""
    folder = os.environ.get(MIRRORS, "")
    mirrors = sorted((*Path(folder).glob("*/repo"), *Path(folder).glob("*.git"))) if folder else []
    if not mirrors:
        print(f"recall: no repositories; set {MIRRORS} to a folder of bare ones to measure it")
        return
    print("recall of the files a commit changed, at 1 / 5 / 10, asked by its message")
    total: dict[str, list[list[float]]] = defaultdict(list)
    for mirror in mirrors:
        mean = _repository(mirror)
        for name, values in mean.items():
            total[name].append(values)
        name = mirror.parent.name if mirror.name == "repo" else mirror.stem
        print(f"  {name:28} {_said(mean)}", flush=True)
    print(f"  {'mean':28} {_said({n: _mean(rows) for n, rows in total.items()})}")


def _said(mean: dict[str, list[float]]) -> str:
    return "  ".join(f"{n} {' / '.join(f'{v:.2f}' for v in row)}" for n, row in mean.items())


def _mean(rows: list[list[float]]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _repository(mirror: Path) -> dict[str, list[float]]:
    rows: dict[str, list[list[float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="galley-recall-") as place:
        root = Path(place) / "tree"
        _git(root, "init", "-q", str(root), there=False)
        (root / ".git/objects/info/alternates").write_text(f"{mirror / 'objects'}\n")
        engine = subprocess.Popen(
            [sys.executable, "-m", "assistant.context"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for commit, words, truth in _questions(mirror):
            _git(root, "read-tree", "--reset", "-u", f"{commit}^")
            parent = _git(root, "rev-parse", f"{commit}^").strip()
            (root / ".git/HEAD").write_text(parent + "\n")
            _ask(engine, op="index", root=str(root))
            answers = {
                "Galley": _ask(engine, op="query", text=words, k=10, budget_tokens=4000)["files"],
                "BM25 of files": _bm25(root, words),
                "git grep": _grep(root, words),
            }
            for name, files in answers.items():
                rows[name].append([len(truth & set(files[:k])) / len(truth) for k in _AT])
        engine.communicate('{"op": "quit"}\n')
    return {name: _mean(found) for name, found in rows.items()}


def _questions(mirror: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Commits of one to six product files with a subject of four words: hash, message, files."""
    log = _git(
        mirror, "log", "--no-merges", "--no-renames", "--name-status", f"-{_LOOKED_AT}",
        "--format=%x01%H%x02%B%x03",
    )  # fmt: skip
    found = 0
    for record in log.split("\x01")[1:]:
        commit, _, rest = record.partition("\x02")
        message, _, listed = rest.partition("\x03")
        changes = [line.split("\t") for line in listed.strip().split("\n") if "\t" in line]
        truth = {c[1] for c in changes if c[0] in "MD" and _is_product(c[1])}
        head = message.strip().split("\n\n")
        subject = re.sub(r"\s*\(?#\d+\)?", "", head[0])
        chore = len(subject.split()) < 4 or _CHORE.search(subject)
        if not 1 <= len(truth) <= 6 or len(changes) > 30 or chore:
            continue
        yield commit, f"{subject}\n{head[1][:600] if len(head) > 1 else ''}", truth
        found += 1
        if found == _COMMITS:
            return


def _is_product(path: str) -> bool:
    return Path(path).suffix in _CODE and not _OTHER.search(path)


def _ask(engine: subprocess.Popen[str], **message: object) -> dict[str, list[str]]:
    assert engine.stdin is not None and engine.stdout is not None
    engine.stdin.write(json.dumps(message) + "\n")
    engine.stdin.flush()
    answer: dict[str, list[str]] = json.loads(engine.stdout.readline())
    return answer


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in _CODE and path.is_file() and not name.startswith(".git/"):
            yield name, path.read_text("utf-8", "replace")


def _bm25(root: Path, words: str) -> list[str]:
    names, counts = [], []
    for name, text in _texts(root):
        names.append(name)
        counts.append(Counter(_WORD.findall(text.lower())))
    mean = sum(c.total() for c in counts) / max(1, len(counts))
    scores = [0.0] * len(names)
    for word in set(_WORD.findall(words.lower())):
        held = [i for i, counter in enumerate(counts) if word in counter]
        weight = math.log(1 + (len(names) - len(held) + 0.5) / (len(held) + 0.5))
        for i in held:
            often, size = counts[i][word], counts[i].total()
            scores[i] += weight * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * size / mean))
    return [names[i] for i in sorted(range(len(names)), key=lambda i: -scores[i])[:10]]


def _grep(root: Path, words: str) -> list[str]:
    patterns = [f for w in set(_WORD.findall(words)) if len(w) > 3 for f in ("-e", w)]
    counts: Counter[str] = Counter()
    for line in _git(root, "grep", "-c", "-i", "-w", *patterns).splitlines() if patterns else ():
        path, _, count = line.rpartition(":")
        if Path(path).suffix in _CODE:
            counts[path] += int(count)
    return [path for path, _ in counts.most_common(10)]


def _git(folder: Path, *arguments: str, there: bool = True) -> str:
    where = ["-C", str(folder)] if there else []
    done = subprocess.run(
        ["git", *where, "-c", "core.quotePath=false", "-c", "gc.auto=0", *arguments],
        capture_output=True,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")
