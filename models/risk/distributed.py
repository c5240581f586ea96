"""Training on a Dask cluster: a cohort that does not fit into one machine's memory.

The same steps as ``training``, on parts of the cohort that stay on the workers. What comes back is
small: counts, and a sample of the people held back for the number of rounds and for calibration.
Weights for censoring, the bootstrap and the sampling of controls are made part by part. Not the
same bytes twice, as trees are grown by several workers. Never imported by the web process.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import dask.array as da
import numpy as np
from dask.delayed import delayed
from distributed import Client, Future
from lightgbm import DaskLGBMRegressor

from models.arrays import Bools, Floats
from models.progress import Progress
from models.risk.counts import recounted
from models.risk.inputs import BOOSTER_COLUMNS
from models.risk.labels import LandmarkRows
from models.risk.manifest import Population, population
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.training import (
    COUNTED_ROWS,
    Table,
    Trained,
    TrainingPlan,
    bootstrap,
    calibrate,
    check_events,
    people_with_event,
    sampled,
    table_of,
    useful_rounds,
)

MOST_HELD_BACK = 40_000
"""People held back that come to the client."""

_ADDRESSES = re.compile(r"^\[(machines|local_listen_port|num_machines): .*\]$", re.MULTILINE)


@dataclass(frozen=True)
class _Part:
    """A part of the cohort on its worker: rows x horizons, and which of them are held back."""

    table: Table
    held_people: Bools
    held: LandmarkRows
    events: tuple[int, ...]
    population: Population


@dataclass(frozen=True)
class DistributedTraining:
    """What training produced, and what the manifest needs to know of the people.

    ``rows`` are the people held back that came to the client; ``trained.held_back`` marks all.
    """

    trained: Trained
    rows: LandmarkRows
    population: Population


def train(
    parts: Sequence[Any], plan: TrainingPlan, client: Client, progress: Progress
) -> DistributedTraining:
    """Train and calibrate every outcome on a cluster.

    Args:
        parts: delayed ``LandmarkRows`` or the rows themselves, whole people in each.
        plan: settings and seed; threads are those of the workers.
        client: of the cluster; it needs at least as many parts as workers.
        progress: told the name of a step and the share of it that is done.

    Raises:
        ValueError: an outcome has too few people to learn from, or there are too few parts.
    """
    workers = len(client.scheduler_info()["workers"])
    if len(parts) < workers:
        raise ValueError(
            f"Training on {workers} workers needs at least as many parts, and the cohort has"
            f" {len(parts)}: use more patients or fewer workers."
        )
    progress("preparing parts on the cluster", 0)
    share = MOST_HELD_BACK / len(parts)
    prepared = [
        client.compute(delayed(_prepare)(part, plan, number, share))
        for number, part in enumerate(parts)
    ]
    looks = client.gather([client.submit(_look, part) for part in prepared])
    check_events({o: sum(look[0][i] for look in looks) for i, o in enumerate(OUTCOMES)})
    held_rows = LandmarkRows.concatenate([look[1] for look in looks])
    people = looks[0][2]
    for look in looks[1:]:
        people = people.plus(look[2])
    as_they_come = _as_they_come(client, prepared, plan)
    held = table_of(held_rows)
    texts: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    rounds: dict[str, int] = {}
    for bag in range(plan.bags):
        for column, outcome in enumerate(OUTCOMES):
            progress(f"training, bag {bag + 1} of {plan.bags}", column / len(OUTCOMES))
            trees = rounds.get(outcome, plan.most_rounds)
            booster = _grown(client, prepared, plan, bag, column, trees)
            if bag == 0:
                rounds[outcome] = useful_rounds(booster, held, column, plan)
            text = booster.model_to_string(num_iteration=rounds[outcome])
            text = _ADDRESSES.sub(r"[\1: ]", text)
            texts[outcome].append(recounted(text, as_they_come, plan.threads))
    progress("calibration", 0)
    calibrations = calibrate(held_rows, held, texts, plan.threads)
    everybody = np.ones(len(held_rows), dtype=bool)
    return DistributedTraining(Trained(texts, rounds, calibrations, everybody), held_rows, people)


def _prepare(rows: LandmarkRows, plan: TrainingPlan, number: int, share: float) -> _Part:
    table = table_of(rows)
    rng = np.random.default_rng([plan.seed, number])
    held_people = rng.random(int(table.patient.max()) + 1) < plan.held_back
    held_rows = held_people[table.patient]
    learnt = table.select(~held_rows)
    events = tuple(len(people_with_event(learnt, column)) for column in range(len(OUTCOMES)))
    shown = rng.random(len(held_people)) < share / max(held_people.sum(), 1)
    sample = (held_people & shown)[table.patient[:: len(HORIZONS)]]
    return _Part(table, held_people, rows.select(sample), events, population(rows))


def _look(part: _Part) -> tuple[tuple[int, ...], LandmarkRows, Population]:
    return part.events, part.held, part.population


def _as_they_come(client: Client, parts: Sequence[Future[Any]], plan: TrainingPlan) -> Floats:
    each = COUNTED_ROWS // len(parts)
    samples = [
        client.submit(_rows_as_they_come, part, plan.seed, number, each)
        for number, part in enumerate(parts)
    ]
    rows: Floats = np.concatenate(client.gather(samples))
    return rows


def _rows_as_they_come(part: _Part, seed: int, number: int, wanted: int) -> Floats:
    rng = np.random.default_rng([seed, number, 1])
    rows = np.flatnonzero(~part.held_people[part.table.patient])
    chosen = rng.choice(rows, min(wanted, len(rows)), replace=False)
    sample: Floats = part.table.matrix[np.sort(chosen)].astype(np.float64)
    return sample


def _grown(
    client: Client,
    parts: Sequence[Future[Any]],
    plan: TrainingPlan,
    bag: int,
    column: int,
    trees: int,
) -> Any:
    chosen = [
        client.submit(_chosen, part, plan, number, bag, column) for number, part in enumerate(parts)
    ]
    sizes = client.gather([client.submit(_size, one) for one in chosen])
    arrays = []
    for place, (width, kind) in enumerate(
        ((len(BOOSTER_COLUMNS), np.float32), (None, np.float64), (None, np.float64))
    ):
        arrays.append(
            da.concatenate(
                [
                    da.from_delayed(
                        delayed(_pick)(one, place),
                        shape=(size,) if width is None else (size, width),
                        dtype=kind,
                    )
                    for one, size in zip(chosen, sizes, strict=True)
                    if size
                ]
            )
        )
    # A classifier would look for classes on each worker; the objective is binary all the same.
    model = DaskLGBMRegressor(client=client, n_estimators=trees, **_parameters(plan, bag))
    # It prints which ports it looks for.
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # The estimator's own default, which the cluster's threads replace.
        warnings.filterwarnings("ignore", "Parameter n_jobs will be ignored", UserWarning)
        model.fit(arrays[0], arrays[1], sample_weight=arrays[2], feature_name=list(BOOSTER_COLUMNS))
    return model.booster_


def _parameters(plan: TrainingPlan, bag: int) -> dict[str, Any]:
    parameters = plan.parameters(bag)
    parameters.pop("num_threads")
    return parameters | {"tree_learner": "data"}


def _chosen(
    part: _Part, plan: TrainingPlan, number: int, bag: int, column: int
) -> tuple[Any, Floats, Floats]:
    """Rows, answers and weights of one bag and outcome."""
    rng = np.random.default_rng([plan.seed, number, 2, bag])
    table = part.table
    draws = bootstrap(np.flatnonzero(~part.held_people), len(part.held_people), rng)
    rng = np.random.default_rng([plan.seed, number, 3, bag, column])
    weight = table.weight[:, column] * draws[table.patient]
    weight *= sampled(table.happened[:, column], weight > 0, plan.controls_per_case, rng)
    rows = np.flatnonzero(weight)
    return table.matrix[rows], table.happened[rows, column].astype(np.float64), weight[rows]


def _size(chosen: tuple[Any, Floats, Floats]) -> int:
    return len(chosen[1])


def _pick(chosen: tuple[Any, Floats, Floats], place: int) -> Any:
    return chosen[place]
