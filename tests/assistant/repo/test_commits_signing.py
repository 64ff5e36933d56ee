"""A commit is signed when the person's own settings ask for it, or they are told and choose."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import CommitFailed
from assistant.repo.commits import Options
from tests.assistant.repo.conftest import (
    TEXT,
    Room,
    change,
    changes,
    created,
    edited,
    new_repository,
)

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
needs_gpgsm = pytest.mark.skipif(shutil.which("gpgsm") is None, reason="needs gpgsm")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg")
KEPT = [changes(change("a.py", TEXT, edited(TEXT, l2="x")))]


def ssh_key(folder: Path) -> Path:
    key = folder / "key"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", str(key)]
    subprocess.run(words, check=True)
    return key


def asks(home: Path, text: str) -> None:
    (home / ".gitconfig").write_text(f"[commit]\n\tgpgSign = true\n{text}")


@needs_ssh
def test_an_ssh_key_signs_and_git_verifies_it(
    room: Room, private_home: Path, tmp_path: Path
) -> None:
    key = ssh_key(tmp_path)
    asks(private_home, f"[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {key}\n")
    receipt = room.commits.commit(KEPT, "signed")
    assert receipt.signed == "signed with ssh key key"
    signers = tmp_path / "signers"
    signers.write_text(f"ada@example.org {Path(f'{key}.pub').read_text()}")
    room.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    assert room.git("log", "-1", "--format=%G?").strip() == "G"
    room.commits.undo_commit(receipt)
    assert room.git("log", "--format=%s") == "start\n"


@needs_ssh
@pytest.mark.parametrize("hooks", [False, True])
def test_an_amended_commit_is_signed_too(
    room: Room, private_home: Path, tmp_path: Path, hooks: bool
) -> None:
    asks(private_home, f"[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {ssh_key(tmp_path)}\n")
    room.commits.commit(KEPT, "better", Options(amend=True, hooks=hooks))
    assert "BEGIN SSH SIGNATURE" in room.git("cat-file", "commit", "HEAD")
    assert room.git("rev-list", "--count", "HEAD") == "1\n"


@pytest.fixture
def gpg_home(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = Path("/tmp") / f"g{private_home.name[-8:]}-{private_home.parent.name[-6:]}"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    try:
        yield home
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=True)
        shutil.rmtree(home)


@needs_gpg
def test_a_gpg_key_signs_and_git_verifies_it(
    room: Room, private_home: Path, gpg_home: Path
) -> None:
    who = "Ada Person <ada@example.org>"
    words = ["--batch", "--quiet", "--passphrase", "", "--quick-gen-key", who, "ed25519", "sign"]
    subprocess.run(["gpg", *words], check=True, capture_output=True)
    asks(private_home, "")
    receipt = room.commits.commit(KEPT, "signed")
    assert receipt.signed == "signed with GPG key"
    assert room.git("log", "-1", "--format=%G?").strip() in ("G", "U")


CERTIFICATE = """Key-Type: RSA
Key-Length: 2048
Key-Usage: sign
Serial: random
Name-DN: CN=Ada Person
Name-Email: ada@example.org
Hash-Algo: SHA256
"""


@pytest.fixture
def certificate(gpg_home: Path) -> str:
    """The fingerprint of a certificate of Ada's own, with a key without a passphrase, that her
    agent trusts."""
    (gpg_home / "gpgsm.conf").write_text("disable-crl-checks\n")
    made, quiet = gpg_home / "cert.der", ["gpgsm", "--batch", "--quiet"]
    (gpg_home / "wanted").write_text(CERTIFICATE)
    words = ["--pinentry-mode", "loopback", "--passphrase-fd", "0", "--gen-key", "-o", str(made)]
    subprocess.run(
        [*quiet, *words, str(gpg_home / "wanted")], input=b"", check=True, capture_output=True
    )
    subprocess.run([*quiet, "--import", str(made)], check=True, capture_output=True)
    listed = subprocess.run(
        ["gpgsm", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True
    ).stdout
    print_ = next(line.split(":")[9] for line in listed.split("\n") if line.startswith("fpr:"))
    (gpg_home / "trustlist.txt").write_text(f"{print_} S relax\n")
    subprocess.run(["gpgconf", "--reload", "gpg-agent"], check=True)
    return print_


@needs_gpgsm
@pytest.mark.parametrize("named", [True, False])
def test_a_certificate_signs_and_git_verifies_it(
    room: Room, private_home: Path, certificate: str, named: bool
) -> None:
    key = f"[user]\n\tsigningkey = {certificate}\n" if named else ""
    asks(private_home, f"[gpg]\n\tformat = x509\n{key}")
    receipt = room.commits.commit(KEPT, "signed")
    assert receipt.signed == f"signed with certificate {certificate if named else ''}".strip()
    assert "BEGIN SIGNED MESSAGE" in room.git("cat-file", "commit", "HEAD")
    room.git("config", "gpg.format", "x509")
    assert room.git("log", "-1", "--format=%G?").strip() == "G"
    room.commits.undo_commit(receipt)
    assert room.git("log", "--format=%s") == "start\n"


@needs_gpgsm
def test_a_certificate_that_is_missing_fails_with_a_choice(
    room: Room, private_home: Path, gpg_home: Path
) -> None:
    asks(private_home, "[gpg]\n\tformat = x509\n[user]\n\tsigningkey = 0xDEADBEEF\n")
    before = room.state()
    with pytest.raises(CommitFailed, match=r"could not be signed") as no:
        room.commits.commit(KEPT, "signed")
    assert room.state() == before
    assert room.leftovers() == []
    assert [way.key for way in no.value.ways] == ["unsigned"]


@needs_gpg
def test_a_key_that_is_missing_fails_with_the_programs_words_and_a_choice(
    room: Room, private_home: Path, gpg_home: Path
) -> None:
    asks(private_home, "[user]\n\tsigningkey = DEADBEEFDEADBEEF\n")
    before = room.state()
    with pytest.raises(CommitFailed, match=r"could not be signed: .*gpg failed to sign") as no:
        room.commits.commit(KEPT, "signed")
    assert room.state() == before
    assert room.leftovers() == []
    (way,) = no.value.ways
    receipt = room.commits.commit(KEPT, "plain", Options(allowed=frozenset({way.key})))
    assert receipt.signed == ""
    assert "gpgsig" not in room.git("cat-file", "commit", "HEAD")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("[gpg]\n\tformat = ssh\n", "no key is named"),
        ("[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = /no/key\n", "/no/key does not exist"),
        ("[gpg]\n\tformat = wax\n", "“wax” is unknown"),
        ("[gpg]\n\tprogram = /no/such/gpg\n", "/no/such/gpg is not installed"),
    ],
)
def test_why_it_cannot_be_signed_is_said_before_anything_is_done(
    room: Room, private_home: Path, settings: str, why: str
) -> None:
    asks(private_home, settings)
    before = room.state()
    with pytest.raises(CommitFailed, match=why) as no:
        room.commits.commit(KEPT, "signed")
    assert [way.title for way in no.value.ways] == ["Commit unsigned"]
    assert room.state() == before


def test_nothing_is_signed_in_a_folder_that_is_not_trusted(
    tmp_path: Path, make_room, private_home: Path
) -> None:
    marks = tmp_path / "ran"
    program = tmp_path / "sign.sh"
    program.write_text(f"#!/bin/sh\ntouch {marks}\n")
    program.chmod(0o755)
    asks(private_home, f"[gpg]\n\tprogram = {program}\n")
    wild = make_room(new_repository(tmp_path / "wild"), trusted=False)
    with pytest.raises(CommitFailed, match="not trusted"):
        wild.commits.commit([changes(created("a", "a\n"))], "no")
    assert not marks.exists()
    unsigned = Options(allowed=frozenset({"unsigned"}))
    wild.commits.commit([changes(created("a", "a\n"))], "plain", unsigned)
    assert not marks.exists()


@needs_ssh
def test_the_projects_program_never_signs(room: Room, private_home: Path, tmp_path: Path) -> None:
    marks = tmp_path / "ran"
    program = tmp_path / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch {marks}\n")
    program.chmod(0o755)
    for key in ("gpg.program", "gpg.ssh.program", "gpg.openpgp.program"):
        room.git("config", key, str(program))
    room.git("config", "gpg.ssh.defaultKeyCommand", str(program))
    asks(private_home, f"[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {ssh_key(tmp_path)}\n")
    room.commits.commit(KEPT, "signed")
    assert "BEGIN SSH SIGNATURE" in room.git("cat-file", "commit", "HEAD")
    assert not marks.exists()


def test_a_program_that_waits_for_a_passphrase_can_be_cancelled(
    room: Room, private_home: Path, tmp_path: Path
) -> None:
    program = tmp_path / "slow.sh"
    program.write_text("#!/bin/sh\nsleep 600\n")
    program.chmod(0o755)
    asks(private_home, f"[gpg]\n\tprogram = {program}\n")
    steps: list[str] = []
    before = room.state()
    with pytest.raises(CommitFailed, match="cancelled"):
        room.commits.commit(
            KEPT, "one", progress=steps.append, cancelled=lambda: "signing" in steps
        )
    assert room.state() == before
    assert room.leftovers() == []
