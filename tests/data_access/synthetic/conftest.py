"""One simulated cohort for all tests of this folder, in DuckDB and as drawn."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pytest

from data_access.synthetic import Cohort, generate
from data_access.synthetic.events import Course, draw_course
from data_access.synthetic.patients import Patients, draw_patients

SEED = 20261123


@pytest.fixture(scope="session")
def cohort() -> Cohort:
    return generate(6_000, SEED)


@pytest.fixture(scope="session")
def warehouse(cohort: Cohort) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, table in cohort.tables.items():
        connection.register(name, table)
    return connection


@dataclass(frozen=True)
class Drawn:
    """People and what happened to them, without tables."""

    people: Patients
    course: Course


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    people = draw_patients(np.random.default_rng(1), 40_000)
    return Drawn(people, draw_course(np.random.default_rng(2), people))
