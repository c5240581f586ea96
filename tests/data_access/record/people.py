"""Who appears in the record tests, and the clock they live by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data_access.record import Agent

SECRET = b"0123456789abcdef" * 3
PASSWORD = "correct horse battery"
OPERATOR = Agent("tester", "operator")


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)
