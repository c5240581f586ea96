"""``flask models train`` and ``recalibrate``: both make new versions and put none in use."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext

from data_access.errors import ModelsUnavailable
from data_access.services import services
from server.commands.model_evaluation import (
    EVALUATION_PATIENTS,
    EVALUATION_SEED_OFFSET,
    MISFIT_PATIENTS,
    MISFIT_SEED_OFFSET,
    SEEDS,
    THREADS,
    as_text,
    evaluated,
    measured,
    simulated,
)
from server.commands.noted import note
from server.commands.progress import ProgressLine

if TYPE_CHECKING:
    from models.progress import Progress
    from models.risk.labels import LandmarkRows
    from models.risk.manifest import Population
    from models.risk.training import Trained, TrainingPlan

ENGINES = ("local", "dask")
PARTS = 8
"""Portions that a warehouse's people are sent to a cluster in."""

TESTED_SHARE = 0.2
"""Share of a warehouse's people that training does not see and the evaluation is made on."""


@click.command()
@with_appcontext
@click.option("--patients", type=click.IntRange(min=1000), default=100_000, show_default=True)
@click.option("--seed", type=SEEDS, default=101, show_default=True)
@click.option("--warehouse", is_flag=True, help="On the current snapshot, not simulated patients.")
@click.option("--engine", type=click.Choice(ENGINES), default="local", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster; default: one made here.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write to; default: a new version that is not in use yet.",
)
def train(
    patients: int,
    seed: int,
    warehouse: bool,
    engine: str,
    scheduler: str | None,
    out: Path | None,
) -> None:
    """Train on simulated patients, evaluate on others, and keep the models with both.

    The same patients and seed give the same model files (engine local). With --warehouse: on the
    people of the current snapshot, evaluated on a fifth of them that training does not see.
    """
    from models.risk.training import TrainingPlan

    if scheduler and engine != "dask":
        raise click.UsageError("--scheduler goes with --engine dask.")
    if engine == "dask":
        from data_access.dask_cluster import ask_for_dask

        ask_for_dask()
    plan = TrainingPlan(seed=seed, threads=THREADS)
    with ProgressLine() as progress:
        make = _of_warehouse if warehouse else _of_simulated
        try:
            manifest, files, evaluation = make(patients, plan, engine, scheduler, out, progress)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    _keep(manifest, files | {"evaluation.json": evaluation}, out)
    click.echo(
        f"Models {manifest['version']}, trained on {manifest['training']['patients']:,}"
        f" {'patients of the warehouse' if warehouse else 'simulated patients'}."
    )
    click.echo(as_text(json.loads(evaluation)))
    if out is None:
        click.echo("Not in use: a steward proposes them with `flask models propose`.")


Made = tuple[dict[str, Any], dict[str, bytes], bytes]


def _of_simulated(
    patients: int,
    plan: TrainingPlan,
    engine: str,
    scheduler: str | None,
    out: Path | None,
    progress: Progress,
) -> Made:
    from data_access.artifacts import as_json
    from data_access.simulated_truth import misfit
    from models.risk.manifest import describe, model_files, with_misfit
    from models.risk.predictor import Predictor

    if engine == "local":
        from models.risk.training import train as fit

        rows = simulated(patients, plan.seed, progress)
        trained, people = fit(rows, plan, progress), None
    else:
        parts = _simulated_parts(patients, plan.seed)
        trained, rows, people = _on_cluster(parts, plan, scheduler, progress)
    source = source_of_simulation(patients, plan.seed)
    manifest = describe(rows, trained, plan, source, new_name(out), people)
    files = model_files(trained)
    predictor = Predictor.from_bytes(manifest, files, threads=THREADS)
    wider = misfit(predictor, MISFIT_PATIENTS, plan.seed + MISFIT_SEED_OFFSET, progress)
    manifest = with_misfit(manifest, wider)
    predictor = Predictor.from_bytes(manifest, files, threads=THREADS)
    evaluation = evaluated(
        predictor, EVALUATION_PATIENTS, plan.seed + EVALUATION_SEED_OFFSET, progress
    )
    return manifest, files, as_json(evaluation)


def _of_warehouse(
    _patients: int,
    plan: TrainingPlan,
    engine: str,
    scheduler: str | None,
    out: Path | None,
    progress: Progress,
) -> Made:
    import numpy as np

    from data_access.artifacts import as_json
    from data_access.warehouse_rows import warehouse_rows
    from models.risk.manifest import describe, model_files, with_carried_misfit, with_real_patients
    from models.risk.predictor import Predictor

    snapshot = services().warehouse.current()
    in_use = services().models.manifest()
    progress("patients of the warehouse", 0)
    rows = warehouse_rows(snapshot)
    names, person = np.unique(rows.patient_id.astype(str), return_inverse=True)
    tested = (np.random.default_rng(plan.seed).random(len(names)) < TESTED_SHARE)[person]
    learnt = rows.select(~tested)
    if engine == "local":
        from models.risk.training import train as fit

        given, trained, people = learnt, fit(learnt, plan, progress), None
    else:
        parts = _split(learnt)
        trained, given, people = _on_cluster(parts, plan, scheduler, progress)
    source = {"source": f"warehouse, snapshot {snapshot.snapshot.id}", "seed": plan.seed}
    manifest = describe(given, trained, plan, source, new_name(out), people)
    manifest = with_carried_misfit(manifest, in_use)
    if snapshot.snapshot.kind == "imported":
        manifest = with_real_patients(manifest)
    files = model_files(trained)
    predictor = Predictor.from_bytes(manifest, files, threads=THREADS)
    note("train models", snapshot.snapshot.id)
    evaluation = {
        "model_version": manifest["version"],
        "data": f"patients of snapshot {snapshot.snapshot.id} that training did not see",
        "patients": int(tested[rows.landmark_day == 0].sum()),
        "seed": plan.seed,
        **measured(predictor, rows.select(tested), plan.seed, progress),
    }
    return manifest, files, as_json(evaluation)


