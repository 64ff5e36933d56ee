"""The nouns of the house, where their meaning is easily missed."""

import pytest

from assistant.types import LineSpan


def test_a_place_between_two_lines_is_no_missing_span() -> None:
    place = LineSpan(4, 4)
    assert (place or None) is place
    assert place.empty and place.size == 0
    assert not LineSpan(4, 6).empty and LineSpan(4, 6).size == 2


def test_a_span_has_no_length_that_could_make_it_false() -> None:
    with pytest.raises(TypeError):
        len(LineSpan(0, 3))  # type: ignore[arg-type]
