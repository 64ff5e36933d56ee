"""Pictures as models take them: kind and size by their first bytes, tokens by their size.

Knows no decoder; nothing here looks at a pixel.
"""

from __future__ import annotations

import struct

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
"""Names of files that may be attached as pictures."""
LONGEST_SIDE = 1568
"""Pixels; larger pictures are scaled down by the servers anyway, and cost as much."""
_PIXELS_A_TOKEN = 750
_MOST, _UNKNOWN = 1_640, 1_200


def picture_kind(data: bytes) -> str | None:
    """The media type, or None for what no model takes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF or JPEG; None when they cannot be told."""
    match picture_kind(data):
        case "image/png" if len(data) >= 24:
            return struct.unpack(">II", data[16:24])
        case "image/gif" if len(data) >= 10:
            return struct.unpack("<HH", data[6:10])
        case "image/jpeg":
            return _jpeg_size(data)
    return None


def picture_tokens(data: bytes) -> int:
    """About what a picture costs: a token for 750 pixels, scaled down to the longest side."""
    size = picture_size(data)
    if size is None:
        return _UNKNOWN
    width, height = size
    scale = min(1.0, LONGEST_SIDE / max(width, height, 1))
    return max(1, min(_MOST, round(width * height * scale * scale / _PIXELS_A_TOKEN)))


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """From the frame header, the first segment that is one."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
