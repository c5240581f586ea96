"""What the models use on the whole: importance of inputs, and how a risk depends on each.

Computed with the package shap (Lundberg SM, et al. Nat Mach Intell 2020;2:56-67), independently
of the contributions that the pages show. Never imported by the web process.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.arrays import Bools, Floats
from models.progress import Progress
from models.risk.calibration import EVERYWHERE, probability
from models.risk.explanation import EXPLAINED
from models.risk.inputs import BOOSTER_COLUMNS, FEATURE_BY_NAME
from models.risk.labels import LandmarkRows
from models.risk.outcomes import OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import scorable

HORIZON_DAYS = 180
MOST_PEOPLE = 2_000
MOST_PAIRED = 500
MOST_IMPORTANT = 15
MOST_DEPENDENCES = 6
BINS = 6
SMALLEST_BIN = 20
_LEVEL = 1e-9

_EXPLAINED = np.array([BOOSTER_COLUMNS.index(name) for name in EXPLAINED])


def global_explanation(
    predictor: Predictor, rows: LandmarkRows, progress: Progress
) -> dict[str, list[dict[str, Any]]]:
    """Importance and dependence at day 0 over 180 days, common calibration.

    Args:
        predictor: the models.
        rows: patients at landmarks; the first ``MOST_PEOPLE`` scorable ones at day 0 are used.
        progress: told the name of a step and the share of it that is done.

    Returns:
        ``importance``: outcome, feature, ``points`` (mean absolute contribution, percentage
        points), the ``MOST_IMPORTANT`` first. ``dependence``: for the first
        ``MOST_DEPENDENCES`` inputs the mean contribution by bins of the input, for everybody and
        at two levels of ``partner``, the input it interacts with most; ``interaction`` is the mean
        absolute interaction of the two in percentage points.

    Raises:
        ValueError: the package shap is not installed, or nobody can be scored.
    """
    rows = rows.select((rows.landmark_day == 0) & scorable(rows.features))
    if not len(rows):
        raise ValueError("Nobody has the inputs that a global explanation needs: use more people.")
    features = rows.features[:MOST_PEOPLE]
    matrix = np.column_stack([features, np.full(len(features), float(HORIZON_DAYS))])
    values = matrix[:, _EXPLAINED]
    # What is the same for everybody at day 0 moves the risk of all alike and tells nobody apart.
    differs = np.array([len(np.unique(column[~np.isnan(column)])) > 1 for column in values.T])
    importance: list[dict[str, Any]] = []
    dependence: list[dict[str, Any]] = []
    for column, outcome in enumerate(OUTCOMES):
        progress("global explanation", column / len(OUTCOMES))
        points, pairs = _points(predictor, outcome, matrix)
        mean = np.abs(points).mean(axis=0) * differs
        pairs *= differs
        order = np.argsort(-mean)
        importance += [
            {"outcome": outcome, "feature": EXPLAINED[k], "points": round(float(mean[k]), 4)}
            for k in order[:MOST_IMPORTANT]
            if mean[k] > 0
        ]
        dependence += [
            {"outcome": outcome} | _dependence(int(k), points, pairs, values)
            for k in order[:MOST_DEPENDENCES]
            if mean[k] > 0
        ]
    return {"importance": importance, "dependence": dependence}


def _points(predictor: Predictor, outcome: str, matrix: Floats) -> tuple[Floats, Floats]:
    """Contributions (n, inputs) and mean absolute interactions (inputs, inputs) in points."""
    line = predictor.calibrations[outcome][EVERYWHERE]
    parts, pairs, typical = _shap(predictor.ensemble.boosters[outcome], matrix)
    own = line.slope * parts[:, _EXPLAINED]
    rest = np.delete(parts, _EXPLAINED, axis=1).sum(axis=1)
    base = line.intercept + line.slope * (typical + rest)
    path = own.sum(axis=1)
    start, end = probability(base), probability(base + path)
    short = np.abs(path) < _LEVEL
    worth = np.where(short, start * (1 - start), (end - start) / np.where(short, 1, path))
    between = line.slope * pairs[:, _EXPLAINED][:, :, _EXPLAINED]
    paired = np.abs(worth[: len(pairs), None, None] * between).mean(axis=0)
    return 100 * worth[:, None] * own, 100 * paired


def _shap(boosters: Sequence[Any], matrix: Floats) -> tuple[Floats, Floats, float]:
    """Means over the bags, in log-odds: contributions, interactions of the first people, baseline.

    Interactions take a matrix per person: ``MOST_PAIRED`` show which inputs belong together.
    """
    try:
        from shap import TreeExplainer
    except ImportError as error:
        raise ValueError(
            "Global explanations need the package shap: install the packages of"
            " requirements-test.lock."
        ) from error
    explainers = [TreeExplainer(booster) for booster in boosters]
    with warnings.catch_warnings():
        # It says that the answer has the shape we expect.
        warnings.filterwarnings("ignore", "LightGBM binary classifier", UserWarning)
        parts = np.mean([each.shap_values(matrix) for each in explainers], axis=0)
        paired = matrix[:MOST_PAIRED]
        pairs = np.mean([each.shap_interaction_values(paired) for each in explainers], axis=0)
        typical = float(np.mean([np.ravel(each.expected_value)[-1] for each in explainers]))
    return parts, pairs, typical


def _dependence(k: int, points: Floats, pairs: Floats, values: Floats) -> dict[str, Any]:
    name = EXPLAINED[k]
    others = pairs[k].copy()
    others[k] = -1
    partner = int(np.argmax(others))
    everybody = np.ones(len(values), dtype=bool)
    levels = [("all", everybody), *_two_levels(EXPLAINED[partner], values[:, partner])]
    lines = [
        {
            "level": level,
            "bins": [
                {"value": words, "n": int(both.sum()), "points": round(float(mean), 4)}
                for words, members in _bins(name, values[:, k])
                for both in [here & members]
                if both.sum() >= SMALLEST_BIN
                for mean in [points[both, k].mean()]
            ],
        }
        for level, here in levels
    ]
    return {
        "feature": name,
        "partner": EXPLAINED[partner],
        "interaction": round(float(2 * pairs[k, partner]), 4),
        "lines": lines,
    }


def _bins(name: str, values: Floats) -> list[tuple[str, Bools]]:
    """Words and members: codes, or ranges of about as many people each; missing ones last."""
    feature = FEATURE_BY_NAME[name]
    known = ~np.isnan(values)
    bins: list[tuple[str, Bools]] = []
    if feature.labels:
        bins = [(label, values == code) for code, label in enumerate(feature.labels)]
    elif known.any():
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, BINS + 1)))
        place = np.searchsorted(edges[1:-1], values, side="right")
        for number in range(max(len(edges) - 1, 1)):
            members = known & (place == number)
            if members.any():
                low, high = values[members].min(), values[members].max()
                bins.append((_range(low, high, feature.decimals), members))
    return [*bins, ("not recorded", ~known)]


def _range(low: float, high: float, decimals: int) -> str:
    ends = [f"{end:.{decimals}f}" for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _two_levels(name: str, values: Floats) -> list[tuple[str, Bools]]:
    """The two commonest codes, or the lower and the upper half."""
    feature = FEATURE_BY_NAME[name]
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    if feature.labels:
        codes, times = np.unique(known, return_counts=True)
        commonest = sorted(codes[np.argsort(-times)][:2])
        return [(feature.labels[int(code)], values == code) for code in commonest]
    middle = float(np.median(known))
    words = f"{middle:.{feature.decimals}f}"
    return [(f"up to {words}", values <= middle), (f"over {words}", values > middle)]
