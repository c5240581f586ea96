"""``flask models``: train, evaluate, compare and put in use the risk models."""

from __future__ import annotations

import json

import click

from data_access.errors import ModelsUnavailable
from data_access.services import services
from server.commands.group import CommandGroup
from server.commands.model_card import card, drift
from server.commands.model_evaluation import evaluate
from server.commands.model_training import recalibrate, train
from server.commands.model_versions import (
    approve,
    compare,
    list_versions,
    propose,
    reject,
    rollback,
)

group = CommandGroup("models", help="Train, evaluate, compare and put in use the risk models.")
for command in (
    train,
    recalibrate,
    evaluate,
    list_versions,
    compare,
    propose,
    approve,
    reject,
    rollback,
    card,
    drift,
):
    group.add_command(command)


@group.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Verify the model files and say what they are; exit code 1 when they cannot be used."""
    from data_access.model_switch import disagreement

    here = services()
    here.models.load(threads=1)
    problem = disagreement(here.record, here.versions)
    if problem:
        raise ModelsUnavailable(problem)
    manifest = here.models.manifest()
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
