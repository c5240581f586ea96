"""Training: bags of boosters per outcome, their calibration, and what the manifest says.

Never imported by the web process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from lightgbm import Booster, Dataset

from models.arrays import Floats
from models.progress import Progress
from models.risk.calibration import Affine, by_country
from models.risk.counts import recounted
from models.risk.ensemble import Ensemble, with_horizons
from models.risk.inputs import BOOSTER_COLUMNS, HORIZON, TIME_COLUMNS
from models.risk.labels import LandmarkRows, labels
from models.risk.outcomes import HORIZONS, OUTCOMES

FEWEST_EVENTS = 20
"""People with an outcome below which nothing is learnt about it."""

COUNTED_ROWS = 60_000
_STEP = 5  # trees between two looks at the held-back patients


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that decides what comes out, besides the rows.

    ``held_back`` is the share of patients kept from fitting, for the number of rounds and for
    calibration. ``time_gain`` favours splits on time: onset has a steep course over the first
    months, and unless that is learnt first, short horizons come out too high. Small trees suffice
    where effects add up, and four leaves did best on patients held back. ``threads`` is fixed
    because it is written into the model files.
    """

    seed: int = 1
    bags: int = 5
    most_rounds: int = 150
    held_back: float = 0.25
    controls_per_case: int = 8
    learning_rate: float = 0.12
    leaves: int = 4
    smallest_leaf: int = 200
    time_gain: float = 10.0
    threads: int = 2

    def parameters(self, bag: int) -> dict[str, Any]:
        """LightGBM parameters of one bag."""
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.smallest_leaf,
            "feature_contri": [
                self.time_gain if name in TIME_COLUMNS else 1.0 for name in BOOSTER_COLUMNS
            ],
            "lambda_l2": 10.0,
            "max_bin": 63,
            "monotone_constraints": [int(name == HORIZON.name) for name in BOOSTER_COLUMNS],
            "deterministic": True,
            "force_row_wise": True,
            "feature_pre_filter": False,
            "num_threads": self.threads,
            "seed": 1000 * self.seed + bag,
            "verbosity": -1,
        }


@dataclass(frozen=True)
class Trained:
    """What training produced.

    ``texts`` holds one LightGBM model text per outcome and bag, ``rounds`` the trees of each,
    ``held_back`` (n rows) marks the rows of patients that no booster was fitted to.
    """

    texts: Mapping[str, list[str]]
    rounds: Mapping[str, int]
    calibrations: Mapping[str, Mapping[str, Affine]]
    held_back: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """Rows patient x landmark x horizon; answers and weights have one column per outcome."""

    matrix: npt.NDArray[np.float32]
    happened: npt.NDArray[np.bool_]
    weight: Floats
    patient: npt.NDArray[np.int64]

    def select(self, rows: npt.NDArray[Any]) -> Table:
        """Some of the rows."""
        return Table(self.matrix[rows], self.happened[rows], self.weight[rows], self.patient[rows])


def train(rows: LandmarkRows, plan: TrainingPlan, progress: Progress) -> Trained:
    """Train and calibrate every outcome.

    The same rows and plan give the same model texts, byte for byte.

    Args:
        rows: patients at landmarks, research consent only.
        plan: settings and seed.
        progress: told the name of a step and the share of it that is done.

    Raises:
        ValueError: an outcome has too few people to learn from.
    """
    table = table_of(rows)
    rng = np.random.default_rng(plan.seed)
    held_people = rng.random(int(table.patient.max()) + 1) < plan.held_back
    held_rows = held_people[table.patient]
    held = table.select(held_rows)
    learnt = table.select(~held_rows)
    check_events({o: len(people_with_event(learnt, i)) for i, o in enumerate(OUTCOMES)})
    binned = Dataset(table.matrix, params=plan.parameters(0), feature_name=[*BOOSTER_COLUMNS])
    binned.construct()
    as_they_come = _sample(table.matrix[~held_rows], rng)
    texts: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    rounds: dict[str, int] = {}
    for bag in range(plan.bags):
        draws = bootstrap(np.flatnonzero(~held_people), len(held_people), rng)[table.patient]
        for column, outcome in enumerate(OUTCOMES):
            progress(f"training, bag {bag + 1} of {plan.bags}", column / len(OUTCOMES))
            weight = table.weight[:, column] * draws
            weight *= sampled(table.happened[:, column], weight > 0, plan.controls_per_case, rng)
            chosen = np.flatnonzero(weight)
            data = binned.subset(chosen.tolist()).construct()
            data.set_label(table.happened[chosen, column])
            data.set_weight(weight[chosen])
            trees = rounds.get(outcome, plan.most_rounds)
            booster = lightgbm.train(plan.parameters(bag), data, trees)
            if bag == 0:
                rounds[outcome] = useful_rounds(booster, held, column, plan)
            text = booster.model_to_string(num_iteration=rounds[outcome])
            texts[outcome].append(recounted(text, as_they_come, plan.threads))
    progress("calibration", 0)
    held_landmarks = held_rows[:: len(HORIZONS)]
    calibrations = calibrate(rows.select(held_landmarks), held, texts, plan.threads)
    return Trained(texts, rounds, calibrations, held_landmarks)


