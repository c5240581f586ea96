"""What the forecasts say about one form or many: values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.arrays import Floats
from models.qol.forecast.determinants import Determinants
from models.risk.prediction import Contribution


@dataclass(frozen=True)
class Forecast:
    """What one scale may be at one horizon, if the person is alive and answers.

    ``current`` is the latest score, ``middle`` the median forecast, ``lower`` and ``upper`` the
    80 % interval for the later score, in the scale's own points. ``answering`` is the probability
    of being alive and returning a form then. ``deterioration`` is the calibrated probability of a
    change for the worse of ``worse`` points or more, ``typical`` that of a typical patient at this
    time on treatment; ``contributions`` add up to their difference, as those of a risk do.
    """

    horizon_days: int
    current: float
    middle: float
    lower: float
    upper: float
    answering: float
    worse: float
    deterioration: float
    typical: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class FormForecast:
    """Forecasts of one scale, named by ``key``, from a patient's latest form.

    ``form`` is the day of that form, None without any; ``reason`` says why there is no forecast,
    empty where there are ``forecasts``. ``unusual`` names inputs outside the training range.
    """

    key: str
    form: date | None
    reason: str
    forecasts: tuple[Forecast, ...]
    unusual: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class FormDeterminants:
    """What a score of the latest full form goes with; None where it holds no such score."""

    key: str
    form: date | None
    determinants: Determinants | None
    version: str


@dataclass(frozen=True)
class ForecastArrays:
    """Forecasts of many forms.

    ``middle``, ``lower``, ``upper``, ``deterioration`` have shape (n, horizons, targets), NaN where
    a target has no latest score; ``answering`` has shape (n, horizons).
    """

    middle: Floats
    lower: Floats
    upper: Floats
    deterioration: Floats
    answering: Floats
