"""Models that run in the app: what can be had, downloads, a file that is there, how fast it is.

Knows the connect page; asks the loop through the door.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from app.bridge import Door, Run
from app.connecting import Connecting
from app.reach import Reach
from assistant.errors import sentence_of
from assistant.models.machine import memory
from widgets.connectbox import ConnectBox, Offer

OPEN_FILE = "open-file"
DOWNLOAD = "download:"


class LocalModels(QObject):
    """A file is stored as a connection only after it was loaded and answered."""

    def __init__(
        self,
        door: Door,
        reach: Reach,
        box: ConnectBox,
        connecting: Connecting,
        memory_of_machine: Callable[[], int | None] = memory,
    ) -> None:
        super().__init__(connecting)
        self._door, self._reach, self._box = door, reach, box
        self._connecting = connecting
        self._memory = memory_of_machine
        self._runs: dict[str, Run] = {}
        self._files: dict[str, Path] = {}
        connecting.local_offers = self.offers
        box.connect_requested.connect(self._on_connect_requested)
        box.cancel_requested.connect(self._on_cancel_requested)

    def offers(self) -> list[Offer]:
        """The chooser: what there is, what it needs, what it is allowed to be used for."""
        from assistant.models.downloads import catalogue

        machine = self._memory()
        offers = []
        for model in catalogue():
            need = f"needs {model.memory:g} GB of memory"
            if machine is not None and model.memory * 1e9 > machine:
                need = f"needs {model.memory:g} GB, more than this machine's {machine / 1e9:.0f} GB"
            parts = [f"{model.size / 1e9:.1f} GB", need, model.licence]
            there = self._reach.downloaded(model.file_name) is not None
            if there:
                parts[0] = "downloaded"
            if speed := self._reach.speeds.of(model.file_name):
                parts.append(f"{speed:.0f} tokens/s on this machine")
            detail = f"{' · '.join(parts)}. {model.note}"
            action = "Use" if there else "Download"
            offers.append(Offer(DOWNLOAD + model.key, "local", model.title, detail, action))
        words = "a model in the GGUF format that is on this machine already"
        return [*offers, Offer(OPEN_FILE, "local", "Open a .gguf file", words, "Choose")]

    @Slot(str)
    def _on_connect_requested(self, key: str) -> None:
        if key == OPEN_FILE:
            name, _ = QFileDialog.getOpenFileName(self._box, "Open a model", "", "Models (*.gguf)")
            if name:
                self.use_file(Path(name))
        elif key.startswith(DOWNLOAD):
            self._download(key)

    def use_file(self, path: Path, row: str = OPEN_FILE) -> None:
        """Load a file, let it answer once, measure it; then it answers from now on."""
        from assistant.models.connection import from_file

        self._files[row] = path
        self._tell(row, f"Loading {path.name} and measuring it …", "busy")
        run = self._runs[row] = self._door.open(self._reach.measure(row, from_file(path)))
        run.answered.connect(self._on_measured)

    @Slot(object)
    def _on_measured(self, answer: tuple[str, float | BaseException | None]) -> None:
        from assistant.models.connection import from_file

        row, result = answer
        self._runs.pop(row, None)
        if isinstance(result, BaseException):
            self._tell(row, sentence_of(result), "failed")
            self._connecting.failed.emit(sentence_of(result))
            return
        path = self._files[row]
        self._connecting.store(from_file(path))
        speed = f": {result:.0f} tokens/s on this machine" if result else ""
        self._tell(row, f"In use{speed}.", "ok")
        self._connecting.told.emit(f"{path.stem} answers now{speed}.")

    def _download(self, row: str) -> None:
        self._tell(row, "Starting …", "busy")
        run = self._runs[row] = self._door.open(self._reach.download(row.removeprefix(DOWNLOAD)))
        run.answered.connect(self._on_download)

    @Slot(str)
    def _on_cancel_requested(self, row: str) -> None:
        run = self._runs.pop(row, None)
        if run is None:
            return
        run.cancel()
        self._box.show_progress(row, None)
        kept = "Stopped; what came is kept and the next try goes on."
        self._tell(row, kept if row not in self._files else "Stopped.", "stopped")

    @Slot(object)
    def _on_download(self, answer: tuple[str, object]) -> None:
        from assistant.models.downloads import Downloaded, Downloading

        key, step = answer
        row = DOWNLOAD + key
        match step:
            case Downloading(done, total, speed, note):
                self._box.show_progress(row, done / total if total else None)
                rate = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB · {speed / 1e6:.1f} MB/s"
                left = _left(total - done, speed)
                self._tell(row, note or f"{rate}{left}", "busy")
            case Downloaded(path, verified):
                self._box.show_progress(row, None)
                words = "Checksum verified." if verified else "The hub named no checksum."
                self._connecting.told.emit(f"{path.name} is here. {words}")
                self.use_file(path, row)
            case BaseException():
                self._runs.pop(row, None)
                self._box.show_progress(row, None)
                self._tell(row, sentence_of(step), "failed")

    def _tell(self, row: str, words: str, state: str) -> None:
        if row in {offer.key for offer in self._box.offers()}:
            self._box.show_result(row, words, state)


def _left(size: int, speed: float) -> str:
    if speed <= 0 or size <= 0:
        return ""
    seconds = size / speed
    return f" · {seconds / 60:.0f} min left" if seconds >= 90 else f" · {seconds:.0f} s left"
