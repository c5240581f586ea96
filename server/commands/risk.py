"""``flask risk``: one patient's risks, explained, for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import click

from data_access.errors import NotFound
from data_access.services import services
from models.risk.outcomes import LANDMARKS
from server.commands.group import CommandGroup

if TYPE_CHECKING:
    from data_access.record import PredictionShown
    from data_access.warehouse.reader import OpenSnapshot

group = CommandGroup("risk", help="Risks of one patient.")


@group.command()
@click.argument("patient_id", metavar="PATIENT")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--landmark",
    type=click.Choice([str(day) for day in LANDMARKS]),
    help="Days since the first dose; default: the latest one with enough inputs.",
)
def explain(patient_id: str, as_json: bool, landmark: str | None) -> None:
    """Every risk of a patient with its interval and what it is made of."""
    from data_access.shown import as_shown

    snapshot = services().warehouse.current()
    predictor = services().models.predictor
    try:
        landmark_day, country, features = _patient_at(snapshot, patient_id, landmark)
    except NotFound:
        _log(snapshot, _pseudonym(patient_id), "refused")
        raise
    risks = predictor.explain(features, country)
    _log(snapshot, patient_id, "done", as_shown(risks, landmark_day, predictor.version))
    date = snapshot.snapshot.data_date
    answer = {
        "patient_id": patient_id,
        "landmark_day": landmark_day,
        "model_version": predictor.version,
        "data_date": date.isoformat() if date else None,
        "outcomes": [asdict(risk) for risk in risks],
    }
    click.echo(json.dumps(answer, indent=1) if as_json else _as_text(answer))


def _log(
    snapshot: OpenSnapshot,
    patient_id: str | None,
    outcome: Literal["done", "refused"],
    shown: Sequence[PredictionShown] = (),
) -> None:
    """Note who asked about whom, where the record store has been set up already."""
    from data_access.record import host_operator

    record = services().record
    if record.ready():
        record.log(
            host_operator(),
            "risk explain",
            patient_id=patient_id,
            outcome=outcome,
            snapshot=snapshot.snapshot.id,
            shown=shown,
        )


def _pseudonym(typed: str) -> str | None:
    """What was typed when it can be a pseudonym: anything else has no place in the log."""
    from models.schema import TABLES

    pattern = TABLES["patient"].column("patient_id").pattern
    return typed if re.fullmatch(pattern, typed) else None


def _patient_at(
    snapshot: OpenSnapshot, patient_id: str, landmark: str | None
) -> tuple[int, str, dict[str, float | None]]:
    """Landmark, country and inputs there, computed as for training and scoring.

    Raises:
        NotFound: no such patient, consent withdrawn, or the landmark was not reached.
    """
    from models.risk.features import FEATURE_TABLES, landmark_features
    from models.risk.inputs import FEATURE_NAMES
    from models.risk.support import landmark_to_show
    from models.schema import unbound

    tables = {name: unbound(name) for name in FEATURE_TABLES}
    landmarks = LANDMARKS if landmark is None else (int(landmark),)
    features = landmark_features(tables, landmarks)
    country = tables["patient"].select("patient_id", "country")
    found = snapshot.run(
        features.filter(features.patient_id == patient_id).join(country, "patient_id")
    )
    if found.empty:
        raise NotFound("There is no such patient, or not under observation at this landmark.")
    inputs = {
        int(row.landmark_day): {
            name: None if row[name] != row[name] else float(row[name]) for name in FEATURE_NAMES
        }
        for _, row in found.iterrows()
    }
    day = landmark_to_show(inputs)
    return day, str(found.country.iloc[0]), inputs[day]


def _as_text(answer: dict[str, Any]) -> str:
    """One line per outcome and horizon."""
    head = f"Landmark day {answer['landmark_day']}, models {answer['model_version']}"
    return "\n".join([head, *map(_line, answer["outcomes"])])


def _line(risk: dict[str, Any]) -> str:
    start = f"{risk['outcome']:17}{risk['horizon_days']:>4} days  "
    if risk["risk"] is None:
        return f"{start}not scored: {risk['support_reason']}"
    numbers = " ".join(f"{100 * risk[name]:5.1f}" for name in ("risk", "lower", "upper"))
    return f"{start}{numbers} of 100  {risk['support']}"
