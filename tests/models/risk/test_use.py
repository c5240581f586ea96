from __future__ import annotations

import pytest

from models.risk.inputs import FEATURE_NAMES
from models.risk.use import Use


def test_every_outcome_counts_alike_whatever_the_size_of_its_contributions():
    use = Use.of({"severe": {"sex": 1.0}, "skin": {"bmi": 0.01, "sex": 0.0}}, {})
    found = dict(zip(FEATURE_NAMES, use.weight, strict=True))
    assert (found["sex"], found["bmi"]) == pytest.approx((0.5, 0.5))
    assert use.weight.sum() == pytest.approx(1)


def test_time_on_treatment_has_no_weight():
    use = Use.of({"severe": {"landmark_time": 9.0, "sex": 1.0}}, {})
    assert use.weight[FEATURE_NAMES.index("landmark_time")] == 0


def test_the_spread_is_that_of_the_middle_of_the_training_values():
    use = Use.of({"severe": {"sex": 1.0}}, {"bmi": (15.0, 15.0 + 6.18 * 4), "tsh": (1.0, 1.0)})
    found = dict(zip(FEATURE_NAMES, use.spread, strict=True))
    assert found["bmi"] == pytest.approx(4)
    assert found["tsh"] == 1
