"""Refusals that a clinician or an operator may read: one sentence with what, where, the way out.

Everything that is not a ``RecordsError`` is a fault of the program and reaches people only as one
neutral notice. No message holds a value of a patient.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class RecordsError(Exception):
    """A refusal whose text may be shown as it is."""


class NotFound(RecordsError):
    """No such patient, or not one of the viewer's: the two are never told apart."""

    def __init__(self, sentence: str = "No record of that patient in your care.") -> None:
        super().__init__(sentence)


class NotAllowed(RecordsError):
    """The person, role or request may not do this."""


class NotConfigured(RecordsError):
    """A setting is missing or unusable; the sentence names it."""


class RecordUnavailable(RecordsError):
    """The record store cannot be reached, is full, or has not been upgraded."""


class WarehouseUnavailable(RecordsError):
    """There is no snapshot to read from."""


class ModelsUnavailable(RecordsError):
    """The risk models are missing or differ from their manifest."""


class DamagedModels(ModelsUnavailable):
    """Model files that differ from what was written; ``what`` says which, without the remedy."""

    def __init__(self, sentence: str, what: str) -> None:
        super().__init__(sentence)
        self.what = what


class ImportRefused(RecordsError):
    """The files were not taken over; nothing has changed."""


class CohortRefused(RecordsError):
    """Two cohorts that cannot be compared, or whose comparison would give somebody away."""


def refused_as(parts: Callable[[str], T]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Turn a refusal into what the callback's places then show; other errors go on."""

    def around(show: Callable[P, T]) -> Callable[P, T]:
        @wraps(show)
        def shown(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return show(*args, **kwargs)
            except RecordsError as refusal:
                return parts(str(refusal))

        return shown

    return around
