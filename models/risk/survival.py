"""Censoring: how long people were followed, and the weights that make up for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats

SMALLEST_SHARE = 0.05
"""Floor of the share still followed: no row counts for more than twenty."""


@dataclass(frozen=True)
class KaplanMeier:
    """A Kaplan-Meier curve: ``survival[i]`` holds from ``times[i]`` on, 1 before the first."""

    times: Floats
    survival: Floats

    def before(self, time: npt.ArrayLike) -> Floats:
        """Probability of lasting up to ``time`` and not ending before it (the left limit)."""
        steps = np.concatenate(([1.0], self.survival))
        return steps[np.searchsorted(self.times, np.asarray(time), side="left")]


def censoring_curve(time_days: Floats, died: npt.NDArray[np.bool_]) -> KaplanMeier:
    """Probability of still being followed.

    Death ends observation without censoring; on one day deaths come before censorings, so the
    dead of a day are not at risk of being censored on it.

    Args:
        time_days: shape (n,), days of follow-up, >= 0.
        died: shape (n,), True where follow-up ended in death.

    Reference:
        Graf E et al. Stat Med 1999;18:2529-45.
    """
    times, position = np.unique(time_days, return_inverse=True)
    ended = np.bincount(position, minlength=times.size)
    deaths = np.bincount(position, weights=died, minlength=times.size)
    at_risk = np.cumsum(ended[::-1])[::-1] - deaths
    kept = 1 - np.divide(ended - deaths, at_risk, out=np.zeros(times.size), where=at_risk > 0)
    return KaplanMeier(times, np.cumprod(kept))


def horizon_labels(
    onset_days: Floats,
    follow_up_days: Floats,
    died: npt.NDArray[np.bool_],
    horizon_days: float,
    censoring: KaplanMeier,
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Did the outcome begin within the horizon, and how much does each answer count?

    Death without the outcome is an answer (no): it competes and is not censoring. Who was
    lost before the horizon without either has no answer and weight 0; the others count for
    those lost (inverse probability of censoring).

    Args:
        onset_days: shape (n,), days to the first onset, NaN without one.
        follow_up_days: shape (n,), days of follow-up.
        died: shape (n,), True where follow-up ended in death.
        horizon_days: length of the horizon.
        censoring: probability of still being followed.

    Returns:
        Labels and weights, both of shape (n,).
    """
    onset = np.where(np.isnan(onset_days), np.inf, onset_days)
    ended = np.minimum(onset, np.where(died, follow_up_days, np.inf))
    known = (ended <= horizon_days) | (follow_up_days >= horizon_days)
    share = censoring.before(np.minimum(ended, horizon_days))
    return onset <= horizon_days, known / np.maximum(share, SMALLEST_SHARE)
