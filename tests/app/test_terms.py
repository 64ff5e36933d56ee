"""What a request may cost: with thinking where the model thinks, both ways where nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.terms import terms
from assistant.models.connection import Connection, dialect, limits
from assistant.models.egress import Egress
from assistant.models.exchange import HttpModel
from assistant.models.keys import KeyStore
from assistant.models.ledger import Ledger
from assistant.models.metered import Account, MeteredModel
from assistant.models.prices import Price
from assistant.parcel import Parcel, Portion, Terms
from assistant.types import Effort, ModelRequest
from widgets.forecast import Forecast
from widgets.look import Look
from widgets.theme import load_theme

PRICE = Price(input=3.0, output=15.0)


def of(tmp_path: Path, name: str, effort: Effort, preset: str = "openai") -> Terms:
    connection = Connection("c", "chat", "https://models.invalid/v1", name, preset=preset)
    keys = KeyStore(environment={})
    model = HttpModel(connection, dialect("chat"), Egress(), keys, limits(connection), PRICE)
    metered = MeteredModel(model, Ledger(tmp_path / "ledger.db"), Account(edit="e"))
    return terms(metered, ModelRequest((), effort=effort), 1_000)


@pytest.mark.parametrize("effort", list(Effort))
def test_a_model_that_no_table_knows_has_a_range_with_and_without_thinking(
    tmp_path: Path, effort: Effort
) -> None:
    unknown = of(tmp_path, "brand-new-1", effort)
    silent = of(tmp_path, "gpt-4o", effort)
    assert unknown.thinks is None
    assert silent.thinks is False
    assert None not in (unknown.low, unknown.high, silent.low, silent.high)
    assert unknown.low == silent.low
    assert unknown.high > silent.high  # type: ignore[operator]


def test_one_that_thinks_costs_what_the_knob_says_and_off_is_its_least(tmp_path: Path) -> None:
    by_effort = [of(tmp_path, "gpt-5.2", effort).high for effort in Effort]
    assert by_effort == sorted(by_effort)  # type: ignore[type-var]
    assert len(set(by_effort)) == len(Effort)
    always = of(tmp_path, "o3", Effort.OFF)
    assert always.thinks is True
    assert always.high == of(tmp_path, "o3", Effort.LOW).high


def test_what_is_not_known_is_said_beside_the_price(qapp: object, qtbot) -> None:
    for thinks, said in ((None, True), (True, False), (False, False)):
        button = Forecast(Look(load_theme("night")))
        qtbot.addWidget(button)
        known = Terms(low=0.01, high=0.14, thinks=thinks)
        button.show_parcel(Parcel((Portion("wish", "x", 3),), terms=known, model="m"))
        assert ("Whether it thinks is not known" in button.toolTip()) is said
