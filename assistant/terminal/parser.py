"""A stream of characters into text, controls and sequences; nothing of what they mean.

The states are those of a DEC terminal as far as programs of today use them. Any division of the
stream into pieces gives the same calls, but for where text is divided. Sequences that would carry
the program's own words back as if typed (status strings, answerbacks) end here unheard.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Protocol

ESC = "\x1b"
LONGEST = 256
"""Characters of a control sequence; of a longer one nothing is done."""
LONGEST_STRING = 1 << 16
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
_LINES = re.compile(r"(?:[ -~]*\r\n){3,}")
_CSI = re.compile(r"\x1b\[([ -?]{0,256})([@-~])")
_BODY = re.compile(r"([<-?]*)([0-9:;]*)([ -/]*)")
_PARAMETERS = re.compile(r"[ -?]+")
_STRING = re.compile(r"[^\x07\x18\x1a\x1b]+")


class Sink(Protocol):
    """What becomes of it."""

    def write(self, text: str) -> None:
        """Characters to be shown, no controls among them."""

    def write_lines(self, text: str) -> None:
        """Whole lines of plain ASCII, each with its ``\\r\\n``."""

    def control(self, character: str) -> None:
        """One of the controls below blank."""

    def escape(self, between: str, final: str) -> None:
        """``ESC`` with its characters in between, such as ``(``."""

    def sequence(self, prefix: str, parameters: str, between: str, final: str) -> None:
        """``ESC [`` with its parts."""

    def command(self, text: str) -> None:
        """``ESC ]`` with its text, up to its end."""


class _State(Enum):
    GROUND = 0
    ESCAPE = 1
    SEQUENCE = 2
    COMMAND = 3
    COMMAND_END = 4
    STRING = 5
    STRING_END = 6


class Parser:
    """Feed it; it calls the sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._state = _State.GROUND
        self._between = ""
        self._parts: list[str] = []
        self._size = 0

    def feed(self, text: str) -> None:
        at, end = 0, len(text)
        while at < end:
            if self._state is _State.GROUND:
                at = self._ground(text, at)
            elif self._state is _State.SEQUENCE:
                at = self._sequence(text, at)
            elif self._state in (_State.COMMAND, _State.STRING):
                at = self._string(text, at)
            elif self._state is _State.ESCAPE:
                self._escape(text[at])
                at += 1
            else:
                at = self._string_end(text, at)

    def _ground(self, text: str, at: int) -> int:
        if found := _LINES.match(text, at):
            self._sink.write_lines(found[0])
            return found.end()
        if found := _TEXT.match(text, at):
            self._sink.write(found[0])
            return found.end()
        if text[at] != ESC:
            self._sink.control(text[at])
            return at + 1
        if found := _CSI.match(text, at):
            self._dispatch(found[1], found[2])
            return found.end()
        self._state, self._between = _State.ESCAPE, ""
        return at + 1

    def _escape(self, character: str) -> None:
        match character:
            case "[" if not self._between:
                self._state, self._parts, self._size = _State.SEQUENCE, [], 0
            case "]" if not self._between:
                self._state, self._parts, self._size = _State.COMMAND, [], 0
            case "P" | "X" | "^" | "_" if not self._between:
                self._state = _State.STRING
            case "\x18" | "\x1a":
                self._state = _State.GROUND
            case "\x1b":
                self._between = ""
            case _ if " " <= character <= "/":
                self._between += character if len(self._between) < 4 else ""
            case _ if "0" <= character <= "~":
                self._state = _State.GROUND
                self._sink.escape(self._between, character)
            case _ if character < " ":
                self._sink.control(character)
            case "\x7f":
                pass  # a filler
            case _:
                self._state = _State.GROUND

    def _sequence(self, text: str, at: int) -> int:
        if found := _PARAMETERS.match(text, at):
            self._keep(found[0], LONGEST)
            return found.end()
        character = text[at]
        if "@" <= character <= "~":
            self._state = _State.GROUND
            if self._size <= LONGEST:
                self._dispatch("".join(self._parts), character)
        elif character in "\x18\x1a":
            self._state = _State.GROUND
        elif character == ESC:
            self._state, self._between = _State.ESCAPE, ""
        elif character < " ":
            self._sink.control(character)
        elif character != "\x7f":
            self._state = _State.GROUND
        return at + 1

    def _string(self, text: str, at: int) -> int:
        """Inside ``ESC ]`` and its like; only the former is kept."""
        if found := _STRING.match(text, at):
            if self._state is _State.COMMAND:
                self._keep(found[0], LONGEST_STRING)
            return found.end()
        if text[at] == ESC:
            command = self._state is _State.COMMAND
            self._state = _State.COMMAND_END if command else _State.STRING_END
        elif text[at] == "\x07":
            self._end_string()
        else:
            self._state = _State.GROUND  # cancelled
        return at + 1

    def _string_end(self, text: str, at: int) -> int:
        """After an ESC inside a string: its end, or the beginning of something else."""
        if text[at] == "\\":
            if self._state is _State.COMMAND_END:
                self._state = _State.COMMAND
            self._end_string()
            return at + 1
        self._state, self._between = _State.ESCAPE, ""
        return at

    def _end_string(self) -> None:
        kept = self._state is _State.COMMAND and self._size <= LONGEST_STRING
        self._state = _State.GROUND
        if kept:
            self._sink.command("".join(self._parts))

    def _keep(self, text: str, most: int) -> None:
        self._size += len(text)
        if self._size <= most:
            self._parts.append(text)

    def _dispatch(self, body: str, final: str) -> None:
        found = _BODY.fullmatch(body)
        if found is not None:
            self._sink.sequence(found[1], found[2], found[3], final)
