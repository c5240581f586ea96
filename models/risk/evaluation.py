"""Evaluation of a predictor on patients that training never saw."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from models.arrays import Bools, Floats
from models.progress import Progress
from models.risk.calibration_curve import CalibrationCurve, calibration_curve
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES
from models.risk.labels import LandmarkRows, labels
from models.risk.metrics import Performance, auroc, performance, resamples
from models.risk.net_benefit import decision_curve
from models.risk.outcomes import HORIZONS, OUTCOMES, SEVERE
from models.risk.predictor import Predictor
from models.risk.support import age_band, scorable

CURVE_HORIZON = 180
CURVE_RESAMPLES = 100
FEWEST_PEOPLE = 50
SUSPICIOUS = 0.85
"""An AUROC above this calls for an explanation."""

BASELINE = 0
"""Landmark of every group except the landmarks themselves: published figures are at baseline."""


def evaluate(
    predictor: Predictor, rows: LandmarkRows, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """Performance per outcome, horizon and group, in the shape of ``flask models evaluate``.

    Groups: all, country, sex, age band, drug class and cancer at landmark 0; landmark, everyone
    at each of them. Patients without the minimum of inputs are left out, and so are levels of
    fewer than ``FEWEST_PEOPLE`` of them.

    Args:
        predictor: the models.
        rows: patients at landmarks, none of them used in training.
        seed: of the bootstrap.
        progress: told the name of a step and the share of it that is done.

    Returns:
        One entry per outcome, horizon, group and level; a metric that cannot be computed is
        None.
    """
    progress("evaluation", 0)
    risks = predictor.predict(rows.features, list(rows.country)).risk
    answers = labels(rows)
    scored = ~np.isnan(risks[:, 0, 0])
    groups = [
        (group, level, scored & members)
        for group, level, members in groups_of(rows)
        if (scored & members).sum() >= FEWEST_PEOPLE
    ]
    entries = []
    for done, (group, level, members) in enumerate(groups):
        progress("evaluation", done / len(groups))
        drawn = resamples(int(members.sum()), np.random.default_rng(seed))
        for i, outcome in enumerate(OUTCOMES):
            for j, horizon in enumerate(HORIZONS):
                happened, weight = answers.happened[members, i, j], answers.weight[members, i, j]
                found = performance(risks[members, i, j], happened, weight, drawn)
                head = {
                    "outcome": outcome,
                    "horizon_days": horizon,
                    "group": group,
                    "level": level,
                    "landmark_day": int(level) if group == "landmark" else BASELINE,
                    "n": int((weight > 0).sum()),
                    "events": int((happened & (weight > 0)).sum()),
                }
                entries.append(head | _numbers(found))
    return entries


def high_discrimination(
    predictor: Predictor, rows: LandmarkRows, results: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Why an AUROC above ``SUSPICIOUS`` is that high: what one input alone attains.

    Args:
        predictor: the models.
        rows: as for ``evaluate``.
        results: what ``evaluate`` found.

    Returns:
        Each suspicious entry of the groups all and landmark with ``feature``, the single input
        that separates best, and ``feature_auroc``.
    """
    answers = labels(rows)
    scored = scorable(rows.features)
    members = {(group, level): scored & here for group, level, here in groups_of(rows)}
    found = []
    for entry in results:
        high = (entry["auroc"] or 0) > SUSPICIOUS and entry["group"] in ("all", "landmark")
        if not high:
            continue
        here = members[entry["group"], entry["level"]]
        i, j = OUTCOMES.index(entry["outcome"]), HORIZONS.index(entry["horizon_days"])
        weight, happened = answers.weight[here, i, j], answers.happened[here, i, j]
        alone = [
            _alone(rows.features[here, column], happened, weight)
            for column in range(len(FEATURE_NAMES))
        ]
        best = int(np.argmax(alone))
        head = {
            key: entry[key] for key in ("outcome", "horizon_days", "group", "level", "n", "events")
        }
        found.append(
            head
            | {
                "auroc": entry["auroc"],
                "feature": FEATURE_NAMES[best],
                "feature_auroc": round(alone[best], 5),
            }
        )
    return found


def _alone(values: Floats, happened: Bools, weight: Floats) -> float:
    """AUROC of one input in whichever direction is better, missing values as zero."""
    one = float(auroc(np.nan_to_num(values), happened, weight))
    return 0.5 if math.isnan(one) else max(one, 1 - one)


