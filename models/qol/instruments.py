"""The questionnaires that come with the program, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.qol.descriptions.check_in import CHECK_IN
from models.qol.descriptions.eq5d import EQ_5D_5L
from models.qol.descriptions.fact_g import FACT_G
from models.qol.descriptions.qlq import QLQ_C30, QLQ_SHORT
from models.qol.descriptions.sources import SOURCES
from models.qol.instrument import Instrument

__all__ = ["BUILT_IN", "CHECK_IN", "EQ_5D_5L", "FACT_G", "QLQ_C30", "QLQ_SHORT", "SOURCES"]

BUILT_IN: Mapping[str, Instrument] = MappingProxyType(
    {one.name: one for one in (QLQ_C30, QLQ_SHORT, EQ_5D_5L, FACT_G, CHECK_IN)}
)
