"""The manifest: what a set of model files is, where it came from and where it applies."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np

from models.arrays import Floats
from models.risk.calibration import EVERYWHERE
from models.risk.drift import reference
from models.risk.ensemble import Ensemble
from models.risk.inputs import (
    FEATURE_NAMES,
    FEATURES,
    LAB_INPUTS,
    MINIMUM_LAB_INPUTS,
    REQUIRED,
    Feature,
)
from models.risk.interval import LEVEL, missing_variance, not_measured
from models.risk.labels import LandmarkRows
from models.risk.outcomes import HORIZONS, LANDMARKS, OUTCOMES
from models.risk.support import (
    FEW_SIMILAR,
    MISSING_PERCENTILE,
    RARE_PERCENTILE,
    kind_of_patient,
    scorable,
)
from models.risk.training import Trained, TrainingPlan

RANGE_PERCENTILES = (0.1, 99.9)
SMALLEST_CELL = 10
_SEEN_ROWS = 40_000
_EXPLAINED_ROWS = 2_000
_CODE_ROWS = 10  # a code seen in fewer rows than this counts as not seen

LIMITATIONS = (
    "Trained on a simulated cohort: no figure here says anything about real patients until a"
    " site has retrained or recalibrated the models on its own data.",
    "Associations, not effects: changing an input need not change what happens.",
    "Events without a recorded grade do not count as outcomes.",
)

WITH_CARE = (
    "a risk is shown with care when an input lies outside the middle 99.8 % of training values or"
    f" has a code not seen there; when missing inputs carry more of the outcome's importance than"
    f" in {MISSING_PERCENTILE} of 100 training patients; when fewer than {FEW_SIMILAR} training"
    " patients share cancer, drug class and age band; or when the inputs together are rarer to"
    f" the model (density) than in {100 - RARE_PERCENTILE} of 100 training patients at that day"
)


def file_name(outcome: str, bag: int) -> str:
    """Name of the file of one booster."""
    return f"{outcome}-{bag + 1}.txt"


def model_files(trained: Trained) -> dict[str, bytes]:
    """File name to content of every booster."""
    return {
        file_name(outcome, bag): text.encode("utf-8")
        for outcome, bags in trained.texts.items()
        for bag, text in enumerate(bags)
    }


@dataclass(frozen=True)
class Population:
    """How many people training was given: overall, by country, by outcome and of each kind."""

    people: int
    rows: int
    by_country: Counter[str]
    with_outcome: Counter[str]
    kinds: Counter[str]

    def plus(self, other: Population) -> Population:
        """Both together; nobody may be in both."""
        return Population(
            self.people + other.people,
            self.rows + other.rows,
            self.by_country + other.by_country,
            self.with_outcome + other.with_outcome,
            self.kinds + other.kinds,
        )


def population(rows: LandmarkRows) -> Population:
    """Counts of the people in some rows."""
    people, first = np.unique(rows.patient_id.astype(str), return_index=True)
    had = {
        outcome: len(np.unique(rows.patient_id[~np.isnan(rows.onset_days[:, i])].astype(str)))
        for i, outcome in enumerate(OUTCOMES)
    }
    start = rows.features[(rows.landmark_day == 0) & scorable(rows.features)]
    columns = [FEATURE_NAMES.index(name) for name in ("cancer", "drug_class", "age_years")]
    return Population(
        len(people),
        len(rows),
        Counter(rows.country[first].astype(str).tolist()),
        Counter(had),
        Counter(kind_of_patient(*kind) for kind in start[:, columns]),
    )


def describe(
    rows: LandmarkRows,
    trained: Trained,
    plan: TrainingPlan,
    source: Mapping[str, Any],
    version: str,
    people: Population | None = None,
) -> dict[str, Any]:
    """Content of the manifest, except for the fingerprints of the files.

    Args:
        rows: everything training was given, or a sample of it.
        trained: what it produced.
        plan: its settings.
        source: fingerprint of the data: generator, seed, patients, hash of its parameters.
        version: version of the artefacts.
        people: counts of everybody, where ``rows`` are a sample.
    """
    people = people or population(rows)
    ensemble = Ensemble.from_texts(trained.texts, plan.threads)
    seen = _some(rows.select(trained.held_back & scorable(rows.features)), _SEEN_ROWS)
    explained = _some(seen, _EXPLAINED_ROWS)
    parts = ensemble.contributions(explained.features).mean(axis=0)
    importance = _importance(parts)
    return {
        "version": version,
        "limitations": list(LIMITATIONS),
        "outcomes": list(OUTCOMES),
        "horizons_days": list(HORIZONS),
        "landmarks_days": list(LANDMARKS),
        "features": [
            _described(feature, rows.features[:, column]) for column, feature in enumerate(FEATURES)
        ],
        "minimum_inputs": {
            "required": list(REQUIRED),
            "laboratory": MINIMUM_LAB_INPUTS,
            "laboratory_inputs": list(LAB_INPUTS),
        },
        "with_care": {
            "missing_share": _missing_limits(seen, importance),
            "density": _density_limits(seen, ensemble),
            "similar_patients": FEW_SIMILAR,
            "meaning": WITH_CARE,
        },
        "interval": {
            "level": LEVEL,
            "misfit": {outcome: {str(days): 0.0 for days in HORIZONS} for outcome in OUTCOMES},
            "missing_variance": _missing_variance(explained, parts, trained),
            "meaning": "uncertainty of the model about the risk: the spread of its bags and of"
            " what missing inputs could have said",
        },
        "boosters": {
            outcome: [file_name(outcome, bag) for bag in range(plan.bags)] for outcome in OUTCOMES
        },
        "calibration": {
            outcome: {place: asdict(line) for place, line in places.items()}
            for outcome, places in trained.calibrations.items()
        },
        "importance": importance,
        "similar_patients": _similar(people),
        "reference": reference(rows),
        "training": {
            **source,
            **_counts(people),
            "settings": asdict(plan),
            "rounds": trained.rounds,
        },
        "libraries": {
            "python": platform.python_version(),
            "lightgbm": lightgbm.__version__,
            "numpy": np.__version__,
        },
    }


def with_misfit(
    manifest: Mapping[str, Any], misfit: Mapping[str, Mapping[str, float]]
) -> dict[str, Any]:
    """The manifest with intervals that hold the true risk of simulated patients."""
    interval = manifest["interval"] | {
        "misfit": dict(misfit),
        "meaning": "uncertainty of the model about the risk: the spread of its bags and of what"
        " missing inputs could have said, widened until the interval held the true risk of"
        f" {100 * LEVEL:.0f} % of simulated patients",
    }
    return {**manifest, "interval": interval}


def with_carried_misfit(manifest: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with intervals widened as those of other models: true risks are not known."""
    interval = manifest["interval"] | {
        "misfit": other["interval"]["misfit"],
        "meaning": "uncertainty of the model about the risk: the spread of its bags and of what"
        f" missing inputs could have said, widened as for models {other['version']}; whether it"
        " holds the true risk of real patients is not known",
    }
    return {**manifest, "interval": interval}


