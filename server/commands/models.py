"""``flask models``: train, evaluate and look at the risk models."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from data_access.services import services
from server.commands.group import CommandGroup
from server.commands.model_evaluation import (
    EVALUATION_PATIENTS,
    EVALUATION_SEED_OFFSET,
    MISFIT_PATIENTS,
    MISFIT_SEED_OFFSET,
    THREADS,
    as_text,
    evaluate,
    evaluated,
    simulated,
)
from server.commands.progress import ProgressLine

group = CommandGroup("models", help="Train, evaluate and inspect the risk models.")
group.add_command(evaluate)


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
        rows = simulated(patients, seed, progress)
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
        evaluation = evaluated(
            predictor, EVALUATION_PATIENTS, seed + EVALUATION_SEED_OFFSET, progress
        )
    write_models(folder, manifest, files | {EVALUATION: as_json(evaluation)})
    click.echo(f"Models {version}, trained on {patients:,} simulated patients.")
    click.echo(as_text(evaluation))


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


def _next_version(previous: str | None) -> str:
    """Today's date and a number that starts at 1 each day."""
    today = datetime.now(UTC).date().isoformat()
    day, _, number = (previous or "").partition("/")
    return f"{today}/{int(number) + 1 if day == today and number.isdigit() else 1}"
