"""Bytes come back as they were; what cannot be written says where."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import WriteRefused
from assistant.repo.codec import decode, encode

CASES = {
    "empty": b"",
    "ascii": b"one\ntwo\n",
    "no last newline": b"one\ntwo",
    "mixed ends": b"a\r\nb\nc\rd\r\n\r\n",
    "utf-8": "zwölf ☃ 🎉\n".encode(),
    "utf-8 bom": codecs.BOM_UTF8 + "zwölf\r\n".encode(),
    "utf-8 two boms": codecs.BOM_UTF8 * 2 + b"x",
    "bom only": codecs.BOM_UTF8,
    "utf-16-le bom": codecs.BOM_UTF16_LE + "zwölf 🎉\r\n".encode("utf-16-le"),
    "utf-16-be bom": codecs.BOM_UTF16_BE + "zwölf\n".encode("utf-16-be"),
    "utf-16-le plain": "some plain text\r\n".encode("utf-16-le"),
    "utf-16-be plain": "some plain text\r\n".encode("utf-16-be"),
    "utf-32 bom": "zwölf".encode("utf-32"),
    "cp1252": "naïve “quotes” – €5\n".encode("cp1252"),
    "utf-8 with wrong bytes": "é ok ".encode() + b"\xff\xfe bad \xc3\n",
    "wrong bytes and controls": b"\xe9\x01\x02\n",
    "form feed and line separator": "a\x0cb\u2028c\x85d\n".encode(),
    "shift-jis": "日本語テスト".encode("shift-jis"),
}


@pytest.mark.parametrize("name", CASES)
def test_16_a_file_comes_back_byte_for_byte(name: str) -> None:
    file = decode(CASES[name])
    assert not file.binary
    assert encode(file.text, file) == CASES[name]


@given(st.binary(max_size=200))
def test_16_any_bytes_come_back_or_are_binary(data: bytes) -> None:
    file = decode(data)
    assert file.binary or encode(file.text, file) == data


@given(
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.sampled_from(["utf-16-le", "utf-16-be", "utf-8"]),
)
def test_16_any_text_with_a_bom_comes_back(text: str, encoding: str) -> None:
    mark = {
        "utf-16-le": codecs.BOM_UTF16_LE,
        "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-8": codecs.BOM_UTF8,
    }
    data = mark[encoding] + text.encode(encoding)
    file = decode(data)
    if not file.binary:
        assert encode(file.text, file) == data
        assert file.bom


@pytest.mark.parametrize(
    ("name", "encoding", "text"),
    [
        ("utf-16-le plain", "utf-16-le", "some plain text\r\n"),
        ("cp1252", "cp1252", "naïve “quotes” – €5\n"),
        ("utf-8 bom", "utf-8", "zwölf\r\n"),
    ],
)
def test_the_guess_is_the_documented_one(name: str, encoding: str, text: str) -> None:
    file = decode(CASES[name])
    assert (file.encoding, file.text) == (encoding, text)


def test_an_edited_latin_file_keeps_its_encoding() -> None:
    file = decode("één\n".encode("cp1252"))
    assert encode(file.text + "zwölf\n", file) == "één\nzwölf\n".encode("cp1252")


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x00\x00\xff", b"a\0b", b"\xff\xfe\x00"])
def test_17_binary_files_have_no_text_and_cannot_be_saved(data: bytes) -> None:
    file = decode(data)
    assert file.binary
    assert file.note
    with pytest.raises(WriteRefused):
        encode("anything", file)


def test_a_character_that_does_not_fit_names_its_line() -> None:
    file = decode("é\n".encode("cp1252"))
    with pytest.raises(WriteRefused, match=r"Line 3 .*U\+2192.*cp1252"):
        encode("é\r\nx\ny → z\n", file)


def test_a_chosen_encoding_is_used_when_it_fits() -> None:
    assert decode("日本".encode("shift-jis"), "shift-jis").text == "日本"
    assert decode(b"caf\xc3\xa9", "ascii").text == "café"
