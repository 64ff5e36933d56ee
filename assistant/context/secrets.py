"""Secrets by name and by shape: which files never leave, which strings leave as placeholders.

Knows paths and text only; reads nothing. A placeholder keeps the number of lines, so that hunks
still fit, and :func:`restore` puts the secret back into whatever a model did with the text round
it.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import PurePath

_EXAMPLE = re.compile(r"\.(example|sample|template|tmpl|dist|defaults?|schema)$")
_NAMES = frozenset(
    [
        ".npmrc",
        ".yarnrc.yml",
        ".pypirc",
        ".netrc",
        "_netrc",
        ".pgpass",
        ".my.cnf",
        ".git-credentials",
        ".htpasswd",
        ".dockercfg",
        ".envrc",
        ".s3cfg",
        ".boto",
        ".vault-token",
        "terraform.tfstate",
        "terraform.tfstate.backup",
        ".terraformrc",
        "application_default_credentials.json",
        "keystore.properties",
    ]
)
_SUFFIXES = (
    ".pem",
    ".key",
    ".p12",
    ".pfx",
    ".jks",
    ".keystore",
    ".kdbx",
    ".ppk",
    ".pkcs12",
    ".ovpn",
    ".tfvars",
    ".p8",
    ".gpg",
)
_FOLDERS = frozenset([".aws", ".ssh", ".gnupg", ".azure", ".gcloud", ".kube", ".password-store"])
_KEYFILE = re.compile(r"^id_(rsa|dsa|ecdsa|ed25519)(_sk)?([._-](?!pub$).*)?$")
_JSONISH = re.compile(
    r"^(credentials?|client_?secrets?|service[-_]?account|secrets?)([-_.].*)?\.(json|ya?ml|toml|ini)$"
)


def is_secret_path(path: PurePath | str) -> str | None:
    """Why no byte of the file at ``path`` may leave, or None. Judges names only, without case, on
    any system."""
    parts = [_plain(part) for part in str(path).replace("\\", "/").split("/")]
    if len(parts) > 1 and not _FOLDERS.isdisjoint(parts[:-1]):
        folder = next(part for part in parts[:-1] if part in _FOLDERS)
        return f"it lies in {folder}, where keys are kept"
    name = parts[-1]
    if name == ".env" or name.startswith(".env.") or (name.endswith(".env") and name != ".env"):
        return (
            None if _EXAMPLE.search(name) else "it is an environment file, where secrets are kept"
        )
    if len(parts) > 1 and parts[-2] == ".docker" and name == "config.json":
        return "it holds registry passwords"
    if name in _NAMES or _KEYFILE.match(name):
        return f"files called {name} hold credentials"
    if name.endswith(_SUFFIXES):
        return f"files ending in .{name.rpartition('.')[2]} hold keys"
    if _JSONISH.match(name) and not _EXAMPLE.search(name.rpartition(".")[0]):
        return "its name says that it holds credentials"
    return None


def _plain(part: str) -> str:
    """A name as a case-insensitive file system with short names and streams would read it."""
    return part.casefold().partition(":")[0].rstrip(". ") or part


# ---- inside text ---------------------------------------------------------------------------------

_KNOWN: tuple[tuple[str, str], ...] = (
    ("AWS_KEY", r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"),
    ("GITHUB_TOKEN", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255})\b"),
    ("GITLAB_TOKEN", r"\bgl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_-]{20,}"),
    ("SLACK_TOKEN", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{20,}"),
    ("MODEL_KEY", r"\bsk-(?:ant-|proj-|or-v1-)?[A-Za-z0-9_-]{20,}"),
    ("GOOGLE_KEY", r"\bAIza[0-9A-Za-z_-]{35}"),
    ("STRIPE_KEY", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}"),
    ("NPM_TOKEN", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("PYPI_TOKEN", r"\bpypi-[A-Za-z0-9_-]{50,}"),
    ("HF_TOKEN", r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("SENDGRID_KEY", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,}"),
    ("TWILIO_KEY", r"\bSK[0-9a-f]{32}\b"),
    ("CLOUD_TOKEN", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("JWT", r"\beyJ[A-Za-z0-9_-]{8,3000}\.eyJ[A-Za-z0-9_-]{8,3000}\.[A-Za-z0-9_-]{8,}"),
    ("AZURE_KEY", r"(?<=AccountKey=)[A-Za-z0-9+/]{40,}={0,2}"),
    ("URL_PASSWORD", r"(?<=://)[^\s/:@'\"<>{}$]{1,64}:[^\s/:@'\"<>{}$]{3,128}(?=@[\w.\[-])"),
    ("BEARER", r"(?<=[Bb]earer )[A-Za-z0-9._~+/-]{20,}=*"),
)
# No part that can repeat without end stands before one that can fail: a line of a million letters,
# or of a million times "token", takes as long per letter as any other.
_ASSIGNED = re.compile(
    r"(?P<key>(?:passw(?:or)?d|passwd|passphrase|secret|token|api_?-?key|access_?-?key|auth_?-?key"
    r"|private_?-?key|credential|client_?-?secret|encryption_?-?key|_key)\w{0,64})"
    r"(?P<mid>['\"]?\s{0,8}(?::=|=>|=|:)\s{0,8}(?:[A-Za-z]\w{0,11}\()?)"
    r"(?P<quote>['\"`]?)(?P<value>[^\s'\"`,;(){}<>\[\]$\\]{8,512})(?P<after>.?)",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(.*?)"
    r"(-----END [A-Z0-9 ]{0,40}PRIVATE KEY|\Z)",
    re.DOTALL,
)
KEY_MARK = "PRIVATE KEY"
"""Where this is, lines that look like nothing may be parts of a key."""
_KEY_LINE = re.compile(
    r"^(?:[+\- ]?[ \t]{0,40}[\"']?)([A-Za-z0-9+/]{60,76})(?:\\n)?[\"',;)]{0,4}[ \t]*\r?$",
    re.MULTILINE,
)
_HINT = re.compile(
    r"PRIVATE KEY|A[KSBC][IC]A|gh[pousr]_|github_pat_|gl[a-z]{2,3}-|xox|xapp-|sk-|AIza|[srp]k_"
    r"|whsec_|npm_|pypi-|hf_|SG\."
    r"|SK[0-9a-f]{8}|do[opr]_v1|eyJ|AccountKey=|://[^\s/]*@|[Bb]earer "
    r"|(?i:passw|passphrase|secret|token|key|credential)"
)
_NOT_CODE = re.compile(r"^[A-Za-z_][\w]*(?:[.:/-]+[A-Za-z_][\w]*)*$")
_PLACEHOLDER = re.compile(r"GALLEY_SECRET_[A-Z_]+_[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Redacted:
    """``text`` without its secrets; ``placeholders`` maps each stand-in to what it stands for."""

    text: str
    placeholders: Mapping[str, str] = field(default_factory=dict, repr=False)


@cache
def _process_salt() -> bytes:
    return os.urandom(16)


def redact(text: str, salt: bytes | None = None) -> Redacted:
    """Replace what looks like a secret by a placeholder; the number of lines stays.

    The same secret gets the same placeholder as long as ``salt`` (at most 64 bytes, by default one
    random value per process) is the same; without it the placeholder cannot be tested against
    guesses.
    """
    if not _HINT.search(text) and not _KEY_LINE.search(text):
        return Redacted(text)
    found: dict[str, str] = {}
    key = _process_salt() if salt is None else salt

    def stand_in(kind: str, secret: str) -> str:
        if _PLACEHOLDER.fullmatch(secret):
            return secret
        digest = blake2b(os.fsencode(secret), digest_size=6, key=key).hexdigest()
        name = f"GALLEY_SECRET_{kind}_{digest}"
        found[name] = secret
        return name

    def block(match: re.Match[str]) -> str:
        body = re.sub(r"[^\r\n]*\S[^\r\n]*", lambda m: stand_in("PRIVATE_KEY", m[0]), match[2])
        return match[1] + body + match[3]

    def assigned(match: re.Match[str]) -> str:
        value = match["value"]
        bare = match["mid"] == "=" and not match["after"]
        if not _looks_secret(match["key"], value, match["quote"], match["after"], bare):
            return match[0]
        before = f"{match['key']}{match['mid']}{match['quote']}"
        return f"{before}{stand_in('VALUE', value)}{match['after']}"

    if KEY_MARK in text:
        text = _BLOCK.sub(block, text)
    text = _without_key_lines(text, stand_in)
    for kind, pattern in _compiled():
        text = pattern.sub(lambda m, kind=kind: stand_in(kind, m[0]), text)  # type: ignore[misc]
    text = _ASSIGNED.sub(assigned, text)
    return Redacted(text, found)


def _without_key_lines(text: str, stand_in: Callable[[str, str], str]) -> str:
    """Lines of base64 under one another, as in the middle of a key, without its head."""
    found = list(_KEY_LINE.finditer(text))
    near = {i for i, (a, b) in enumerate(pairwise(found)) if b.start() - a.end() == 1}
    for i in range(len(found) - 1, -1, -1):
        body = found[i][1]
        mixed = any(c.isdigit() for c in body) and body.upper() != body != body.lower()
        if mixed and (i in near or i - 1 in near):
            text = text[: found[i].start(1)] + stand_in("KEY_LINE", body) + text[found[i].end(1) :]
    return text


def restore(text: str, placeholders: Mapping[str, str]) -> str:
    """``text`` with every placeholder of the mapping replaced by its secret; others stay."""
    if not placeholders or "GALLEY_SECRET_" not in text:
        return text
    return _PLACEHOLDER.sub(lambda m: placeholders.get(m[0], m[0]), text)


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(pattern)) for kind, pattern in _KNOWN)


def _looks_secret(key: str, value: str, quote: str, after: str, bare: bool) -> bool:
    """Whether the value given to a name such as ``api_token`` is a literal secret and not code or a
    word."""
    if _PLACEHOLDER.search(value) or len(set(value)) < 5:
        return False
    digits = sum(c.isdigit() for c in value)
    if not quote and after == "(":
        return False
    password = re.search(r"passw|passphrase", key, re.IGNORECASE)
    if password and bare and not quote:
        return digits > 0
    if _NOT_CODE.match(value) and (digits < 3 or (not quote and "_" in value and digits < 4)):
        return False
    if password:
        return bool(quote or after in ("", " ", "\n")) and digits > 0
    return len(value) >= 16 and digits > 0 and _entropy(value) >= 3.0


def _entropy(value: str) -> float:
    """Bits a character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
