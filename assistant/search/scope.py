"""Which files a search goes through: names and folders as a person writes them. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase


class Scope:
    """``*.py, src/, !tests``: any of the first kind, none behind an exclamation mark.

    A word with * or ? is a pattern of names, or of whole paths when it holds a slash; another word
    is a file or a folder, from the root or by its name anywhere.
    """

    def __init__(self, written: str = "") -> None:
        words = [word.strip() for word in written.split(",") if word.strip()]
        self._wanted = [word for word in words if not word.startswith("!")]
        self._unwanted = [word[1:].strip() for word in words if word.startswith("!")]

    def has(self, path: str) -> bool:
        if any(_fits(path, word) for word in self._unwanted if word):
            return False
        return not self._wanted or any(_fits(path, word) for word in self._wanted)


def _fits(path: str, word: str) -> bool:
    word = word.removeprefix("./")
    if "*" in word or "?" in word or "[" in word:
        return fnmatchcase(path if "/" in word else path.rpartition("/")[2], word)
    word = word.strip("/")
    return f"/{word}/" in f"/{path}/"
