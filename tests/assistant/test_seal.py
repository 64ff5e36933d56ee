"""The seal: nothing secret leaves, everything comes back, in pieces of any size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.context.secrets import redact, restore
from assistant.seal import SecretSeal

KEY = "AKIAIOSFODNN7EXAMPLQ"


def test_a_secret_leaves_as_a_placeholder_and_comes_back() -> None:
    seal = SecretSeal(redact, restore)
    sent = seal.close(f'aws = "{KEY}"\n')
    assert KEY not in sent
    assert seal.open(sent) + seal.rest() == f'aws = "{KEY}"\n'


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=60),
    st.sampled_from(["", "x", "GALLEY_", " G"]),
)
def test_any_chunking_restores_the_same_text(sizes: list[int], tail: str) -> None:
    seal = SecretSeal(redact, restore)
    text = f'a\nkey = "{KEY}" # {KEY}\nGALLEY_SECRETS = 1\n{tail}'
    sent = seal.close(text)
    pieces, at, i = [], 0, 0
    while at < len(sent):
        pieces.append(sent[at : at + sizes[i % len(sizes)]])
        at += sizes[i % len(sizes)]
        i += 1
    assert "".join(seal.open(piece) for piece in pieces) + seal.rest() == text


def test_what_cannot_become_a_placeholder_is_not_held_back() -> None:
    seal = SecretSeal(redact, restore)
    assert seal.open("GALLEY is") == "GALLEY is"
    assert seal.open("a G") == "a "
    assert seal.rest() == "G"
