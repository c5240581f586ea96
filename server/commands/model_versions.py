"""``flask models list``, ``compare``, ``propose``, ``approve``, ``reject``, ``rollback``."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext

from data_access.errors import ModelsUnavailable, NotAllowed
from data_access.services import services
from server.commands.model_evaluation import EVALUATION_SEED_OFFSET, SEEDS, THREADS, simulated
from server.commands.progress import ProgressLine

if TYPE_CHECKING:
    from data_access.record import Viewer
    from models.risk.predictor import Predictor

COMPARED_PATIENTS = 5_000
RESCORE = "The worklist shows the old risks until `flask warehouse rescore` has run."

as_option = click.option("--as", "name", required=True, metavar="USER", help="Who you are.")
reason_option = click.option("--reason", required=True, help="Why, in a few words.")


def _person(name: str) -> Viewer:
    """Who answers for the act; the password is asked for or taken from IMMUNOBOARD_PASSWORD."""
    given = os.environ.get("IMMUNOBOARD_PASSWORD")
    if given is None:
        if not sys.stdin.isatty():
            raise NotAllowed("No password: set IMMUNOBOARD_PASSWORD, or run this in a terminal.")
        given = str(click.prompt("Password", hide_input=True, err=True))
    return services().record.sign_in.identify(name, given, "host")


@click.command("list")
@with_appcontext
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_versions(as_json: bool) -> None:
    """Every version of the models, which is in use, and what was proposed."""
    from data_access.model_switch import disagreement

    versions = [
        {
            "version": found.version,
            "in_use": found.in_use,
            "shipped": found.shipped,
            "patients": found.people,
            "source": found.source,
            "recalibrated": list(found.recalibrated),
            "sha256": found.sha256,
            "problem": found.problem,
        }
        for found in services().versions.all()
    ]
    record = services().record
    acts = record.activations.all() if record.ready() else []
    activations = [
        {
            "version": act.version,
            "reason": act.reason,
            "proposed_by": act.proposed_by,
            "proposed": act.proposed.isoformat(),
            "decision": act.decision,
            "decided_by": act.decided_by,
            "decided": act.decided.isoformat() if act.decided else None,
        }
        for act in acts
    ]
    problem = services().models.status().problem or disagreement(record, services().versions)
    if as_json:
        answer = {"versions": versions, "activations": activations, "problem": problem}
        click.echo(json.dumps(answer, indent=1))
        return
    for one in versions:
        click.echo(_version_line(one))
    for act in activations:
        click.echo(_activation_line(act))
    if problem:
        click.echo(problem, err=True)


def _activation_line(act: dict[str, Any]) -> str:
    proposed = f"proposed by {act['proposed_by']} on {act['proposed'][:10]}"
    decided = f"{act['decision']} by {act['decided_by']} on {(act['decided'] or '')[:10]}"
    if act["decision"] is None:
        what = f"{proposed}, open"
    elif act["decision"] == "rolled back":
        what = f"{decided}, in use again"
    else:
        what = f"{proposed}, {decided}"
    return f"{act['version']}: {what}: {act['reason']}"


def _version_line(one: dict[str, Any]) -> str:
    marks = [words for key, words in (("in_use", "in use"), ("shipped", "shipped")) if one[key]]
    if one["problem"]:
        return "  ".join([f"{one['version']:16}", *marks, one["problem"]])
    recalibrated = (
        f"recalibrated for {', '.join(one['recalibrated'])}" if one["recalibrated"] else ""
    )
    facts = [f"{one['source']}, {one['patients']:,} patients", recalibrated, *marks]
    return "  ".join([f"{one['version']:16}", *filter(None, facts)])


@click.command()
@with_appcontext
@click.argument("first")
@click.argument("second")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--patients", type=click.IntRange(min=100), default=COMPARED_PATIENTS)
@click.option("--seed", type=SEEDS, help="Default: of neither training.")
@click.option("--warehouse", is_flag=True, help="On the current snapshot, not simulated patients.")
def compare(
    first: str, second: str, as_json: bool, patients: int, seed: int | None, warehouse: bool
) -> None:
    """Two versions on the same patients: discrimination and calibration within 180 days."""
    from models.risk.version_comparison import compare_versions

    if first == second:
        raise click.UsageError("A version is compared with another one.")
    predictors = [_predictor(name) for name in (first, second)]
    trained = [each.manifest["training"].get("seed", 0) for each in predictors]
    seed = max(trained) + EVALUATION_SEED_OFFSET if seed is None else seed
    with ProgressLine() as progress:
        if warehouse:
            from data_access.warehouse_rows import warehouse_rows
            from server.commands.noted import note

            snapshot = services().warehouse.current()
            rows, on = warehouse_rows(snapshot), f"snapshot {snapshot.snapshot.id}"
            fitted = [each.version for each in predictors if _saw(each, snapshot.snapshot.id)]
            if fitted:
                on += f", which {' and '.join(fitted)} had seen: too good for them"
            note("compare models", snapshot.snapshot.id)
        elif seed in trained:
            raise ModelsUnavailable(
                f"The patients of seed {seed} were used in training: compare with another --seed."
            )
        else:
            rows, on = simulated(patients, seed, progress), f"{patients:,} simulated patients"
        found = compare_versions(*predictors, rows, seed)
    if as_json:
        versions = {"first": first, "second": second, "data": on}
        click.echo(json.dumps(versions | {"results": found}, indent=1))
        return
    click.echo(
        f"Within 180 days of the start of treatment, on {on}; in brackets the"
        " 95 % interval of second minus first."
    )
    click.echo(f"{'outcome':17}{'people':>8}{'events':>8}  {'AUROC':34}{'slope':14}intercept")
    for entry in found:
        click.echo(_comparison_line(entry))


def _saw(predictor: Predictor, snapshot: str) -> bool:
    """Whether models were trained or recalibrated on people of a snapshot."""
    again = predictor.manifest.get("recalibrations", [])
    source = str(predictor.manifest["training"]["source"])
    return source.endswith(f"snapshot {snapshot}") or snapshot in [one["snapshot"] for one in again]


def _comparison_line(entry: dict[str, Any]) -> str:
    head = f"{entry['outcome']:17}{entry['n']:>8}{entry['events']:>8}  "
    if entry["auroc_first"] is None:
        return f"{head}too few"
    ends = "{auroc_difference_lower:+.3f} to {auroc_difference_upper:+.3f}".format(**entry)
    auroc = f"{entry['auroc_first']:.3f} {entry['auroc_second']:.3f} ({ends})"
    slope, intercept = (
        " ".join(
            "-" if entry[f"{name}_{which}"] is None else f"{entry[f'{name}_{which}']:.2f}"
            for which in ("first", "second")
        )
        for name in ("slope", "intercept")
    )
    return f"{head}{auroc:34}{slope:14}{intercept}"


def _predictor(version: str) -> Predictor:
    from data_access.artifacts import RiskModels

    return RiskModels(services().versions.get(version).folder).load(THREADS)


@click.command()
@with_appcontext
@click.argument("version")
@as_option
@reason_option
def propose(version: str, name: str, reason: str) -> None:
    """As a steward, propose a version for use."""
    from data_access.model_switch import propose as propose_version

    here = services()
    propose_version(here.record, here.versions, _person(name), version, reason)
    click.echo(f"Models {version} are proposed; an administrator approves or rejects them.")


@click.command()
@with_appcontext
@as_option
def approve(name: str) -> None:
    """As an administrator, put the proposed version in use."""
    from data_access.model_switch import approve as approve_version

    here = services()
    version = approve_version(here.record, here.versions, _person(name))
    click.echo(f"Models {version} are in use. {RESCORE}")


@click.command()
@with_appcontext
@as_option
def reject(name: str) -> None:
    """As an administrator, turn the proposal down."""
    version = services().record.activations.reject(_person(name))
    click.echo(f"Models {version} were rejected; what is in use stays in use.")


@click.command()
@with_appcontext
@as_option
@reason_option
def rollback(name: str, reason: str) -> None:
    """As an administrator, return to the version that was in use before."""
    from data_access.model_switch import roll_back

    here = services()
    version = roll_back(here.record, here.versions, _person(name), reason)
    click.echo(f"Models {version} are in use again. {RESCORE}")
