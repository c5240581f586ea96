"""From the inputs of a form to forecasts, chances of deterioration, and what a score goes with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from models.arrays import Floats
from models.qol.forecast.boosters import (
    ANSWERS,
    DETERIORATION,
    LEVELS,
    QUANTILES,
    booster_names,
    columns_of,
    level_inputs,
    level_matrix,
    quantile_name,
    with_horizons,
)
from models.qol.forecast.determinants import Determinants, determinants
from models.qol.forecast.inputs import (
    BOOSTER_COLUMNS,
    INPUT_BY_NAME,
    INPUT_NAMES,
    INPUTS,
    TIME_COLUMNS,
    last_name,
)
from models.qol.forecast.prediction import (
    Forecast,
    ForecastArrays,
    FormDeterminants,
    FormForecast,
)
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS, Target
from models.risk.calibration import Affine, probability
from models.risk.explanation import Waterfall, waterfall
from models.risk.prediction import Contribution

REQUIRED: tuple[str, ...] = ("age_years", "sex", "drug_class", "cancer")
"""Inputs without which nothing is forecast, besides the scale's own latest score."""

OLDEST_FULL_FORM_DAYS = 183
"""Age of the latest full form from which scales of it are no longer forecast."""

EXPLAINED: tuple[str, ...] = tuple(name for name in BOOSTER_COLUMNS if name not in TIME_COLUMNS)
"""Inputs that get a bar of their own; time and horizon belong to the baseline."""

_EXPLAINED = np.array([name in EXPLAINED for name in BOOSTER_COLUMNS])


