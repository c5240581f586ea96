"""Grouped counts from rows, against counting the rows one by one."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from models.cohort import counts
from models.cohort.cohort_events import KINDS, cohort_events
from models.cohort.competing_risks import cumulative_incidence
from models.cohort.definition import parse_cohort
from models.cohort.membership import compared, marks
from models.cohort.pairing import halves, summed
from models.cohort.people import COHORT, event_column
from models.cohort.time_counts import TimeCounts

GROUP = ("time", "cause", "entry", "own")
KIND = next(kind for kind, event in KINDS.items() if event == ("skin", 1))


def clinic(people: int, seed: int) -> pd.DataFrame:
    """People with and without irAE, some of them seen only later, some without follow-up."""
    rng = np.random.default_rng(seed)
    follow = rng.integers(0, 500, people).astype(object)
    follow[rng.random(people) < 0.05] = None
    skin = rng.integers(0, 500, people)
    happened = [
        int(day) if end is not None and day <= end and rng.random() < 0.6 else None
        for day, end in zip(skin, follow, strict=True)
    ]
    rows = {name: [None] * people for name in COHORT.names}
    rows |= {
        "number": list(range(people)),
        "patient_id": [f"p{n}" for n in range(people)],
        "country": list(rng.choice(["FR", "ES"], people)),
        "site": ["FR/Lyon"] * people,
        "sex": list(rng.integers(0, 2, people)),
        "entry_day": list(rng.integers(0, 120, people) * rng.integers(0, 2, people)),
        "follow_days": list(follow),
        "died": list(rng.random(people) < 0.4),
        "irae_known": list(rng.random(people) < 0.9),
        event_column("skin", 1): happened,
    }
    return pd.DataFrame(rows)


@pytest.fixture(scope="module", params=[1, 2])
def engine(request):
    backend = ibis.duckdb.connect()
    backend.con.register("raw", clinic(800, request.param))
    kinds = {"int32": "INTEGER", "float64": "DOUBLE", "boolean": "BOOLEAN"}
    columns = ", ".join(
        f"CAST({one.name} AS {kinds.get(one.kind, 'VARCHAR')}) AS {one.name}"
        for one in COHORT.columns
    )
    backend.con.execute(f"CREATE TABLE cohort AS SELECT {columns} FROM raw")
    return backend


def run(engine, expression) -> pd.DataFrame:
    return engine.con.execute(engine.compile(expression)).df()


def members(landmark: int) -> ibis.Table:
    end = f";landmark={landmark}" if landmark else ""
    return compared(marks(parse_cohort(f"sex=F{end}"), parse_cohort(f"sex=M{end}"), ("ES",)))


def counted(half) -> dict[tuple[int, ...], int]:
    keys = zip(*(half[name].astype(int).tolist() for name in GROUP), strict=True)
    found: dict[tuple[int, ...], int] = {}
    for key, n in zip(keys, half["n"], strict=True):
        found[key] = found.get(key, 0) + int(n)
    return {key: n for key, n in found.items() if n}


@pytest.mark.parametrize("landmark", [0, 84])
def test_counts_of_times_are_those_of_the_rows(engine, landmark):
    rows = run(engine, COHORT.unbound)
    expected: dict[tuple[int, ...], int] = {}
    for one in rows.itertuples():
        day, follow = one.skin_1, one.follow_days
        if pd.isna(follow) or one.sex != 0 or not one.irae_known:
            continue
        if landmark and (follow <= landmark or (not pd.isna(day) and day <= landmark)):
            continue
        entry = one.entry_day - landmark if one.entry_day > landmark else -1
        time = int((follow if pd.isna(day) else day) - landmark)
        cause = 1 if not pd.isna(day) else 2 if one.died else 0
        if time > entry:
            key = (time, cause, entry, int(one.country == "ES"))
            expected[key] = expected.get(key, 0) + 1
    found = run(engine, counts.event_times(members(landmark), "skin", 1, landmark))
    assert counted(halves(found)[0]) == expected
    assert len(expected) > 100
    assert {entry for _, _, entry, _ in expected} != {-1}


@pytest.mark.parametrize("landmark", [0, 84])
def test_shifts_turn_the_common_counts_into_those_of_a_kind(engine, landmark):
    people, until = members(landmark), 365
    direct = halves(run(engine, counts.event_times(people, "skin", 1, landmark)))
    followed = halves(run(engine, counts.followed(people, landmark, until)))
    events = cohort_events(COHORT.unbound)
    shifts = halves(run(engine, counts.event_shifts(people, events, landmark, until)))
    for plain, common, shift in zip(direct, followed, shifts, strict=True):
        made = summed((common, shift.by("kind")[KIND]), GROUP)
        up_to = plain.where(plain["time"] <= until)
        assert counted(made.where(made["time"] <= until)) == counted(up_to)
        one, other = (cumulative_incidence(half.times).at([365]) for half in (plain, made))
        assert one.estimate[0] == pytest.approx(other.estimate[0], abs=1e-12)


def test_who_comes_under_observation_late_is_at_risk_only_then(engine):
    half = halves(run(engine, counts.survival_times(members(0), "death", 0)))[0]
    rows = run(engine, COHORT.unbound)
    rows = rows[(rows.sex == 0) & rows.follow_days.notna()]
    times: TimeCounts = half.times
    for day in (0, 50, 100, 200):
        seen = (rows.entry_day.where(rows.entry_day > 0, -1) < day) & (rows.follow_days >= day)
        seen &= rows.follow_days > rows.entry_day.where(rows.entry_day > 0, -1)
        assert times.at_risk_on([day])[0] == seen.sum()


def test_time_on_treatment_ends_with_the_stop_or_with_death(engine):
    people = members(0)
    stop = run(engine, counts.survival_times(people, "stop", 0))
    death = run(engine, counts.survival_times(people, "death", 0))
    # Nobody here has a recorded stop, so both are the same.
    assert counted(halves(stop)[0]) == counted(halves(death)[0])


def test_a_weight_is_the_chance_of_the_other_cohort(engine):
    people = members(0)
    effects = {"sex": {0: 0.4, 1: -0.2}, "stage": {-1: 0.1, 3: 2.0}}
    weight = counts.overlap_weight(people, people.in_a, 0.3, effects)
    found = run(engine, people.select("in_a", weight=weight))
    log_odds_a, log_odds_b = 0.3 + 0.4 + 0.1, 0.3 - 0.2 + 0.1
    assert found[found.in_a].weight.to_numpy() == pytest.approx(1 / (1 + np.exp(log_odds_a)))
    assert found[~found.in_a].weight.to_numpy() == pytest.approx(1 / (1 + np.exp(-log_odds_b)))
