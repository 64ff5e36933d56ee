"""The tour: a sample project, a scripted model, one notice a step.

Labelled as scripted wherever it shows.

``--tour`` waits for the person at every step; ``--tour --screenshot DIR`` plays itself and writes
pictures.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from assistant.builtin.scripted import ScriptedModel, Step, load_steps, write_project
from assistant.types import LineSpan
from resources import ROOT

if TYPE_CHECKING:
    from app.document import Document
    from app.program import Program

FOLDER = "atlas"
SETTLE_MS = 350
log = logging.getLogger("galley")


class Tour(QObject):
    """Opens the sample and offers its steps; each does what a person would do, by the same
    commands.
    """

    def __init__(self, program: Program, pace: float = 0.012) -> None:
        super().__init__(program)
        self._program = program
        self.steps = load_steps(ROOT / "tour")
        self.model = ScriptedModel(self.steps, pace=pace)
        self._at = 0

    def start(self) -> None:
        """A fresh copy of the sample, under git, as the project of the window."""
        folder = self._program.places.cache / "tour" / FOLDER
        if folder.exists():
            shutil.rmtree(folder)  # our own copy, made here and nowhere else
        write_project(ROOT / "tour", folder)
        _under_git(folder)
        work = self._program.workspace
        work.model = self.model
        work.project_changed.connect(self._on_project)
        work.open(folder)

    @Slot(object)
    def _on_project(self, _project: object) -> None:
        self._program.workspace.project_changed.disconnect(self._on_project)
        self._program.window.panel.show_hint(
            "This is the tour: a sample project and a scripted model. Nothing leaves this machine."
        )
        self.offer()

    def offer(self) -> None:
        """A notice for the step that is next."""
        notices = self._program.workspace.notices
        if self._at >= len(self.steps):
            open_folder = ("Open a folder of your own", self._program.ask_folder)
            notices.show("tour", "That was the tour.", "info", open_folder)
            return
        step = self.steps[self._at]
        words = f"Tour, step {self._at + 1} of {len(self.steps)} (scripted): {step.title}."
        notices.show("tour", words, "info", ("Do it", self.do), ("Skip", self.skip))

    def do(self) -> None:
        step = self.steps[self._at]
        self.play(step)
        self._at += 1
        if step.lesson:
            self._program.workspace.status.tell(step.lesson)
        QTimer.singleShot(SETTLE_MS, self.offer)

    def skip(self) -> None:
        self._at += 1
        self.offer()

    def play(self, step: Step, then: Callable[[], object] | None = None) -> None:
        """Open the file, select the lines, and ask with the step's own words."""
        work = self._program.workspace

        def opened(document: Document) -> None:
            span = step.span or LineSpan(0, 0)
            document.select(span)
            if step.mode == "edit":
                work.inline.open()
                ask = work.inline.current()
                if ask is not None:
                    ask.submit(step.instruction)
            else:
                work.conversation.ask(step.instruction)
            if then is not None:
                then()

        work.documents.open(PurePosixPath(step.file), then=opened)


def _under_git(folder: Path) -> None:
    """A repository with one commit, if this machine has git; without it the tour saves to disk."""
    # In the sample's own configuration: on a fresh machine nobody has said who they are.
    who = (["config", "user.name", "Galley tour"], ["config", "user.email", "tour@galley.invalid"])
    commands = (["init", "-q"], *who, ["add", "-A"], ["commit", "-q", "-m", "The sample project"])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**clean, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    try:
        for command in commands:
            subprocess.run(
                ["git", *command], cwd=folder, check=True, capture_output=True, env=environment
            )
    except (OSError, subprocess.CalledProcessError) as error:
        log.warning("the tour's project is not under git: %s", error)
