"""The parameters: sourced throughout, and copied without slips."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from data_access.synthetic.effects import factors
from data_access.synthetic.parameters import CLASSES, INCIDENCE_COLUMNS, parameters, rates

_FACTS = Path(__file__).parents[4] / "shared" / "clinical" / "generator_defaults.csv"
_COLUMNS = {
    "anti-PD-1": "PD1",
    "anti-PD-L1": "PDL1",
    "anti-CTLA-4": "CTLA4",
    "combination (ipilimumab 3 mg/kg)": "IPI3",
    "combination (ipilimumab 1 mg/kg)": "IPI1",
}


def test_every_block_says_where_it_comes_from():
    for name, block in parameters().blocks.items():
        if name == "effects":
            assert all(block.words("source"))
            assert len(block.flags("verified")) == len(block.words("source"))
        else:
            assert block.word("source"), name
            assert isinstance(block.values["verified"], bool), name


def test_all_sixty_rates_are_there_and_are_probabilities():
    for name in ("p_any_grade_12m", "share_grade3plus", "case_fatality_given_grade3plus"):
        assert rates(name).shape == (12, 5)
        assert ((rates(name) >= 0) & (rates(name) < 1)).all()


@pytest.mark.skipif(not _FACTS.exists(), reason="the clinical facts are not beside the checkout")
def test_rates_are_those_of_the_clinical_facts():
    with _FACTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    names = set(rows[0]) - {"organ_class", "drug_class", "source", "verified"}
    for row in rows:
        column = INCIDENCE_COLUMNS.index(_COLUMNS[row["drug_class"]])
        for name in names:
            found = rates(name)[CLASSES.index(row["organ_class"]), column]
            assert found == float(row[name]), (row["organ_class"], row["drug_class"], name)


def test_effects_name_known_factors_and_classes(drawn):
    block = parameters()["effects"]
    assert set(block.words("factor")) <= set(factors(drawn.people))
    assert set(block.words("organ_class")) <= {*CLASSES, "any"}
    assert set(block.words("on")) == {"occurrence", "grade3", "hazard"}


def test_a_misspelt_name_is_an_error():
    with pytest.raises(KeyError):
        parameters()["irae"].number("frailty")


def test_shares_of_countries_and_cancers_add_up_to_one():
    assert sum(country.share for country in parameters().countries) == pytest.approx(1)
    assert parameters()["cancers"].numbers("share").sum() == pytest.approx(1, abs=0.001)
    assert len(parameters()["cancers"].words("name")) == 20


def test_every_cancer_has_regimens_of_the_list():
    regimens = set(parameters()["regimens"].words("regimen"))
    mix = parameters()["regimen_mix"].mapping("weights")
    assert set(mix) == set(parameters()["cancers"].words("name"))
    for weights in mix.values():
        assert set(weights) <= regimens
        assert np.sum(list(weights.values())) == pytest.approx(1)
