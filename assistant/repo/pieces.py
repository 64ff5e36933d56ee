"""An unsaved text as what is new in it over a text that is stored. Knows bytes, no database.

Packed: a line of JSON that says where each piece comes from, then the new bytes behind each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

Piece = tuple[int, int] | bytes
"""Where in the stored text and how many bytes, or the bytes that are new."""
PACKED = -1
"""In place of the length of a common head: the middle is packed pieces."""
_STEP = 1 << 20


def pack(pieces: Sequence[Piece]) -> bytes:
    """What :func:`unpack` reads."""
    plan = [len(one) if isinstance(one, bytes) else list(one) for one in pieces]
    new = [one for one in pieces if isinstance(one, bytes)]
    return b"\n".join((json.dumps(plan, separators=(",", ":")).encode(), b"".join(new)))


def unpack(data: bytes) -> tuple[Piece, ...]:
    """What :func:`pack` was given."""
    head, _, new = data.partition(b"\n")
    found: list[Piece] = []
    at = 0
    for one in json.loads(head):
        if isinstance(one, int):
            found.append(new[at : at + one])
            at += one
        else:
            found.append((one[0], one[1]))
    return tuple(found)


def built(base: bytes, pieces: Sequence[Piece]) -> bytes:
    """The text itself."""
    return b"".join(
        one if isinstance(one, bytes) else base[one[0] : one[0] + one[1]] for one in pieces
    )


def rebuilt(saved: str, pieces: Sequence[Piece]) -> str:
    """The text itself, from the text that its pieces are of."""
    return str(built(b"".join(in_steps(saved)), pieces), "utf-8", "surrogateescape")


def in_steps(text: str) -> Iterator[bytes]:
    """``text`` as the editor holds it, a megabyte at a time: one call for all of it would hold the
    window up.
    """
    for at in range(0, len(text), _STEP):
        yield text[at : at + _STEP].encode("utf-8", "surrogateescape")
