"""Forms as arrays: each row's inputs beside what came after that form, few forms per patient."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.qol.forecast.inputs import INPUT_NAMES
from models.qol.forecast.rows import FORMS_PER_PATIENT, ForecastRows, sampled
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS
from tests.models.qol.forecast.made_up import forms

DAYS = {"p1": (0, 91), "p2": (30,)}


def frames():
    """Scores that name their form and horizon, rows in no order, one form without what came."""
    pairs = [(who, day) for who, days in DAYS.items() for day in days]
    inputs = pd.DataFrame(
        [
            {"patient_id": who, "form_date": pd.Timestamp(2024, 1, 1) + pd.Timedelta(days=day)}
            | dict.fromkeys(INPUT_NAMES, float(day))
            for who, day in [*pairs, ("care", 0)]
        ]
    )
    later = pd.DataFrame(
        [
            {"patient_id": who, "form_date": pd.Timestamp(2024, 1, 1) + pd.Timedelta(days=day)}
            | {"country": f"of {who}", "horizon_days": horizon}
            | {"observed": horizon == 91, "alive": True, "answered": who == "p1"}
            | {target.name: day + horizon / 1000 + at for at, target in enumerate(TARGETS)}
            for who, day in pairs
            for horizon in HORIZONS_DAYS
        ]
    )
    return inputs.sample(frac=1, random_state=1), later.sample(frac=1, random_state=2)


def test_inputs_and_what_came_after_are_of_the_same_form():
    rows = ForecastRows.from_frames(*frames())
    assert rows.patient_id.tolist() == ["p1", "p1", "p2"]
    assert rows.country.tolist() == ["of p1", "of p1", "of p2"]
    form_day = np.array([0, 91, 30])
    assert rows.input("form_day").tolist() == form_day.tolist()
    horizon = np.array(HORIZONS_DAYS)[None, :, None] / 1000
    np.testing.assert_allclose(
        rows.later, form_day[:, None, None] + horizon + np.arange(len(TARGETS))
    )
    assert rows.observed.tolist() == [[True, False]] * 3
    assert rows.answered.tolist() == [[True, True], [True, True], [False, False]]


def test_rows_of_two_cohorts_follow_one_another():
    rows = ForecastRows.from_frames(*frames())
    both = ForecastRows.concatenate([rows, rows])
    assert len(both) == 6
    assert both.people.tolist() == [0, 0, 1, 0, 0, 1]
    np.testing.assert_array_equal(both.select(np.arange(3, 6)).later, rows.later)


def test_a_form_is_due_where_the_design_asks_for_one_in_the_window():
    rows = ForecastRows.from_frames(*frames())
    inputs = rows.inputs.copy()
    inputs[:, INPUT_NAMES.index("form_day")] = [0, 400, 548]
    due = ForecastRows(rows.patient_id, rows.country, inputs, *([rows.later] * 4)).due
    # The last form is due on day 548: after 578 none is.
    assert due.tolist() == [[True, True], [True, False], [False, False]]


def test_at_most_six_forms_of_a_patient_count_and_everybody_with_one_is_there():
    rows = forms()
    chosen = sampled(rows, np.random.default_rng(1))
    counts = np.bincount(rows.people[chosen])
    everything = np.bincount(rows.people)
    np.testing.assert_array_equal(counts, np.minimum(everything, FORMS_PER_PATIENT))
    assert (np.diff(chosen) > 0).all()
    assert everything.max() > FORMS_PER_PATIENT


def test_the_choice_of_forms_follows_the_seed_and_prefers_no_time():
    rows = forms()
    first, again, other = (sampled(rows, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    many = rows.select(np.bincount(rows.people)[rows.people] > FORMS_PER_PATIENT)
    kept = sampled(many, np.random.default_rng(1))
    start = many.input("form_day") == 0
    share = FORMS_PER_PATIENT * np.unique(many.people[start]).size / start.sum()
    assert start[kept].sum() < start.sum()
    assert share == FORMS_PER_PATIENT
