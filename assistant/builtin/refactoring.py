"""Python refactorings by rope in a child: rename, extract, inline. Never writes."""

from __future__ import annotations

import asyncio
import codecs
import io
import json
import keyword
import os
import re
import sys
import tempfile
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.builtin.process import run
from assistant.builtin.renaming import rename_words, word_places
from assistant.builtin.runs import changed_runs
from assistant.builtin.scene import CannotDo, Edited, Scene, Wish, body, count, end, line_end
from assistant.types import Snapshot, split_lines

_ENDINGS = (".py", ".pyi", ".pyw")
_SKIPPED = frozenset(
    ["node_modules", "__pycache__", "site-packages", "build", "dist", "venv", "env"]
)
_BIGGEST = 1_000_000
_MOST = 10_000
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from assistant.builtin.refactor_worker "
    "import main; main()"
)
_PACKAGES = Path(__file__).parent.parent.parent


async def rename(wish: Wish, scene: Scene) -> Edited:
    """By meaning across the project for Python, as whole words elsewhere and where the
    selection was asked for."""
    old, new = wish.get("old"), wish.get("new").rpartition(".")[2]
    if not scene.language.is_python or wish.get("scope") == "selection":
        if not old:
            raise CannotDo("Say which name, for example: rename `fetch` to `load`.")
        wish = Wish("rename", {**wish.options, "new": new})
        return await asyncio.to_thread(rename_words, wish, scene)
    _check_name(new)
    if old.rpartition(".")[2] == new:
        raise CannotDo("Nothing to change: the old and the new name are the same.")
    answer, files = await _ask(
        scene,
        action="rename",
        name=old,
        new=new,
        strings=wish.flag("strings"),
        scope=wish.get("scope"),
    )
    edited = _edited(answer, files, scene)
    what = f"`{old}`" if old else "the definition"
    said = f"Renamed {what} to `{new}` in {_files(edited.changed, scene)}, by meaning (rope)."
    return Edited(edited.texts, said + _unsure(answer) + _taken(new, files, edited))


async def extract_function(wish: Wish, scene: Scene) -> Edited:
    _python_only(scene)
    _check_name(wish.get("name"))
    answer, files = await _ask(scene, action="extract-function", new=wish.get("name"))
    edited = _edited(answer, files, scene)
    return Edited(
        edited.texts,
        f"Extracted {count(scene.region.size, 'line')} into `{wish.get('name')}` (rope).",
    )


async def extract_variable(wish: Wish, scene: Scene) -> Edited:
    _python_only(scene)
    _check_name(wish.get("name"))
    answer, files = await _ask(
        scene, action="extract-variable", new=wish.get("name"), expression=wish.get("expression")
    )
    edited = _edited(answer, files, scene)
    return Edited(edited.texts, f"Extracted the expression into `{wish.get('name')}` (rope).")


async def inline(wish: Wish, scene: Scene) -> Edited:
    _python_only(scene)
    answer, files = await _ask(scene, action="inline", name=wish.get("name"))
    edited = _edited(answer, files, scene)
    name = wish.get("name").rpartition(".")[2]
    said = f"Inlined `{name}` in {_files(edited.changed, scene)} (rope)."
    uses = sum(len(word_places(base.text, name, scene.language)) for base, _ in edited.changed) - 1
    if uses > 1:
        said += f" Mind: its value stands in {uses} places now and is computed in each."
    return Edited(edited.texts, said)


def _python_only(scene: Scene) -> None:
    if not scene.language.is_python:
        raise CannotDo(
            f"This refactoring is for Python; {scene.target.path.name} is {scene.language.name}."
        )


def _check_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise CannotDo(f"`{name}` cannot be a name in Python.")


async def _ask(scene: Scene, **wanted: Any) -> tuple[dict[str, Any], dict[PurePosixPath, Snapshot]]:
    """What the child answers, and the snapshots it was asked about. Raises CannotDo."""
    with tempfile.TemporaryDirectory(prefix="galley-") as home:
        copy = Path(home) / "copy"
        files = await asyncio.to_thread(_copy, scene, copy)
        request = {
            "root": str(copy),
            "path": _inside(scene.target.path).as_posix(),
            "name": "",
            "new": "",
            "expression": "",
            "span": [scene.span.start, scene.span.end] if scene.span else None,
            "caret": scene.caret,
            "strings": False,
            **wanted,
        }
        argv = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, str(_PACKAGES)]
        try:
            done = await run(argv, json.dumps(request), cwd=home)
        except TimeoutError:
            raise CannotDo(
                "The refactoring was stopped after a minute: the project is too large for it."
            ) from None
    if done.code != 0:
        last = (done.err.strip().splitlines() or ["no reason given"])[-1]
        raise CannotDo(f"rope failed on this code ({last[:160]}); nothing was changed.")
    answer = json.loads(done.out)
    if "error" in answer:
        raise CannotDo(answer["error"].replace("{file}", scene.target.path.name))
    return answer, files


def _inside(path: PurePosixPath) -> PurePosixPath:
    return PurePosixPath(path.name) if path.is_absolute() else path


