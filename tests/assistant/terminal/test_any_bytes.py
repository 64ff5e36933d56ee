"""Any bytes, in any pieces, give the same screen, and nothing they can say breaks it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.cells import Spot
from assistant.terminal.emulator import Emulator
from assistant.terminal.screen import Screen
from tests.assistant.terminal.drawn import everything

_FINALS = "ABCDEFGHIJKLMPSTXZ@`abcdefghlmnrsu"
_sequences = st.builds(
    lambda prefix, numbers, final: f"\x1b[{prefix}{';'.join(map(str, numbers))}{final}".encode(),
    st.sampled_from(["", "?", ">", "!", ""]),
    st.lists(
        st.integers(0, 12) | st.sampled_from([38, 48, 1049, 2004, 1002, 99_999_999]), max_size=5
    ),
    st.sampled_from(_FINALS),
)
_escapes = st.sampled_from(
    [
        *(b"\x1b7", b"\x1b8", b"\x1bM", b"\x1bD", b"\x1bc", b"\x1b(0", b"\x1b(B", b"\x1b#8"),
        *(b"\x0e", b"\x0f", b"\t", b"\b", b"\x18", b"\x07", b"\x1b[", b"\x1b]", b"\x1b"),
        *(b"\x1b]0;title\x07", b"\x1b]8;;http://x\x1b\\", b"\x1bP1$q\x1b\\"),
        *(b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?7l", b"\x1b[?7h", b"\x1b[4h", b"\x1b[4l"),
        *(b"\x1b[2;4r", b"\x1b]133;C;k=k\x07", b"\x1b]133;D;1;k=k\x07"),
    ]
)
_texts = st.text(
    st.sampled_from("abc \r\n漢🚀é\u0301\u200d\u202e─") | st.characters(), max_size=30
).map(lambda text: text.encode("utf-8", "surrogatepass"))
_lines = st.lists(st.text("ab ", max_size=30), min_size=3, max_size=20).map(
    lambda lines: "".join(f"{line}\r\n" for line in lines).encode()
)
_streams = st.lists(_sequences | _escapes | _texts | _lines | st.binary(max_size=12), max_size=25)


def _screen(columns: int, rows: int) -> tuple[Screen, Emulator]:
    screen = Screen(columns, rows, 12, word="k")
    return screen, Emulator(screen)


@given(st.data(), _streams, st.integers(2, 14), st.integers(1, 6))
@settings(max_examples=400)
def test_the_pieces_do_not_matter(
    data: st.DataObject, stream: list[bytes], columns: int, rows: int
) -> None:
    whole = b"".join(stream)
    one, at_once = _screen(columns, rows)
    at_once.feed(whole)
    other, in_pieces = _screen(columns, rows)
    at = 0
    while at < len(whole):
        size = data.draw(st.integers(1, 9))
        in_pieces.feed(whole[at : at + size])
        at += size
    assert everything(one) == everything(other)


@given(_streams, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=5))
@settings(max_examples=400)
def test_any_size_at_any_time(stream: list[bytes], sizes: list[tuple[int, int]]) -> None:
    screen, emulator = _screen(10, 4)
    for number, part in enumerate(stream):
        emulator.feed(part)
        if sizes:
            screen.resize(*sizes[number % len(sizes)])
        assert 0 <= screen.cursor.x < screen.columns
        assert 0 <= screen.cursor.y < screen.height
        assert len(screen.grid.rows) == screen.height
        for row in screen.grid.rows:
            assert len(row.cells) == len(row.pens) == screen.columns
        for line in range(screen.first, screen.grid.end):
            screen.runs(line)
        assert len(screen.grid.past) <= 12


@given(st.lists(st.text("ab ", max_size=40), max_size=12), st.lists(st.integers(2, 30), max_size=6))
def test_text_outlives_every_width(lines: list[str], widths: list[int]) -> None:
    """What was printed is there again, word for word, however often the window was resized."""
    screen = Screen(20, 6, 1000)
    emulator = Emulator(screen)
    emulator.feed("".join(f"{line}|\r\n" for line in lines).encode())
    for width in widths:
        screen.resize(width, 6)
    whole = screen.text(Spot(screen.first, 0), screen.spot)
    assert whole.split("\n")[: len(lines)] == [f"{line}|" for line in lines]


def test_a_slice_of_time_is_kept_and_nothing_is_lost() -> None:
    screen, emulator = _screen(40, 10)
    data = b"".join(b"\x1b[3%dmline %d\x1b[m\r\n" % (n % 8, n) for n in range(20_000))
    emulator.take(data)
    slices = 0
    while emulator.work(0.002):
        slices += 1
    assert slices > 3
    other, at_once = _screen(40, 10)
    at_once.feed(data)
    assert everything(screen) == everything(other)