def with_real_patients(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of models trained on real patients: what is said of simulated ones falls."""
    limitations = [
        "Trained on the patients of one warehouse: elsewhere the figures may be worse.",
        *LIMITATIONS[1:],
    ]
    return {**manifest, "limitations": limitations}


def _described(feature: Feature, values: Floats) -> dict[str, Any]:
    known = values[~np.isnan(values)]
    described = {
        "name": feature.name,
        "label": feature.label,
        "unit": feature.unit,
        "missing_share": round(1 - len(known) / max(len(values), 1), 4),
    }
    if feature.labels:
        codes, times = np.unique(known, return_counts=True)
        seen = [int(code) for code in codes[times >= _CODE_ROWS]]
        return described | {"labels": list(feature.labels), "codes": seen}
    low, high = np.percentile(known, RANGE_PERCENTILES) if len(known) else (0.0, 0.0)
    return described | {"range": [float(low), float(high)]}


def _some(rows: LandmarkRows, wanted: int) -> LandmarkRows:
    """About as many of the rows as wanted, evenly spread, all landmarks among them."""
    step = max(len(rows) // wanted, 1)
    # A step that shares no factor with the number of landmarks meets all of them.
    step += step % 2 == 0
    return rows.select(np.arange(len(rows)) % step == 0)


def _importance(parts: Floats) -> dict[str, dict[str, float]]:
    """Mean absolute contribution per outcome and input, in log-odds before calibration.

    Args:
        parts: contributions, shape (n, outcomes, horizons, columns + 1).
    """
    return _by_outcome_and_input(np.abs(parts).mean(axis=(0, 2)))


def _missing_variance(
    rows: LandmarkRows, parts: Floats, trained: Trained
) -> dict[str, dict[str, float]]:
    """Variance of each input's calibrated contribution among rows that have the input."""
    slopes = np.array([trained.calibrations[outcome][EVERYWHERE].slope for outcome in OUTCOMES])
    inputs = parts[..., : len(FEATURE_NAMES)].mean(axis=2)
    return _by_outcome_and_input(missing_variance(slopes[:, None] * inputs, rows.features))


def _by_outcome_and_input(numbers: Floats) -> dict[str, dict[str, float]]:
    return {
        outcome: {name: round(float(numbers[i, k]), 6) for k, name in enumerate(FEATURE_NAMES)}
        for i, outcome in enumerate(OUTCOMES)
    }


def _missing_limits(
    rows: LandmarkRows, importance: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Per outcome the share of importance that the emptiest training rows miss."""
    missing = not_measured(rows.features)
    limits = {}
    for outcome in OUTCOMES:
        weight = np.array([importance[outcome][name] for name in FEATURE_NAMES])
        share = missing @ weight / max(weight.sum(), 1e-12)
        limits[outcome] = round(float(np.percentile(share, MISSING_PERCENTILE)), 4)
    return limits


def _density_limits(rows: LandmarkRows, ensemble: Ensemble) -> dict[str, dict[str, float]]:
    """Per outcome and landmark the density of the rarest training rows."""
    density = ensemble.density(rows.features)
    days = np.unique(rows.landmark_day)
    return {
        outcome: {
            str(day): round(
                float(np.percentile(density[rows.landmark_day == day, i], RARE_PERCENTILE)), 6
            )
            for day in days
        }
        for i, outcome in enumerate(OUTCOMES)
    }


def _similar(people: Population) -> dict[str, int]:
    """Patients per cancer, drug class and age band at day 0; small cells left out."""
    return {
        kind: 5 * round(count / 5)
        for kind, count in sorted(people.kinds.items())
        if count >= SMALLEST_CELL
    }


def _counts(people: Population) -> dict[str, Any]:
    return {
        "patients": people.people,
        "patients_by_country": dict(sorted(people.by_country.items())),
        "patients_with_outcome": {outcome: people.with_outcome[outcome] for outcome in OUTCOMES},
        "rows": people.rows,
    }