def _copy(scene: Scene, folder: Path) -> dict[PurePosixPath, Snapshot]:
    """Writes the Python files with open buffers standing in.

    Line feeds only, so that offsets mean the same to rope.
    """
    files: dict[PurePosixPath, Snapshot] = {}
    if scene.root is not None and not scene.target.path.is_absolute():
        for path in _python_files(scene):
            text = _read(scene.root / path)
            if text is not None:
                files[path] = Snapshot(path, text)
    for snapshot in (*scene.buffers, scene.target):
        if snapshot.path.suffix in _ENDINGS and (
            snapshot is scene.target or not snapshot.path.is_absolute()
        ):
            files[_inside(snapshot.path)] = snapshot
    for path, snapshot in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.write_bytes(_plain(snapshot.text).encode("utf-8"))
        except UnicodeEncodeError:
            if snapshot is scene.target:
                raise CannotDo(
                    f"{path.name} has bytes that are not text, so Python cannot read it."
                ) from None
    return files


def _plain(text: str) -> str:
    r"""``\n`` only, no byte order mark, and no other coding than UTF-8 claimed."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head = text.split("\n", 2)[:2]
    rest = text[sum(len(line) + 1 for line in head) :]
    head = [re.sub(r"^([ \t\f]*#.*?coding[:=])[ \t]*([-\w.]+)", _utf8, line) for line in head]
    return "\n".join([*head, rest]) if text.count("\n") > 1 else "\n".join(head)


def _utf8(match: re.Match[str]) -> str:
    """Another coding of the same length, so that columns stay; ``utf8`` with blanks behind it."""
    claimed = match[2].lower().replace("_", "-")
    if claimed.startswith("utf-8") or claimed == "utf8":
        return match.group()
    width = len(match.group()) - len(match[1])
    return match[1] + "utf8".ljust(width) if width >= 4 else match.group()


def _python_files(scene: Scene) -> Sequence[PurePosixPath]:
    assert scene.root is not None
    listed = scene.list_files(scene.root) if scene.list_files else _walk(scene.root)
    paths = sorted(path for path in listed if path.suffix in _ENDINGS)
    if len(paths) > _MOST:
        raise CannotDo(
            f"The project has {len(paths)} Python files, more than the {_MOST} this refactoring "
            "takes."
        )
    return paths


def _walk(root: Path) -> Iterable[PurePosixPath]:
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        ]
        for name in names:
            yield PurePosixPath((Path(folder) / name).relative_to(root).as_posix())


def _read(path: Path) -> str | None:
    """The text of a regular file of usual size, or None:

    Links, pipes and what is not text stay out.
    """
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _BIGGEST:
            return None
        data = path.read_bytes()
        coding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.removeprefix(codecs.BOM_UTF8).decode(
            "utf-8" if coding == "utf-8-sig" else coding
        )
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError):
        return None


def _edited(
    answer: dict[str, Any], files: Mapping[PurePosixPath, Snapshot], scene: Scene
) -> Edited:
    """The answer's texts with the line ends, mark and coding line of each file, the target's
    first."""
    done = []
    for path, new in answer["changes"].items():
        base = files[PurePosixPath(path)]
        done.append((base, restore(base.text, _plain(base.text), new)))
    done.sort(key=lambda pair: (pair[0] is not scene.target, pair[0].path))
    return Edited(tuple(done))


def restore(old: str, plain: str, new: str) -> str:
    r"""``new``, made from ``plain``, with everything of ``old`` that ``plain`` had lost in its
    unchanged lines.

    A changed line keeps the end of the line it stands for; an added one takes the text's most
    frequent end.
    """
    if old == plain:
        return new
    mark = "\ufeff" if old.startswith("\ufeff") else ""
    olds, plains, news = (
        split_lines(old.removeprefix("\ufeff")),
        split_lines(plain),
        split_lines(new),
    )
    eol = line_end(old)
    done: list[str] = []
    at = 0
    for a0, a1, b0, b1 in changed_runs(plains, news):
        done += olds[at:a0]
        for row in range(b0, b1):
            pair = a0 + row - b0
            finish = (end(olds[pair]) if pair < a1 else "") or eol
            done.append(body(news[row]) + (finish if end(news[row]) else ""))
        at = a1
    done += olds[at:]
    for at in range(1, len(done)):
        if done[at] == "\n" and done[at - 1].endswith("\r"):
            done[at] = "\r"  # else the two would become one line end
    return mark + "".join(done)


def _files(changed: Sequence[tuple[Snapshot, str]], scene: Scene) -> str:
    names = [base.path.name for base, _ in changed]
    return names[0] if len(names) == 1 else count(len(names), "file")


def _unsure(answer: dict[str, Any]) -> str:
    places = [f"{path}:{line}" for path, line in answer.get("unsure", [])]
    if not places:
        return ""
    shown = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
    return f" Left as they are, because their owner cannot be told: {shown}."


def _taken(new: str, files: Mapping[PurePosixPath, Snapshot], edited: Edited) -> str:
    there = [
        base.path.name
        for base, _ in edited.changed
        if re.search(rf"(?<!\w){re.escape(new)}(?!\w)", base.text)
    ]
    return f" Mind: `{new}` was already used in {', '.join(there[:3])}." if there else ""
