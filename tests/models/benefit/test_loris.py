import math

import numpy as np
import pytest

from models.benefit.loris import CANCER_TERMS, INPUTS, loris, loris_scores
from models.cancers import CANCER_NAMES
from models.risk.inputs import FEATURE_NAMES

LUNG = float(CANCER_NAMES.index("lung cancer"))
PATIENT = {
    "tmb": 10.0,
    "line": 2.0,
    "albumin": 4.0,
    "nlr": 5.0,
    "age_years": 60.0,
    "cancer": LUNG,
}


def test_the_score_is_the_published_formula():
    """Chang et al. 2024, counted out by hand."""
    total = 0.0371 * 10 - 0.8775 + 0.5382 * 4 - 0.033 * 5 + 0.0049 * 60 + 0.0008 - 2.0886
    found = loris(PATIENT)
    assert found.score == pytest.approx(1 / (1 + math.exp(-total)))
    assert sum(added for *_, added in found.terms) == pytest.approx(total + 2.0886)
    assert [name for name, *_ in found.terms] == list(INPUTS)


@pytest.mark.parametrize(("name", "cap"), [("tmb", 50.0), ("nlr", 25.0), ("age_years", 85.0)])
def test_values_beyond_the_published_cap_count_as_the_cap(name, cap):
    assert loris(PATIENT | {name: cap + 20}).score == loris(PATIENT | {name: cap}).score
    assert loris(PATIENT | {name: cap - 5}).score != loris(PATIENT | {name: cap}).score


@pytest.mark.parametrize("name", INPUTS)
def test_without_all_inputs_there_is_no_score(name):
    found = loris(PATIENT | {name: None})
    assert (found.score, found.terms, found.missing) == (None, (), (name,))


def test_a_cancer_that_was_not_published_has_no_score():
    code = float(CANCER_NAMES.index("Hodgkin lymphoma"))
    assert loris(PATIENT | {"cancer": code}).missing == ("cancer",)
    assert loris(PATIENT | {"cancer": 99.0}).missing == ("cancer",)
    assert set(CANCER_TERMS) < set(CANCER_NAMES)


def test_many_patients_get_the_scores_of_each():
    features = np.full((3, len(FEATURE_NAMES)), np.nan)
    for row, changes in enumerate(({}, {"line": 1.0}, {"tmb": np.nan})):
        for name, value in (PATIENT | changes).items():
            features[row, FEATURE_NAMES.index(name)] = value
    scores = loris_scores(features)
    assert scores[0] == pytest.approx(loris(PATIENT).score)
    assert scores[1] == pytest.approx(loris(PATIENT | {"line": 1.0}).score)
    assert np.isnan(scores[2])
