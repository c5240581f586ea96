"""``flask record``: the store itself, and whether its access log is whole."""

from __future__ import annotations

import click

from data_access.errors import RecordsError
from data_access.services import services
from server.commands.group import CommandGroup

group = CommandGroup("record", help="The record store: set up, verify.")


@group.command()
def upgrade() -> None:
    """Create the tables or bring them up to date; does nothing when they are."""
    services().record.upgrade()


@group.command()
def verify() -> None:
    """Check every entry of the access log; exit code 1 at the first that does not fit.

    Keep the last line printed somewhere else: a log whose end was cut off still verifies.
    """
    report = services().record.verify()
    if report.broken_seq is not None:
        raise RecordsError(
            f"The access log is broken at entry {report.broken_seq}: {report.reason}."
        )
    unsealed = f", {report.unsealed} by the operator without the secret key"
    click.echo(
        f"The access log is whole: {report.entries} entries{unsealed * bool(report.unsealed)}."
    )
    click.echo(f"Head: {report.entries} {report.head}")
