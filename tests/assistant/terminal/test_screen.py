"""What programs write comes to stand where a terminal of old would put it."""

from __future__ import annotations

import pytest

from assistant.cells import DEFAULT, TRUE, Ink, Pen, Spot
from tests.assistant.terminal.drawn import fed, past, shown


def test_lines_scroll_into_the_past() -> None:
    screen = fed("".join(f"{n}\r\n" for n in range(8)))
    assert shown(screen) == ["4", "5", "6", "7"]
    assert past(screen) == ["0", "1", "2", "3"]


def test_the_past_is_bounded_and_counted() -> None:
    screen = fed("".join(f"{n}\r\n" for n in range(1000)), keeps=100)
    assert len(screen.grid.past) == 100
    assert screen.grid.first == 896
    assert past(screen)[0] == "896"


def test_a_long_line_wraps_and_is_one_line_as_text() -> None:
    screen = fed("abcdefghijklmnopqrstuvwxyz", columns=10)
    assert shown(screen) == ["abcdefghij", "klmnopqrst", "uvwxyz"]
    assert screen.text(Spot(0, 0), Spot(2, 6)) == "abcdefghijklmnopqrstuvwxyz"


def test_the_last_cell_waits_before_it_wraps() -> None:
    assert shown(fed("abcde\rX", columns=5)) == ["Xbcde"]
    assert shown(fed("abcde\b!", columns=5)) == ["abc!e"]


def test_cursor_moves_and_stays_inside() -> None:
    assert shown(fed("\x1b[2;3Hx\x1b[99;99Hy")) == ["", "  x", "", "", " " * 19 + "y"]
    assert shown(fed("abc\x1b[2Dx\x1b[99Dy\x1b[99A")) == ["yxc"]
    assert fed("\x1b[3;4H").spot == Spot(2, 3)


@pytest.mark.parametrize(
    ("sequence", "rows"),
    [
        ("\x1b[2;3H\x1b[K", ["aaaaa", "bb", "ccccc"]),
        ("\x1b[2;3H\x1b[1K", ["aaaaa", "   bb", "ccccc"]),
        ("\x1b[2;3H\x1b[2K", ["aaaaa", "", "ccccc"]),
        ("\x1b[2;3H\x1b[J", ["aaaaa", "bb"]),
        ("\x1b[2;3H\x1b[1J", ["", "   bb", "ccccc"]),
        ("\x1b[2J", []),
        ("\x1b[2;2H\x1b[2X", ["aaaaa", "b  bb", "ccccc"]),
        ("\x1b[2;2H\x1b[2P", ["aaaaa", "bbb", "ccccc"]),
        ("\x1b[2;2H\x1b[2@", ["aaaaa", "b  bbbb", "ccccc"]),
        ("\x1b[2;1H\x1b[L", ["aaaaa", "", "bbbbb", "ccccc"]),
        ("\x1b[2;1H\x1b[M", ["aaaaa", "ccccc"]),
        ("\x1b[S", ["bbbbb", "ccccc"]),
        ("\x1b[T", ["", "aaaaa", "bbbbb", "ccccc"]),
        ("\x1b[2;3r\x1b[3;1H\n", ["aaaaa", "ccccc"]),
        ("\x1b[2;3r\x1b[2;1H\x1bM", ["aaaaa", "", "bbbbb"]),
        ("\x1b[4h\x1b[1;2HXY\x1b[4l", ["aXYaaaa", "bbbbb", "ccccc"]),
        ("\x1b[1;1Hx\x1b[3b", ["xxxxa", "bbbbb", "ccccc"]),
        ("\x1b[1;1H\ty\x1b[2Zz", ["zaaaa   y", "bbbbb", "ccccc"]),
    ],
)
def test_text_is_erased_and_moved(sequence: str, rows: list[str]) -> None:
    assert shown(fed("aaaaa\r\nbbbbb\r\nccccc", sequence)) == rows


def test_a_cleared_screen_is_kept_in_the_past() -> None:
    screen = fed("one\r\ntwo\x1b[H\x1b[2J")
    assert (shown(screen), past(screen)) == ([], ["one", "two"])
    assert past(fed("one\r\ntwo\x1b[H\x1b[2J\x1b[3J")) == []


def test_a_full_screen_leaves_the_lines_as_they_were() -> None:
    screen = fed("before\x1b[?1049h\x1b[2J\x1b[Hvim\r\n" + "x\r\n" * 50)
    assert screen.wants.alternate
    assert past(screen) == []
    back = fed("before\x1b[?1049h\x1b[2J\x1b[Hvim\x1b[?1049l after")
    assert shown(back) == ["before after"]


def test_wide_and_joined_characters_take_their_cells() -> None:
    screen = fed("漢a\u0301🚀|")
    assert screen.cells(0)[:6] == ("漢", "", "a\u0301", "🚀", "", "|")
    assert shown(fed("漢字", "\x1b[1;2Hx")) == [" x字"]
    assert shown(fed("abcd漢", columns=5)) == ["abcd", "漢"]


