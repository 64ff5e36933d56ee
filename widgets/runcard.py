"""The card of a run of several calls: its graph, what was chosen and why, the other drafts.

Knows nodes and candidates; switches nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from assistant.events import Candidate, Chosen, Node, NodeKind
from widgets.controls import Picture, Segments, Text, fill, named
from widgets.graphview import GraphView
from widgets.hidden import reveal_line
from widgets.look import Look


class RunCard(QFrame):
    """Begins as a plan, ends as a record."""

    opened = Signal(str)
    """What the call of this log sent shall be shown."""
    draft_requested = Signal(str, str)
    """Of this run the candidate of this id shall be shown in the review."""

    def __init__(self, look: Look, run: str = "") -> None:
        super().__init__()
        self._run, self._locked = run, False
        named(self, "card")
        self._look = look
        self.graph = GraphView(look)
        self._why = Text("", "muted", wrap=True)
        self._why.hide()
        self._drafts: Segments | None = None
        self._candidates: tuple[Candidate, ...] = ()
        self._foot = QFrame()
        fill(QHBoxLayout(self._foot), (Text("Shown", "muted"),), (0, 0, 0, 0), 8)
        self._foot.hide()
        self._head = Text("", "small")
        top = QFrame()
        fill(QHBoxLayout(top), (Picture(look, "network", "muted", 14), self._head, None), spacing=7)
        column = (top, self.graph, self._why, self._foot)
        fill(QVBoxLayout(self), column, (10, 8, 10, 10), 8)
        self.graph.opened.connect(self.opened)

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        self.graph.show_nodes(nodes)
        drafts = sum(node.kind is NodeKind.DRAFT for node in nodes)
        words = f"Council of {drafts}" if drafts > 1 else "Checked draft"
        self._head.setText(words)
        self.setAccessibleName(f"{words}: {self.graph.accessibleDescription()}")

    def show_chosen(self, chosen: Chosen) -> None:
        """What was taken, and a switch between the drafts where there are several."""
        self._candidates = chosen.candidates
        title = next(c.title for c in chosen.candidates if c.id == chosen.id)
        self._why.setText(f"{title}: {reveal_line(chosen.why)}.")
        self._why.show()
        if len(chosen.candidates) < 2 or self._drafts is not None:
            return
        options = [
            (c.id, c.id.upper(), f"{c.title} by {reveal_line(c.model)}: {evidence_words(c)}")
            for c in chosen.candidates
        ]
        self._drafts = Segments(options, "Shown draft")
        self._drafts.chosen.connect(self._on_chosen)
        self._drafts.choose(chosen.id)
        self._drafts.setEnabled(not self._locked)
        layout = self._foot.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.addWidget(self._drafts)
        self._evidence = Text("", "muted", wrap=True)
        layout.addWidget(self._evidence, 1)
        self._foot.show()
        self.show_draft(chosen.id)

    def _on_chosen(self, id: str) -> None:
        self.draft_requested.emit(self._run, id)

    def show_draft(self, id: str) -> None:
        """This draft is what the review shows now."""
        if self._drafts is None:
            return
        self._drafts.choose(id)
        shown = next(c for c in self._candidates if c.id == id)
        self._evidence.setText(f"{reveal_line(shown.model)} · {evidence_words(shown)}")

    def lock(self) -> None:
        """It only shows: drafts are not switched here."""
        self._locked = True

    def stop(self) -> None:
        """The run ended."""
        self.graph.stop()

    def drafts(self) -> Segments | None:
        """The switch, once there is one."""
        return self._drafts


def evidence_words(candidate: Candidate) -> str:
    """The gravest the checks said of a draft; a check that found nothing wrong where all are so."""
    if not candidate.changes.files:
        return "no change that could be applied"
    ran = [found for found in candidate.evidence if not found.summary.startswith("not run")]
    bad = [found.summary for found in ran if not found.ok]
    good = [found.summary for found in ran if found.ok]
    return reveal_line(" · ".join(bad) or (good[-1] if good else "not checked"))
