"""Markers the warehouse understands: unit, and the limits beyond which a value is an error.

The limits are wide: they catch other units and slips of the pen, not unusual patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Marker:
    """One marker; ``plausible`` is inclusive, ``whole`` admits no fractions."""

    name: str
    plausible: tuple[float, float]
    unit: str = ""
    whole: bool = False

    @property
    def limits(self) -> str:
        """Least and largest value in words, with the unit."""
        low, high = self.plausible
        return f"{low:g} to {high:g} {self.unit}".rstrip()


_MARKERS = (
    # Cells without replication repair stop at about 20,000 mutations in the exome, some 30 Mb
    # (Shlien et al., Nature Genetics 2015): under 700 per Mb. A count per exome is refused.
    Marker("tmb", (0, 1000), "mutations/Mb"),
    # A percentage of tumour cells, by definition.
    Marker("pdl1_tps", (0, 100), "%"),
    # Stable or instable; a score of a sequencing panel is another marker.
    Marker("msi", (0, 1), whole=True),
    # A ratio of counts: 50 neutrophils to 0.1 lymphocytes (10*9/L), both of them extreme.
    Marker("nlr", (0, 500)),
    # ECOG has a grade 5, which is death; the date of death says that.
    Marker("ecog", (0, 4), whole=True),
    # A fraction of the genome, by definition.
    Marker("fcna", (0, 1)),
)

MARKERS: Mapping[str, Marker] = MappingProxyType({marker.name: marker for marker in _MARKERS})
"""Known markers by name. A site may deliver others: no limits are known and no model reads them."""