def before_recalibration(
    predictor: Predictor, rows: LandmarkRows, seed: int, progress: Progress
) -> list[dict[str, Any]]:
    """Performance by country at day 0 with the common calibration, in the shape of ``evaluate``."""
    rows = rows.select(rows.landmark_day == BASELINE)
    # No country has this name, so everybody gets the common calibration.
    risks = predictor.predict(rows.features, [""] * len(rows)).risk
    answers = labels(rows)
    scored = ~np.isnan(risks[:, 0, 0])
    entries = []
    for group, level, members in groups_of(rows):
        here = scored & members
        if group != "country" or here.sum() < FEWEST_PEOPLE:
            continue
        progress("before recalibration", 0)
        drawn = resamples(int(here.sum()), np.random.default_rng(seed))
        for i, outcome in enumerate(OUTCOMES):
            for j, horizon in enumerate(HORIZONS):
                happened, weight = answers.happened[here, i, j], answers.weight[here, i, j]
                found = performance(risks[here, i, j], happened, weight, drawn)
                head = {"outcome": outcome, "horizon_days": horizon, "level": level}
                entries.append(head | _numbers(found))
    return entries


def curves(
    predictor: Predictor, rows: LandmarkRows, seed: int, progress: Progress
) -> dict[str, list[dict[str, Any]]]:
    """Smooth calibration and decision curves at day 0.

    Calibration for everybody and by country, at 180 days for each outcome and at every horizon
    for severe; decisions for everybody, every outcome and horizon.

    Args:
        predictor: the models.
        rows: as for ``evaluate``.
        seed: of the bootstrap.
        progress: told the name of a step and the share of it that is done.

    Returns:
        ``calibration_curves`` and ``net_benefit``.
    """
    rows = rows.select(rows.landmark_day == BASELINE)
    risks = predictor.predict(rows.features, list(rows.country)).risk
    answers = labels(rows)
    scored = ~np.isnan(risks[:, 0, 0])
    wide = [
        (group, level, scored & here)
        for group, level, here in groups_of(rows)
        if group in ("all", "country") and (scored & here).sum() >= FEWEST_PEOPLE
    ]
    smooth: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for done, (group, level, here) in enumerate(wide):
        progress("curves", done / len(wide))
        drawn = resamples(int(here.sum()), np.random.default_rng(seed))[:CURVE_RESAMPLES]
        for i, outcome in enumerate(OUTCOMES):
            for j, days in enumerate(HORIZONS):
                people = (
                    risks[here, i, j],
                    answers.happened[here, i, j],
                    answers.weight[here, i, j],
                )
                head = {"outcome": outcome, "horizon_days": days}
                if days == CURVE_HORIZON or outcome == SEVERE:
                    found = calibration_curve(*people, drawn)
                    smooth += _curve(head | {"group": group, "level": level}, found)
                if group == "all":
                    points = [_rounded(asdict(one)) for one in decision_curve(*people, drawn)]
                    decisions.append({**head, "n": int(here.sum()), "points": points})
    return {"calibration_curves": smooth, "net_benefit": decisions}


def _curve(head: dict[str, Any], found: CalibrationCurve | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    columns = asdict(found)
    ici = round(columns.pop("ici"), 5)
    points = [
        dict(zip(columns, map(_four, point), strict=True))
        for point in zip(*columns.values(), strict=True)
    ]
    return [{**head, "points": points, "ici": ici}]


def _four(value: float) -> float:
    return round(float(value), 4)


def _rounded(numbers: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in numbers.items()}


def groups_of(rows: LandmarkRows) -> Iterator[tuple[str, str, Bools]]:
    """Group, level and which rows belong to it."""
    start = rows.landmark_day == BASELINE
    yield "all", "all", start
    country = rows.country.astype(str)
    for name in np.unique(country):
        yield "country", str(name), start & (country == name)
    for name in ("sex", "drug_class", "cancer"):
        codes = rows.features[:, FEATURE_NAMES.index(name)]
        for code, label in enumerate(FEATURE_BY_NAME[name].labels):
            yield name, label, start & (codes == code)
    age = rows.features[:, FEATURE_NAMES.index("age_years")]
    bands = np.array([age_band(years) if not math.isnan(years) else "" for years in age])
    for band in sorted(set(bands) - {""}):
        yield "age_band", str(band), start & (bands == band)
    for landmark in np.unique(rows.landmark_day):
        yield "landmark", str(landmark), rows.landmark_day == landmark


def _numbers(found: Performance) -> dict[str, float | None]:
    numbers = {}
    for name, estimate in asdict(found).items():
        for end, value in zip(("", "_lower", "_upper"), estimate.values(), strict=True):
            numbers[name + end] = None if math.isnan(value) else round(value, 6)
    return numbers
