"""``flask qol``: score questionnaires from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data_access.errors import ImportRefused
from data_access.importers.formulas import guarded
from models.qol.qlq_c30 import ITEMS, score
from server.commands.group import CommandGroup

if TYPE_CHECKING:
    import pandas as pd

group = CommandGroup("qol", help="Quality of life: score questionnaires.")

DECIMALS = 4


@group.command("score")
@click.option("--instrument", type=click.Choice(["qlq-c30"]), required=True)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def score_file(instrument: str, file: Path) -> None:
    """Item columns q1 to q30 in, scale columns out; other columns are passed through in front.

    Empty cells are missing answers; a score that the rules do not allow is an empty cell. Text
    that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    import pandas as pd

    forms = _read(file)
    try:
        scales = score(_answers(forms, file.name))
    except ValueError as error:
        raise ImportRefused(f"{file.name}: {error}") from error
    others = forms.drop(columns=[*ITEMS, *scales], errors="ignore")
    others = others.map(guarded).rename(columns=guarded)
    points = pd.DataFrame(scales, index=forms.index).round(DECIMALS)
    pd.concat([others, points], axis=1).to_csv(sys.stdout, index=False)


def _read(file: Path) -> pd.DataFrame:
    """Every cell as text, empty cells as empty text."""
    import pandas as pd

    try:
        return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{file.name} is not UTF-8 text: save it as UTF-8.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ImportRefused(
            f"{file.name} is not a table of comma-separated values with a header."
        ) from error


def _answers(forms: pd.DataFrame, name: str) -> pd.DataFrame:
    import pandas as pd

    absent = [item for item in ITEMS if item not in forms.columns]
    if absent:
        raise ImportRefused(f"{name} lacks the columns {', '.join(absent)}.")
    written = forms[list(ITEMS)]
    answers = written.apply(pd.to_numeric, errors="coerce").astype(float)
    unread = (answers.isna() & written.apply(lambda column: column.str.strip() != "")).to_numpy()
    if unread.any():
        form, item = (int(place[0]) for place in unread.nonzero())
        raise ImportRefused(
            f"{name}, form {form + 1}, {ITEMS[item]}: the answer is not a number;"
            " leave unanswered items empty."
        )
    return answers
