"""Who appears in the record tests, and the clock they live by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data_access.record import Agent, PredictionShown, Record, Viewer

SECRET = b"0123456789abcdef" * 3
PASSWORD = "correct horse battery"
OPERATOR = Agent("tester", "operator")
SHOWN = [
    PredictionShown(0, "severe", 180, 0.21, 0.1, 0.3, "v1"),
    PredictionShown(0, "skin", 180, None, None, None, "v1"),
]


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def view(record: Record, viewer: Viewer, patient_id: str = "p1") -> str:
    """Look at a patient, with two predictions."""
    return record.grant_read(
        viewer, patient_id, "view patient", snapshot="s1", read=lambda: "what was read", shown=SHOWN
    )
