"""What every question needs of one version of an index; made once a version. Knows no words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.context.postings import Bools, Ints
from assistant.context.roles import Part
from assistant.context.store import Index


@dataclass(frozen=True, slots=True)
class View:
    """Files alive, the place of each path in their order, which files and which chunks are product
    code."""

    version: int
    living: Ints
    place: Ints
    code_files: Bools
    code_chunks: Bools


def view_of(index: Index) -> View:
    """The view of the index as it is."""
    living = np.array(sorted(index.by_number), np.int64)
    place = np.zeros(max(1, index.next_file), np.int64)
    place[[index.files[path].number for path in sorted(index.files)]] = np.arange(len(living))
    alive = np.zeros(len(place), np.bool_)
    alive[living] = True
    code = (index.parts[: len(place)] == Part.CODE) & alive[: len(index.parts)]
    chunks = code[index.chunk_file[: index.next_chunk]]
    return View(index.version, living, place, code[: index.next_file], chunks)
