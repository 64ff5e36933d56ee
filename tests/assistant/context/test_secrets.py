"""Secrets by name and by shape."""

from __future__ import annotations

import random
import string
import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.context.secrets import is_secret_path, redact, restore


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        "deploy/.env.production",
        "prod.env",
        ".ENV",
        "id_rsa",
        "home/.ssh/config",
        "certs/server.pem",
        "tls.key",
        "store.p12",
        ".npmrc",
        ".netrc",
        "credentials.json",
        "credentials-prod.json",
        ".aws/credentials",
        "client_secret_123.json",
        ".env ",
        ".env::$DATA",
        "service-account.json",
        ".docker/config.json",
        "terraform.tfstate",
        "x/.git-credentials",
    ],
)
def test_a_secret_file_is_known_by_its_name(path: str) -> None:
    """Check 18: secret files by name."""
    assert is_secret_path(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env.example",
        ".env.sample",
        "config.json",
        "settings.json",
        "keys/keyboard.py",
        "src/secrets.py",
        "id_rsa.pub",
        "environment.py",
        "tokens.py",
        "docs/env.md",
        "credentials.py",
        ".github/ci.yml",
    ],
)
def test_an_ordinary_file_is_not_a_secret(path: str) -> None:
    """Check 18: and what only looks like one."""
    assert is_secret_path(path) is None


_B62 = string.ascii_letters + string.digits


def _token(prefix: str, length: int) -> str:
    rng = random.Random(prefix)
    return prefix + "".join(rng.choice(_B62) for _ in range(length))


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        _token("ghp_", 36),
        _token("github_pat_", 60),
        _token("glpat-", 20),
        _token("xoxb-", 40),
        _token("sk-ant-", 40),
        _token("sk-proj-", 40),
        "AIza" + _token("", 35),
        _token("sk_live_", 24),
        _token("npm_", 36),
        _token("hf_", 34),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + _token("", 30),
    ],
)
def test_a_token_inside_text_leaves_as_a_placeholder(secret: str) -> None:
    """Check 19: secrets inside other text."""
    text = f"client = connect('{secret}', timeout=3)\nother = 1\n"
    clean = redact(text)
    assert secret not in clean.text
    assert clean.text.count("\n") == 2 and "timeout=3" in clean.text
    assert restore(clean.text, clean.placeholders) == text


def test_a_private_key_keeps_its_number_of_lines() -> None:
    head, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    text = f"x = '''{head}\nMIIEow\nIBAAKC\n{end}'''\ny\n"
    clean = redact(text)
    assert "MIIEow" not in clean.text and clean.text.count("\n") == text.count("\n")
    assert restore(clean.text, clean.placeholders) == text


def test_a_cut_off_private_key_is_masked_to_the_end() -> None:
    clean = redact("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nQyNTUxOQAAACB")
    assert "b3BlbnNza" not in clean.text and "QyNTUxOQ" not in clean.text


@pytest.mark.parametrize(
    "line",
    [
        'API_TOKEN = "f3b1c9d27a5e4608b1c2"',
        "password=hunter2hunter",
        'db_password: "s3cr3t-Pa55word"',
        "url = 'postgres://admin:pa55w0rd@db.local/x'",
        "Authorization: Bearer abcdefghij0123456789xyz",
    ],
)
def test_an_assigned_secret_is_masked(line: str) -> None:
    clean = redact(line + "\n")
    assert clean.placeholders and restore(clean.text, clean.placeholders) == line + "\n"


@pytest.mark.parametrize(
    "line",
    [
        "token = self.get_token()",
        "password: str | None = None",
        "self.token = token_from_header",
        "secret = os.environ['SECRET_NAME']",
        "max_tokens = 4096",
        "key = lambda item: item.score",
        "tokenizer = Tokenizer.from_file(path)",
        "primary_key=True,",
        "def api_key(self) -> str:",
        'placeholder="Enter your password"',
    ],
)
def test_code_about_secrets_is_left_as_it_is(line: str) -> None:
    assert redact(line + "\n").text == line + "\n"


def test_the_same_secret_has_the_same_placeholder_within_a_salt() -> None:
    text = "a = 'AKIAIOSFODNN7EXAMPLE'\n"
    assert redact(text, b"1").text == redact(text, b"1").text
    assert redact(text, b"1").text != redact(text, b"2").text


def test_redacting_twice_changes_nothing_more() -> None:
    once = redact("token = 'f3b1c9d27a5e4608b1c2aa'\nAKIAIOSFODNN7EXAMPLE\n")
    assert redact(once.text).text == once.text


@given(st.text(max_size=300))
def test_restoring_undoes_redacting(text: str) -> None:
    clean = redact(text)
    assert restore(clean.text, clean.placeholders) == text


def test_a_placeholder_the_text_brought_itself_is_not_restored() -> None:
    text = "GALLEY_SECRET_AWS_KEY_0123456789ab"
    assert restore(text, {"GALLEY_SECRET_AWS_KEY_ffffffffffff": "x"}) == text


@pytest.mark.parametrize(
    "unit", ["a", "token", "token_", "key-", "eyJ-", "eyJaaaaaaaa.", "://a:", "SK-sk-", "secret=a "]
)
def test_a_million_letters_take_as_long_per_letter_as_a_few(unit: str) -> None:
    """Once a line of 200,000 letters in a commit's patch held the worker for minutes."""

    def took(size: int) -> float:
        text = "token" + unit * (size // len(unit))
        return min(timeit.repeat(lambda: redact(text), number=1, repeat=3, timer=time.process_time))

    assert took(400_000) < 150 * max(took(20_000), 0.002), "it grows with the square of the length"


def test_lines_out_of_the_middle_of_a_key_are_masked_without_its_head() -> None:
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
    for head, tail in (("", ""), ("+", ""), ('    "', '\\n"'), (" ", "\r")):
        text = "".join(f"{head}{line[i:]}{line[:i]}{tail}\n" for i in range(3))
        clean = redact(text)
        assert len(clean.placeholders) == 3
        assert clean.text.count("\n") == 3
        assert restore(clean.text, clean.placeholders) == text
    alone = f"{line}\n\n{'a' * 64}\n{'a' * 64}\n"
    assert redact(alone).text == alone
