"""What a measurement is, and how one is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Measurement:
    """One line of ``var/bench.json``.

    ``baseline_name`` says what a user would use instead, measured in the same run, or "budget"
    where the design sets one and there is nothing to compare with. A ratio below 1 is better
    than the baseline.
    """

    name: str
    value: float
    unit: str
    baseline_name: str
    baseline_value: float

    def record(self) -> dict[str, object]:
        """The line with its ratio, numbers rounded to four significant digits."""
        line = asdict(self) | {"ratio": self.value / self.baseline_value}
        return {
            key: float(f"{value:.4g}") if isinstance(value, float) else value
            for key, value in line.items()
        }


def timings_ms(work: Callable[[], object], repeats: int) -> np.ndarray:
    """Wall times in milliseconds of ``repeats`` runs after two that warm up."""
    work()
    work()
    taken = np.empty(repeats)
    for run in range(repeats):
        started = time.perf_counter()
        work()
        taken[run] = 1000 * (time.perf_counter() - started)
    return taken


def median_ms(work: Callable[[], object], repeats: int = 20) -> float:
    """Median wall time in milliseconds."""
    return float(np.median(timings_ms(work, repeats)))


def p95_ms(work: Callable[[], object], repeats: int = 40) -> float:
    """95th percentile of the wall time in milliseconds."""
    return float(np.percentile(timings_ms(work, repeats), 95))
