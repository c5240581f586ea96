"""Forecasts of one patient, and the bands of comparable patients in a large cohort."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import ibis
import numpy as np

from data_access.forecast_models import ForecastModels
from data_access.settings import read_settings
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.released import score_bands
from models.cohort.comparable import Group
from models.cohort.disclosure import SCORE_BAND, score_band
from models.qol.forecast.boosters import DETERIORATION, LEVELS, booster_names, level_matrix
from models.qol.forecast.boosters import with_horizons as both_horizons
from models.qol.forecast.forecaster import Forecaster
from models.qol.forecast.inputs import INPUT_NAMES
from models.qol.forecast.targets import TARGETS
from models.schema import unbound
from tests.benchmarks.measure import Measurement, median_ms, p95_ms
from tests.e2e.conftest import ROOT

PATIENTS, PATIENTS_QUICK = 1_000_000, 100_000
SCALES = ("qlq-c30:SUM", "qlq-c30:PF", "qlq-c30:FA", "eq-5d-5l:index")
WANTED = Group("PD1", "60-69", "F")

# What would have to run at every look without released bands: the same groups, from the rows.
_FROM_ROWS = """
WITH first AS (
    SELECT patient_id, arg_min(drug_class, start_date) AS drug_class FROM treatment GROUP BY ALL
), rows AS (
    SELECT instrument, scale, value, sex, patient_id,
        (date_diff('day', index_date, date) + 15) // 30 * 30 AS day,
        (year(index_date) - birth_year) // 10 AS decade
    FROM score JOIN patient USING (patient_id) JOIN first USING (patient_id)
    WHERE consent = 'research' AND drug_class = 'PD1'
        AND instrument || ':' || scale IN ('qlq-c30:SUM', 'qlq-c30:PF', 'qlq-c30:FA',
                                           'eq-5d-5l:index')
)
SELECT instrument, scale, day, decade = 6 AND sex = 'F' AS own, count(DISTINCT patient_id),
    quantile_cont(value, [0.1, 0.5, 0.9])
FROM rows WHERE day BETWEEN 0 AND 730 GROUP BY ALL
"""


def measurements(scratch: Path, quick: bool) -> Iterator[Measurement]:
    """Milliseconds for a forecast with everything around it, and for a look at the bands."""
    yield latency()
    yield bands(scratch / "bands", PATIENTS_QUICK if quick else PATIENTS)


def latency() -> Measurement:
    """All scales and horizons with explanation and determinants, against the boosters alone."""
    settings = read_settings()
    forecaster = ForecastModels(settings.forecasts).load(threads=1)
    rows = Warehouse(settings.warehouse).run(unbound("form_features"))
    row = rows[rows.full_form_age_days == 0].dropna(subset="last_summary").iloc[0]
    given = {name: None if np.isnan(row[name]) else float(row[name]) for name in INPUT_NAMES}
    inputs = row[list(INPUT_NAMES)].to_numpy(np.float64)[None]

    def ours() -> None:
        for target in TARGETS:
            forecaster.forecast(given, target)
            forecaster.determinants(given, target)

    return Measurement(
        "forecasts of five scales with explanation and determinants, one patient",
        median_ms(ours, 50),
        "ms",
        "the same boosters alone, predict and pred_contrib",
        median_ms(lambda: _bare(forecaster, inputs), 50),
    )


def _bare(forecaster: Forecaster, inputs: np.ndarray) -> None:
    both = both_horizons(inputs)
    for name in booster_names():
        if name not in LEVELS.values():
            forecaster.boosters[name].predict(both, num_threads=1)
    for target in TARGETS:
        forecaster.boosters[DETERIORATION[target.name]].predict(
            both, pred_contrib=True, num_threads=1
        )
        level, matrix = forecaster.boosters[LEVELS[target.name]], level_matrix(inputs, target)
        level.predict(matrix, num_threads=1)
        level.predict(matrix, pred_contrib=True, num_threads=1)


def bands(var: Path, patients: int) -> Measurement:
    """The bands of four scales for one patient, against the same quantiles from the rows."""
    command = [sys.executable, "-m", "flask", "warehouse", "demo", "--unscored"]
    subprocess.run(
        [*command, "--patients", str(patients), "--seed", "11"],
        cwd=ROOT,
        env=os.environ | {"IMMUNOBOARD_VAR": str(var), "FLASK_APP": "app"},
        check=True,
        capture_output=True,
    )
    warehouse = Warehouse(var / "warehouse")
    path = warehouse.store.current()
    if path is None:
        raise RuntimeError("The build left no snapshot.")
    with duckdb.connect(str(path)) as connection:
        tables = {name: unbound(name) for name in ("patient", "treatment", "score")}
        query = ibis.duckdb.from_connection(connection).compile(score_band(tables))
        connection.execute(f"INSERT INTO {SCORE_BAND.name} BY NAME {query}")
    with duckdb.connect(str(path), read_only=True) as connection:
        bare = median_ms(lambda: connection.execute(_FROM_ROWS).fetchall(), 3)
    data = warehouse.current()
    looked = p95_ms(lambda: score_bands(data, WANTED, SCALES))
    if not score_bands(data, WANTED, SCALES)[SCALES[0]].rows.shape[0]:
        raise RuntimeError("The bands are empty.")
    shutil.rmtree(var)
    return Measurement(
        f"bands of comparable patients, four scales, {patients:,} patients (95th percentile)",
        looked,
        "ms",
        "the same quantiles from the rows by bare SQL (median)",
        bare,
    )
