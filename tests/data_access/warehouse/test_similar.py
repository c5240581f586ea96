"""Groups of similar patients in a snapshot: made on building, the same for whoever asks."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from data_access.errors import NotFound
from data_access.warehouse.course import OpenPatient
from data_access.warehouse.demonstration import build_demonstration
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.similar import at_landmark_to_show
from data_access.warehouse.snapshots import SnapshotStore
from models.cohort.similar_tables import SIMILAR_MEMBER, SIMILAR_RELEASED
from models.columns import Table
from tests.data_access.warehouse.conftest import DAY_0, AgeModel, Portion, person, portion, rows

PEOPLE = 420


def clinic() -> Portion:
    """Two countries, two sexes, ages and laboratory values that differ; half have a skin irAE."""
    rng = np.random.default_rng(4)
    people = [
        person(
            f"r{number:03d}",
            country=("FR", "ES")[number % 2],
            sex="FM"[int(rng.integers(2))],
            birth_year=int(rng.integers(1935, 1980)),
            consent="research",
            end_date=date(2025, 12, 31),
        )
        for number in range(PEOPLE)
    ]
    people += [
        person("care", end_date=date(2025, 12, 31)),
        person("bare", end_date=date(2025, 12, 31)),
        person("gone", consent="withdrawn"),
    ]
    tables = dict(portion(*people).tables)
    ids = [one["patient_id"] for one in people]
    with_lab = [name for name in ids if name != "bare"]
    labs = [
        {"patient_id": name, "date": DAY_0, "loinc": loinc, "unit": unit}
        | {"value": float(rng.uniform(*ends))}
        for name in with_lab
        for loinc, unit, ends in (
            ("1742-6", "U/L", (10, 60)),
            ("1751-7", "g/dL", (3, 5)),
            ("2160-0", "mg/dL", (0.5, 1.5)),
        )
    ]
    tables["lab"] = rows("lab", *labs)
    later = [
        {"patient_id": name, "date": DAY_0 + timedelta(days=90), "value": 50.0}
        | {"instrument": "qlq-c30", "scale": "QL"}
        for name in ids
    ]
    tables["score"] = rows("score", *tables["score"].to_pylist(), *later)
    tumours = [
        {"patient_id": name, "date": DAY_0, "icd10": "C34", "kind": "primary", "stage": "IV"}
        for name in ids
    ]
    tables["diagnosis"] = rows("diagnosis", *tumours)
    events = [
        {"patient_id": name, "organ": "skin", "grade": 2, "immune_related": True}
        | {"onset_date": DAY_0 + timedelta(days=40)}
        for name in ids[:PEOPLE:2]
    ]
    tables["adverse_event"] = rows("adverse_event", *events)
    return Portion(tables)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    store = SnapshotStore(tmp_path_factory.mktemp("similar") / "warehouse")
    build_demonstration(
        store,
        iter([clinic()]),
        patients=PEOPLE + 3,
        seed=1,
        progress=lambda step, share: None,
        predictor=AgeModel(),
    )
    return Warehouse(store.folder)


def read(warehouse: Warehouse, table: Table):
    return warehouse.run(table.unbound)


def ask(warehouse: Warehouse, patient_id: str, scopes=("FR", "ES")):
    data = warehouse.current()
    return at_landmark_to_show(data, OpenPatient(data, patient_id, scopes))


def test_every_scored_patient_is_in_one_group_at_each_landmark(warehouse):
    member = read(warehouse, SIMILAR_MEMBER)
    assert not member.duplicated(["patient_id", "landmark_day"]).any()
    at_start = set(member[member.landmark_day == 0].patient_id)
    assert {"r000", "r419", "care"} <= at_start
    assert not {"bare", "gone"} & at_start


def test_the_groups_are_the_research_patients_and_nobody_twice(warehouse):
    member, group = read(warehouse, SIMILAR_MEMBER), read(warehouse, SIMILAR_RELEASED[0])
    member = member[(member.landmark_day == 0) & (member.patient_id != "care")]
    group = group[group.landmark_day == 0].set_index("group_number").n
    assert len(group) == 2
    exact = member.groupby("group_number").size()
    assert exact.sum() == PEOPLE
    assert (abs(exact - group) <= 2).all()


def test_no_released_table_has_a_patient_or_a_count_under_ten(warehouse):
    for table in SIMILAR_RELEASED:
        found = read(warehouse, table)
        assert len(found)
        assert "patient_id" not in found.columns
        for name in {"n", "cases", "at_risk"} & set(found.columns):
            counts = found[name].dropna()
            assert counts.min() >= 10
            assert (counts % 5 == 0).all()


def test_a_patient_gets_the_nearest_group_whole(warehouse):
    patient, day, found = ask(warehouse, "r000")
    assert patient.who.patient_id == "r000"
    assert day == 84  # the last landmark by which the laboratory values are recent
    assert found.n >= 75
    assert found.closer_than % 5 == 0
    assert {one.name for one in found.shared} >= {"drug_class", "cancer", "sex", "stage"}
    assert "age_years" in {one.name for one in found.spreads}


def test_two_patients_of_one_group_are_told_the_same_of_it(warehouse):
    member = read(warehouse, SIMILAR_MEMBER)
    member = member[(member.landmark_day == 84) & (member.group_number == 0)]
    first, second = (ask(warehouse, name)[2] for name in member.patient_id[:2])
    assert first.fared == second.fared
    assert first.n == second.n
    assert first.quality == second.quality


def test_outcomes_are_those_after_the_landmark(warehouse):
    outcome = read(warehouse, SIMILAR_RELEASED[2])
    skin = outcome[(outcome.outcome == "skin") & (outcome.horizon_days == 90)]
    by_day = skin.groupby("landmark_day").cases.sum(min_count=1)
    assert by_day[0] == pytest.approx(PEOPLE / 2, abs=5)
    assert np.isnan(by_day[84])


def test_who_agreed_to_care_only_is_compared_but_in_no_group(warehouse):
    _, day, found = ask(warehouse, "care")
    assert day == 84
    assert found.n % 5 == 0


def test_without_enough_inputs_there_is_no_group(warehouse):
    assert ask(warehouse, "bare")[2] is None


def test_another_countrys_patient_is_not_found(warehouse):
    with pytest.raises(NotFound):
        ask(warehouse, "r001", scopes=("FR",))


def test_without_models_there_are_no_groups(tmp_path):
    store = SnapshotStore(tmp_path / "warehouse")
    build_demonstration(
        store, iter([clinic()]), patients=PEOPLE, seed=1, progress=lambda step, share: None
    )
    assert read(Warehouse(store.folder), SIMILAR_MEMBER).empty