@dataclass(frozen=True)
class Forecaster:
    """The forecast models of one version, ready for one form or many."""

    manifest: Mapping[str, Any]
    boosters: Mapping[str, Any]
    threads: int = 1

    @classmethod
    def from_bytes(
        cls, manifest: Mapping[str, Any], files: Mapping[str, bytes], *, threads: int = 1
    ) -> Forecaster:
        """Forecaster from a manifest and the bytes of the files it names, already verified.

        Raises:
            KeyError: the manifest lacks a part, or a file is not given.
            ValueError: the models were trained on other inputs, codes, units, scales or horizons.
        """
        import lightgbm

        _check_meaning(manifest)
        _check_numbers(manifest)
        try:
            boosters = {
                name: lightgbm.Booster(model_str=files[manifest["boosters"][name]].decode("utf-8"))
                for name in booster_names()
            }
        except lightgbm.basic.LightGBMError as error:
            raise ValueError("A text is not a LightGBM model.") from error
        for name, booster in boosters.items():
            if tuple(booster.feature_name()) != columns_of(name):
                raise ValueError(f"The booster {name} was trained on other inputs.")
        return cls(manifest, boosters, threads)

    @property
    def version(self) -> str:
        """Version of the forecast models."""
        return str(self.manifest["version"])

    @cached_property
    def calibrations(self) -> dict[str, Affine]:
        """Calibration of each probability."""
        return {name: Affine(**line) for name, line in self.manifest["calibration"].items()}

    def reason_against(self, values: Mapping[str, float | None], target: Target) -> str:
        """Why a target cannot be forecast from a form, in words; empty when it can."""
        if _known(values, last_name(target.name)) is None:
            return f"no {target.scale.label} has been recorded"
        absent = [INPUT_BY_NAME[name].label for name in REQUIRED if _known(values, name) is None]
        if absent:
            return f"{', '.join(absent)} not known"
        age = _known(values, "full_form_age_days")
        short = {scale for scale in ("global_qol", "fatigue") if target.name == scale}
        if not short and (age is None or age > OLDEST_FULL_FORM_DAYS):
            return "the latest full form is more than six months older than the latest form"
        return ""

    def unusual(self, values: Mapping[str, float | None]) -> tuple[str, ...]:
        """Names of inputs that lie outside what nearly all training patients had."""
        found = []
        for one in self.manifest["inputs"]:
            value = _known(values, one["name"])
            if value is not None and "range" in one:
                low, high = one["range"]
                if not low <= value <= high:
                    found.append(str(one["name"]))
        return tuple(found)

    def forecast(self, values: Mapping[str, float | None], target: Target) -> tuple[Forecast, ...]:
        """Forecasts of one scale from one form, one per horizon; none when there is a reason why.

        Args:
            values: input to value; None, NaN or an absent name is missing.
            target: the scale.

        Raises:
            InexactExplanation: contributions do not add up to their probability.
        """
        if self.reason_against(values, target):
            return ()
        row = _row(values)
        matrix = with_horizons(row[None])
        current = float(row[INPUT_NAMES.index(last_name(target.name))])
        ends = self._scores(matrix, target, np.full(len(matrix), current))
        answering = self._probability(ANSWERS, matrix)
        worse = self._probability(DETERIORATION[target.name], matrix)
        parts = self._predict(DETERIORATION[target.name], matrix, pred_contrib=True)
        line = self.calibrations[DETERIORATION[target.name]]
        found = []
        for place, days in enumerate(HORIZONS_DAYS):
            middle, lower, upper = ends[:, place].tolist()
            risk = float(worse[place])
            steps = waterfall(parts[place][None], line, risk, _EXPLAINED)
            found.append(
                Forecast(
                    horizon_days=days,
                    current=current,
                    middle=middle,
                    lower=lower,
                    upper=upper,
                    answering=float(answering[place]),
                    worse=target.worse,
                    deterioration=risk,
                    typical=steps.baseline_risk,
                    contributions=_contributions(steps, values),
                )
            )
        return tuple(found)

    def at_form(
        self, form: date, values: Mapping[str, float | None], wanted: Target, too_late: str
    ) -> FormForecast:
        """Forecasts from one form.

        Args:
            form: its day.
            values: what was known then.
            wanted: the scale; another one where there is no score of it.
            too_late: why the form says nothing of the future any more; empty while it does.
        """
        target = recorded(values, wanted)
        reason = too_late or self.reason_against(values, target)
        found = () if reason else self.forecast(values, target)
        return FormForecast(target.key, form, reason, found, self.unusual(values), self.version)

    def at_full_form(
        self, forms: Mapping[date, Mapping[str, float | None]], wanted: Target
    ) -> FormDeterminants:
        """What a score of the latest full form goes with.

        Args:
            forms: day of each form to what was known then.
            wanted: the scale; another one where there is no score of it.
        """
        full = {day: values for day, values in forms.items() if values["full_form_age_days"] == 0}
        form = max(full, default=None)
        values = {} if form is None else full[form]
        target = recorded(values, wanted)
        return FormDeterminants(target.key, form, self.determinants(values, target), self.version)

    def predict(self, inputs: Floats) -> ForecastArrays:
        """Forecasts of many forms.

        Args:
            inputs: shape (n, inputs), columns of ``INPUT_NAMES``, NaN where missing.
        """
        matrix = with_horizons(inputs)
        shape = (len(inputs), len(HORIZONS_DAYS))
        middle, lower, upper, worse = (np.full((*shape, len(TARGETS)), np.nan) for _ in range(4))
        for place, target in enumerate(TARGETS):
            last = np.repeat(inputs[:, INPUT_NAMES.index(last_name(target.name))], shape[1])
            ends = self._scores(matrix, target, last).reshape(3, *shape)
            middle[:, :, place], lower[:, :, place], upper[:, :, place] = ends
            chance = self._probability(DETERIORATION[target.name], matrix)
            worse[:, :, place] = np.where(np.isnan(last), np.nan, chance).reshape(shape)
        answering = self._probability(ANSWERS, matrix).reshape(shape)
        return ForecastArrays(middle, lower, upper, worse, answering)

    def determinants(
        self, values: Mapping[str, float | None], target: Target
    ) -> Determinants | None:
        """What the score of a full form goes with; None where the form holds no such score."""
        score = _known(values, last_name(target.name))
        if score is None or values.get("full_form_age_days") != 0:
            return None
        row = level_matrix(_row(values)[None], target)
        parts = self._predict(LEVELS[target.name], row, pred_contrib=True)[0]
        expected = float(self._predict(LEVELS[target.name], row)[0])
        seen = zip(level_inputs(target), row[0].tolist(), strict=True)
        known = {name: None if np.isnan(value) else value for name, value in seen}
        return determinants(target, float(score), expected, known, parts)

    def _scores(self, matrix: Floats, target: Target, last: Floats) -> Floats:
        """Median, lower and upper end in points, within the scale, shape (3, rows)."""
        low, middle, high = (
            self._predict(quantile_name(target, quantile), matrix) for quantile in QUANTILES
        )
        margins = self.manifest["margins"][target.name]
        days = matrix[:, -1].astype(int).astype(str)
        margin = np.array([margins[one] for one in days])
        # Quantiles are fitted one by one and may cross; the ends then change places.
        low, high = np.sort([low - margin, high + margin], axis=0)
        middle = np.clip(middle, low, high)
        changes = np.stack([middle, low, high])
        return np.asarray(np.clip(last + changes, target.scale.low, target.scale.high))

    def _probability(self, name: str, matrix: Floats) -> Floats:
        return probability(self.calibrations[name](self._predict(name, matrix, raw_score=True)))

    def _predict(self, name: str, matrix: Floats, **how: bool) -> Floats:
        return np.asarray(self.boosters[name].predict(matrix, num_threads=self.threads, **how))


