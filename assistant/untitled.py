"""Names of texts that have no file yet. A name means that only while no such file is there."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_NAME = re.compile(r"Untitled-[1-9]\d{0,5}")


def untitled_name(number: int) -> str:
    return f"Untitled-{number}"


def is_untitled(path: PurePosixPath) -> bool:
    """Whether ``path`` is such a name, at the top of the folder."""
    return len(path.parts) == 1 and _NAME.fullmatch(path.name) is not None
