"""The worker process: JSON lines in and out, questions before work. Knows the pipes only.

Each line is ``{"op": …}`` with an optional ``id`` that comes back with the answer. ``index`` and
``update`` answer when everything has settled, ``open`` at once; a question is answered from what is
known at that moment.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from assistant.context.cache import Picture, load, picture, place_of, save, write
from assistant.context.keeper import SAVE_AFTER, Keeper
from assistant.context.project import Project
from assistant.context.requests import Requests

if TYPE_CHECKING:
    from assistant.context.service import Service

_TICK = 1.0
_FIRST_ANSWER = 0.8
_FIRST_ANSWER_LARGE = 0.2
_LARGE = 1500
"""Seconds that a wish waits for the first indexing, then it gets what is known; less in a project
of more files than this, which is not read by then anyway."""
_LAST_SECONDS = 20.0
"""From the end of the input to the end of the process, at the longest."""
_T = TypeVar("_T")


class Worker:
    """Serves one pair of streams until ``quit`` or the end of the input."""

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source = source
        self._target = target
        self._requests = Requests()
        self._project: Project | None = None
        self._keeper: Keeper | None = None
        self._service: Service | None = None
        self._salt = b""
        self._waiting: list[Mapping[str, Any]] = []
        self._held: list[tuple[float, Mapping[str, Any]]] = []
        self._idle = False
        self._place = ""
        self._ended = threading.Event()
        self._to_watch = False
        self._saving: threading.Thread | None = None

    def run(self) -> None:
        """Until the other side says so, or is gone."""
        reader = threading.Thread(target=self._read, name="requests", daemon=True)
        reader.start()
        try:
            while self._turn():
                continue
        finally:
            self._save()
            if self._keeper is not None:
                self._keeper.close()
            self._ended.set()

    def _turn(self) -> bool:
        """Answer what was asked, else work a little, else wait; False at the end."""
        line = self._requests.take(self._patience())
        if line is None or (line and not self._take(line)):
            return False
        keeper = self._keeper
        if keeper is not None and self._to_watch and not line:  # what was asked goes first
            self._to_watch = False
            keeper.watch()
            self._serving()
        self._idle = keeper is not None and not keeper.step(self._requests.lines) and not line
        if self._held:
            self._answer_held()
        if keeper is not None and keeper.settled and not self._to_watch:
            self._answer_waiting()
            keeper.tick()
            if keeper.idle_since() > SAVE_AFTER:
                self._save_beside()
        return True

    def _patience(self) -> float:
        """Seconds to wait for a line: not at all while there is work in hand."""
        waiting = self._waiting or self._held or self._to_watch
        if self._keeper is None or (self._keeper.settled and not waiting):
            return _TICK
        return 0.05 if self._idle else 0.0

    def _take(self, line: str) -> bool:
        try:
            message = json.loads(line)
            op = message["op"]
        except (ValueError, KeyError, TypeError):
            self._say({"error": "that line is not a JSON object with an op"}, {})
            return True
        if op == "quit":
            return False
        if op == "gather" and self._keeper is not None and self._keeper.first:
            large = len(self._of(self._project).scan.files) > _LARGE
            wait = _FIRST_ANSWER_LARGE if large else _FIRST_ANSWER
            self._held.append((time.monotonic() + wait, message))
            return True
        self._reply(op, message)
        return True

    def _reply(self, op: str, message: Mapping[str, Any]) -> None:
        try:
            answer = self._do(op, message)
        except (LookupError, ValueError, TypeError, OSError, ArithmeticError) as error:
            self._say({"error": f"{op}: {error.__class__.__name__}: {error}"}, message)
            return
        if answer is not None:
            self._say(answer, message)

    def _answer_held(self) -> None:
        """Questions that came before the first files were read."""
        held, self._held = self._held, []
        first = self._keeper is not None and self._keeper.first
        for until, message in held:
            if first and time.monotonic() < until:
                self._held.append((until, message))
            else:
                self._reply(str(message["op"]), message)

    def _do(self, op: str, message: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer, or None when it comes later."""
        if op == "ping":
            return {}
        if op in ("open", "index"):
            self._open(message)
            if op == "open":
                return {"files": len(self._of(self._project).scan.files)}
            self._waiting.append(message)
            return None
        if op == "update":
            keeper = self._of(self._keeper)
            keeper.touched(list(message.get("changed") or ()), list(message.get("deleted") or ()))
            keeper.look_at_head()
            self._waiting.append(message)
            return None
        if op == "settle":
            self._of(self._keeper).look()
            self._waiting.append(message)
            return None
        return self._serving().answer(op, message)

    def _open(self, message: Mapping[str, Any]) -> None:
        root = os.path.realpath(message["root"])
        if not os.path.isdir(root):
            raise ValueError(f"{root} is not a folder")
        if self._keeper is not None:
            self._keeper.close()
        store = message.get("store") or _temporary_store()
        self._project = Project(root, store)
        self._place = place_of(store, root) if message.get("cache") else ""
        if self._place:
            load(self._project, self._place)
        self._keeper = Keeper(self._project, self._requests.wake)
        salt = bytes.fromhex(message["salt"]) if message.get("salt") else os.urandom(16)
        self._salt, self._service = salt, None
        self._keeper.begin()
        self._to_watch = bool(message.get("watch"))

    def _serving(self) -> Service:
        """What answers questions; loaded when the folder is open, for it takes 30 ms."""
        if self._service is None:
            from assistant.context.service import Service

            self._service = Service(self._of(self._project), self._of(self._keeper), self._salt)
        return self._service

    def _save_beside(self) -> None:
        """Keep what there is while questions go on; what is not in its place yet is put there
        first, also beside."""
        keeper, project = self._of(self._keeper), self._of(self._project)
        if not self._place or (self._saving is not None and self._saving.is_alive()):
            return
        if not project.index.sorted:
            keeper.sort(every=True)
            return
        keeper.changed = False
        self._saving = threading.Thread(
            target=self._write, args=(picture(project), self._place, keeper), name="saving"
        )
        self._saving.start()

    def _write(self, made: Picture, place: str, keeper: Keeper) -> None:
        try:
            write(made, place)
        except (OSError, ValueError) as error:
            keeper.warnings.append(f"The index was not saved: {error}")

    def _save(self) -> None:
        """Keep the index for the next start. A disk that is full costs speed and nothing else."""
        if self._saving is not None:
            self._saving.join()
        keeper, project = self._keeper, self._project
        if not self._place or keeper is None or project is None or not keeper.changed:
            return
        if not keeper.settled:
            return
        try:
            save(project, self._place)
        except (OSError, ValueError) as error:
            keeper.warnings.append(f"The index was not saved: {error}")
        keeper.changed = False

    def _answer_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            project = self._of(self._project)
            self._say(
                {"files": len(project.index.files), "chunks": project.index.next_chunk}, message
            )

    def _say(self, answer: dict[str, Any], message: Mapping[str, Any]) -> None:
        answer.setdefault("ok", "error" not in answer)
        if "id" in message:
            answer["id"] = message["id"]
        try:
            self._target.write(json.dumps(answer) + "\n")
            self._target.flush()
        except (BrokenPipeError, ValueError):
            self._requests.end()

    def _of(self, value: _T | None) -> _T:
        if value is None:
            raise ValueError("no folder is open; send open or index first")
        return value

    def _read(self) -> None:
        """Ends the process when the other side is gone and whatever is being done does not end: no
        one is left to stop it."""
        for line in self._source:
            self._requests.put(line)
        self._requests.end()
        if not self._ended.wait(_LAST_SECONDS):
            os._exit(1)


def _temporary_store() -> str:
    import tempfile

    return tempfile.mkdtemp(prefix="galley-context-")


def main() -> None:
    """Serve standard input and output."""
    if hasattr(os, "nice"):
        os.nice(5)
    Worker(sys.stdin, sys.stdout).run()
