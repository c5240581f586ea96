"""``flask models``: train, evaluate and look at the risk models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from data_access.errors import ModelsUnavailable
from data_access.services import services
from server.commands.group import CommandGroup
from server.commands.progress import ProgressLine

if TYPE_CHECKING:
    from models.risk.labels import LandmarkRows
    from models.risk.predictor import Predictor

Progress = Callable[[str, float], None]

group = CommandGroup("models", help="Train, evaluate and inspect the risk models.")

THREADS = 2
"""Fixed, as it is written into the model files."""

EVALUATION_PATIENTS = 20_000
EVALUATION_SEED_OFFSET = 1_000_000
"""Evaluation patients come from the training seed plus this, unless a seed is given."""
MISFIT_PATIENTS = 10_000
MISFIT_SEED_OFFSET = 2_000_000
"""Patients whose true risk says how wide intervals have to be; neither trained nor evaluated on."""


@group.command()
@click.option("--patients", type=click.IntRange(min=1000), default=100_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=101, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Folder; default: the one in use.")
def train(patients: int, seed: int, out: Path | None) -> None:
    """Train on simulated patients, evaluate on others, and write the models with both.

    The same patients and seed give the same model files.
    """
    from data_access.artifacts import EVALUATION, as_json, version_in, write_models
    from data_access.simulated_truth import misfit
    from models.risk.manifest import describe, model_files, with_misfit
    from models.risk.predictor import Predictor
    from models.risk.training import TrainingPlan
    from models.risk.training import train as fit

    folder = out or services().settings.artifacts
    plan = TrainingPlan(seed=seed, threads=THREADS)
    with ProgressLine() as progress:
        rows = _simulated(patients, seed, progress)
        try:
            trained = fit(rows, plan, progress)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        version = _next_version(version_in(folder))
        manifest = describe(rows, trained, plan, _source(patients, seed), version)
        files = model_files(trained)
        predictor = Predictor.from_bytes(manifest, files, threads=THREADS)
        manifest = with_misfit(
            manifest, misfit(predictor, MISFIT_PATIENTS, seed + MISFIT_SEED_OFFSET, progress)
        )
        predictor = Predictor.from_bytes(manifest, files, threads=THREADS)
        evaluation = _evaluated(
            predictor, EVALUATION_PATIENTS, seed + EVALUATION_SEED_OFFSET, progress
        )
    write_models(folder, manifest, files | {EVALUATION: as_json(evaluation)})
    click.echo(f"Models {version}, trained on {patients:,} simulated patients.")
    click.echo(_as_text(evaluation))


@group.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--patients", type=click.IntRange(min=100), default=EVALUATION_PATIENTS)
@click.option("--seed", type=click.IntRange(min=0), help="Default: another than training's.")
def evaluate(as_json: bool, patients: int, seed: int | None) -> None:
    """Measure the models on fresh simulated patients that training never saw."""
    predictor = services().models.load(THREADS)
    trained_on = predictor.manifest["training"]["seed"]
    seed = trained_on + EVALUATION_SEED_OFFSET if seed is None else seed
    if seed == trained_on:
        raise ModelsUnavailable(
            f"The patients of seed {seed} were used in training: evaluate with another --seed."
        )
    with ProgressLine() as progress:
        evaluation = _evaluated(predictor, patients, seed, progress)
    click.echo(json.dumps(evaluation, indent=1) if as_json else _as_text(evaluation))


@group.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Verify the model files and say what they are; exit code 1 when they cannot be used."""
    services().models.load(threads=1)
    manifest = services().models.manifest()
    facts = {
        "model_version": manifest["version"],
        "training": manifest["training"]["source"],
        "patients": manifest["training"]["patients"],
        "files": len(manifest["files"]),
        "bytes": sum(file["bytes"] for file in manifest["files"].values()),
        "lightgbm": manifest["libraries"]["lightgbm"],
    }
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    for name, value in facts.items():
        click.echo(f"{name:14} {value}")


def _simulated(patients: int, seed: int, progress: Progress) -> LandmarkRows:
    from data_access.simulated_rows import landmark_rows
    from data_access.synthetic import chunks

    return landmark_rows(chunks(patients, seed), patients, progress)


def _source(patients: int, seed: int) -> dict[str, Any]:
    """Fingerprint of the training data: with it the same patients can be made again."""
    import data_access.synthetic as generator

    parameters = Path(generator.__file__).with_name("parameters.toml").read_bytes()
    return {
        "source": "simulated cohort",
        "seed": seed,
        "patients_simulated": patients,
        "parameters_sha256": hashlib.sha256(parameters).hexdigest(),
    }


def _evaluated(
    predictor: Predictor, patients: int, seed: int, progress: Progress
) -> dict[str, Any]:
    from data_access.simulated_truth import coverages
    from models.risk.evaluation import evaluate as measure

    rows = _simulated(patients, seed, progress)
    return {
        "model_version": predictor.version,
        "data": "simulated patients, none of them used in training",
        "patients": patients,
        "seed": seed,
        "results": measure(predictor, rows, seed, progress),
        "interval_coverage": coverages(predictor, min(patients, MISFIT_PATIENTS), seed, progress),
    }


def _next_version(previous: str | None) -> str:
    """Today's date and a number that starts at 1 each day."""
    today = datetime.now(UTC).date().isoformat()
    day, _, number = (previous or "").partition("/")
    return f"{today}/{int(number) + 1 if day == today and number.isdigit() else 1}"


def _as_text(evaluation: dict[str, Any]) -> str:
    """Overall results for people."""
    head = (
        f"{'outcome':17}{'days':>5}{'events':>8}  {'AUROC (95 %)':22}"
        f"{'AUPRC':>6} {'Brier':>6} {'slope':>6} {'intercept':>9}"
    )
    return "\n".join(
        [head, *(_line(entry) for entry in evaluation["results"] if entry["group"] == "all")]
    )


def _line(entry: dict[str, Any]) -> str:
    numbers = {
        name: "-" if entry[name] is None else f"{entry[name]:.3f}"
        for name in ("auroc", "auroc_lower", "auroc_upper", "auprc", "brier", "slope", "intercept")
    }
    interval = f"{numbers['auroc']} ({numbers['auroc_lower']} to {numbers['auroc_upper']})"
    return (
        f"{entry['outcome']:17}{entry['horizon_days']:>5}{entry['events']:>8}  {interval:22}"
        f"{numbers['auprc']:>6} {numbers['brier']:>6}"
        f" {numbers['slope']:>6} {numbers['intercept']:>9}"
    )
