"""Codes and scales of the QLQ-C30, by code; described in ``instruments``."""

from __future__ import annotations

from types import MappingProxyType

from models.qol.instruments import QLQ_C30

SUMMARY = "SUM"

SCALES = MappingProxyType({scale.code: scale for scale in QLQ_C30.scales if scale.code != SUMMARY})
"""Every scale by code, in the order of the scoring manual; the summary score is not among them."""

SCALE_CODES: tuple[str, ...] = QLQ_C30.scale_codes
