"""``flask qol train`` and ``evaluate``: the forecasts of quality of life."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext

from data_access.errors import ModelsUnavailable
from data_access.services import services
from models.progress import Progress
from server.commands.model_evaluation import EVALUATION_SEED_OFFSET, OTHERS_SEED_OFFSET, SEEDS
from server.commands.model_training import new_name, source_of_simulation
from server.commands.progress import ProgressLine

if TYPE_CHECKING:
    from models.qol.forecast.forecaster import Forecaster
    from models.qol.forecast.rows import ForecastRows

THREADS = 2
EVALUATION_PATIENTS = 20_000
MOST_LEARNT = 20_000
"""Patients that simpler models learn from; more hardly move their figures."""


@click.command()
@with_appcontext
@click.option("--patients", type=click.IntRange(min=4000), default=60_000, show_default=True)
@click.option("--seed", type=SEEDS, default=301, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; default: the forecasts in use are replaced.",
)
def train(patients: int, seed: int, out: Path | None) -> None:
    """Train the forecasts on simulated patients; the same patients and seed give the same files."""
    from data_access.artifacts import write_models
    from data_access.forecast_rows import simulated_forms
    from data_access.synthetic import chunks
    from models.qol.forecast.manifest import describe_forecasts, forecast_files
    from models.qol.forecast.training import ForecastPlan, train_forecasts

    plan = ForecastPlan(seed=seed, threads=THREADS)
    folder = out or services().settings.forecasts
    with ProgressLine() as progress:
        rows = simulated_forms(chunks(patients, seed), patients, progress)
        try:
            trained = train_forecasts(rows, plan, progress)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    source = source_of_simulation(patients, seed)
    version = new_name(folder)
    manifest = describe_forecasts(rows, trained, plan, source, version)
    write_models(folder, manifest, forecast_files(trained))
    click.echo(f"Forecasts {version}, trained on {patients:,} simulated patients.")
    click.echo("Not evaluated yet: flask qol evaluate --save")


@click.command()
@with_appcontext
@click.option("--patients", type=click.IntRange(min=1000), default=EVALUATION_PATIENTS)
@click.option("--seed", type=SEEDS, help="Default: another than training's.")
@click.option("--save", is_flag=True, help="Keep the evaluation with the forecasts.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def evaluate(patients: int, seed: int | None, save: bool, as_json: bool) -> None:
    """Measure the forecasts on fresh simulated patients, beside simpler ones and the truth."""
    models = services().forecasts
    forecaster = models.load(THREADS)
    trained_on = forecaster.manifest["training"]["seed"]
    seed = trained_on + EVALUATION_SEED_OFFSET if seed is None else seed
    if seed == trained_on:
        raise ModelsUnavailable(
            f"The patients of seed {seed} were used in training: evaluate with another --seed."
        )
    with ProgressLine() as progress:
        evaluation = evaluated(forecaster, patients, seed, progress)
    if save:
        models.save_evaluation(evaluation)
    click.echo(json.dumps(evaluation, indent=1) if as_json else as_text(evaluation))


def evaluated(
    forecaster: Forecaster, patients: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """The whole evaluation of some forecasts on simulated patients of a seed."""
    import numpy as np

    from data_access.forecast_rows import simulated_forms
    from data_access.forecast_truth import against_true_quality
    from data_access.synthetic import BLOCK, chunks, true_quality
    from models.qol.forecast.evaluation import evaluate_forecasts
    from models.qol.forecast.rows import sampled

    learnt = min(patients, MOST_LEARNT)
    others = seed + OTHERS_SEED_OFFSET
    train_rows = simulated_forms(chunks(learnt, others), learnt, progress)
    test = simulated_forms(chunks(patients, seed), patients, progress)
    found = evaluate_forecasts(forecaster, train_rows, test, seed, progress)
    progress("true quality of life", 0)
    truth = [
        true_quality(min(BLOCK, patients - first), seed, first=first)
        for first in range(0, patients, BLOCK)
    ]
    chosen: ForecastRows = test.select(sampled(test, np.random.default_rng(seed)))
    found["truth"] = against_true_quality(forecaster, chosen, truth)
    progress("true quality of life", 1)
    return {
        "model_version": forecaster.version,
        "data": "fresh simulated patients that training did not see",
        "patients": patients,
        "learnt_from": learnt,
        "seed": seed,
        **found,
    }


def as_text(evaluation: dict[str, Any]) -> str:
    """The evaluation for people: error beside simpler models, coverage, calibration."""
    lines = [
        f"Forecasts {evaluation['model_version']} on {evaluation['patients']:,} patients:"
        f" {evaluation['data']}.",
        f"{'scale':16}{'days':>5}  {'model':28}{'n':>7}{'RMSE':>9}{'R2':>7}"
        f"{'bias':>8}{'low':>8}  gain of ours",
    ]
    for entry in evaluation["accuracy"]:
        gain = "" if "gain" not in entry else f"{100 * entry['gain']:+.1f} %"
        lines.append(
            f"{entry['target']:16}{entry['horizon_days']:>5}  {entry['model']:28}{entry['n']:>7}"
            f"{entry['rmse']:>9.3f}{entry['r2']:>7.2f}{entry['bias']:>8.2f}"
            f"{entry['bias_low']:>8.2f}  {gain}{' (tie)' if entry.get('tie') else ''}"
        )
    lines.append("Coverage of the 80 % interval: over all, lowest country, lowest drug class")
    for entry in [one for one in evaluation["coverage"] if one["group"] == "all"]:
        lowest = [
            min(one["coverage"] for one in evaluation["coverage"] if _like(one, entry, group))
            for group in ("country", "drug_class")
        ]
        shares = " ".join(f"{100 * share:6.1f}" for share in (entry["coverage"], *lowest))
        lines.append(f"{entry['target']:16}{entry['horizon_days']:>5}  {shares}")
    lines.append("Probability of deterioration, and of being alive and answering")
    for entry in [*evaluation["deterioration"], *evaluation["answering"]]:
        lines.append(
            f"{entry.get('target', 'answering'):16}{entry['horizon_days']:>5}  n {entry['n']}"
            f"  AUROC {entry['auroc']:.2f}  slope {entry['slope']:.2f}"
            f"  intercept {entry['intercept']:+.2f}"
        )
    return "\n".join(lines)


def _like(one: dict[str, Any], other: dict[str, Any], group: str) -> bool:
    same = all(one[key] == other[key] for key in ("target", "horizon_days"))
    return same and one["group"] == group
