"""The same questions about cohorts have the same answers on every engine."""

from __future__ import annotations

from collections.abc import Iterator

import ibis.backends.sql.compilers as compilers
import ibis.expr.types as ir
import pandas as pd
import psycopg
import pytest
from sqlglot import ErrorLevel

from data_access.synthetic import chunks
from data_access.warehouse import engines
from data_access.warehouse.demonstration import build_demonstration
from data_access.warehouse.elsewhere import Cohorts
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore
from models.cohort import counts
from models.cohort.definition import parse_cohort
from models.cohort.membership import compared
from models.cohort.people import EVENTS, RISKS, SCALES
from models.cohort.variables import VARIABLES
from tests.data_access.warehouse.conftest import AgeModel

# py4j, through which Spark is spoken to, leaves the closing of its sockets to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

PATIENTS = 300
PAIRS = [
    ("", "drug_class=PD1"),
    ("drug_class=PD1;age=50-70", "drug_class!=PD1;sex=F,M"),
    ("drug=ipilimumab,nivolumab;country=FR,ES", "drug=none,pembrolizumab;country!=FR"),
    ("albumin=missing;start=2020Q1-2030Q4", "albumin!=missing;site!=FR/Lyon;qol=missing,-50"),
    ("landmark=84;irae=severe,hepatic,skin", "landmark=84;irae=none,missing"),
    ("landmark=84;response=responder,missing", "landmark=84;steroid_after!=yes;irae!=none"),
]
CODED = [one for one in VARIABLES.values() if one.kind in ("coded", "set") and not one.after_start]


def questions(a: str, b: str) -> dict[str, ir.Table]:
    """Everything that is counted for two cohorts."""
    first, second = parse_cohort(a), parse_cohort(b)
    people, day = compared(first, second, ["FR", "ES/Madrid", "patient:S0001"]), first.landmark_day
    outcome, landmark = next(risk for risk in RISKS if risk[1] == day)
    bins = {"bin": counts.risk_bin(people, outcome, landmark)}
    asked = {
        "sizes": counts.sizes(people),
        "levels": counts.levels(people, CODED),
        "sites": counts.words(people, "site"),
        "quarters": counts.words(people, "start"),
        "death": counts.survival_times(people, counts.DEATH, day),
        "stop": counts.survival_times(people, counts.STOP, day, bins),
        "risks": counts.risks(people, outcome, landmark),
        "cells": counts.cells(people, ["sex", "age", "stage", "albumin"]),
    }
    for kind, grade in (EVENTS[0], EVENTS[-1]):
        asked[f"{kind} {grade}"] = counts.event_times(people, kind, grade, day, bins)
    for scale in list(SCALES)[:2]:
        asked[f"visits {scale}"] = counts.visits(people, scale)
        asked[f"worse {scale}"] = counts.worse_visits(people, scale, 10, scale != "FA")
    return asked


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Simulated patients on the embedded engine."""
    store = SnapshotStore(tmp_path_factory.mktemp("engines") / "warehouse")
    build_demonstration(
        store,
        chunks(PATIENTS, 11),
        patients=PATIENTS,
        seed=11,
        progress=lambda *_: None,
        predictor=AgeModel(),
    )
    return Warehouse(store.folder)


@pytest.fixture(scope="module")
def database(postgresql: str) -> str:
    """The address of an empty database."""
    with psycopg.connect(f"host={postgresql} user=postgres", autocommit=True) as administrator:
        administrator.execute("CREATE DATABASE engines")
    return f"postgresql://postgres@/engines?host={postgresql}"


@pytest.fixture(scope="module", params=["postgresql", "spark"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another engine, empty."""
    if request.param == "postgresql":
        return request.getfixturevalue("database")
    request.getfixturevalue("spark")
    return f"spark:{tmp_path_factory.mktemp('spark') / 'published'}"


@pytest.fixture(scope="module")
def elsewhere(url: str, warehouse: Warehouse) -> Iterator[Cohorts]:
    """The same patients on the other engine."""
    assert engines.publish(warehouse.store, url) == (warehouse.snapshot.id, True)
    cohorts = engines.cohorts_of(url)
    yield cohorts
    cohorts.close()


def test_it_is_the_same_snapshot(elsewhere: Cohorts, warehouse: Warehouse) -> None:
    assert elsewhere.snapshot == warehouse.snapshot


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b"), PAIRS, ids=range(len(PAIRS)))
def test_every_count_is_the_same(a: str, b: str, elsewhere: Cohorts, warehouse: Warehouse) -> None:
    sizes = warehouse.run(questions(a, b)["sizes"])
    assert sizes[["in_a", "in_b"]].any().all(), "an empty cohort would prove nothing"
    for name, question in questions(a, b).items():
        pd.testing.assert_frame_equal(
            in_order(elsewhere.run(question)),
            in_order(warehouse.run(question)),
            check_dtype=False,
            check_exact=False,
            rtol=1e-9,
            atol=1e-9,
            obj=name,
        )


@pytest.mark.parametrize("dialect", ["trino", "clickhouse"])
def test_every_question_can_be_put_to_engines_that_are_not_tried_here(dialect: str) -> None:
    compiler = getattr(compilers, dialect).compiler
    for question in questions(*PAIRS[-1]).values():
        asked = compiler.to_sqlglot(question).sql(
            compiler.dialect, unsupported_level=ErrorLevel.RAISE
        )
        assert asked.startswith("SELECT")


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows sorted by what they are grouped by, which comes first and is never the same twice."""
    return rows.sort_values(list(rows.columns)).reset_index(drop=True)
