"""Predictions as somebody saw them, stored with the entry of the access log that digests them."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data_access.record.canonical import canonical
from data_access.record.tables import PredictionRow


@dataclass(frozen=True)
class PredictionShown:
    """One prediction as a person saw it; None when the model did not score.

    Of a risk the numbers are probabilities, of a forecast points of the scale it is named after.
    """

    landmark_day: int
    outcome: str
    horizon_days: int
    risk: float | None
    lower: float | None
    upper: float | None
    model_version: str


def as_stored(shown: PredictionShown) -> PredictionShown:
    """The prediction as every database gives it back: plain numbers and words.

    NaN, which SQLite cannot keep, becomes None, and minus zero becomes zero.

    Raises:
        ValueError: a day is not a whole number.
    """
    return PredictionShown(
        landmark_day=_whole(shown.landmark_day),
        outcome=str(shown.outcome),
        horizon_days=_whole(shown.horizon_days),
        risk=_number(shown.risk),
        lower=_number(shown.lower),
        upper=_number(shown.upper),
        model_version=str(shown.model_version),
    )


def digest(shown: Sequence[PredictionShown]) -> str | None:
    """SHA-256 of the predictions, which must be ``as_stored``; None when there are none."""
    if not shown:
        return None
    return hashlib.sha256(canonical([asdict(prediction) for prediction in shown])).hexdigest()


def store(session: Session, access_seq: int, shown: Sequence[PredictionShown]) -> None:
    """Keep the predictions of one entry in their order."""
    rows = [
        {"access_seq": access_seq, "position": position, **asdict(prediction)}
        for position, prediction in enumerate(shown)
    ]
    if rows:
        session.execute(insert(PredictionRow), rows)


def stored_between(session: Session, first: int, last: int) -> Mapping[int, list[PredictionShown]]:
    """Predictions of the entries ``first`` to ``last``, by entry; an empty list for the others."""
    query = (
        select(PredictionRow)
        .where(PredictionRow.access_seq.between(first, last))
        .order_by(PredictionRow.access_seq, PredictionRow.position)
    )
    names = PredictionShown.__dataclass_fields__
    found: dict[int, list[PredictionShown]] = defaultdict(list)
    for stored in session.execute(query).scalars():
        prediction = PredictionShown(**{name: getattr(stored, name) for name in names})
        found[stored.access_seq].append(prediction)
    return found


def _whole(value: float) -> int:
    if int(value) != value:
        raise ValueError("A day of a prediction is not a whole number.")
    return int(value)


def _number(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    return float(value) + 0.0
