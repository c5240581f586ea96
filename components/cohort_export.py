"""A comparison as one ZIP of CSV files with a page that says what they are; values in, bytes out.

Cells that a spreadsheet would run as a formula get an apostrophe in front (OWASP, CSV Injection;
ASVS 5.0, 1.2.10).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from components.cohort_tables import Cell, ExportTable
from components.cohort_words import anchor_words, n_words
from components.wording import count_words, date_words
from models.cohort.results import Side, Sides

SUPPRESSION = (
    "Counts are rounded to 5 and none stands for fewer than 10 patients; shares are of rounded"
    " counts; curves are coarsened and end where fewer than 10 are at risk. An empty cell was held"
    " back, it is not zero."
)
CONVENTIONS = """\
- Survival, time on treatment: Kaplan-Meier, Greenwood's variance, log-log 95 % intervals,
  log-rank test, restricted mean up to the day named.
- irAE: cumulative incidence (Aalen-Johansen) with death as competing event, Gray's test.
- Standardised mean difference of a level: (pA - pB) / sqrt((pA(1 - pA) + pB(1 - pB)) / 2).
- Quality of life: means of those alive who answered; nothing is filled in.
- Adjusted: overlap weights from a propensity score; an adjusted association, not an effect.
- Shares run from 0 to 1, times are days from the anchor, A - B is cohort A minus cohort B.
"""
_MADE = (1980, 1, 1, 0, 0, 0)
"""Date of the files: the same comparison gives the same bytes."""

_FORMULA = re.compile(r"[\t\r\n\0]|\s*[=+\-@＝＋－＠]")


def bundle(
    sides: Sides, tables: Sequence[ExportTable], left_out: Mapping[str, str] | None = None
) -> bytes:
    """ZIP of README.txt and one CSV per table.

    Args:
        sides: what was compared.
        tables: with names of their own.
        left_out: tables that were refused, with the reason.
    """
    filled = [table for table in tables if table.rows]
    empty = {t.name: "nothing could be given" for t in tables if not t.rows}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "README.txt", readme(sides, filled, {**(left_out or {}), **empty}))
        for table in filled:
            _put(archive, f"{table.name}.csv", csv_text(table))
    return buffer.getvalue()


def file_name(sides: Sides) -> str:
    """Name of the bundle; it holds the snapshot, no definition."""
    safe = re.sub(r"[^A-Za-z0-9-]+", "-", sides.snapshot).strip("-")
    return f"cohorts-{safe or 'comparison'}.zip"


def csv_text(table: ExportTable) -> str:
    """A table as CSV (RFC 4180), None as an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(table.columns)
    writer.writerows([_cell(cell) for cell in row] for row in table.rows)
    return buffer.getvalue()


def readme(sides: Sides, tables: Sequence[ExportTable], left_out: Mapping[str, str]) -> str:
    """What was compared, of when, by which rules, and what is in which file."""
    parts = [
        "Comparison of two cohorts (Immunoboard; research software, not a medical device)",
        "\n".join([*_side("A", sides.a), "", *_side("B", sides.b)]),
        f"{anchor_words(sides)}\nData to: {date_words(sides.data_date)}"
        f"\nSnapshot: {sides.snapshot}",
        SUPPRESSION,
        "Every difference is an association, not an effect of anything."
        + (" Some patients are in both cohorts: no tests or differences." if sides.overlap else ""),
        f"Conventions\n{CONVENTIONS.rstrip()}",
        "\n".join(["Files", *(f"- {t.name}.csv: {len(t.rows)} rows" for t in tables)]),
    ]
    if left_out:
        parts.append(
            "\n".join(["Left out", *(f"- {name}: {why}" for name, why in left_out.items())])
        )
    return "\n\n".join(parts) + "\n"


def _side(name: str, side: Side) -> list[str]:
    return [
        f"Cohort {name}: n {count_words(side.n)}",
        f"  {side.definition}",
        f"  {side.expression or '(everybody)'}",
        *(f"  - {step.words}: {n_words(step.n)}" for step in side.attrition),
    ]


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    return repr(value) if isinstance(value, int) else f"{value:.10g}"


def _put(archive: zipfile.ZipFile, name: str, text: str) -> None:
    info = zipfile.ZipInfo(name, _MADE)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, text.encode("utf-8"))
