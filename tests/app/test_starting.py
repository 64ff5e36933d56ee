"""The ``galley`` command: arguments, no display, messages, the tour as pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from app.commits import message_of
from app.main import arguments, crash_of_last_run, no_display, project_of, stand_aside
from assistant.types import ChangeSet
from tests.walks.harness import places_in

START = "from app.main import script; raise SystemExit(script())"


def test_arguments_of_the_command() -> None:
    assert arguments([]).folder is None
    assert arguments(["x", "--theme", "day"]).theme == "day"
    options = arguments(["--tour", "--screenshot", "out", "--scale", "1.5"])
    assert (options.tour, options.screenshot, options.scale) == (True, "out", 1.5)


@pytest.mark.parametrize("wrong", [["--screenshot", "out"], ["--theme", "pink"], ["a", "b"]])
def test_wrong_arguments_end_with_status_2(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        arguments(wrong)
    assert end.value.code == 2
    assert capsys.readouterr().err


def test_a_folder_is_the_project_and_a_file_opens_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert project_of(None) == (None, None)
    assert project_of(str(tmp_path)) == (tmp_path, None)
    assert project_of(".") == (tmp_path, None)
    assert project_of("a.py") == (tmp_path, tmp_path / "a.py")
    assert project_of("~") == (Path.home(), None)


def test_11_the_program_works_in_no_project_and_finds_programs_by_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".:/usr/bin::bin:{tmp_path}")
    options = arguments(["sub/a.py", "--tour", "--screenshot", "out"])
    stand_aside(options)
    assert options.folder == str(tmp_path / "sub/a.py")
    assert options.screenshot == str(tmp_path / "out")
    assert os.environ["PATH"] == f"/usr/bin:{tmp_path}"
    assert os.getcwd() == os.path.abspath(os.sep)


def test_without_a_display_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert "xvfb-run" in no_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert no_display() == ""
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert no_display() == ""


def test_a_last_crash_is_read_once_it_was_written(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    assert crash_of_last_run(places) == ""
    places.crash.write_text("Fatal Python error: Aborted\n")
    assert crash_of_last_run(places) == "Fatal Python error: Aborted"


def test_a_message_is_made_from_the_instructions() -> None:
    def sets(*titles: str) -> tuple[ChangeSet, ...]:
        return tuple(ChangeSet(str(number), title) for number, title in enumerate(titles))

    assert message_of(()) == "Apply reviewed edits"
    assert message_of(sets("  ")) == "Apply reviewed edits"
    assert message_of(sets("fix the total.")) == "Fix the total"
    assert message_of(sets("fix it", "test it", "fix it")) == "Fix it\n\n- test it"
    long = "explain " * 20
    subject, _, body = message_of(sets(long)).partition("\n\n")
    assert len(subject) <= 72
    assert subject.endswith("…")
    assert body == long.strip()
    assert message_of(sets("one\ntwo")) == "One\n\none\ntwo"


def test_the_tour_plays_itself_and_writes_its_pictures(tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    environment = {**os.environ, "QT_QPA_PLATFORM": ""}
    ran = subprocess.run(
        [sys.executable, "-c", START, "--tour", "--screenshot", str(out)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert ran.returncode == 0, ran.stderr
    written = sorted(PurePosixPath(path.name) for path in out.iterdir())
    names = ("streaming", "review", "commit", "committed", "answer", "mistake", "palette-day")
    assert [path.stem[3:] for path in written] == list(names)
    for path in out.iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 20_000
    assert "Traceback" not in ran.stderr