def test_characters_that_turn_or_hide_text_have_no_place() -> None:
    assert shown(fed("a\u202eb\u200bc\U000e0041d")) == ["abcd"]


def test_line_drawing_of_old() -> None:
    assert shown(fed("\x1b(0lqk\x1b(B lqk")) == ["┌─┐ lqk"]
    assert shown(fed("\x1b)0\x0eq\x0fq")) == ["─q"]


def test_pens() -> None:
    def pen(sequence: str) -> Pen:
        return fed(f"\x1b[{sequence}mx").runs(0)[0].pen

    assert pen("1;3;31") == Pen(1, DEFAULT, Ink.BOLD | Ink.ITALIC)
    assert pen("92;104") == Pen(10, 12)
    assert pen("38;5;200;48;5;17") == Pen(200, 17)
    assert pen("38;2;1;2;3") == Pen(TRUE | 0x010203)
    assert pen("38:2::1:2:3") == pen("38:2:1:2:3") == Pen(TRUE | 0x010203)
    assert pen("4:3") == Pen(ink=Ink.CURLY)
    assert pen("4;24;7;27;9;29;1;2;22") == Pen()
    assert pen("31;0") == pen("31;") == pen("") == Pen()
    assert pen("38;5") == pen("38;9;1") == Pen()
    assert pen("58;2;9;9;9;31") == Pen(1)


def test_cells_are_cleared_in_the_background_of_the_pen() -> None:
    screen = fed("\x1b[44m\x1b[2J\x1b[mx")
    assert screen.runs(1)[0].pen == Pen(bg=4)


def test_saved_cursor_comes_back_with_its_pen() -> None:
    screen = fed("\x1b[31m\x1b[2;2H\x1b7\x1b[m\x1b[5;5H\x1b8x")
    assert screen.spot == Spot(1, 2)
    assert screen.runs(1)[1].pen == Pen(1)


def test_what_a_program_asks_of_keys_and_mouse() -> None:
    wants = fed("\x1b[?1h\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?25l\x1b[5 q\x1b=").wants
    assert (wants.cursor_keys, wants.mouse, wants.mouse_far, wants.paste) == (
        True,
        1002,
        True,
        True,
    )
    assert (wants.cursor, wants.shape, wants.keypad) == (False, "bar", True)
    assert fed("\x1b[?1002h\x1b[?1002l").wants.mouse == 0


def test_questions_are_answered_with_the_terminals_own_numbers() -> None:
    assert bytes(fed("\x1b[6n", "ab\x1b[6n").replies) == b"\x1b[1;1R\x1b[1;3R"
    assert bytes(fed("\x1b[c").replies) == b"\x1b[?62;22c"
    assert bytes(fed("\x1b[?2004h\x1b[?2004$p").replies) == b"\x1b[?2004;1$y"
    assert bytes(fed("\x1b[18t").replies) == b"\x1b[8;5;20t"
    assert bytes(fed("\x1b]11;?\x07").replies) == b"\x1b]11;rgb:1515/1717/1c1c\x1b\\"


@pytest.mark.parametrize(
    "question",
    [
        "\x05",  # answerback
        "\x1bP$qm\x1b\\",  # status strings
        "\x1b]0;rm -rf ~\n\x07\x1b[21t",  # the title, as typed
        "\x1b]0;x\x07\x1b[20t",
        "\x1b]52;c;?\x07",  # the clipboard
        "\x1b]50;?\x07",
        "\x1bP+q544e\x1b\\",
        "\x1b]8;;file:///etc/passwd\x07",
    ],
)
def test_nothing_a_program_wrote_comes_back_as_if_typed(question: str) -> None:
    assert bytes(fed(question).replies) == b""


def test_a_flood_of_questions_gets_no_flood_of_answers() -> None:
    assert len(fed("\x1b[6n" * 100_000).replies) < 5000


def test_the_clipboard_is_refused_and_that_is_said() -> None:
    screen = fed("\x1b]52;c;cm0gLXJmIH4=\x07")
    assert screen.refused == ["A program wanted to write the clipboard; it was refused."]


def test_titles_have_no_controls_and_links_their_address() -> None:
    assert fed("\x1b]2;a\tb\x07").title == "ab"
    screen = fed("\x1b]8;id=1;https://example.org/x\x1b\\here\x1b]8;;\x1b\\ not")
    assert screen.link_at(Spot(0, 1)) == "https://example.org/x"
    assert screen.link_at(Spot(0, 5)) == ""


def test_a_picture_that_is_being_drawn_is_held() -> None:
    assert fed("\x1b[?2026h").held
    assert not fed("\x1b[?2026h\x1b[?2026l").held


def test_reset() -> None:
    screen = fed("\x1b[31mabc\x1b[?1049h\x1b[2;3r\x1b[?7l\x1bcx")
    assert shown(screen) == ["x"]
    assert past(screen) == ["abc"]
    assert screen.autowrap
