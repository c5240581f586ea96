"""When questionnaires are due in the first 18 months, and whether one came in time.

The design of the cohort asks for the QLQ-C30 at 0, 3, 6, 12 and 18 months and for a short form
in every month between.
"""

from __future__ import annotations

from collections.abc import Sequence

FULL, SHORT = "qlq-c30", "qlq-short"

FULL_FORM_DAYS = (0, 91, 183, 365, 548)
"""When the QLQ-C30 is due: months 0, 3, 6, 12 and 18, in days since the first dose."""

SHORT_FORM_DAYS = tuple(
    round(30.44 * month) for month in range(1, 19) if month not in (3, 6, 12, 18)
)
"""When the monthly short form is due."""

START_DAYS = 7
"""Forms up to this day after the first dose tell how a patient started."""
WINDOW_DAYS = {FULL: 45, SHORT: 15}
"""How far from its day a form still counts as the one due."""


def forms_due(last_day: int) -> list[tuple[int, str]]:
    """Day and instrument of every form whose window closed by ``last_day``, by day."""
    due = [(day, FULL) for day in FULL_FORM_DAYS] + [(day, SHORT) for day in SHORT_FORM_DAYS]
    return sorted(
        (day, instrument) for day, instrument in due if day + WINDOW_DAYS[instrument] <= last_day
    )


def received(due_day: int, instrument: str, forms: Sequence[tuple[float, str]]) -> bool:
    """Whether a form that was due came; any form stands in for a short one.

    Args:
        due_day: when it was due.
        instrument: which form was due.
        forms: day and instrument of the forms that came.
    """
    return any(
        abs(day - due_day) <= WINDOW_DAYS[instrument] and (instrument == SHORT or came == FULL)
        for day, came in forms
    )
