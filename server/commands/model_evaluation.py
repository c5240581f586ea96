"""``flask models evaluate``: how good the models are, on patients that training never saw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext

from data_access.errors import ModelsUnavailable
from data_access.services import services
from models.progress import Progress
from server.commands.noted import note
from server.commands.progress import ProgressLine

if TYPE_CHECKING:
    from models.risk.labels import LandmarkRows
    from models.risk.predictor import Predictor


THREADS = 2
"""Fixed, as it is written into the model files."""

EVALUATION_PATIENTS = 20_000
EVALUATION_SEED_OFFSET = 1_000_000
"""Evaluation patients come from the training seed plus this, unless a seed is given."""
MISFIT_PATIENTS = 10_000
MISFIT_SEED_OFFSET = 2_000_000
"""Patients whose true risk says how wide intervals have to be; neither trained nor evaluated on."""


SEEDS = click.IntRange(0, 2**31 - 1)
"""Seeds that every generator takes."""

OTHERS_SEED_OFFSET = 3_000_000
SEVERAL_SEED_OFFSET = 4_000_000
"""People that other models, and models without one country, are trained on."""
MOST_COMPARED = 20_000
"""Beyond, the other models take hours and their figures hardly move."""


@click.command()
@with_appcontext
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--patients", type=click.IntRange(min=100), default=EVALUATION_PATIENTS)
@click.option("--seed", type=SEEDS, help="Default: another than training's.")
@click.option("--version", help="Default: the version in use.")
@click.option(
    "--benefit",
    "of_benefit",
    is_flag=True,
    help="Measure the published benefit score on the patients of the current snapshot instead.",
)
@click.option(
    "--external",
    is_flag=True,
    help="Measure the models on a first irAE among the patients of the current snapshot instead.",
)
@click.option(
    "--full",
    is_flag=True,
    help="Also other models on the same people, internal-external validation and global"
    " explanations (minutes).",
)
@click.option("--save", is_flag=True, help="Keep the evaluation with the models, for their card.")
def evaluate(
    as_json: bool,
    patients: int,
    seed: int | None,
    version: str | None,
    of_benefit: bool,
    external: bool,
    full: bool,
    save: bool,
) -> None:
    """Measure the models on fresh simulated patients that training never saw."""
    if of_benefit or external:
        if full or save or version or (of_benefit and external):
            raise click.UsageError("--benefit and --external each stand alone.")
        (_evaluate_benefit if of_benefit else _evaluate_external)(as_json, seed or 0)
        return
    from data_access.artifacts import RiskModels, save_evaluation

    here = services()
    models = RiskModels(here.versions.get(version).folder) if version is not None else here.models
    predictor = models.load(THREADS)
    trained_on = predictor.manifest["training"]["seed"]
    seed = trained_on + EVALUATION_SEED_OFFSET if seed is None else seed
    if seed in (trained_on, trained_on + MISFIT_SEED_OFFSET):
        raise ModelsUnavailable(
            f"The patients of seed {seed} were used in training: evaluate with another --seed."
        )
    with ProgressLine() as progress:
        evaluation = evaluated(predictor, patients, seed, progress)
        if full:
            evaluation |= _beyond(predictor, patients, seed, progress)
    if save:
        save_evaluation(models, evaluation)
    click.echo(json.dumps(evaluation, indent=1) if as_json else as_text(evaluation))


def _evaluate_benefit(as_json: bool, seed: int) -> None:
    from data_access.benefit_evaluation import benefit

    snapshot = services().warehouse.current()
    found = benefit(snapshot, seed)
    note("evaluate benefit score", snapshot.snapshot.id)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"{found['score']}, {found['outcome']}; {found['citation']}")
    for row in found["results"]:
        auroc = "too few"
        if row["auroc"] is not None:
            ends = f"{row['auroc_lower']:.3f} to {row['auroc_upper']:.3f}"
            auroc = f"{row['auroc']:.3f} ({ends})"
        click.echo(f"{row['level']:24}{row['n']:>6}{row['responders']:>6}  {auroc}")


def _evaluate_external(as_json: bool, seed: int) -> None:
    from data_access.external_irae import first_irae

    snapshot = services().warehouse.current()
    found = first_irae(snapshot, services().models.load(THREADS), seed)
    note("evaluate models", snapshot.snapshot.id)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(
        f"{found['outcome']}: {found['patients']} patients, {found['scored']} of them with the"
        f" inputs that a risk needs; models {found['model_version']}."
    )
    for row in found["results"]:
        auroc = "too few"
        if row["auroc"] is not None:
            ends = f"{row['auroc_lower']:.3f} to {row['auroc_upper']:.3f}"
            auroc = f"AUROC {row['auroc']:.3f} ({ends})"
        words = "scored" if row["group"] == "scored" else "minimum of inputs set aside"
        click.echo(
            f"{words:28}{row['horizon_days']:>4} days{row['n']:>6} known{row['events']:>5} events"
            f"  {auroc}"
        )


def simulated(patients: int, seed: int, progress: Progress) -> LandmarkRows:
    """Features and follow-up of simulated patients."""
    from data_access.simulated_rows import landmark_rows
    from data_access.synthetic import chunks

    return landmark_rows(chunks(patients, seed), patients, progress)


def evaluated(predictor: Predictor, patients: int, seed: int, progress: Progress) -> dict[str, Any]:
    """Everything that an evaluation says, in the shape that is stored with the models."""
    from data_access.simulated_truth import against_truth

    rows = simulated(patients, seed, progress)
    return {
        "model_version": predictor.version,
        "data": "simulated patients, none of them used in training",
        "patients": patients,
        "seed": seed,
        **measured(predictor, rows, seed, progress),
        **against_truth(predictor, patients, seed, progress),
    }


def measured(
    predictor: Predictor, rows: LandmarkRows, seed: int, progress: Progress
) -> dict[str, Any]:
    """What an evaluation says of any patients: no true risk is needed."""
    from models.risk.evaluation import before_recalibration, curves, high_discrimination
    from models.risk.evaluation import evaluate as measure

    results = measure(predictor, rows, seed, progress)
    return {
        "results": results,
        "high_discrimination": high_discrimination(predictor, rows, results),
        "before_recalibration": before_recalibration(predictor, rows, seed, progress),
        **curves(predictor, rows, seed, progress),
    }


def _beyond(predictor: Predictor, patients: int, seed: int, progress: Progress) -> dict[str, Any]:
    """Other models, what ours do in a country they never saw, and what they use on the whole."""
    from models.risk.comparison import compare
    from models.risk.global_explanation import global_explanation
    from models.risk.internal_external import internal_external
    from models.risk.training import TrainingPlan

    compared = min(patients, MOST_COMPARED)
    test = simulated(compared, seed, progress)
    others = simulated(compared, seed + OTHERS_SEED_OFFSET, progress)
    several = simulated(2 * compared, seed + SEVERAL_SEED_OFFSET, progress)
    plan = TrainingPlan(seed=seed, bags=2, threads=THREADS)
    try:
        return {
            "comparison": compare(predictor, others, test, seed, progress),
            "internal_external": internal_external(several, plan, seed, progress),
            **global_explanation(predictor, test, progress),
        }
    except ValueError as error:
        raise ModelsUnavailable(str(error)) from error


def as_text(evaluation: dict[str, Any]) -> str:
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
