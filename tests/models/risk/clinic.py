"""A small invented clinic in DuckDB, written as plain rows."""

from __future__ import annotations

import functools
from datetime import date, timedelta

import duckdb
import ibis
import pandas as pd
import pyarrow as pa

from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.outcomes import LANDMARKS
from models.schema import TABLES, unbound

START = date(2024, 3, 1)


def day(number: int) -> date:
    return START + timedelta(days=number)


def patient(patient_id="p1", **changes):
    row = {
        "patient_id": patient_id,
        "country": "FR",
        "site": "Lyon",
        "sex": "F",
        "birth_year": 1960,
        "index_date": START,
        "end_date": day(400),
        "death_date": None,
        "consent": "research",
    }
    return row | changes


def connect(rows: dict[str, list[dict]]) -> duckdb.DuckDBPyConnection:
    """The tables of the clinic, each with the schema of the warehouse."""
    connection = duckdb.connect(config={"threads": 1})
    for name in FEATURE_TABLES:
        schema = TABLES[name].schema.to_pyarrow()
        full = [dict.fromkeys(schema.names) | row for row in rows.get(name, [])]
        connection.register(name, pa.Table.from_pylist(full, schema))
    return connection


def unbound_tables() -> dict[str, ibis.Table]:
    return {name: unbound(name) for name in FEATURE_TABLES}


@functools.cache  # compiling takes longer than running
def feature_sql(landmarks: tuple[int, ...] = LANDMARKS, patient_id: str | None = None) -> str:
    expression = landmark_features(unbound_tables(), landmarks)
    if patient_id is not None:
        expression = expression.filter(expression.patient_id == patient_id)
    return ibis.to_sql(expression, dialect="duckdb")


def features(rows: dict[str, list[dict]], *arguments) -> pd.DataFrame:
    """Features by patient and landmark."""
    frame = connect(rows).execute(feature_sql(*arguments)).df()
    return frame.set_index(["patient_id", "landmark_day"]).sort_index()
