"""A project for tests of a run: real files, some of them open and unsaved."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from assistant.agent.editing import Editing
from assistant.agent.looking import Looking
from assistant.agent.overlay import Overlay
from assistant.agent.sight import Sight
from assistant.agent.tool import Result, Tool
from assistant.context.secrets import is_secret_path
from assistant.context.walker import Walker
from assistant.repo.codec import decode
from assistant.repo.paths import forbidden, protected
from assistant.types import Refusal, Snapshot, Snippet

P = PurePosixPath
_T = TypeVar("_T")


class DiskTree:
    """Files below ``root``; ``open`` are texts of documents that were not saved."""

    def __init__(self, root: Path, files: Mapping[str, str | bytes] | None = None) -> None:
        self.root = root
        self.open: dict[PurePosixPath, str] = {}
        for name, content in (files or {}).items():
            place = root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def paths(self) -> Sequence[PurePosixPath]:
        return [P(path) for path in sorted(Walker(str(self.root)).scan().files)]

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        if path in self.open:
            return Snapshot(path, self.open[path])
        place = self.root / path
        if not place.is_file():
            return Refusal(str(path), f"{path} does not exist in the project.")
        found = decode(place.read_bytes())
        if found.binary:
            return Refusal(str(path), f"{path} is not a text file.")
        return Snapshot(path, found.text)

    def unsaved(self) -> Mapping[PurePosixPath, str]:
        return self.open


class NoIndex:
    """An index of an empty project."""

    async def search(
        self, text: str, k: int = 20, *, buffers: Mapping[str, str] | None = None
    ) -> Sequence[Snippet]:
        return ()

    async def symbols(self, prefix: str, limit: int = 20) -> Sequence[Any]:
        return ()


class Desk:
    """The looking and proposing tools over one tree; ``call`` runs one by its name."""

    def __init__(self, tree: DiskTree, seconds: float = 8.0) -> None:
        self.tree = tree
        self.overlay = Overlay(tree, is_secret_path, protected)
        sight = Sight()
        looking = Looking(tree.root, self.overlay, sight, NoIndex(), seconds=seconds)
        editing = Editing(self.overlay, sight, forbidden)
        self.tools: dict[str, Tool] = {
            tool.spec.name: tool for tool in (*looking.tools(), *editing.tools())
        }

    def call(self, name: str, /, **arguments: Any) -> Result:
        return wait(self.tools[name].run(arguments))


def wait(coroutine: Any) -> Any:
    async def done() -> Any:
        return await coroutine

    return asyncio.run(done())


def both(*coroutines: Coroutine[Any, Any, _T]) -> list[_T]:
    async def done() -> list[_T]:
        return list(await asyncio.gather(*coroutines))

    return asyncio.run(done())
