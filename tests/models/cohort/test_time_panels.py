"""Panels over time from invented counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.cohort.pairing import Pairing
from models.cohort.time_panels import incidence_panel, survival_panel


def rows(seed: int, people: int = 400, *, late: bool = False) -> pd.DataFrame:
    """One group per person, which grouped counts may be."""
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 900, people)
    entry = np.where(late & (rng.random(people) < 0.5), rng.integers(0, 60, people), -1)
    found = pd.DataFrame(
        {
            "in_a": np.arange(people) % 2 == 0,
            "in_b": np.arange(people) % 2 == 1,
            "own": False,
            "time": time,
            "cause": rng.integers(0, 3, people),
            "entry": entry,
            "n": 1,
        }
    )
    return found[found.time > found.entry]


WHOLE = Pairing(0, overlap=False)


def test_people_who_come_late_are_counted_and_only_the_test_that_cannot_is_left_out():
    found = incidence_panel(rows(1, late=True), WHOLE, "any", 1)
    assert all(curve.points for curve in found.curves)
    assert found.differences
    assert found.test is None
    assert incidence_panel(rows(1), WHOLE, "any", 1).test is not None
    assert survival_panel(rows(1, late=True), WHOLE, "death").test is not None


def test_overlapping_cohorts_have_curves_and_no_comparison():
    overlap = Pairing(0, overlap=True)
    found = incidence_panel(rows(2), overlap, "any", 1)
    assert found.curves[0].points
    assert (found.differences, found.test) == ((), None)
    survival = survival_panel(rows(2), overlap, "death")
    assert survival.restricted_mean is not None
    assert (survival.difference, survival.test) == (None, None)


def test_a_cohort_without_anybody_is_a_note_and_no_error():
    nobody = rows(3)
    nobody = nobody[~nobody.in_b]
    for found in (
        incidence_panel(nobody, WHOLE, "any", 1),
        survival_panel(nobody, WHOLE, "death"),
    ):
        assert found.curves[0].points
        assert (found.curves[1].points, found.curves[1].note) == ((), "under 10 patients")
        assert found.test is None


def test_restricted_means_end_where_both_curves_do():
    found = survival_panel(rows(4), WHOLE, "death")
    last = min(curve.points[-1].time_days for curve in found.curves)
    assert found.restricted_to_days == last
    a, b = found.restricted_mean
    assert abs((a - b) - found.difference.estimate) <= 1
    assert found.difference.lower < found.difference.estimate < found.difference.upper
