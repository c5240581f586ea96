"""Simulated patients as rows for training and evaluation: the path real ones take, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from models.progress import Progress
from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.labels import LandmarkRows, first_onsets
from models.schema import unbound


class SimulatedPatients(Protocol):
    """Some simulated patients: every table that a site could deliver, by name."""

    @property
    def tables(self) -> Mapping[str, pa.Table]:
        """Arrow tables with the columns of the schema."""
        ...


def landmark_rows(
    cohorts: Iterable[SimulatedPatients], patients: int, progress: Progress
) -> LandmarkRows:
    """Features and follow-up of simulated patients at every landmark.

    Args:
        cohorts: the patients in portions, as they are generated.
        patients: how many there will be.
        progress: told what is done.
    """
    tables = {name: unbound(name) for name in FEATURE_TABLES}
    features, onsets = landmark_features(tables), first_onsets(tables)
    parts, done = [], 0
    progress("simulated patients", 0)
    for cohort in cohorts:
        with duckdb.connect() as connection:
            for name in FEATURE_TABLES:
                connection.register(name, cohort.tables[name])
            parts.append(
                LandmarkRows.from_frames(_run(connection, features), _run(connection, onsets))
            )
        done += cohort.tables["patient"].num_rows
        progress("simulated patients", done / patients)
    return LandmarkRows.concatenate(parts)


def simulated_part(patients: int, seed: int, first: int) -> LandmarkRows:
    """Rows of some simulated patients, made where they are needed: on a worker of a cluster.

    Args:
        patients: how many.
        seed: of the whole cohort.
        first: number of the first of them, a multiple of the generator's block.
    """
    from data_access.synthetic import generate

    cohort = generate(patients, seed, first=first)
    return landmark_rows([cohort], patients, lambda step, share: None)


def _run(connection: duckdb.DuckDBPyConnection, expression: ir.Table) -> pd.DataFrame:
    return connection.execute(ibis.to_sql(expression, dialect="duckdb")).df()
