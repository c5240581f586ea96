"""Risk, explanation and evaluation against shap, bare LightGBM and scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator

import lightgbm as lgb
import numpy as np
import shap
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from data_access.artifacts import RiskModels
from data_access.settings import read_settings
from data_access.simulated_rows import landmark_rows
from data_access.synthetic import chunks
from data_access.warehouse.reader import Warehouse
from models.risk.inputs import FEATURE_NAMES
from models.risk.labels import labels
from models.risk.metrics import performance, resamples
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.schema import unbound
from tests.benchmarks.measure import Measurement, median_ms

EXPLAIN_BUDGET_MS = 50
SCORED_ROWS = 20_000
EVALUATED = 6_000
SEED = 5_000_101
"""Of patients that neither training nor the stored evaluation has seen."""


def measurements() -> Iterator[Measurement]:
    """One patient explained; many scored."""
    settings = read_settings()
    predictor = RiskModels(settings.artifacts).predictor
    features = stored_features(Warehouse(settings.warehouse))
    boosters = bare_boosters(settings.artifacts, predictor)
    yield from explanation(predictor, boosters, features)
    yield one_prediction(predictor, boosters, features)
    yield scoring(predictor, boosters, features)
    yield evaluation(predictor)


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


def one_prediction(
    predictor: Predictor, boosters: list[lgb.Booster], features: np.ndarray
) -> Measurement:
    """All risks of one patient-landmark with their intervals, no explanation."""
    row = features[len(features) // 2][None]
    inputs = with_horizons(row)
    ours = median_ms(lambda: predictor.predict(row, ["FR"]))
    bare = median_ms(
        lambda: [booster.predict(inputs, raw_score=True, num_threads=1) for booster in boosters]
    )
    name = "prediction with intervals, one patient, all outcomes and horizons"
    return Measurement(name, ours, "ms", "bare LightGBM prediction", bare)


def evaluation(predictor: Predictor) -> Measurement:
    """Metrics of one outcome over one horizon with intervals from 200 resamples."""
    rows = landmark_rows(chunks(EVALUATED, SEED), EVALUATED, lambda step, share: None)
    rows = rows.select(rows.landmark_day == 0)
    risk = predictor.predict(rows.features, list(rows.country)).risk[:, 0, 1]
    answers = labels(rows)
    known = ~np.isnan(risk) & (answers.weight[:, 0, 1] > 0)
    risk, happened, weight = risk[known], answers.happened[known, 0, 1], answers.weight[known, 0, 1]
    drawn = resamples(len(risk), np.random.default_rng(SEED))

    def with_sklearn() -> None:
        log_odds = np.log(risk / (1 - risk))[:, None]
        for times in drawn:
            weights = weight * times
            roc_auc_score(happened, risk, sample_weight=weights)
            average_precision_score(happened, risk, sample_weight=weights)
            brier_score_loss(happened, risk, sample_weight=weights)
            LogisticRegression(C=np.inf).fit(log_odds, happened, sample_weight=weights)

    ours = median_ms(lambda: performance(risk, happened, weight, drawn), 3) / 1000
    theirs = median_ms(with_sklearn, 1) / 1000
    name = f"evaluation with 200 resamples, {len(risk):,} people, one outcome"
    return Measurement(name, ours, "s", "the same metrics from scikit-learn", theirs)


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
