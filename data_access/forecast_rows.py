"""Forms of simulated patients for training and evaluating forecasts, in memory."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd

from data_access.simulated_rows import SimulatedPatients
from models.progress import Progress
from models.qol.forecast.origins import FORECAST_TABLES, inputs_at_forms, later_scores
from models.qol.forecast.rows import ForecastRows
from models.schema import unbound


def simulated_forms(
    cohorts: Iterable[SimulatedPatients], patients: int, progress: Progress
) -> ForecastRows:
    """Every form of simulated patients, with what was known then and what came after.

    Args:
        cohorts: the patients in portions, as they are generated.
        patients: how many there will be.
        progress: told what is done.
    """
    tables = {name: unbound(name) for name in FORECAST_TABLES}
    inputs, later = inputs_at_forms(tables, latest_only=False), later_scores(tables)
    parts, done = [], 0
    progress("simulated patients", 0)
    for cohort in cohorts:
        with duckdb.connect() as connection:
            for name in FORECAST_TABLES:
                connection.register(name, cohort.tables[name])
            parts.append(
                ForecastRows.from_frames(_run(connection, inputs), _run(connection, later))
            )
        done += cohort.tables["patient"].num_rows
        progress("simulated patients", done / patients)
    return ForecastRows.concatenate(parts)


def _run(connection: duckdb.DuckDBPyConnection, expression: ir.Table) -> pd.DataFrame:
    return connection.execute(ibis.to_sql(expression, dialect="duckdb")).df()
