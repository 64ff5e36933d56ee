"""The notations an edit can be written in."""

from __future__ import annotations

from enum import StrEnum


class EditFormat(StrEnum):
    """How a reply writes its edits. AUTO finds out; the others only settle what a bare code block
    means.
    """

    AUTO = "auto"
    SEARCH_REPLACE = "search_replace"
    UDIFF = "udiff"
    V4A = "v4a"
    WHOLE_FUNCTION = "whole_function"
    LAZY = "lazy"
    WHOLE_FILE = "whole_file"
    SELECTION = "selection"
    STR_REPLACE = "str_replace"
