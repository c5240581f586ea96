"""Grouped counts taken apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.cohort.pairing import OWN_ONLY, halves

ROWS = pd.DataFrame(
    {
        "in_a": [True, True, False, True],
        "in_b": [False, True, True, False],
        "own": [False, True, False, False],
        "kind": [7, 2, 2, 7],
        "n": [10, 3, 20, 5],
    }
)


def test_patients_of_both_cohorts_are_in_both_halves():
    a, b = halves(ROWS)
    assert (a.tally().n, a.tally().others) == (18, 15)
    assert (b.tally().n, b.tally().others) == (23, 20)


def test_groups_by_a_column_are_those_that_a_mask_would_leave():
    rows = ROWS.copy()
    rows.attrs[OWN_ONLY] = (True, False)
    for half in halves(rows):
        parts = half.by("kind")
        assert sorted(parts) == sorted(set(half["kind"].tolist()))
        for kind, part in parts.items():
            masked = half.where(half["kind"] == kind)
            assert part.own_only is half.own_only
            for name in ROWS.columns:
                assert np.array_equal(part[name], masked[name])


def test_nobody_has_no_groups():
    a, _ = halves(ROWS[:0])
    assert a.by("kind") == {}
