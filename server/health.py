"""Alive, ready, and which snapshot: three small addresses for machines."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from data_access.errors import ModelsUnavailable, RecordsError, WarehouseUnavailable
from data_access.services import services
from server.who import session_found


def mount(app: Flask) -> None:
    """Before Dash's catch-all, which would answer 200 to anything."""
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/snapshot", "snapshot", snapshot)


def healthz() -> ResponseReturnValue:
    """The process lives."""
    return jsonify(status="ok")


def readyz() -> ResponseReturnValue:
    """Each part ``ok`` or ``down``; 503 when one is down. Why is in the log, not here."""
    parts = {
        "record": services().record.ready(),
        "warehouse": _works(lambda: services().cohort_engine.snapshot),
        "models": _works(lambda: services().models.predictor),
    }
    ready = all(parts.values())
    words = {part: "ok" if works else "down" for part, works in parts.items()}
    return jsonify(status="ok" if ready else "down", **words), 200 if ready else 503


def snapshot() -> ResponseReturnValue:
    """What the page is looking at, and how long the session lasts without activity.

    Pages ask every few seconds; it does not count as activity.
    """
    found = session_found()
    answer: dict[str, object] = {
        "snapshot": None,
        "data_date": None,
        "cohort": None,
        "scored_with": None,
        "model_version": None,
        "idle_seconds": found.seconds_left if found else 0,
    }
    try:
        current = services().cohort_engine.snapshot
        answer["snapshot"] = current.id
        answer["data_date"] = current.data_date and current.data_date.isoformat()
        answer["cohort"], answer["scored_with"] = current.kind, current.model_version
        answer["model_version"] = services().models.predictor.version
    except (WarehouseUnavailable, ModelsUnavailable):
        pass  # the page says so itself, in place of what it would show
    return jsonify(answer)


def _works(part: Callable[[], object]) -> bool:
    try:
        part()
    except RecordsError:
        return False
    return True
