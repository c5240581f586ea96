"""What the groups of similar patients are made of: patients at one landmark, and after it."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from models.qol.instruments import QLQ_C30, QLQ_SHORT
from models.risk.inputs import FEATURE_NAMES
from models.risk.labels import first_onsets
from models.risk.outcomes import HORIZONS, OUTCOMES

ROW_TABLES: tuple[str, ...] = ("patient", "features", "adverse_event", "score")
"""Tables that the rows are computed from."""

FORM_DAYS = 45
"""A form counts for a horizon up to this many days before and after it."""


def quality_name(horizon_days: int) -> str:
    """Column of the change of global quality of life up to a horizon."""
    return f"quality_{horizon_days}"


def patients_to_group(tables: Mapping[str, ir.Table], landmark_day: ir.IntegerScalar) -> ir.Table:
    """Patients with features at one landmark, by pseudonym.

    Args:
        tables: those of ``ROW_TABLES``.
        landmark_day: days since the first dose.

    Returns:
        patient_id, country, research (may be in a group, the others are only compared), the
        features; for research patients follow_up_days, died, per outcome the days to its first
        onset (as ``models.risk.labels.first_onsets``) and per horizon the change of global
        quality of life since the landmark. NULL is none, or not known.
    """
    patient = tables["patient"]
    features = tables["features"].filter(tables["features"].landmark_day == landmark_day)
    people = patient.filter(patient.consent != "withdrawn")
    people = people.select("patient_id", "country", research=people.consent == "research")
    rows = features.select("patient_id", *FEATURE_NAMES).join(people, "patient_id")
    onsets = first_onsets(tables, (landmark_day,)).select(
        "patient_id", "follow_up_days", "died", *OUTCOMES
    )
    later = _later_quality(tables, landmark_day)
    for part in (onsets.rename({f"onset_{name}": name for name in OUTCOMES}), later):
        rows = rows.left_join(part, "patient_id").drop("patient_id_right")
    changes = {quality_name(days): rows[f"later_{days}"] - rows.global_qol for days in HORIZONS}
    rows = rows.mutate(**changes).drop(*(f"later_{days}" for days in HORIZONS))
    return rows.order_by("patient_id")


def _later_quality(tables: Mapping[str, ir.Table], landmark_day: ir.IntegerScalar) -> ir.Table:
    """Mean global quality of life around each horizon, one row per patient with any."""
    score, patient = tables["score"], tables["patient"]
    forms = score.filter(score.scale == "QL", score.instrument.isin((QLQ_C30.name, QLQ_SHORT.name)))
    forms = forms.join(patient.select("patient_id", "index_date"), "patient_id")
    day = forms.date.delta(forms.index_date, unit="day") - landmark_day
    forms = forms.mutate(day=day)
    return forms.group_by("patient_id").agg(
        **{
            f"later_{days}": forms.value.mean(
                where=forms.day.between(days - FORM_DAYS, days + FORM_DAYS)
            )
            for days in HORIZONS
        }
    )
