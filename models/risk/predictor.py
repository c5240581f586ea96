"""From features to calibrated risks, intervals and exact explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.risk.calibration import EVERYWHERE, Affine, probability
from models.risk.ensemble import Ensemble
from models.risk.explanation import EXPLAINED, waterfall
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES, FEATURES
from models.risk.interval import reach
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.prediction import Contribution, OutcomeRisk, RiskArrays
from models.risk.support import Applicability, judge, not_scored_reason, scorable

_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Predictor:
    """The models of one artefact version, ready to predict and to explain.

    The interval widens the calibrated log-odds by how far the bags disagree and by what they are
    off together (see ``models.risk.interval``). It bounds the uncertainty of the model about the
    risk at 90 %, not what will happen to the patient.
    """

    manifest: Mapping[str, Any]
    ensemble: Ensemble
    calibrations: Mapping[str, Mapping[str, Affine]]
    applicability: Applicability

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
        ensemble = Ensemble.from_texts(texts, threads)
        return cls(manifest, ensemble, calibrations, Applicability.from_manifest(manifest))

    @property
    def version(self) -> str:
        """Version of the artefacts."""
        return str(self.manifest["version"])

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
        places = np.asarray(countries, dtype=object)
        scored = np.flatnonzero(scorable(features))
        for start in range(0, len(scored), _ROWS_AT_ONCE):
            rows = scored[start : start + _ROWS_AT_ONCE]
            risks[:, rows] = self._risks(self.ensemble.margins(features[rows]), places[rows])
        return RiskArrays(*risks)

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
        risks = self._risks(self.ensemble.margins(row[None]), np.array([country], dtype=object))
        parts = self.ensemble.contributions(row[None])[0]
        return [
            self._scored(values, country, outcome, horizon, risks[:, 0, i, j], parts[i, j])
            for i, outcome in enumerate(OUTCOMES)
            for j, horizon in enumerate(HORIZONS)
        ]

    def calibration(self, outcome: str, country: str) -> Affine:
        """Calibration of an outcome in a country, or the common one."""
        places = self.calibrations[outcome]
        return places.get(country, places[EVERYWHERE])

    def log_odds(self, features: Floats, countries: Sequence[str]) -> tuple[Floats, Floats]:
        """Calibrated log-odds and their standard deviation over the bags.

        Args:
            features: shape (n, inputs); every row is taken to have the minimum of inputs.
            countries: n country codes.

        Returns:
            Two arrays of shape (n, outcomes, horizons).
        """
        places = np.asarray(countries, dtype=object)
        return self._calibrated(self.ensemble.margins(features), places)

    def _calibrated(
        self, margins: Floats, countries: npt.NDArray[np.object_]
    ) -> tuple[Floats, Floats]:
        names, place = np.unique(countries.astype(str), return_inverse=True)
        lines = np.array([self._lines(name) for name in names])[place]  # (n, outcomes, 2)
        intercept, slope = lines[:, :, 0, None], lines[:, :, 1, None]
        return (
            intercept + slope * margins.mean(axis=0),
            np.abs(slope) * margins.std(axis=0, ddof=1),
        )

    def _risks(self, margins: Floats, countries: npt.NDArray[np.object_]) -> Floats:
        """Risk, lower and upper end, shape (3, n, outcomes, horizons)."""
        middle, spread = self._calibrated(margins, countries)
        misfit = self.manifest["interval"]["misfit"]
        half = reach(spread, np.array([misfit[outcome] for outcome in OUTCOMES])[:, None])
        risks = probability(np.stack([middle, middle - half, middle + half]))
        risks[1:] = np.maximum.accumulate(risks[1:], axis=-1)
        return risks

    def _lines(self, country: str) -> list[tuple[float, float]]:
        fitted = (self.calibration(outcome, country) for outcome in OUTCOMES)
        return [(line.intercept, line.slope) for line in fitted]

    def _scored(
        self,
        values: Mapping[str, float],
        country: str,
        outcome: str,
        horizon: int,
        risks: Floats,
        parts: Floats,
    ) -> OutcomeRisk:
        risk, lower, upper = risks.tolist()
        steps = waterfall(parts, self.calibration(outcome, country), risk)
        missing = self.applicability.missing(values, outcome)
        unusual = self.applicability.out_of_range(values)
        similar = self.applicability.similar_patients(values)
        share = self.applicability.missing_share(missing, outcome)
        support, reason = judge(share, unusual, similar)
        return OutcomeRisk(
            outcome=outcome,
            horizon_days=horizon,
            risk=risk,
            lower=lower,
            upper=upper,
            baseline_risk=steps.baseline_risk,
            support=support,
            support_reason=reason,
            contributions=tuple(
                _contribution(name, values[name], log_odds, points)
                for name, log_odds, points in zip(
                    EXPLAINED, steps.log_odds.tolist(), steps.points.tolist(), strict=True
                )
            ),
            missing=missing,
            out_of_range=unusual,
            similar=similar,
        )

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
            support="not scored",
            support_reason=reason,
            contributions=(),
            missing=self.applicability.missing(values, outcome),
            out_of_range=self.applicability.out_of_range(values),
            similar=self.applicability.similar_patients(values),
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


def _contribution(name: str, value: float, log_odds: float, points: float) -> Contribution:
    known = None if np.isnan(value) else value
    return Contribution(name, known, FEATURE_BY_NAME[name].unit, log_odds, points)
