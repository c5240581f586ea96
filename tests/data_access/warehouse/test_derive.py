from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
import pytest

from data_access.warehouse.demonstration import build_demonstration
from data_access.warehouse.derive import score_forms
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.rescore import rescore
from models.cohort.disclosure import RISK_REFERENCE, SCORE_BAND
from models.columns import Table
from models.qol.instruments import BUILT_IN
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.schema import unbound
from tests.data_access.warehouse.conftest import AgeModel, person, portion, rows


def silent(step: str, share: float) -> None:
    assert step
    assert 0 <= share <= 1


def released(table: Table):
    return ibis.table(table.schema, name=table.name)


@pytest.fixture
def people() -> list[dict[str, object]]:
    asked = [person(f"r{number:02d}", consent="research") for number in range(30)]
    return [
        *asked,
        person("ageless", birth_year=None),
        person("gone", consent="withdrawn"),
        person("early", end_date=date(2024, 1, 10)),
    ]


@pytest.fixture
def warehouse(store, people) -> Warehouse:
    build_demonstration(
        store,
        iter([portion(*people[:20]), portion(*people[20:])]),
        patients=len(people),
        seed=1,
        progress=silent,
        predictor=AgeModel(),
    )
    return Warehouse(store.folder)


def test_every_patient_reached_at_a_landmark_has_features_but_who_withdrew(warehouse):
    features = warehouse.run(unbound("features"))
    reached = features.groupby("patient_id").landmark_day.apply(list)
    assert reached["r00"] == [0, 21, 42, 84, 126, 182, 273, 365]
    assert reached["early"] == [0]
    assert "gone" not in reached


def test_every_scored_patient_has_each_outcome_and_horizon_at_each_landmark(warehouse):
    prediction = warehouse.run(
        unbound("prediction").filter(lambda table: table.patient_id == "r00")
    )
    assert len(prediction) == 8 * len(OUTCOMES) * len(HORIZONS)
    assert set(prediction.model_version) == {"test/1"}
    at_start = prediction.query("landmark_day == 0 and outcome == 'severe' and horizon_days == 365")
    assert at_start.risk.item() == pytest.approx(0.064)


def test_who_cannot_be_scored_has_no_prediction(warehouse):
    scored = set(warehouse.run(unbound("prediction")).patient_id)
    assert "ageless" not in scored
    assert "gone" not in scored


def test_the_snapshot_names_the_models_that_scored_it(warehouse):
    assert warehouse.snapshot.model_version == "test/1"


def test_reference_bands_count_research_patients_only(warehouse):
    reference = warehouse.run(released(RISK_REFERENCE))
    assert set(reference.drug_class) == {"PD1"}
    assert set(reference.n) == {30}
    bands = warehouse.run(released(SCORE_BAND))
    assert set(bands.n) == {30}
    assert set(bands["median"]) == {7.0}
    groups = bands.sort_values("day").groupby(["age_band", "sex"]).day.agg(list)
    assert groups.to_dict() == {("60-69", "F"): [0, 30], ("all", "all"): [0, 30]}


def test_without_models_there_are_features_and_no_predictions(store, people):
    build_demonstration(
        store, iter([portion(*people)]), patients=len(people), seed=1, progress=silent
    )
    warehouse = Warehouse(store.folder)
    assert len(warehouse.run(unbound("features")))
    assert warehouse.run(unbound("prediction")).empty
    assert warehouse.snapshot.model_version is None


def test_an_unscored_build_has_neither(store, people):
    build_demonstration(
        store, iter([portion(*people)]), patients=len(people), seed=1, progress=silent, scored=False
    )
    assert Warehouse(store.folder).run(unbound("features")).empty


def form(patient_id: str, day: date, answers: dict[str, float], instrument: str = "qlq-c30"):
    return [
        {
            "patient_id": patient_id,
            "date": day,
            "instrument": instrument,
            "item": item,
            "value": value,
        }
        for item, value in answers.items()
    ]


def test_answers_without_scores_are_scored_and_existing_scores_stay(store):
    whole = {f"q{number}": 1.0 for number in range(1, 31)}
    with store.build("import") as building:
        building.append("patient", rows("patient", person("p1"), person("p2")))
        answers = [
            *form("p1", date(2024, 2, 1), whole),
            *form("p1", date(2024, 3, 1), {"q29": 7.0, "q30": 7.0}, "qlq-short"),
            *form("p2", date(2024, 2, 1), whole),
            *form("p2", date(2024, 2, 1), {"mo": 1.0}, "eq-5d-5l"),
        ]
        building.append("answer", rows("answer", *answers))
        known = {
            "patient_id": "p2",
            "date": date(2024, 2, 1),
            "instrument": "qlq-c30",
            "scale": "QL",
            "value": 55.0,
        }
        building.append("score", rows("score", known))
        score_forms(building, BUILT_IN.values(), silent)
    scores = Warehouse(store.folder).run(unbound("score"))
    first = scores.query("patient_id == 'p1' and instrument == 'qlq-c30'").set_index("scale").value
    assert len(first) == 16
    assert first[["QL", "PF", "FA", "SUM"]].tolist() == [0, 100, 0, 100]
    short = scores.query("instrument == 'qlq-short'")
    assert short[["scale", "value"]].values.tolist() == [["QL", 100.0]]
    assert scores.query("patient_id == 'p2'").value.tolist() == [55.0]


def test_eq5d_answers_get_an_index_by_the_country_of_the_patient(store):
    answers = dict.fromkeys(("mo", "sc", "ua", "pd", "ad"), 5.0)
    people = [person("p1"), person("p2", country="ES"), person("p3", country="KR")]
    with store.build("import") as building:
        building.append("patient", rows("patient", *people))
        given = [
            *form("p1", date(2024, 2, 1), answers | {"vas": 40.0}, "eq-5d-5l"),
            *form("p2", date(2024, 2, 1), answers, "eq-5d-5l"),
            *form("p3", date(2024, 2, 1), answers | {"vas": 60.0}, "eq-5d-5l"),
            *form("p1", date(2024, 3, 1), {"mo": 1.0}, "eq-5d-5l"),
        ]
        building.append("answer", rows("answer", *given))
        score_forms(building, BUILT_IN.values(), silent)
    scores = Warehouse(store.folder).run(unbound("score"))
    found = {(row.patient_id, row.scale): row.value for row in scores.itertuples()}
    assert found == {
        ("p1", "index"): -0.525,
        ("p1", "vas"): 40,
        ("p2", "index"): -0.416,
        ("p3", "vas"): 60,
    }


def test_forms_to_forecast_from_are_the_latest_of_who_did_not_withdraw(warehouse):
    found = warehouse.run(unbound("form_features"))
    assert found.groupby("patient_id").form_day.agg(list)["r00"] == [30]
    assert "gone" not in set(found.patient_id)
    row = found.set_index("patient_id").loc["r03"]
    assert (row.last_global_qol, row.before_global_qol, row.forms) == (3, 3, 2)


def test_an_unscored_build_has_no_form_to_forecast_from(store, people):
    build_demonstration(
        store, iter([portion(*people)]), patients=len(people), seed=1, progress=silent, scored=False
    )
    assert Warehouse(store.folder).run(unbound("form_features")).empty


def test_rescoring_keeps_the_forms_to_forecast_from(store, warehouse):
    def stored():
        rows = Warehouse(store.folder).run(unbound("form_features"))
        return rows.sort_values(["patient_id", "form_date"]).reset_index(drop=True)

    before = stored()
    rescore(store, AgeModel(), silent)
    assert len(before) > 30
    pd.testing.assert_frame_equal(stored(), before)