def _contributions(
    steps: Waterfall, values: Mapping[str, float | None]
) -> tuple[Contribution, ...]:
    bars = zip(EXPLAINED, steps.log_odds.tolist(), steps.points.tolist(), strict=True)
    return tuple(
        Contribution(name, values.get(name), INPUT_BY_NAME[name].unit, log_odds, points)
        for name, log_odds, points in bars
    )


def _known(values: Mapping[str, float | None], name: str) -> float | None:
    """One input, None where it is missing in whichever way."""
    value = values.get(name)
    return None if value is None or np.isnan(value) else value


def recorded(values: Mapping[str, float | None], wanted: Target) -> Target:
    """The scale wanted, or the first one with a latest score where that has none."""
    known = [one for one in TARGETS if _known(values, last_name(one.name)) is not None]
    return wanted if wanted in known or not known else known[0]


def _row(values: Mapping[str, float | None]) -> Floats:
    given = (values.get(name) for name in INPUT_NAMES)
    return np.array([np.nan if value is None else float(value) for value in given])


def _check_meaning(manifest: Mapping[str, Any]) -> None:
    """A code, unit or scale that changed its meaning since training would mislead silently."""
    trained = [
        (one["name"], one["unit"], tuple(one.get("labels", ()))) for one in manifest["inputs"]
    ]
    here = [(feature.name, feature.unit, feature.labels) for feature in INPUTS]
    horizons: Sequence[int] = manifest["horizons_days"]
    keys = [target.key for target in TARGETS]
    if trained != here or list(horizons) != list(HORIZONS_DAYS) or manifest["targets"] != keys:
        raise ValueError("The forecasts were trained on other inputs, codes, scales or horizons.")


def _check_numbers(manifest: Mapping[str, Any]) -> None:
    """Every margin and calibration is there: nobody is to find out while looking at a patient."""
    numbers = [
        manifest["margins"][target.name][str(days)] for target in TARGETS for days in HORIZONS_DAYS
    ]
    for name in (*DETERIORATION.values(), ANSWERS):
        line = Affine(**manifest["calibration"][name])
        numbers += [line.intercept, line.slope]
    if not np.isfinite(np.array(numbers, dtype=np.float64)).all():
        raise ValueError("A margin or a calibration is not a number.")