def table_of(rows: LandmarkRows) -> Table:
    """Rows with their horizons, answers and weights for censoring."""
    answers = labels(rows)
    outcomes = len(OUTCOMES)
    _, patient = np.unique(rows.patient_id.astype(str), return_inverse=True)
    return Table(
        with_horizons(rows.features.astype(np.float32)),
        answers.happened.swapaxes(1, 2).reshape(-1, outcomes),
        answers.weight.swapaxes(1, 2).reshape(-1, outcomes),
        np.repeat(patient, len(HORIZONS)),
    )


def _sample(rows: npt.NDArray[np.float32], rng: np.random.Generator) -> Floats:
    """Rows that the counts inside the models, and so their baselines, stand for."""
    chosen = rng.choice(len(rows), min(COUNTED_ROWS, len(rows)), replace=False)
    return rows[np.sort(chosen)].astype(np.float64)


def bootstrap(
    people: npt.NDArray[np.int64], size: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """How often each person is drawn."""
    return np.bincount(rng.choice(people, len(people)), minlength=size)


def sampled(
    happened: npt.NDArray[np.bool_],
    usable: npt.NDArray[np.bool_],
    controls_per_case: int,
    rng: np.random.Generator,
) -> Floats:
    """Factor of each row's weight when only some controls are kept: they count for the others.

    Beyond a handful of controls per case, more of them teach next to nothing and cost time.
    """
    cases, controls = happened & usable, ~happened & usable
    rate = min(1.0, controls_per_case * cases.sum() / max(controls.sum(), 1))
    kept = controls & (rng.random(len(happened)) < rate)
    factors: Floats = cases + kept / max(rate, 1e-9)
    return factors


def people_with_event(table: Table, column: int) -> npt.NDArray[np.int64]:
    """Numbers of the people who are known to have had an outcome."""
    happened = table.happened[:, column] & (table.weight[:, column] > 0)
    return np.unique(table.patient[happened])


def check_events(people: Mapping[str, int]) -> None:
    """Make sure that there is something to learn from.

    Args:
        people: outcome to the number of people who had it.

    Raises:
        ValueError: an outcome has fewer than ``FEWEST_EVENTS``.
    """
    for outcome, number in people.items():
        if number < FEWEST_EVENTS:
            raise ValueError(
                f"Training needs {FEWEST_EVENTS} patients with the outcome {outcome} and found"
                f" {number}: use more patients."
            )


def useful_rounds(booster: Booster, held: Table, column: int, plan: TrainingPlan) -> int:
    """Number of trees with the least log loss on the patients held back."""
    margin = np.zeros(len(held.patient))
    losses = []
    for start in range(0, plan.most_rounds, _STEP):
        margin += booster.predict(
            held.matrix,
            raw_score=True,
            start_iteration=start,
            num_iteration=_STEP,
            num_threads=plan.threads,
        )
        loss = np.logaddexp(0, margin) - held.happened[:, column] * margin
        losses.append(np.average(loss, weights=held.weight[:, column]))
    return _STEP * (int(np.argmin(losses)) + 1)


def calibrate(
    rows: LandmarkRows, table: Table, texts: Mapping[str, list[str]], threads: int
) -> dict[str, dict[str, Affine]]:
    """Calibration of every outcome, everywhere and by country, on people held back."""
    margins = Ensemble.from_texts(texts, threads).margins(rows.features).mean(axis=0)
    country = np.repeat(rows.country, len(HORIZONS))
    calibrations = {}
    for column, outcome in enumerate(OUTCOMES):
        people = people_with_event(table, column)
        positive = table.happened[:, column] & (table.weight[:, column] > 0)
        home = {}
        for name in sorted(set(rows.country)):
            home[name] = len(np.intersect1d(people, table.patient[country == name]))
        calibrations[outcome] = by_country(
            margins[:, column].ravel(),
            table.happened[:, column],
            table.weight[:, column],
            country,
            home,
            rows_per_event=max(positive.sum(), 1) / max(len(people), 1),
        )
    return calibrations
