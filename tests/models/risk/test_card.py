from __future__ import annotations

import pytest

from models.risk.card import card, items
from models.risk.card_tables import interval
from tests.models.risk.made_up import artefacts

HEAD = {"outcome": "severe", "horizon_days": 180}
NUMBERS = {
    f"{name}{end}": value
    for name, value in (
        ("auroc", 0.7),
        ("auprc", 0.2),
        ("scaled_brier", 0.05),
        ("slope", 1.0),
        ("intercept", 0.0),
    )
    for end in ("", "_lower", "_upper")
}


def result(group: str, level: str, **changes: object) -> dict:
    return HEAD | {"group": group, "level": level, "n": 1200, "events": 90} | NUMBERS | changes


EVALUATION = {
    "model_version": "test/1",
    "data": "made-up patients",
    "patients": 1500,
    "seed": 5,
    "results": [
        result("all", "all"),
        result("country", "ES"),
        result("country", "FR", slope=1.2, intercept=-0.2),
        result("sex", "female", slope=1.4),
    ],
    "before_recalibration": [
        HEAD | {"level": level} | NUMBERS | {"slope": 0.7} for level in ("ES", "FR")
    ],
    "comparison": [
        HEAD | {"model": model, "n_train": 100, "tie": True, "auroc_difference": 0.0} | NUMBERS
        for model in ("Immunoboard", "Cox")
    ],
    "high_discrimination": [
        HEAD
        | {"group": "landmark", "level": "273", "n": 900, "events": 20, "auroc": 0.87}
        | {"feature": "days_since_stop", "feature_auroc": 0.8}
    ],
}


@pytest.fixture(scope="module")
def manifest():
    return artefacts()[0]


def section(manifest, title, evaluation=EVALUATION):
    return next(one for one in card(manifest, evaluation) if one.title == title)


def test_every_tripod_item_says_something(manifest):
    found = items(manifest, EVALUATION)
    assert len({item for item, _ in found}) == len(found)
    assert all(words for _, words in found)
    said = dict(found)
    assert said["Training and evaluation, 16"].startswith(
        "evaluated on 1\N{NARROW NO-BREAK SPACE}500 made-up"
    )
    assert "1\N{NARROW NO-BREAK SPACE}500 people" in said["Data, 5"]


def test_a_country_that_misses_the_aim_is_named(manifest):
    found = section(manifest, "Calibration by country")
    assert "missed in FR" in found.paragraphs[1]
    assert found.table.rows[0][:3] == ("ES", "0.70 (1.00 to 1.00)", "1.00 (1.00 to 1.00)")
    good = EVALUATION | {"results": [result("country", "ES")]}
    assert "met in every country" in section(manifest, "Calibration by country", good).paragraphs[1]


def test_a_simpler_model_that_ties_is_named(manifest):
    assert (
        "Tied with these models: Cox (severe)"
        in section(manifest, "Beside other models").paragraphs[0]
    )


def test_a_subgroup_that_is_off_is_named(manifest):
    assert "Not well calibrated: sex female" in section(manifest, "Subgroups").paragraphs[0]


def test_high_figures_come_with_the_input_that_explains_them(manifest):
    found = section(manifest, "Unusually high figures")
    assert found.table.rows[0][2:] == ("day 273", "20", "0.87", "time since stopping", "0.80")
    assert "who has stopped hardly has a new irAE" in found.paragraphs[0]


def test_what_was_not_evaluated_is_said(manifest):
    assert "countries left out of training" in section(manifest, "Not evaluated").paragraphs[0]
    nothing = card(manifest, None)
    assert "came without an evaluation" in next(
        one.paragraphs[0] for one in nothing if one.title == "Performance"
    )
    assert "Subgroups" not in [one.title for one in nothing]


def test_limits_of_care_and_recalibrations_are_stated(manifest):
    assert "with care when an input lies outside" in section(manifest, "Limits").paragraphs[-1]
    done = {"country": "ES", "people": 900, "snapshot": "s1", "date": "2026-11-24"}
    again = manifest | {"recalibrations": [done | {"from_version": "test/0"}]}
    assert "Recalibrated for ES on 900 people" in section(again, "Recalibrations").paragraphs[0]


def test_missing_figures_are_too_few():
    assert interval({"slope": None}, "slope") == "too few"
    assert interval({"slope": 1.0}, "slope") == "1.00"


def test_versions_are_listed_with_their_state(manifest):
    rows = [("test/1", "made up, 1,500 people", "none", "in use")]
    (found,) = [one for one in card(manifest, EVALUATION, rows) if one.title == "Versions"]
    assert found.table.rows == tuple(rows)
    assert "two people" in found.paragraphs[0]
