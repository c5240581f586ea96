"""Made-up patients at landmarks with known risks, and tiny models trained on them."""

from __future__ import annotations

import functools

import numpy as np

from models.risk.inputs import FEATURE_NAMES, FEATURES
from models.risk.labels import LandmarkRows
from models.risk.manifest import describe, model_files
from models.risk.outcomes import OUTCOMES
from models.risk.predictor import Predictor
from models.risk.training import TrainingPlan, train

PLAN = TrainingPlan(seed=3, bags=3, most_rounds=15, leaves=4, smallest_leaf=20, threads=1)


def silent(step: str, share: float) -> None:
    """No progress shown."""


def rows(people: int, seed: int, landmarks=(0, 84)) -> LandmarkRows:
    """Age raises, and PD-L1 against combination lowers, the hazard of everything."""
    rng = np.random.default_rng(seed)
    features = np.column_stack(
        [
            rng.integers(0, len(feature.labels), people).astype(float)
            if feature.labels
            else rng.lognormal(1, 0.5, people)
            for feature in FEATURES
        ]
    )
    features[:, FEATURE_NAMES.index("age_years")] = rng.integers(35, 88, people)
    features[:, FEATURE_NAMES.index("cancer")] = rng.integers(0, 3, people)
    optional = [FEATURE_NAMES.index(name) for name in ("tsh", "bmi", "ecog", "ppi", "crp")]
    for column in optional:
        features[rng.random(people) < 0.3, column] = np.nan
    age = features[:, FEATURE_NAMES.index("age_years")]
    drug_class = features[:, FEATURE_NAMES.index("drug_class")]
    hazard = 0.001 * np.exp(0.03 * (age - 60) + 0.4 * (drug_class - 2))
    features = np.repeat(features, len(landmarks), axis=0)
    features[:, FEATURE_NAMES.index("landmark_time")] = np.tile(landmarks, people)
    n = len(features)
    onset = rng.exponential(1 / np.repeat(hazard, len(landmarks))[:, None], (n, len(OUTCOMES)))
    follow_up = np.minimum(rng.exponential(900, n), 800).round()
    return LandmarkRows(
        patient_id=np.repeat([f"p{number}" for number in range(people)], len(landmarks)).astype(
            object
        ),
        country=np.repeat(rng.choice(["FR", "ES"], people), len(landmarks)).astype(object),
        landmark_day=np.tile(landmarks, people),
        features=features,
        follow_up_days=follow_up,
        died=rng.random(n) < 0.3,
        onset_days=np.where(onset <= follow_up[:, None], np.ceil(onset), np.nan),
    )


@functools.cache
def artefacts() -> tuple[dict, dict[str, bytes]]:
    """Manifest and files of models trained on 1,500 made-up patients."""
    patients = rows(1500, seed=1)
    trained = train(patients, PLAN, silent)
    manifest = describe(patients, trained, PLAN, {"source": "made up", "seed": 1}, "test/1")
    return manifest, model_files(trained)


@functools.cache
def predictor() -> Predictor:
    """Those models, ready to predict."""
    return Predictor.from_bytes(*artefacts())


def patient(**changes: float | None) -> dict[str, float | None]:
    """Inputs of one made-up patient."""
    values = dict(zip(FEATURE_NAMES, rows(1, seed=5, landmarks=(84,)).features[0], strict=True))
    return {name: None if value != value else value for name, value in values.items()} | changes
