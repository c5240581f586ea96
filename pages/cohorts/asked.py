"""What a callback of this page was sent, checked: two cohorts, or a refusal in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dash.exceptions import PreventUpdate

from components.cohort_state import is_state, parsed
from data_access.errors import CohortRefused
from models.cohort.definition import Cohort, Unusable


@contextmanager
def refusing() -> Iterator[None]:
    """A definition that cannot be used is refused like one that may not be.

    Raises:
        CohortRefused: with the sentence of the definition.
    """
    try:
        yield
    except Unusable as unusable:
        raise CohortRefused(str(unusable)) from unusable


def pair(state: object) -> tuple[Cohort, Cohort]:
    """Both cohorts of a store.

    Raises:
        PreventUpdate: there is nothing in it yet, or no definitions.
        CohortRefused: a definition cannot be used.
    """
    if not is_state(state):
        raise PreventUpdate
    with refusing():
        return parsed(state)
