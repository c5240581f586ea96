"""``flask access``: who looked at what."""

from __future__ import annotations

import json

import click

from data_access.services import services
from server.commands.group import CommandGroup

group = CommandGroup("access", help="The access log: who looked at what.")

COLUMNS = ("seq", "actor", "role", "action", "patient_id", "subject", "outcome", "snapshot")


@group.command("list")
@click.option("--patient", "patient_id", help="Only entries about this patient.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_entries(patient_id: str | None, limit: int, as_json: bool) -> None:
    """The latest entries, newest first."""
    rows = [
        {"at": entry.at.isoformat(), **{name: getattr(entry, name) for name in COLUMNS}}
        for entry in services().record.entries(patient_id=patient_id, limit=limit)
    ]
    if as_json:
        click.echo(json.dumps({"entries": rows}, indent=2))
        return
    for row in rows:
        click.echo("\t".join("" if value is None else str(value) for value in row.values()))
