"""``flask record``: the store itself, and whether its access log is whole."""

from __future__ import annotations

import re

import click

from data_access.errors import RecordsError
from data_access.services import services
from server.commands.group import CommandGroup

group = CommandGroup("record", help="The record store: set up, verify.")


@group.command()
def upgrade() -> None:
    """Create the tables or bring them up to date; does nothing when they are."""
    services().record.upgrade()


def checked_head(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """The head as it is compared, None when none was given."""
    if text is None:
        return None
    if not re.fullmatch(r"((0|[1-9]\d{0,17}):)?[0-9a-f]{64}", text.lower()):
        raise click.BadParameter("a head is 64 hexadecimal digits, or NUMBER: and these")
    return text.lower()


@group.command()
@click.option("--head", metavar="HEAD", callback=checked_head, help="A head kept elsewhere.")
def verify(head: str | None) -> None:
    """Check every entry of the access log; exit code 1 when one does not fit.

    Keep the head it prints somewhere else, and give it to --head another time: a log whose end
    was cut off verifies without it.
    """
    report = services().record.verify(head)
    if report.broken_seq is not None:
        further = f"; further flaws: {report.further}" * bool(report.further)
        raise RecordsError(
            f"The access log is broken at entry {report.broken_seq}: {report.reason}{further}."
        )
    if not report.has_kept_head:
        raise RecordsError(
            "The access log is not the one whose head was kept: its end was cut off, or it was "
            "made anew."
        )
    unsealed = f", {report.unsealed} by the operator without the secret key"
    click.echo(
        f"The access log is whole: {report.entries} entries{unsealed * bool(report.unsealed)}."
    )
    click.echo(f"Head: {report.entries}:{report.head}")
