import pytest

from models.risk.explanation import EXPLAINED
from models.risk.groups import GROUPS, MODIFIABLE, grouped
from tests.models.risk.made_up import patient, predictor


def test_every_explained_input_stands_in_one_group():
    inputs = [name for group in GROUPS.values() for name in group]
    assert sorted(inputs) == sorted(EXPLAINED)
    assert set(EXPLAINED) >= MODIFIABLE


def test_groups_add_up_to_what_their_inputs_do():
    for of in predictor().explain(patient(), "FR"):
        groups = grouped(of.contributions)
        total = sum(group.points for group in groups)
        assert total == pytest.approx(100 * (of.risk - of.baseline_risk), abs=1e-7)
        assert [abs(g.points) for g in groups] == sorted(
            (abs(g.points) for g in groups), reverse=True
        )
        for group in groups:
            assert sum(part.log_odds for part in group.parts) == pytest.approx(group.log_odds)
