"""The quick part of the torture, some changes of every scene; see ``python -m tests.torture``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.hooked import hooked
from tests.torture.outside import thousand_keeps
from tests.torture.run import MODES, torture
from tests.torture.scenes import FIRST, SCENES
from tests.torture.window import killed_once

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scene", [*SCENES, FIRST], ids=lambda scene: scene.name)
def test_01_02_14_24_no_fault_leaves_a_state_that_is_neither_old_nor_new(
    tmp_path: Path, scene, mode: str
) -> None:
    outcome = torture(tmp_path, scene, mode, most=2 if scene.git else 3)
    assert outcome.points >= 2
    assert outcome.bad == ()


@pytest.mark.parametrize("mode", MODES)
def test_02_23_what_a_hook_did_is_booked_whatever_becomes_of_the_commit(
    tmp_path: Path, mode: str
) -> None:
    outcome = hooked(tmp_path, mode, most=3)
    assert outcome.points >= 3
    assert outcome.bad == ()


@pytest.mark.usefixtures("qapp")
def test_03_a_kill_at_a_random_moment_of_hard_work_loses_two_seconds_at_most(
    tmp_path: Path,
) -> None:
    assert killed_once(tmp_path, seed=4) == []


def test_12_35_a_careless_program_beside_us_leads_no_keep_astray(tmp_path: Path) -> None:
    assert thousand_keeps(tmp_path, keeps=150) == []
