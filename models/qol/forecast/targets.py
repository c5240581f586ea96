"""What is forecast: five scales, three and six months after a form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats
from models.qol.instrument import Instrument, Scale
from models.qol.instruments import EQ_5D_5L, QLQ_C30

HORIZONS_DAYS: tuple[int, ...] = (91, 183)
"""Three and six months after the form that a forecast is made from."""

WINDOW_DAYS = 30
"""How far from its day a form still counts as the one of a horizon."""

LEVEL = 0.8
"""Share of patients whose later score the interval is to hold."""

_ROUNDING = 1e-9  # differences of decimals miss the whole number by this much


@dataclass(frozen=True)
class Target:
    """One scale that is forecast. ``name`` is what inputs, files and reports call it."""

    name: str
    instrument: Instrument
    scale: Scale

    @property
    def key(self) -> str:
        """Instrument and scale, as the page names them."""
        return f"{self.instrument.name}:{self.scale.code}"

    @property
    def worse(self) -> float:
        """Fall, on a scale where higher is better, or rise, that flags one patient."""
        difference = self.scale.individual
        if difference is None:
            raise ValueError(f"{self.scale.label} has no important difference for one patient.")
        return difference.points

    @property
    def step(self) -> float:
        """Distance between two values that the scale can take; 0 where they lie close together."""
        if self.scale.rule != "mean":
            return 0.0
        items = [item for item in self.instrument.items if item.code in self.scale.items]
        return (self.scale.high - self.scale.low) / sum(item.high - item.low for item in items)

    def is_worse(self, change: Floats) -> Bools:
        """Whether changes are deteriorations that flag one patient; False where unknown."""
        fall = -change if self.scale.higher_is_better else change
        return np.asarray(fall >= self.worse - _ROUNDING)


TARGETS: tuple[Target, ...] = (
    Target("summary", QLQ_C30, QLQ_C30.scale("SUM")),
    Target("global_qol", QLQ_C30, QLQ_C30.scale("QL")),
    Target("physical", QLQ_C30, QLQ_C30.scale("PF")),
    Target("fatigue", QLQ_C30, QLQ_C30.scale("FA")),
    Target("eq5d_index", EQ_5D_5L, EQ_5D_5L.scale("index")),
)

TARGET_BY_KEY: dict[str, Target] = {target.key: target for target in TARGETS}
