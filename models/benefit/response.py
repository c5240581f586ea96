"""Who responded: one answer per patient from whatever response rows a source delivers."""

from __future__ import annotations

import ibis.expr.types as ir

RESPONSE = ("CR", "PR", "R")
"""RECIST 1.1 objective response, or R where a source only says responder or not."""
NO_RESPONSE = ("SD", "PD", "NR")


def responders(response: ir.Table) -> ir.Table:
    """Best response of each patient.

    Returns:
        patient_id, responded (bool); patients whose responses could never be evaluated (NE) have
        no row.
    """
    judged = response.filter(response.recist.isin((*RESPONSE, *NO_RESPONSE)))
    return judged.group_by("patient_id").agg(responded=judged.recist.isin(RESPONSE).any())
