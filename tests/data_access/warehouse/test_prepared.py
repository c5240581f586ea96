from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import ibis
import pytest

from data_access.warehouse.prepared import Prepared
from data_access.warehouse.reader import Warehouse
from models.schema import unbound
from tests.data_access.warehouse.conftest import fill

PATIENT = unbound("patient")
NASTY = "p' OR '1'='1"


@pytest.fixture
def warehouse(store) -> Warehouse:
    with store.build("simulated") as building:
        fill(building, "p1", "p2", NASTY)
    return Warehouse(store.folder)


@pytest.fixture
def one_patient() -> Prepared:
    return Prepared(
        lambda patient_id: PATIENT.filter(PATIENT.patient_id == patient_id), "patient_id"
    )


def test_each_value_gives_its_own_answer(warehouse, one_patient):
    data = warehouse.current()
    for patient_id in ("p1", "p2", NASTY):
        assert data.ask(one_patient, patient_id=patient_id).patient_id.tolist() == [patient_id]
    assert data.ask(one_patient, patient_id="nobody").empty


def test_no_value_becomes_part_of_the_question(warehouse, one_patient):
    backend = ibis.duckdb.connect()
    before = one_patient.sql(backend)
    warehouse.current().ask(one_patient, patient_id=NASTY)
    assert one_patient.sql(backend) == before
    assert "$patient_id" in before
    assert "p1" not in before


def test_a_prepared_question_answers_as_the_expression_does(warehouse):
    since = Prepared(lambda day: PATIENT.filter(PATIENT.index_date >= day.cast("date")), "day")
    asked = warehouse.current().ask(since, day="2020-01-01")
    expression = PATIENT.filter(PATIENT.index_date >= ibis.date("2020-01-01"))
    assert asked.sort_values("patient_id", ignore_index=True).equals(
        warehouse.run(expression.order_by("patient_id"))
    )


def test_threads_share_a_question(warehouse, one_patient):
    data = warehouse.current()

    def found(patient_id: str) -> list[str]:
        return data.ask(one_patient, patient_id=patient_id).patient_id.tolist()

    wanted = ["p1", "p2"] * 30
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(found, wanted)) == [[patient_id] for patient_id in wanted]
