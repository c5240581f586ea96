"""``flask qol``: the questionnaires that there are, and scores of those in a file."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import click

from data_access.services import services
from models.qol.instrument import Instrument
from models.qol.instruments import BUILT_IN
from server.commands.group import CommandGroup
from server.commands.qol_forecast import evaluate, train

group = CommandGroup("qol", help="Quality of life: questionnaires and their scores.")
for command in (train, evaluate):
    group.add_command(command)


@group.command("score")
@click.option(
    "--instrument", "name", required=True, help="A name that `flask qol instruments` lists."
)
@click.option("--country", help="Value set of the EQ-5D-5L where the file has no column country.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def score_file(name: str, country: str | None, file: Path) -> None:
    """Item columns in, scale columns out; other columns are passed through in front.

    QLQ-C30: q1 to q30 in, 15 scales and the summary out. EQ-5D-5L: mo sc ua pd ad in (vas and
    country too, if they are there), index out. Any other questionnaire: the codes of its items
    in, those of its scales out. Empty cells are missing answers; a score that the rules do not
    allow is an empty cell. Text that a spreadsheet would run as a formula gets an apostrophe in
    front. Nothing is written unless the whole file can be scored.
    """
    from data_access.form_files import FormFile, open_forms
    from data_access.form_scores import has_country, scored_lines

    instrument = _instrument(name)
    if country and not instrument.needs_country:
        of = ", ".join(one.name for one in services().instruments.values() if one.needs_country)
        raise click.UsageError(f"--country chooses a value set: it goes with {of}.")
    # The file has no name: it is gone when the command ends, however it ends.
    with open_forms(file) as forms, tempfile.TemporaryFile() as spool:
        read = FormFile(forms, file.name)
        if instrument.needs_country and country is None and not has_country(read):
            raise click.UsageError(
                f"{file.name} has no column country: name the value set with --country, such as ES."
            )
        for lines in scored_lines(read, instrument, country):
            spool.write(lines)
        spool.seek(0)
        # Who reads the output may stop reading, as `head` does.
        with suppress(BrokenPipeError):
            shutil.copyfileobj(spool, sys.stdout.buffer)
            sys.stdout.buffer.flush()


@group.command("instruments")
@click.argument("name", required=False)
def show_instruments(name: str | None) -> None:
    """List the questionnaires, or describe NAME as a file that a site can copy and change.

    A site adds a questionnaire by such a file in the folder that IMMUNOBOARD_INSTRUMENTS names.
    """
    if name is None:
        click.echo(_listed())
        return
    from data_access.instrument_text import instrument_text

    instrument = _instrument(name)
    if instrument.needs_country:
        click.echo("# Scored by value sets of the program: a file cannot hold such a scale.")
    click.echo(instrument_text(instrument), nl=False)


def _instrument(name: str) -> Instrument:
    known = services().instruments
    if name not in known:
        raise click.UsageError(f"There is no such questionnaire; there are {', '.join(known)}.")
    return known[name]


def _listed() -> str:
    """One line per questionnaire."""
    head = ("name", "version", "items", "scales", "from", "licence")
    rows = [
        (
            one.name,
            one.version,
            str(len(one.items)),
            str(len(one.scales)),
            "program" if one.name in BUILT_IN else "site",
            one.licence,
        )
        for one in services().instruments.values()
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )
