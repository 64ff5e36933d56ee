"""Keys by reference: environment, system keyring, this run only. Knows no server; shows no key.

A reference is text that may be stored and shown: ``env:OPENAI_API_KEY``, ``keyring:openai``,
``session:openai``, or empty for none. Nothing ever falls back to a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol

from assistant.errors import SettingsError, Unauthorized

SERVICE = "galley-editor"


class Secret:
    """A key. Neither ``str`` nor ``repr`` nor pickling shows it; only :meth:`reveal` does."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")

    def __bool__(self) -> bool:
        return bool(self._value)


class Keyring(Protocol):
    """The part of the ``keyring`` package that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class KeyStore:
    """Finds and keeps keys.

    The keyring is opened at first use only: some ask the person to unlock it.
    """

    def __init__(
        self, environment: Mapping[str, str] | None = None, ring: Keyring | None = None
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self._ring = ring
        self._session: dict[str, Secret] = {}

    def get(self, reference: str) -> Secret | None:
        """The key, or None for an empty reference.

        Raises Unauthorized when the place holds none.
        """
        if not reference:
            return None
        place, _, name = reference.partition(":")
        match place:
            case "env":
                value = self._environment.get(name, "").strip()
                secret = Secret(value) if value else None
                hint = f"Set the environment variable {name}, or enter the key in the app."
            case "session":
                secret = self._session.get(name)
                hint = "It was kept for one run only: enter it again."
            case "keyring":
                kept = self._from_ring(name)
                secret = Secret(kept) if kept else None
                hint = "Enter the key in the app."
            case _:
                raise SettingsError(
                    f"{_shape(reference)} is not a reference to a key.",
                    "It must start with env:, keyring: or session:.",
                )
        if secret is None:
            raise Unauthorized(f"There is no key at {reference}.", hint)
        return secret

    def put(self, name: str, key: str) -> tuple[str, str]:
        """Keeps a key; gives its reference and a sentence where it went.

        No keyring: this run only, said so.
        """
        key = key.strip()
        if not key:
            raise SettingsError("The key is empty.", "Paste the whole key.")
        problem = self._to_ring(name, key)
        if problem is None:
            return f"keyring:{name}", "The key is in the system keyring."
        return (
            self.keep(name, key),
            f"There is no system keyring ({problem}): the key is kept for this run only.",
        )

    def keep(self, name: str, key: str) -> str:
        """Keeps a key in memory only; gives its reference."""
        self._session[name] = Secret(key)
        return f"session:{name}"

    def forget(self, reference: str) -> None:
        """Removes a key that :meth:`put` kept; one in the environment is not ours to remove."""
        place, _, name = reference.partition(":")
        if place == "session":
            self._session.pop(name, None)
        elif place == "keyring":
            from keyring.errors import KeyringError, PasswordDeleteError

            try:
                self._open_ring().delete_password(SERVICE, name)
            except PasswordDeleteError:
                return
            except KeyringError as error:
                raise SettingsError(
                    f"The system keyring would not remove the key ({_words(error)}).",
                    "Remove it in the keyring's own program.",
                ) from None

    def found(self, names: Mapping[str, str]) -> dict[str, str]:
        """Which of these variables are set: preset by variable name in, reference by preset out."""
        there: dict[str, str] = {}
        for variable, preset in names.items():
            if self._environment.get(variable, "").strip() and preset not in there:
                there[preset] = f"env:{variable}"
        return there

    def _open_ring(self) -> Keyring:
        if self._ring is None:
            import keyring

            self._ring = keyring.get_keyring()
        return self._ring

    def _from_ring(self, name: str) -> str | None:
        from keyring.errors import KeyringError

        try:
            return self._open_ring().get_password(SERVICE, name)
        except KeyringError as error:
            raise Unauthorized(
                f"The system keyring does not open ({_words(error)}).",
                "Unlock it, or set the key in the environment.",
            ) from None

    def _to_ring(self, name: str, key: str) -> str | None:
        from keyring.errors import KeyringError

        try:
            self._open_ring().set_password(SERVICE, name, key)
        except KeyringError as error:
            return _words(error)
        return None


def _words(error: Exception) -> str:
    return str(error).split(". ")[0].split("\n")[0][:120] or type(error).__name__


def _shape(reference: str) -> str:
    """Something to show of text that may be a key pasted into the wrong box."""
    return f"A text of {len(reference)} characters"
