"""``flask models card`` and ``drift``: the models on paper, and whether patients have changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext

from data_access.services import services

if TYPE_CHECKING:
    from models.risk.card import CardTable, Section


@click.command()
@with_appcontext
@click.option("--version", help="Default: the version in use.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def card(version: str | None, as_json: bool) -> None:
    """The model card as Markdown: TRIPOD+AI items, performance, subgroups, limits."""
    from data_access.artifacts import RiskModels
    from models.risk.card import card as sections_of

    here = services()
    models = RiskModels(here.versions.get(version).folder) if version is not None else here.models
    manifest = models.manifest()
    sections = sections_of(manifest, models.evaluation(), here.versions.table())
    if as_json:
        found = {"model_version": manifest["version"], "sections": [asdict(s) for s in sections]}
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(f"# Immunoboard risk models {manifest['version']}\n")
    click.echo("Research software, not a medical device.\n")
    for section in sections:
        click.echo(_markdown(section))


def _markdown(section: Section) -> str:
    parts = [f"## {section.title}", *section.paragraphs]
    if section.table:
        parts.append(_table(section.table))
    return "\n\n".join(parts) + "\n"


def _table(table: CardTable) -> str:
    rows = [table.headings, tuple("---" for _ in table.headings), *table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)


@click.command()
@with_appcontext
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def drift(as_json: bool) -> None:
    """The current snapshot's patients beside those of training, by country, with alarms."""
    from data_access.model_drift import drift as compare
    from server.commands.noted import note

    snapshot = services().warehouse.current()
    found = compare(snapshot, services().models.manifest())
    note("models drift", snapshot.snapshot.id)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    click.echo(
        f"Snapshot {found['snapshot']} beside the training of models {found['model_version']}."
    )
    if not found["countries"]:
        click.echo("These models came without a reference: train or recalibrate anew.")
    for country in found["countries"]:
        click.echo(_country(country))


def _country(entry: dict[str, Any]) -> str:
    from models.risk.drift import FEWEST_NOW, alarm_sentences

    head = f"{entry['country']}, {entry['n']} people"
    if entry["compared_with"] is None:
        return f"{head}: fewer than {FEWEST_NOW}, too few to say."
    if entry["compared_with"] != entry["country"]:
        head += ", beside all countries of training"
    return "\n".join([f"{head}:", *(f"  {line}" for line in alarm_sentences(entry["alarms"]))])
