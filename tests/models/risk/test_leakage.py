"""Nothing of the future reaches an input, and without a signal there is no discrimination."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_access.simulated_rows import landmark_rows
from data_access.synthetic import chunks
from models.risk.calibration import EVERYWHERE
from models.risk.ensemble import Ensemble
from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.inputs import FEATURE_NAMES
from models.risk.labels import labels
from models.risk.metrics import auroc
from models.risk.outcomes import LANDMARKS, OUTCOMES
from models.risk.training import TrainingPlan, train
from models.schema import unbound
from tests.models.risk.made_up import silent

PEOPLE = 3_000
DATED_BY = {
    "lab": "date",
    "medication": "start_date",
    "adverse_event": "onset_date",
    "score": "date",
    "biomarker": "date",
    "lifestyle": "date",
    "treatment": "start_date",
    "diagnosis": "date",
}
OTHERWISE: dict[str, dict[str, object]] = {
    "lab": {"value": 1.0},
    "medication": {"atc": "A02BC01"},
    "adverse_event": {"organ": "skin", "grade": 4, "immune_related": True},
    "score": {"value": 1.0},
    "biomarker": {"value": 1.0},
    "lifestyle": {"value": "2"},
    "treatment": {"regimen": "ipilimumab", "drug_class": "CTLA4", "line": 3},
    "diagnosis": {"icd10": "J84", "kind": "comorbidity"},
}
"""What stands in the rows after the landmark instead."""


@pytest.fixture(scope="module")
def cohort():
    return next(iter(chunks(PEOPLE, 606)))


@pytest.fixture(scope="module")
def patients():
    return landmark_rows(chunks(PEOPLE, 606), PEOPLE, silent)


def features_of(tables: dict[str, pa.Table], landmark: int) -> pd.DataFrame:
    expression = landmark_features({name: unbound(name) for name in FEATURE_TABLES}, (landmark,))
    with duckdb.connect() as connection:
        for name in FEATURE_TABLES:
            connection.register(name, tables[name])
        frame = connection.execute(ibis.to_sql(expression, dialect="duckdb")).df()
    return frame.sort_values("patient_id")[["patient_id", *FEATURE_NAMES]]


def other_future(table: pa.Table, name: str, later: np.ndarray) -> pa.Table:
    """The same rows, but whatever is recorded after the landmark is something else."""
    frame = table.to_pandas(date_as_object=True)
    for column, value in OTHERWISE[name].items():
        kept = frame[column].astype(object)
        frame[column] = kept.where(~later, value)
    return pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False)


@pytest.mark.parametrize("landmark", [day for day in LANDMARKS if day <= 84])
def test_inputs_of_a_whole_cohort_do_not_know_the_future(cohort, landmark):
    """Later values change, and later ends are forgotten: no input of anybody moves.

    The rows stay: that a site delivers a kind of data is known from others' rows by then.
    """
    tables = {name: cohort.tables[name] for name in FEATURE_TABLES}
    whole = features_of(tables, landmark)
    start = tables["patient"].to_pandas(date_as_object=True).set_index("patient_id").index_date
    changed, rewritten = dict(tables), 0
    for name in OTHERWISE:
        people = tables[name]["patient_id"].to_pandas()
        limit = np.array([day + timedelta(days=landmark) for day in start.loc[people]])
        days = tables[name][DATED_BY[name]].to_pandas(date_as_object=True).to_numpy()
        later = np.array(
            [day is not None and day > end for day, end in zip(days, limit, strict=True)]
        )
        rewritten += int(later.sum())
        changed[name] = other_future(tables[name], name, later)
        if "end_date" in tables[name].column_names:
            ends = changed[name].to_pandas(date_as_object=True)
            over = [
                day is not None and day > end for day, end in zip(ends.end_date, limit, strict=True)
            ]
            ends["end_date"] = ends.end_date.where(~np.array(over), None)
            changed[name] = pa.Table.from_pandas(
                ends, schema=tables[name].schema, preserve_index=False
            )
    assert rewritten > PEOPLE
    frame = features_of(changed, landmark)
    assert (frame.patient_id.to_numpy() == whole.patient_id.to_numpy()).all()
    for name in FEATURE_NAMES:
        np.testing.assert_array_equal(frame[name].to_numpy(), whole[name].to_numpy(), name)


def test_permuted_answers_give_no_discrimination(patients, monkeypatch):
    monkeypatch.setattr("models.risk.training.FEWEST_EVENTS", 1)
    rng = np.random.default_rng(5)
    start = patients.select(patients.landmark_day == 0)
    order = rng.permutation(len(start))
    mixed = replace(
        start,
        follow_up_days=start.follow_up_days[order],
        died=start.died[order],
        onset_days=start.onset_days[order],
    )
    trained = train(mixed, TrainingPlan(seed=2, bags=2, most_rounds=40, threads=2), silent)
    fresh = landmark_rows(chunks(8_000, 909), 8_000, silent)
    fresh = fresh.select(fresh.landmark_day == 0)
    ensemble = Ensemble.from_texts(trained.texts, 2)
    margins = ensemble.margins(fresh.features).mean(axis=0)
    answers = labels(fresh)
    found = {}
    for i, outcome in enumerate(OUTCOMES):
        line = trained.calibrations[outcome][EVERYWHERE]
        weight = answers.weight[:, i, 1]
        found[outcome] = float(auroc(line(margins[:, i, 1]), answers.happened[:, i, 1], weight))
    common = ("severe", "skin", "gastrointestinal", "endocrine")
    assert np.mean([found[name] for name in common]) == pytest.approx(0.5, abs=0.04), found


def test_every_table_of_the_inputs_is_changed():
    assert set(FEATURE_TABLES) - {"patient"} == set(DATED_BY) == set(OTHERWISE)
