"""Training of the forecasts: quantiles of change, deterioration, an answer at all, and the level.

Never imported by the web process.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from lightgbm import Booster, Dataset

from models.arrays import Bools, Floats
from models.progress import Progress
from models.qol.forecast.boosters import (
    ANSWERS,
    DETERIORATION,
    LEVELS,
    QUANTILES,
    columns_of,
    level_matrix,
    quantile_name,
    with_horizon,
)
from models.qol.forecast.conformal import conformal_margin
from models.qol.forecast.rows import ForecastRows, sampled
from models.qol.forecast.targets import HORIZONS_DAYS, LEVEL, TARGETS, Target
from models.risk.calibration import Affine, fit_affine

FEWEST_ROWS = 200
"""Later scores of a target below which nothing is learnt about it."""

_PARTS = ("fit", "rounds", "calibrate")


@dataclass(frozen=True)
class ForecastPlan:
    """Everything that decides what comes out, besides the rows.

    ``shares`` of the patients are fitted to, used to choose the number of trees, and used to make
    intervals and probabilities right.
    """

    seed: int = 1
    shares: tuple[float, float, float] = (0.6, 0.1, 0.3)
    most_rounds: int = 160
    step: int = 10
    learning_rate: float = 0.1
    leaves: int = 8
    smallest_leaf: int = 200
    threads: int = 2

    def parameters(self, **objective: Any) -> dict[str, Any]:
        """LightGBM parameters for an objective."""
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.smallest_leaf,
            "lambda_l2": 5.0,
            "max_bin": 63,
            "deterministic": True,
            "force_row_wise": True,
            "feature_pre_filter": False,
            "num_threads": self.threads,
            "seed": self.seed,
            "verbosity": -1,
            **objective,
        }


@dataclass(frozen=True)
class TrainedForecasts:
    """What training produced.

    ``texts`` maps the name of each booster to its LightGBM text, ``margins`` target and horizon to
    the conformal margin in points, ``calibrations`` the name of each probability to its line.
    """

    texts: dict[str, str] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    margins: dict[str, dict[str, float]] = field(default_factory=dict)
    calibrations: dict[str, Affine] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Data:
    """Rows form x horizon: matrix, answer, number of the part each belongs to."""

    matrix: npt.NDArray[np.float32]
    answer: Floats
    part: npt.NDArray[np.int64]

    def of(self, name: str) -> _Data:
        here = self.part == _PARTS.index(name)
        return _Data(self.matrix[here], self.answer[here], self.part[here])


def train_forecasts(rows: ForecastRows, plan: ForecastPlan, progress: Progress) -> TrainedForecasts:
    """Train and calibrate everything; the same rows and plan give the same texts.

    Args:
        rows: forms of patients with research consent.
        plan: settings and seed.
        progress: told the name of a step and the share of it that is done.

    Raises:
        ValueError: a target has too few later scores to learn from.
    """
    rng = np.random.default_rng(plan.seed)
    rows = rows.select(sampled(rows, rng))
    people = rows.people
    part_of_person = rng.choice(len(_PARTS), people.max() + 1, p=plan.shares)
    part = part_of_person[people]
    done = TrainedForecasts()
    for number, target in enumerate(TARGETS):
        progress("forecasts", number / (len(TARGETS) + 1))
        _train_target(rows, part, target, plan, done)
    progress("forecasts", len(TARGETS) / (len(TARGETS) + 1))
    asked = rows.observed & rows.due
    answers = _data(rows, part, rows.alive & rows.answered, asked)
    _fit_probability(ANSWERS, answers, plan, done)
    progress("forecasts", 1)
    return done


def _train_target(
    rows: ForecastRows,
    part: npt.NDArray[np.int64],
    target: Target,
    plan: ForecastPlan,
    done: TrainedForecasts,
) -> None:
    change = rows.later[:, :, TARGETS.index(target)] - rows.last(target)[:, None]
    known = ~np.isnan(change)
    data = _data(rows, part, change, known)
    if min(len(data.of(name).answer) for name in _PARTS) < FEWEST_ROWS:
        raise ValueError(
            f"Forecasting {target.scale.label} needs {FEWEST_ROWS} later scores in each part of the"
            f" patients and found {len(data.answer)} in all: use more patients."
        )
    done.rows[target.name] = len(data.answer)
    smooth = _smoothed(data, target, plan)
    for quantile in QUANTILES:
        name = quantile_name(target, quantile)
        _fit(name, smooth, plan, done, _pinball(quantile), objective="quantile", alpha=quantile)
    _conformalise(target, data, plan, done)
    worse = target.is_worse(change)
    _fit_probability(DETERIORATION[target.name], _data(rows, part, worse, known), plan, done)
    _fit_level(rows, part, target, plan, done)


def _smoothed(data: _Data, target: Target, plan: ForecastPlan) -> _Data:
    """Changes spread evenly between the few values that a scale can take.

    Quantiles of values on a grid lie on the grid, and an interval between two of them holds too
    many; the conformal margin, computed on the scores as they are, then has ends to move.
    """
    rng = np.random.default_rng(plan.seed)
    half = target.step / 2
    return replace(data, answer=data.answer + rng.uniform(-half, half, len(data.answer)))


def _fit_level(
    rows: ForecastRows,
    part: npt.NDArray[np.int64],
    target: Target,
    plan: ForecastPlan,
    done: TrainedForecasts,
) -> None:
    """The score of a full form from all inputs but the scores of later forms."""
    fresh = (rows.input("full_form_age_days") == 0) & ~np.isnan(rows.last(target))
    matrix = level_matrix(rows.inputs[fresh], target).astype(np.float32)
    data = _Data(matrix, rows.last(target)[fresh], part[fresh])
    name = LEVELS[target.name]
    _fit(name, data, plan, done, _squared, objective="regression")


def _data(
    rows: ForecastRows, part: npt.NDArray[np.int64], answer: Floats | Bools, usable: Bools
) -> _Data:
    form, horizon = np.nonzero(usable)
    days = np.array(HORIZONS_DAYS, dtype=np.float64)[horizon]
    matrix = with_horizon(rows.inputs[form], days).astype(np.float32)
    return _Data(matrix, np.asarray(answer[form, horizon], dtype=np.float64), part[form])


def _fit_probability(name: str, data: _Data, plan: ForecastPlan, done: TrainedForecasts) -> None:
    booster = _fit(name, data, plan, done, _log_loss, objective="binary")
    kept = data.of("calibrate")
    margin = np.asarray(
        booster.predict(kept.matrix, raw_score=True, num_threads=plan.threads), dtype=np.float64
    )
    weight = np.ones(len(margin))
    done.calibrations[name] = fit_affine(margin, kept.answer > 0, weight, prior=20.0)


def _fit(
    name: str,
    data: _Data,
    plan: ForecastPlan,
    done: TrainedForecasts,
    loss: Any,
    **objective: Any,
) -> Booster:
    """Train, keep as many trees as help on patients not fitted to, and keep the text."""
    fit, other = data.of("fit"), data.of("rounds")
    learnt = Dataset(fit.matrix, fit.answer, feature_name=list(columns_of(name)))
    booster = lightgbm.train(plan.parameters(**objective), learnt, plan.most_rounds)
    losses = [
        loss(
            booster.predict(
                other.matrix, raw_score=True, num_iteration=trees, num_threads=plan.threads
            ),
            other.answer,
        )
        for trees in range(plan.step, plan.most_rounds + 1, plan.step)
    ]
    trees = plan.step * (int(np.argmin(losses)) + 1)
    text = booster.model_to_string(num_iteration=trees)
    done.texts[name], done.rounds[name] = text, trees
    return Booster(model_str=text)


def _conformalise(target: Target, data: _Data, plan: ForecastPlan, done: TrainedForecasts) -> None:
    kept = data.of("calibrate")
    low, high = (
        Booster(model_str=done.texts[quantile_name(target, end)]).predict(
            kept.matrix, num_threads=plan.threads
        )
        for end in (QUANTILES[0], QUANTILES[-1])
    )
    margins = {}
    for days in HORIZONS_DAYS:
        here = kept.matrix[:, -1] == days
        margins[str(days)] = conformal_margin(low[here], high[here], kept.answer[here], LEVEL)
    done.margins[target.name] = margins


def _pinball(quantile: float) -> Any:
    def loss(predicted: Floats, observed: Floats) -> float:
        off = observed - predicted
        return float(np.mean(np.maximum(quantile * off, (quantile - 1) * off)))

    return loss


def _squared(predicted: Floats, observed: Floats) -> float:
    return float(np.mean((observed - predicted) ** 2))


def _log_loss(margin: Floats, observed: Floats) -> float:
    return float(np.mean(np.logaddexp(0, margin) - observed * margin))
