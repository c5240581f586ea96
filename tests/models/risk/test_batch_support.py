from __future__ import annotations

import numpy as np

from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import OUTCOMES
from tests.models.risk.made_up import predictor, rows


def test_the_marks_of_many_are_those_of_each():
    people = rows(120, seed=91)
    features = people.features.copy()
    # Some out of range, some empty, some that cannot be scored.
    features[::7, FEATURE_NAMES.index("crp")] = 1e6
    features[::5, FEATURE_NAMES.index("age_years") : FEATURE_NAMES.index("age_years") + 1] = 34.0
    features[::9, FEATURE_NAMES.index("bmi") : FEATURE_NAMES.index("cancer")] = np.nan
    features[::11, FEATURE_NAMES.index("sex")] = np.nan
    marks = predictor().with_care(features)
    assert marks.shape == (len(features), len(OUTCOMES))
    one_by_one = np.zeros_like(marks)
    for row, values in enumerate(features):
        inputs = {
            name: None if value != value else value
            for name, value in zip(FEATURE_NAMES, values.tolist(), strict=True)
        }
        for risk in predictor().explain(inputs, "FR"):
            one_by_one[row, OUTCOMES.index(risk.outcome)] = risk.support == "with care"
    np.testing.assert_array_equal(marks, one_by_one)
    assert 0 < marks.mean() < 1


def test_nobody_is_no_mark():
    assert predictor().with_care(np.zeros((0, len(FEATURE_NAMES)))).shape == (0, len(OUTCOMES))
