"""The same questions about cohorts have the same answers on every engine."""

from __future__ import annotations

import json
from collections.abc import Iterator

import ibis.backends.sql.compilers as compilers
import ibis.expr.types as ir
import pandas as pd
import psycopg
import pytest
from sqlglot import ErrorLevel

from app import create_app
from data_access.settings import Settings
from data_access.synthetic import chunks
from data_access.warehouse import engines
from data_access.warehouse.cohort_counts import (
    CountryCounts,
    RawCounts,
    memberships,
    own_people,
    places,
)
from data_access.warehouse.cohort_questions import Answers
from data_access.warehouse.demonstration import build_demonstration
from data_access.warehouse.elsewhere import Cohorts
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore
from models.cohort.adjusted_panel import Weighting
from models.cohort.definition import parse_cohort
from models.cohort.people import ANY, ORGANS, RISKS
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
ON_SPARK = (PAIRS[2], PAIRS[-1])
"""Spark takes seconds for each question: sets and negation, and what happened by a landmark."""

SCOPES = ("FR", "ES/Madrid", "patient:S0001")


def answers(data: Answers, a: str, b: str) -> dict[str, pd.DataFrame]:
    """Everything that is counted for two cohorts, and what the gate asks about them."""
    first, second = parse_cohort(a), parse_cohort(b)
    raw = RawCounts(data, first, second, SCOPES)
    outcome = next(name for name, day in RISKS if day == first.landmark_day)
    levels, words = raw.levels()
    effects = {"sex": {0: 0.2, -1: -0.7}, "age": {4: 1.1}}
    fitted = Weighting(0.3, effects, effective=(0.0, 0.0), balance=())
    found = {
        "levels": levels,
        **words,
        "death": raw.survival("death"),
        "stop": raw.survival("stop"),
        "any": raw.incidence(ANY, 1),
        "organ": raw.incidence(ORGANS[-1], 3),
        "visits": raw.visits("FA", 10, False),
        "scores": raw.visits("index", None, True),
        "cells": raw.cells(["sex", "age", "stage", "albumin"]),
    }
    if a == PAIRS[-1][0]:  # many questions in one, so it is asked once
        found["followed"], found["heat"] = raw.heat()
    several = {
        "risks": raw.risks(outcome),
    }
    found["weighted"] = raw.weighted(fitted)
    countries = CountryCounts(data, first, second, SCOPES)
    in_france = RawCounts(data, first, second, SCOPES, (countries, "FR"))
    found["in one country"] = in_france.survival("death")
    found |= {
        f"{name} {part}": rows for name, parts in several.items() for part, rows in enumerate(parts)
    }
    own = own_people(data, SCOPES)
    members = memberships(data, [first, second], len(own))
    return found | {
        "members": pd.DataFrame({"a": members[0], "b": members[1]}),
        "own": pd.DataFrame({"own": own}),
        "sites": pd.DataFrame({"site": places(data)["site"]}),
    }


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
    snapshot, _ = engines.publish(warehouse.store, url)
    assert snapshot == warehouse.snapshot.id
    cohorts = engines.cohorts_of(url)
    yield cohorts
    cohorts.close()


def test_it_is_the_same_snapshot(elsewhere: Cohorts, warehouse: Warehouse) -> None:
    assert elsewhere.snapshot == warehouse.snapshot


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "a", "b"),
    [("postgresql", *pair) for pair in PAIRS] + [("spark", *pair) for pair in ON_SPARK],
    indirect=["url"],
    ids=str,
)
def test_every_count_is_the_same(a: str, b: str, elsewhere: Cohorts, warehouse: Warehouse) -> None:
    here = answers(warehouse.current(), a, b)
    assert here["members"].any().all(), "an empty cohort would prove nothing"
    for name, rows in answers(elsewhere.current(), a, b).items():
        pd.testing.assert_frame_equal(
            in_order(rows),
            in_order(here[name]),
            check_dtype=False,
            check_exact=False,
            rtol=1e-9,
            atol=1e-9,
            obj=name,
        )


class Compiling:
    """Stands for an engine that is only translated for."""

    def __init__(self, dialect: str) -> None:
        self._compiler = getattr(compilers, dialect).compiler
        self.snapshot = None

    def run(self, expression: ir.Table) -> pd.DataFrame:
        query = self._compiler.to_sqlglot(expression)
        assert query.sql(self._compiler.dialect, unsupported_level=ErrorLevel.RAISE)
        return pd.DataFrame({name: [int(name != "number")] for name in expression.columns})


@pytest.mark.parametrize("dialect", ["trino", "clickhouse"])
def test_every_question_can_be_put_to_engines_that_are_not_tried_here(dialect: str) -> None:
    assert answers(Compiling(dialect), *PAIRS[-1])


@pytest.mark.slow
def test_the_command_tells_the_same(url: str, elsewhere: Cohorts, warehouse: Warehouse) -> None:
    def compare(place: object) -> dict[str, object]:
        var = warehouse.store.folder.parent
        app = create_app(Settings(var=var, warehouse=place, secret_key="0123456789abcdef" * 3))
        runner = app.test_cli_runner()
        assert runner.invoke(args=["record", "upgrade"]).exit_code == 0
        told = runner.invoke(args=["cohort", "compare", "--a", "sex=F", "--b", "sex=M", "--json"])
        parts = app.extensions["immunoboard"]
        parts.record.close()
        if place == url:
            parts.cohort_engine.close()
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    assert compare(url) == compare(warehouse.store.folder)


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows sorted by what they are grouped by, which comes first and is never the same twice."""
    return rows.sort_values(list(rows.columns)).reset_index(drop=True)
