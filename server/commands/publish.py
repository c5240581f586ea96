"""``flask warehouse publish``: the cohort table of the current snapshot on another engine."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from data_access.services import services
from server.commands.noted import can_be_noted, note


@click.command()
@with_appcontext
@click.argument("target")
def publish(target: str) -> None:
    """Copy the cohort table of the current snapshot to TARGET and switch to it there.

    TARGET is postgresql://USER@HOST/DATABASE or spark:FOLDER, as IMMUNOBOARD_WAREHOUSE takes it
    afterwards. Leave the password to PGPASSWORD or a file ~/.pgpass.
    """
    from data_access.warehouse import engines

    can_be_noted()
    snapshot, fresh = engines.publish(services().warehouse.store, target)
    if not fresh:
        click.echo(f"Snapshot {snapshot} is published there already: nothing changed.")
        return
    note("warehouse publish", snapshot)
    click.echo(f"Snapshot {snapshot} is published: cohorts are compared on it from now on.")
