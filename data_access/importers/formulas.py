"""Text that a spreadsheet would run as a formula: marked on the way out, unmarked on the way in.

A CSV file cannot say that a cell is text, so an apostrophe in front says it (OWASP, CSV
Injection; ASVS 5.0, 1.2.10).
"""

from __future__ import annotations

import re

MARK = "'"

# Spreadsheets skip blanks before a formula and take the full-width signs of Asian keyboards.
_FORMULA = re.compile(r"[\t\r\n\0]|\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def guarded(cell: str) -> str:
    """The cell with an apostrophe in front when it begins like a formula; numbers stay."""
    return MARK + cell if _is_formula(cell) else cell


def unguarded(cell: str) -> str:
    """The cell without the apostrophe that ``guarded`` puts in front; any other one stays."""
    return cell[1:] if cell.startswith(MARK) and _is_formula(cell[1:]) else cell


def _is_formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None and _NUMBER.fullmatch(cell) is None
