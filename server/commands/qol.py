"""``flask qol``: score questionnaires from a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data_access.errors import ImportRefused
from data_access.importers.formulas import guarded
from models.qol import eq5d5l, qlq_c30
from models.qol.eq5d5l_value_sets import VALUE_SETS
from server.commands.group import CommandGroup
from server.commands.qol_forecast import evaluate, train

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

group = CommandGroup("qol", help="Quality of life: score questionnaires, forecast.")
for command in (train, evaluate):
    group.add_command(command)

DECIMALS = 4


@group.command("score")
@click.option("--instrument", type=click.Choice(["qlq-c30", "eq-5d-5l"]), required=True)
@click.option("--country", help="Value set of the EQ-5D-5L where the file has no column country.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def score_file(instrument: str, country: str | None, file: Path) -> None:
    """Item columns in, scale columns out; other columns are passed through in front.

    QLQ-C30: q1 to q30 in, 15 scales and the summary out. EQ-5D-5L: mo sc ua pd ad in (vas and
    country too, if they are there), index out. Empty cells are missing answers; a score that the
    rules do not allow is an empty cell. Text that a spreadsheet would run as a formula gets an
    apostrophe in front.
    """
    import pandas as pd

    if country and instrument != "eq-5d-5l":
        raise click.UsageError("--country chooses a value set: it goes with eq-5d-5l.")
    forms = _read(file)
    try:
        if instrument == "qlq-c30":
            items, scales = qlq_c30.ITEMS, qlq_c30.score(_answers(forms, qlq_c30.ITEMS, file.name))
        else:
            items, scales = eq5d5l.DIMENSIONS, {eq5d5l.INDEX: _index(forms, country, file.name)}
    except ValueError as error:
        raise ImportRefused(f"{file.name}: {error}") from error
    others = forms.drop(columns=[*items, *scales], errors="ignore")
    others = others.map(guarded).rename(columns=guarded)
    points = pd.DataFrame(scales, index=forms.index).round(DECIMALS)
    pd.concat([others, points], axis=1).to_csv(sys.stdout, index=False)


def _index(forms: pd.DataFrame, country: str | None, name: str) -> npt.NDArray[np.float64]:
    """Index of each form by its own country, or by the one given for all."""
    import numpy as np
    import pandas as pd

    levels = _answers(forms, eq5d5l.DIMENSIONS, name).to_numpy()
    eq5d5l.checked_levels(levels)
    if eq5d5l.VAS in forms:
        eq5d5l.checked_vas(_answers(forms, (eq5d5l.VAS,), name)[eq5d5l.VAS])
    if "country" not in forms and country is None:
        raise click.UsageError(
            f"{name} has no column country: name the value set with --country, such as ES."
        )
    codes = forms["country"] if "country" in forms else pd.Series(country, index=forms.index)
    codes = codes.str.strip().str.upper()
    index = np.full(len(forms), np.nan)
    for code in codes.unique():
        if code not in VALUE_SETS:
            raise ImportRefused(
                f"{name}, form {int(np.flatnonzero(codes == code)[0]) + 1}, country: there is no"
                f" value set of that country; there are {', '.join(VALUE_SETS)}."
            )
        here = (codes == code).to_numpy()
        index[here] = eq5d5l.index(levels[here], VALUE_SETS[code])
    return index


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


def _answers(forms: pd.DataFrame, items: Sequence[str], name: str) -> pd.DataFrame:
    import pandas as pd

    absent = [item for item in items if item not in forms.columns]
    if absent:
        raise ImportRefused(f"{name} lacks the columns {', '.join(absent)}.")
    written = forms[list(items)]
    answers = written.apply(pd.to_numeric, errors="coerce").astype(float)
    unread = (answers.isna() & written.apply(lambda column: column.str.strip() != "")).to_numpy()
    if unread.any():
        form, item = (int(place[0]) for place in unread.nonzero())
        raise ImportRefused(
            f"{name}, form {form + 1}, {items[item]}: the answer is not a number;"
            " leave unanswered items empty."
        )
    return answers
