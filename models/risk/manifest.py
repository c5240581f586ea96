"""The manifest: what a set of model files is, where it came from and where it applies."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import lightgbm
import numpy as np

from models.arrays import Floats
from models.risk.ensemble import Ensemble
from models.risk.inputs import (
    FEATURE_NAMES,
    FEATURES,
    LAB_INPUTS,
    MINIMUM_LAB_INPUTS,
    REQUIRED,
    Feature,
)
from models.risk.interval import LEVEL
from models.risk.labels import LandmarkRows
from models.risk.outcomes import HORIZONS, LANDMARKS, OUTCOMES
from models.risk.support import FEW_SIMILAR, MISSING_SHARE, kind_of_patient, scorable
from models.risk.training import Trained, TrainingPlan

RANGE_PERCENTILES = (0.1, 99.9)
SMALLEST_CELL = 10
_EXPLAINED_ROWS = 2_000
_CODE_ROWS = 10  # a code seen in fewer rows than this counts as not seen

LIMITATIONS = (
    "Trained on a simulated cohort: no figure here says anything about real patients until a"
    " site has retrained or recalibrated the models on its own data.",
    "Associations, not effects: changing an input need not change what happens.",
    "Events without a recorded grade do not count as outcomes.",
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


def describe(
    rows: LandmarkRows,
    trained: Trained,
    plan: TrainingPlan,
    source: Mapping[str, Any],
    version: str,
) -> dict[str, Any]:
    """Content of the manifest, except for the fingerprints of the files.

    Args:
        rows: everything training was given.
        trained: what it produced.
        plan: its settings.
        source: fingerprint of the data: generator, seed, patients, hash of its parameters.
        version: version of the artefacts.
    """
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
        "with_care": {"missing_share": MISSING_SHARE, "similar_patients": FEW_SIMILAR},
        "interval": {
            "level": LEVEL,
            "misfit": dict.fromkeys(OUTCOMES, 0.0),
            "meaning": "uncertainty of the model about the risk, from the spread of its bags",
        },
        "boosters": {
            outcome: [file_name(outcome, bag) for bag in range(plan.bags)] for outcome in OUTCOMES
        },
        "calibration": {
            outcome: {place: asdict(line) for place, line in places.items()}
            for outcome, places in trained.calibrations.items()
        },
        "importance": _importance(rows.select(trained.held_back), trained, plan),
        "similar_patients": _similar(rows),
        "training": {**source, **_counts(rows), "settings": asdict(plan), "rounds": trained.rounds},
        "libraries": {
            "python": platform.python_version(),
            "lightgbm": lightgbm.__version__,
            "numpy": np.__version__,
        },
    }


def with_misfit(manifest: Mapping[str, Any], misfit: Mapping[str, float]) -> dict[str, Any]:
    """The manifest with intervals that hold the true risk of simulated patients."""
    interval = manifest["interval"] | {
        "misfit": dict(misfit),
        "meaning": "uncertainty of the model about the risk: the spread of its bags, widened"
        " until the interval held the true risk of 90 % of simulated patients",
    }
    return {**manifest, "interval": interval}


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


def _importance(
    rows: LandmarkRows, trained: Trained, plan: TrainingPlan
) -> dict[str, dict[str, float]]:
    """Mean absolute contribution per outcome and input, in log-odds, over held-back rows."""
    every = max(len(rows) // _EXPLAINED_ROWS, 1)
    ensemble = Ensemble.from_texts(trained.texts, plan.threads)
    parts = np.abs(ensemble.contributions(rows.features[::every])).mean(axis=(0, 2))
    return {
        outcome: {name: round(float(parts[i, k]), 6) for k, name in enumerate(FEATURE_NAMES)}
        for i, outcome in enumerate(OUTCOMES)
    }


def _similar(rows: LandmarkRows) -> dict[str, int]:
    """Patients per cancer, drug class and age band at day 0; small cells left out."""
    start = rows.features[(rows.landmark_day == 0) & scorable(rows.features)]
    columns = [FEATURE_NAMES.index(name) for name in ("cancer", "drug_class", "age_years")]
    kinds = Counter(kind_of_patient(*kind) for kind in start[:, columns])
    return {
        kind: 5 * round(count / 5)
        for kind, count in sorted(kinds.items())
        if count >= SMALLEST_CELL
    }


def _counts(rows: LandmarkRows) -> dict[str, Any]:
    people, first = np.unique(rows.patient_id.astype(str), return_index=True)
    countries, numbers = np.unique(rows.country[first].astype(str), return_counts=True)
    had = {
        outcome: len(np.unique(rows.patient_id[~np.isnan(rows.onset_days[:, i])].astype(str)))
        for i, outcome in enumerate(OUTCOMES)
    }
    return {
        "patients": len(people),
        "patients_by_country": dict(zip(countries.tolist(), numbers.tolist(), strict=True)),
        "patients_with_outcome": had,
        "rows": len(rows),
    }
