"""Our models against simpler and other ones on the same people.

scikit-survival and scikit-learn are needed, and loaded, only when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from models.arrays import Floats
from models.progress import Progress
from models.risk.inputs import DRUG_CLASS_CODES, FEATURE_BY_NAME, FEATURE_NAMES
from models.risk.labels import LandmarkRows, labels
from models.risk.metrics import auroc, resamples
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import scorable

OURS = "Immunoboard"
SLOW_TRAINING = 3_000
"""People that the two slow models are trained on: beyond, they take many minutes."""

TIE = 0.01
"""Differences of AUROC smaller than this matter to nobody."""

_COMBINATION = float(DRUG_CLASS_CODES.index("PD1_CTLA4"))
_UNGER = "Unger 2022 J Clin Oncol, doi 10.1200/JCO.21.02377: OR 1.49"
_AUTOIMMUNE = "meta-analysis 2022, doi 10.1080/21645515.2022.2145102: RR 1.43"
_CLAIMS = "severe irAE in insurance claims, J Immunother Cancer, table 3: OR 2.44"
_ZHOU = "Zhou 2022 Respiration, doi 10.1159/000526141"
_CHEN = "Chen 2023 BMC Nephrol 24:107"


@dataclass(frozen=True)
class PublishedFactor:
    """An input, the value that counts, the published ratio and where it is from."""

    feature: str
    value: float
    ratio: float
    source: str


PUBLISHED: Mapping[str, tuple[PublishedFactor, ...]] = {
    "severe": (
        PublishedFactor("drug_class", _COMBINATION, 2.44, _CLAIMS),
        PublishedFactor("sex", 1, 1.49, _UNGER),
        PublishedFactor("autoimmune", 1, 1.43, _AUTOIMMUNE),
    ),
    "pulmonary": (
        PublishedFactor("interstitial_lung", 1, 5.78, _ZHOU),
        PublishedFactor("copd_asthma", 1, 2.43, _ZHOU),
    ),
    "renal": (
        PublishedFactor("ppi", 1, 2.07, _CHEN),
        PublishedFactor("diuretic", 1, 2.0, _CHEN),
        PublishedFactor("drug_class", _COMBINATION, 1.93, _CHEN),
        PublishedFactor("ace_inhibitor_arb", 1, 1.56, _CHEN),
        PublishedFactor("nsaid", 1, 1.29, _CHEN),
        PublishedFactor("diabetes", 1, 1.28, _CHEN),
    ),
}
"""Published risk factors that are inputs here, by outcome; those outcomes are compared."""


def published_score(outcome: str, features: Floats) -> Floats:
    """Sum of the logarithms of the published ratios that apply, shape (n,); missing adds 0."""
    score = np.zeros(len(features))
    for factor in PUBLISHED[outcome]:
        applies = features[:, FEATURE_NAMES.index(factor.feature)] == factor.value
        score += log(factor.ratio) * applies
    return score


def compare(
    predictor: Predictor, train: LandmarkRows, test: LandmarkRows, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """Discrimination of every model at day 0 on the same test people.

    Numbers are imputed by their median with an indicator, codes become columns; ours sees the
    same inputs as they are. Survival models treat death as censoring of the event's own hazard.

    Args:
        predictor: our models, trained on others than ``test``.
        train: people that the other models are trained on.
        test: people that all are tested on.
        seed: of the models and of the bootstrap.
        progress: told the name of a step and the share of it that is done.

    Returns:
        One entry per outcome, horizon and model: n_train, n, events, auroc with interval, and
        auroc_difference (ours - theirs) with its interval from the same resamples; ``tie`` where
        the interval holds 0 or the difference is below ``TIE``.

    Raises:
        ValueError: scikit-survival is not installed.
    """
    rivals = _rivals(seed)
    train, test = _at_start(train), _at_start(test)
    ours = predictor.predict(test.features, list(test.country)).risk
    tables = _tables(train.features, test.features)
    drawn = resamples(len(test), np.random.default_rng(seed))
    entries: list[dict[str, Any]] = []
    for done, outcome in enumerate(PUBLISHED):
        progress("other models", done / len(PUBLISHED))
        i = OUTCOMES.index(outcome)
        scores: dict[str, tuple[int, Floats]] = {OURS: (_trained_on(predictor), ours[:, i])}
        scores["published risk factors"] = (
            0,
            np.repeat(published_score(outcome, test.features)[:, None], len(HORIZONS), axis=1),
        )
        for name, fit in rivals.items():
            scores[name] = fit(train, i, *tables)
        entries += _entries(outcome, test, scores, drawn)
    return entries


def _entries(
    outcome: str, test: LandmarkRows, scores: Mapping[str, tuple[int, Floats]], drawn: Floats
) -> list[dict[str, Any]]:
    answers, i = labels(test), OUTCOMES.index(outcome)
    entries = []
    for j, horizon in enumerate(HORIZONS):
        happened, weight = answers.happened[:, i, j], answers.weight[:, i, j]
        known = weight > 0
        weights = np.vstack([weight, weight * drawn])[:, known]
        found = {
            name: auroc(score[known, j], happened[known], weights)
            for name, (_, score) in scores.items()
        }
        for name, (n_train, _) in scores.items():
            head = {"outcome": outcome, "horizon_days": horizon, "model": name}
            counts = {"n_train": n_train, "n": int(known.sum()), "events": int(happened.sum())}
            entries.append(head | counts | _numbers(found[OURS], found[name]))
    return entries


def _numbers(ours: Floats, theirs: Floats) -> dict[str, Any]:
    difference = ours - theirs
    low, high = np.nanpercentile(difference[1:], (2.5, 97.5))
    lower, upper = np.nanpercentile(theirs[1:], (2.5, 97.5))
    numbers = {
        "auroc": theirs[0],
        "auroc_lower": lower,
        "auroc_upper": upper,
        "auroc_difference": difference[0],
        "auroc_difference_lower": low,
        "auroc_difference_upper": high,
    }
    tie = bool(low <= 0 <= high or abs(difference[0]) < TIE)
    return {name: round(float(value), 5) for name, value in numbers.items()} | {"tie": tie}


def _at_start(rows: LandmarkRows) -> LandmarkRows:
    return rows.select((rows.landmark_day == 0) & scorable(rows.features))


def _trained_on(predictor: Predictor) -> int:
    return int(predictor.manifest["training"].get("patients", 0))


def _tables(train: Floats, test: Floats) -> tuple[Floats, Floats]:
    """Numbers standardised, gaps filled and marked, codes as columns."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    there = [k for k in range(train.shape[1]) if not np.isnan(train[:, k]).all()]
    coded = [k for k in there if len(FEATURE_BY_NAME[FEATURE_NAMES[k]].labels) > 2]
    plain = [k for k in there if k not in coded and np.nanstd(train[:, k]) > 0]
    fill = SimpleImputer(strategy="constant", fill_value=-1.0)
    table = ColumnTransformer(
        [
            (
                "plain",
                make_pipeline(
                    SimpleImputer(strategy="median", add_indicator=True), StandardScaler()
                ),
                plain,
            ),
            (
                "coded",
                make_pipeline(fill, OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
                coded,
            ),
        ]
    )
    return table.fit_transform(train), table.transform(test)


Fit = Callable[[LandmarkRows, int, Floats, Floats], tuple[int, Floats]]


def _rivals(seed: int) -> dict[str, Fit]:
    try:
        from sksurv.ensemble import GradientBoostingSurvivalAnalysis, RandomSurvivalForest
        from sksurv.linear_model import CoxPHSurvivalAnalysis
    except ImportError as error:
        raise ValueError(
            "Comparing with other models needs the package scikit-survival: install the"
            " packages of requirements-test.lock."
        ) from error
    forest = RandomSurvivalForest(
        n_estimators=100, min_samples_leaf=20, n_jobs=2, random_state=seed, low_memory=True
    )
    boosting = GradientBoostingSurvivalAnalysis(
        n_estimators=100, max_depth=2, subsample=0.5, random_state=seed
    )
    return {
        "logistic regression": _logistic,
        "Cox": _survival(CoxPHSurvivalAnalysis(alpha=1.0), None),
        "random survival forest": _survival(forest, SLOW_TRAINING),
        "gradient-boosted survival": _survival(boosting, SLOW_TRAINING),
    }


def _logistic(train: LandmarkRows, column: int, table: Floats, test: Floats) -> tuple[int, Floats]:
    """One regression per horizon, weighted for those lost."""
    from sklearn.linear_model import LogisticRegression

    answers = labels(train)
    scores = []
    for j in range(len(HORIZONS)):
        weight, happened = answers.weight[:, column, j], answers.happened[:, column, j]
        model = LogisticRegression(max_iter=2000).fit(table, happened, sample_weight=weight)
        scores.append(model.predict_proba(test)[:, 1])
    return len(train), np.column_stack(scores)


def _survival(model: Any, most: int | None) -> Fit:
    """A survival model gives one score, which serves every horizon."""

    def fit(train: LandmarkRows, column: int, table: Floats, test: Floats) -> tuple[int, Floats]:
        from sksurv.util import Surv

        onset = train.onset_days[:, column]
        happened = ~np.isnan(onset)
        time = np.where(happened, onset, np.maximum(train.follow_up_days, 0.5))
        used = slice(None, most)
        fitted = model.fit(table[used], Surv.from_arrays(happened[used], time[used]))
        score = np.asarray(fitted.predict(test))
        return len(time[used]), np.repeat(score[:, None], len(HORIZONS), axis=1)

    return fit
