"""From features to calibrated risks, intervals and exact explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Bools, Floats
from models.risk.batch_support import with_care
from models.risk.calibration import EVERYWHERE, Affine, probability
from models.risk.ensemble import Ensemble
from models.risk.explanation import EXPLAINED, Waterfall, waterfall
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES, FEATURES
from models.risk.interval import narrowing, not_measured, reach
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.prediction import Contribution, OutcomeRisk, RiskArrays
from models.risk.support import Applicability, not_scored_reason, scorable
from models.risk.use import Use

_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Predictor:
    """The models of one artefact version, ready to predict and to explain.

    The interval widens the calibrated log-odds by how far the bags disagree, by what missing
    inputs could have said and by what the bags are off together (see ``models.risk.interval``).
    It bounds the uncertainty of the model about the risk at 80 %, not what will happen to the
    patient. ``misfit`` has shape (outcomes, horizons), ``missing_variance`` (inputs,
    outcomes).
    """

    manifest: Mapping[str, Any]
    ensemble: Ensemble
    calibrations: Mapping[str, Mapping[str, Affine]]
    applicability: Applicability
    misfit: Floats
    missing_variance: Floats

    @classmethod
    def from_bytes(
        cls, manifest: dict[str, Any], files: Mapping[str, bytes], *, threads: int = 1
    ) -> Predictor:
        """Predictor from a manifest and the bytes of the files it names.

        Args:
            manifest: content of ``manifest.json``.
            files: file name to bytes, already verified.
            threads: for batches; web workers keep 1.

        Raises:
            KeyError: the manifest lacks a part, or a file is not given.
            ValueError: the models were trained on other inputs, codes, units or horizons.
        """
        _check_meaning(manifest)
        texts = {
            outcome: [files[name].decode("utf-8") for name in manifest["boosters"][outcome]]
            for outcome in OUTCOMES
        }
        calibrations = {
            outcome: {place: Affine(**values) for place, values in places.items()}
            for outcome, places in manifest["calibration"].items()
        }
        if any(EVERYWHERE not in calibrations.get(outcome, ()) for outcome in OUTCOMES):
            raise ValueError("The models lack the calibration of an outcome.")
        interval = manifest["interval"]
        return cls(
            manifest,
            Ensemble.from_texts(texts, threads),
            calibrations,
            Applicability.from_manifest(manifest),
            np.array(
                [[interval["misfit"][outcome][str(h)] for h in HORIZONS] for outcome in OUTCOMES]
            ),
            np.array(
                [
                    [interval["missing_variance"][outcome][name] for outcome in OUTCOMES]
                    for name in FEATURE_NAMES
                ]
            ),
        )

    @property
    def version(self) -> str:
        """Version of the artefacts."""
        return str(self.manifest["version"])

    @property
    def use(self) -> Use:
        """How much the models use each input."""
        return Use.of(self.applicability.importance, self.applicability.ranges)

    def predict(self, features: Floats, countries: Sequence[str]) -> RiskArrays:
        """Risks of many patients.

        Args:
            features: shape (n, inputs), columns of ``FEATURE_NAMES``, NaN where missing.
            countries: n country codes; a country without a calibration of its own gets the
                common one.

        Returns:
            Risks and intervals, NaN for rows without the minimum of inputs. None of them
            falls with a longer horizon.
        """
        risks = np.full((3, len(features), len(OUTCOMES), len(HORIZONS)), np.nan)
        scored = np.flatnonzero(scorable(features))
        for start in range(0, len(scored), _ROWS_AT_ONCE):
            rows = scored[start : start + _ROWS_AT_ONCE]
            places = [countries[row] for row in rows]
            risks[:, rows] = self._risks(*self.log_odds(features[rows], places))
        return RiskArrays(*risks)

    def with_care(self, features: Floats) -> Bools:
        """Which outcomes' risks of many patients are to be used with care, shape (n, outcomes).

        False where there is no risk; the reasons are ``explain``'s.

        Args:
            features: shape (n, inputs), NaN where missing.
        """
        marks = np.zeros((len(features), len(OUTCOMES)), dtype=bool)
        scored = np.flatnonzero(scorable(features))
        for start in range(0, len(scored), _ROWS_AT_ONCE):
            rows = scored[start : start + _ROWS_AT_ONCE]
            density = self.ensemble.density(features[rows])
            marks[rows] = with_care(self.applicability, features[rows], density)
        return marks

    def explain(self, features: Mapping[str, float | None], country: str) -> list[OutcomeRisk]:
        """Risk, interval and contributions of one patient: every outcome, every horizon.

        Args:
            features: input to value; None, NaN or an absent name is missing.
            country: code of the country of treatment.

        Raises:
            InexactExplanation: contributions do not add up to their risk.
        """
        row = np.array([_number(features.get(name)) for name in FEATURE_NAMES])
        values = dict(zip(FEATURE_NAMES, row.tolist(), strict=True))
        reason = not_scored_reason(values)
        if reason:
            return [self._unscored(values, reason, *pair) for pair in _PAIRS]
        middle, spread = self.log_odds(row[None], [country])
        risks = self._risks(middle, spread)
        parts = self.ensemble.contributions(row[None])[:, 0]
        density = self.ensemble.density(row[None])[0].tolist()
        found = []
        for i, outcome in enumerate(OUTCOMES):
            support = self.applicability.support(values, outcome, density[i])
            known = self.missing_variance[_columns(support.missing), i]
            line = self.calibration(outcome, country)
            for j, horizon in enumerate(HORIZONS):
                risk, lower, upper = risks[:, 0, i, j].tolist()
                narrower = narrowing(middle[0, i, j], spread[0, i, j], self.misfit[i, j], known)
                found.append(
                    OutcomeRisk(
                        outcome=outcome,
                        horizon_days=horizon,
                        risk=risk,
                        lower=lower,
                        upper=upper,
                        **_steps(waterfall(parts[:, i, j], line, risk), values),
                        **asdict(support.by_narrowing(narrower)),
                    )
                )
        return found

    def calibration(self, outcome: str, country: str) -> Affine:
        """Calibration of an outcome in a country, or the common one."""
        places = self.calibrations[outcome]
        return places.get(country, places[EVERYWHERE])

    def log_odds(self, features: Floats, countries: Sequence[str]) -> tuple[Floats, Floats]:
        """Calibrated log-odds and their standard deviation: bags and missing inputs.

        Args:
            features: shape (n, inputs); every row is taken to have the minimum of inputs.
            countries: n country codes.

        Returns:
            Two arrays of shape (n, outcomes, horizons).
        """
        bags = self.log_odds_by_bag(features, countries)
        missing = not_measured(features) @ self.missing_variance
        return bags.mean(axis=0), np.sqrt(bags.var(axis=0, ddof=1) + missing[:, :, None])

    def log_odds_by_bag(self, features: Floats, countries: Sequence[str]) -> Floats:
        """Calibrated log-odds of each bag, shape (bags, n, outcomes, horizons)."""
        places: npt.NDArray[np.str_] = np.asarray(countries, dtype=object).astype(str)
        names, place = np.unique(places, return_inverse=True)
        lines = np.array([self._lines(name) for name in names])[place]  # (n, outcomes, 2)
        margins = self.ensemble.margins(features)
        margins *= lines[:, :, 1, None]
        margins += lines[:, :, 0, None]
        return margins

    def _risks(self, middle: Floats, spread: Floats) -> Floats:
        """Risk, lower and upper end, shape (3, n, outcomes, horizons)."""
        half = reach(spread, self.misfit)
        risks = probability(np.stack([middle, middle - half, middle + half]))
        risks[1:] = np.maximum.accumulate(risks[1:], axis=-1)
        return risks

    def _lines(self, country: str) -> list[tuple[float, float]]:
        fitted = (self.calibration(outcome, country) for outcome in OUTCOMES)
        return [(line.intercept, line.slope) for line in fitted]

    def _unscored(
        self, values: Mapping[str, float], reason: str, outcome: str, horizon: int
    ) -> OutcomeRisk:
        return OutcomeRisk(
            outcome=outcome,
            horizon_days=horizon,
            risk=None,
            lower=None,
            upper=None,
            baseline_risk=None,
            contributions=(),
            **asdict(self.applicability.no_support(values, outcome, reason)),
        )


_PAIRS = tuple((outcome, horizon) for outcome in OUTCOMES for horizon in HORIZONS)


def _check_meaning(manifest: Mapping[str, Any]) -> None:
    """A code or unit that changed its meaning since training would give wrong risks silently."""
    trained = [
        (feature["name"], feature["unit"], tuple(feature.get("labels", ())))
        for feature in manifest["features"]
    ]
    here = [(feature.name, feature.unit, feature.labels) for feature in FEATURES]
    if trained != here or manifest["horizons_days"] != list(HORIZONS):
        raise ValueError("The models were trained on other inputs, codes, units or horizons.")


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _columns(names: Sequence[str]) -> list[int]:
    return [FEATURE_NAMES.index(name) for name in names]


def _steps(steps: Waterfall, values: Mapping[str, float]) -> dict[str, Any]:
    bars = zip(EXPLAINED, steps.log_odds, steps.points, steps.agreement, strict=True)
    return {
        "baseline_risk": steps.baseline_risk,
        "contributions": tuple(_contribution(name, values[name], *bar) for name, *bar in bars),
    }


def _contribution(
    name: str, value: float, log_odds: float, points: float, agreement: float
) -> Contribution:
    known = None if np.isnan(value) else value
    unit = FEATURE_BY_NAME[name].unit
    return Contribution(name, known, unit, float(log_odds), float(points), float(agreement))