def _on_cluster(
    parts: list[Any], plan: TrainingPlan, scheduler: str | None, progress: Progress
) -> tuple[Trained, LandmarkRows, Population]:
    from data_access.dask_cluster import cluster
    from models.risk.distributed import train as fit

    with cluster(scheduler) as client:
        done = fit(parts, plan, client, progress)
    return done.trained, done.rows, done.population


def _simulated_parts(patients: int, seed: int) -> list[Any]:
    """Portions of the cohort that are made on the workers."""
    import dask

    from data_access.simulated_rows import simulated_part
    from data_access.synthetic import BLOCK

    make = dask.delayed(simulated_part)
    return [make(min(BLOCK, patients - first), seed, first) for first in range(0, patients, BLOCK)]


def _split(rows: LandmarkRows) -> list[LandmarkRows]:
    """Portions of a warehouse, whole people in each."""
    import numpy as np

    _, person = np.unique(rows.patient_id.astype(str), return_inverse=True)
    return [rows.select(person % PARTS == part) for part in range(PARTS)]


def _country(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    code = typed.strip().upper()
    if not re.fullmatch("[A-Z]{2}", code):
        raise click.BadParameter("a country is two letters, such as ES")
    return code


@click.command()
@with_appcontext
@click.option("--country", required=True, metavar="CODE", callback=_country, help="Such as ES.")
@click.option("--seed", type=SEEDS, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def recalibrate(country: str, seed: int, as_json: bool) -> None:
    """Fit the risks in use to what happened to the current snapshot's people of one country.

    Makes a new version, which is not in use; outcomes that fewer than 40 people had stay as they
    are.
    """
    from data_access.warehouse_rows import warehouse_rows
    from models.risk.recalibration import recalibrate as fit
    from models.risk.recalibration import with_recalibration

    here = services()
    predictor = here.models.load(THREADS)
    manifest, files = here.models.content()
    snapshot = here.warehouse.current()
    try:
        done = fit(predictor, warehouse_rows(snapshot), country, seed)
    except ValueError as error:
        raise ModelsUnavailable(str(error)) from error
    note("recalibrate models", snapshot.snapshot.id)
    source = {"snapshot": snapshot.snapshot.id, "date": _today(), "seed": seed}
    manifest = with_recalibration(manifest, done, source, new_name(None))
    # An evaluation of other calibrations would mislead.
    boosters = {name: content for name, content in files.items() if name.endswith(".txt")}
    version = here.versions.add(manifest, boosters).version
    if as_json:
        found = {"version": version, "country": done.country, "people": done.people}
        click.echo(json.dumps(found | {"outcomes": done.outcomes}, indent=1))
        return
    click.echo(f"Models {version}, recalibrated on {done.people:,} people of {done.country}.")
    click.echo("Risks within 180 days on half of them, by a line fitted to the other half:")
    click.echo(f"{'outcome':17}{'people':>7}  {'slope before, after':46}intercept before, after")
    for entry in done.outcomes:
        click.echo(_change_line(entry))
    click.echo("Not in use: a steward proposes them with `flask models propose`.")


def _change_line(entry: dict[str, Any]) -> str:
    head = f"{entry['outcome']:17}{entry['events']:>7}  "
    if not entry["changed"]:
        return f"{head}unchanged: too few"
    slope, intercept = (
        ", ".join(_with_ends(entry, f"{name}_{when}") for when in ("before", "after"))
        for name in ("slope", "intercept")
    )
    return f"{head}{slope:46}{intercept}"


def _with_ends(entry: dict[str, Any], name: str) -> str:
    if entry[name] is None:
        return "too few"
    return f"{entry[name]:.2f} ({entry[f'{name}_lower']:.2f} to {entry[f'{name}_upper']:.2f})"


def _keep(manifest: dict[str, Any], files: dict[str, bytes], out: Path | None) -> None:
    from data_access.artifacts import write_models

    if out is None:
        services().versions.add(manifest, files)
    else:
        write_models(out, manifest, files)


def source_of_simulation(patients: int, seed: int) -> dict[str, Any]:
    """Fingerprint of the training data: with it the same patients can be made again."""
    import data_access.synthetic as generator

    parameters = Path(generator.__file__).with_name("parameters.toml").read_bytes()
    return {
        "source": "simulated cohort",
        "seed": seed,
        "patients_simulated": patients,
        "parameters_sha256": hashlib.sha256(parameters).hexdigest(),
    }


def new_name(out: Path | None) -> str:
    """Version for new models: the day and a number, one more than those in the folder have."""
    from data_access.artifacts import version_in

    if out is None:
        record = services().record
        acts = record.activations.all() if record.ready() else []
        return services().versions.reserve(_today(), {act.version for act in acts})
    day, _, number = (version_in(out) or "").partition("/")
    return f"{_today()}/{int(number) + 1 if day == _today() and number.isdigit() else 1}"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
