"""Risk and explanation of one patient, and scoring many, against shap and bare LightGBM."""

from __future__ import annotations

from collections.abc import Iterator

import lightgbm as lgb
import numpy as np
import shap

from data_access.artifacts import RiskModels
from data_access.settings import read_settings
from data_access.warehouse.reader import Warehouse
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.schema import unbound
from tests.benchmarks.measure import Measurement, median_ms

EXPLAIN_BUDGET_MS = 50
SCORED_ROWS = 20_000


def measurements() -> Iterator[Measurement]:
    """One patient explained; many scored."""
    settings = read_settings()
    predictor = RiskModels(settings.artifacts).predictor
    features = stored_features(Warehouse(settings.warehouse))
    boosters = bare_boosters(settings.artifacts, predictor)
    yield from explanation(predictor, boosters, features)
    yield scoring(predictor, boosters, features)


def stored_features(warehouse: Warehouse) -> np.ndarray:
    """Features of the snapshot, shape (rows, inputs)."""
    rows = warehouse.run(unbound("features").select(*FEATURE_NAMES))
    return rows.to_numpy(dtype=np.float64)


def bare_boosters(folder: object, predictor: Predictor) -> list[lgb.Booster]:
    """Every booster of the artefacts, as LightGBM alone reads it."""
    names = [name for outcome in OUTCOMES for name in predictor.manifest["boosters"][outcome]]
    return [lgb.Booster(model_file=str(folder / name)) for name in names]


def with_horizons(rows: np.ndarray) -> np.ndarray:
    """Each row once per horizon, the horizon as last column."""
    repeated = np.repeat(rows, len(HORIZONS), axis=0)
    return np.column_stack([repeated, np.tile(HORIZONS, len(rows))])


def explanation(
    predictor: Predictor, boosters: list[lgb.Booster], features: np.ndarray
) -> Iterator[Measurement]:
    """All outcomes and horizons of one patient."""
    row = features[len(features) // 2]
    values = dict(zip(FEATURE_NAMES, row.tolist(), strict=True))
    ours = median_ms(lambda: predictor.explain(values, "FR"))
    explainers = [shap.TreeExplainer(booster) for booster in boosters]
    inputs = with_horizons(row[None])
    theirs = median_ms(lambda: [explainer.shap_values(inputs) for explainer in explainers], 5)
    name = "risk and explanation, one patient, all outcomes and horizons"
    yield Measurement(name, ours, "ms", "shap.TreeExplainer on the same boosters", theirs)
    yield Measurement(f"{name} (budget)", ours, "ms", "budget", EXPLAIN_BUDGET_MS)


def scoring(predictor: Predictor, boosters: list[lgb.Booster], features: np.ndarray) -> Measurement:
    """Many patient-landmarks, with interval and calibration, one thread each."""
    rows = features[np.arange(SCORED_ROWS) % len(features)]
    countries = ["FR"] * len(rows)
    ours = median_ms(lambda: predictor.predict(rows, countries), 3)
    inputs = with_horizons(rows)
    bare = median_ms(
        lambda: [booster.predict(inputs, raw_score=True, num_threads=1) for booster in boosters], 3
    )
    name = f"scoring {SCORED_ROWS:,} patient-landmarks"
    return Measurement(name, ours / 1000, "s", "bare LightGBM prediction", bare / 1000)
