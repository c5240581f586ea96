"""Hand-made patients: what is known on the day of a form, and what counts as what came after."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
import pytest

from data_access.synthetic import generate
from models.qol.forecast.inputs import INPUT_NAMES
from models.qol.forecast.origins import FORECAST_TABLES, inputs_at_forms, later_scores
from models.schema import TABLES, unbound
from tests.models.risk.clinic import START, day, patient

TREATED = {
    "patient_id": "p1",
    "line": 1,
    "regimen": "pembrolizumab",
    "drug_class": "PD1",
    "start_date": START,
}


@cache  # compiling takes longer than running
def sql(what: str) -> str:
    tables = {name: unbound(name) for name in FORECAST_TABLES}
    expression = {
        "all": lambda: inputs_at_forms(tables, latest_only=False),
        "latest": lambda: inputs_at_forms(tables, latest_only=True),
        "later": lambda: later_scores(tables),
    }[what]()
    return ibis.to_sql(expression, dialect="duckdb")


def run(tables: dict[str, pa.Table], what: str) -> pd.DataFrame:
    with duckdb.connect(config={"threads": 1}) as connection:
        for name in FORECAST_TABLES:
            connection.register(name, tables[name])
        return connection.execute(sql(what)).df()


def clinic(people: list[dict], scores: list[dict], **others: list[dict]) -> dict[str, pa.Table]:
    rows = {"patient": people, "score": scores, "treatment": [TREATED], **others}
    tables = {}
    for name in FORECAST_TABLES:
        schema = TABLES[name].schema.to_pyarrow()
        full = [dict.fromkeys(schema.names) | row for row in rows.get(name, [])]
        tables[name] = pa.Table.from_pylist(full, schema)
    return tables


def scored(number: int, scale: str, value: float, instrument: str = "qlq-c30", who: str = "p1"):
    return {
        "patient_id": who,
        "date": day(number),
        "instrument": instrument,
        "scale": scale,
        "value": value,
    }


def inputs(tables, what: str = "all") -> pd.DataFrame:
    return run(tables, what).sort_values(["patient_id", "form_date"]).reset_index(drop=True)


HISTORY = [
    scored(-3, "QL", 50),
    scored(30, "QL", 58, "qlq-short"),
    scored(30, "FA", 33, "qlq-short"),
    scored(91, "QL", 75),
    scored(91, "SUM", 80),
    scored(120, "QL", 41, "qlq-short"),
]


def test_latest_before_mean_and_start_of_a_scale_on_the_day_of_each_form():
    found = inputs(clinic([patient()], HISTORY))
    assert found.form_day.tolist() == [0, 30, 91, 120]
    assert found.last_global_qol.tolist() == [50, 58, 75, 41]
    assert found.before_global_qol.fillna(-1).tolist() == [-1, 50, 58, 75]
    assert found.mean_global_qol.tolist() == pytest.approx([50, 54, 61, 56])
    assert found.start_global_qol.tolist() == [50] * 4
    assert found.start_summary.isna().all()
    assert found.last_fatigue.fillna(-1).tolist() == [-1, 33, 33, 33]
    assert found.forms.tolist() == [1, 2, 3, 4]
    assert found.form_gap_days.fillna(-1).tolist() == [-1, 30, 61, 29]
    assert found.full_form_age_days.tolist() == [0, 30, 0, 29]


def test_a_form_before_the_first_dose_is_looked_at_on_the_day_of_that_dose():
    lab = {"patient_id": "p1", "date": START, "loinc": "1751-7", "value": 30.0, "unit": "g/L"}
    found = inputs(clinic([patient()], HISTORY[:1], lab=[lab]))
    assert found.form_date.dt.date.tolist() == [START]
    assert found.form_day.tolist() == [0]
    assert found.drug_class.notna().all()
    assert found.albumin.notna().all()


def test_only_the_latest_form_and_the_latest_full_one_are_kept():
    found = inputs(clinic([patient()], HISTORY), "latest")
    assert found.form_day.tolist() == [91, 120]
    found = inputs(clinic([patient()], HISTORY[:-1]), "latest")
    assert found.form_day.tolist() == [91]
    everything = inputs(clinic([patient()], HISTORY[:-1]))
    pd.testing.assert_frame_equal(found, everything.tail(1).reset_index(drop=True))


def test_who_withdrew_is_in_neither_and_who_agreed_to_care_only_is_not_learnt_from():
    people = [patient("p1", consent="withdrawn"), patient("p2", consent="care")]
    tables = clinic(people, [*HISTORY, scored(0, "QL", 50, who="p2")])
    assert set(inputs(tables).patient_id) == {"p2"}
    assert run(tables, "later").empty


def test_a_questionnaire_that_is_no_input_makes_no_form():
    assert inputs(clinic([patient()], [scored(10, "TOTAL", 50, "fact-g")])).empty


def test_support_response_and_the_latest_irae_of_the_day():
    tables = clinic(
        [patient()],
        [scored(91, "QL", 75)],
        lifestyle=[
            {"patient_id": "p1", "date": day(0), "factor": "support", "value": "high"},
            {"patient_id": "p1", "date": day(95), "factor": "support", "value": "low"},
        ],
        response=[
            {"patient_id": "p1", "date": day(60), "recist": "PR"},
            {"patient_id": "p1", "date": day(80), "recist": "NE"},
        ],
        adverse_event=[
            {"patient_id": "p1", "onset_date": day(at), "immune_related": related}
            | {"organ": "skin", "grade": 2}
            for at, related in ((40, True), (85, False), (100, True))
        ],
    )
    (row,) = inputs(tables).to_dict("records")
    assert (row["support"], row["response"], row["days_since_irae"]) == (1, 2, 51)


DATED_BY = {
    "lab": ("date", {"value": 1.0}),
    "medication": ("start_date", {"atc": "A02BC01"}),
    "adverse_event": ("onset_date", {"organ": "skin", "grade": 4, "immune_related": True}),
    "score": ("date", {"value": 1.0}),
    "biomarker": ("date", {"value": 1.0}),
    "lifestyle": ("date", {"value": "2"}),
    "treatment": ("start_date", {"regimen": "ipilimumab", "drug_class": "CTLA4", "line": 3}),
    "diagnosis": ("date", {"icd10": "J84", "kind": "comorbidity"}),
    "response": ("date", {"recist": "PD"}),
}


@pytest.mark.parametrize("cut", [0, 60, 200])
def test_nothing_dated_after_a_form_reaches_its_inputs(cut):
    tables = dict(generate(600, 606).tables)
    start = tables["patient"].to_pandas().set_index("patient_id").index_date
    changed = dict(tables)
    for name, (column, otherwise) in DATED_BY.items():
        frame = tables[name].to_pandas(date_as_object=True)
        since = pd.to_datetime(frame[column]) - pd.to_datetime(frame.patient_id.map(start))
        later = since > timedelta(days=cut)
        for other, value in otherwise.items():
            frame[other] = frame[other].astype(object).where(~later, value)
        changed[name] = pa.Table.from_pandas(frame, tables[name].schema, preserve_index=False)
    before, after = inputs(tables), inputs(changed)
    early = before.form_day <= cut
    assert early.sum() > 300
    columns = ["patient_id", "form_date", *INPUT_NAMES]
    pd.testing.assert_frame_equal(before[early][columns], after[early][columns])
    assert (after[~early].last_global_qol.dropna() == 1).all()


def later(scores: list[dict], **changes) -> pd.DataFrame:
    found = run(clinic([patient(**changes)], scores), "later")
    found["form_day"] = (found.form_date - pd.Timestamp(START)).dt.days
    return found.set_index(["form_day", "horizon_days"]).sort_index()


@pytest.mark.parametrize(
    ("came", "counts"), [(60, False), (61, True), (91, True), (121, True), (122, False)]
)
def test_a_form_counts_within_thirty_days_of_the_horizon(came, counts):
    found = later([scored(0, "QL", 50), scored(came, "QL", 75)])
    assert found.answered[0, 91] == counts
    assert (found.global_qol[0, 91] == 75) == counts
    assert found.summary.isna().all()


def test_the_nearest_form_counts_and_of_two_equally_near_the_earlier():
    found = later([scored(0, "QL", 50), scored(80, "QL", 60), scored(95, "QL", 70)])
    assert found.global_qol[0, 91] == 70
    found = later([scored(0, "QL", 50), scored(101, "QL", 70), scored(81, "QL", 60)])
    assert found.global_qol[0, 91] == 60


def test_a_form_without_the_scale_is_an_answer_and_leaves_it_to_another_form():
    found = later([scored(0, "QL", 50), scored(91, "QL", 60, "qlq-short"), scored(110, "SUM", 70)])
    assert found.global_qol[0, 91] == 60
    assert found.summary[0, 91] == 70


def test_a_short_form_counts_for_its_two_scales():
    short = [scored(91, "QL", 60, "qlq-short"), scored(91, "FA", 22, "qlq-short")]
    found = later([scored(0, "QL", 50), *short])
    assert (found.global_qol[0, 91], found.fatigue[0, 91]) == (60, 22)


def test_the_form_itself_is_never_its_own_later_score():
    found = later([scored(0, "QL", 50)])
    assert not found.answered.any()
    assert found.global_qol.isna().all()


@pytest.mark.parametrize(("end", "observed"), [(121, True), (120, False)])
def test_a_horizon_is_observed_once_its_window_closed_before_the_data_were_cut(end, observed):
    assert later([scored(0, "QL", 50)], end_date=day(end)).observed[0, 91] == observed


@pytest.mark.parametrize(("death", "alive"), [(None, True), (92, True), (91, False), (40, False)])
def test_alive_is_who_did_not_die_up_to_the_horizon(death, alive):
    died = None if death is None else day(death)
    found = later([scored(0, "QL", 50)], death_date=died)
    assert found.alive[0, 91] == alive
