"""The arrays of one field: what waits, and what one document and many make of it."""

from __future__ import annotations

import numpy as np

from assistant.context.postings import Postings

_DOCUMENTS = ([(1, 2), (4, 1)], [], [(1, 1), (2, 7), (9, 3)], [(4, 5)])


def _arrays(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.array([term for term, _ in rows], np.uint32)
    return ids, np.array([count for _, count in rows], np.uint16)


def test_documents_one_by_one_are_the_same_as_many_at_once() -> None:
    apart, together = Postings(0.5), Postings(0.5)
    for number, rows in enumerate(_DOCUMENTS):
        apart.add_one(number, *_arrays(rows))
    offsets = np.cumsum([0, *(len(rows) for rows in _DOCUMENTS)])
    together.add(0, *_arrays([row for rows in _DOCUMENTS for row in rows]), offsets)
    assert apart.waiting == together.waiting == 6
    apart.merge(10)
    together.sync()
    assert apart.waiting == together.waiting == 0
    for term in range(10):
        a, b = apart.of(term), together.of(term)
        assert a[0].tolist() == b[0].tolist() and a[1].tolist() == b[1].tolist(), term
    query = {1: 1.0, 2: 2.0, 4: 0.5}
    assert apart.score(query, 4)[0].tolist() == together.score(query, 4)[0].tolist()
