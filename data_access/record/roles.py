"""Roles, and which pages each may open: the one table that the guard and the menu both ask."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person does here."""

    ONCOLOGIST = "oncologist"
    PHARMACIST = "pharmacist"
    BOARD = "board"
    STEWARD = "steward"
    ADMINISTRATOR = "administrator"


EVERYONE = frozenset(Role)
CARE = frozenset({Role.ONCOLOGIST, Role.PHARMACIST, Role.BOARD})
"""Roles that look at single patients. Nobody else does, whatever scopes they were given."""

PAGES = MappingProxyType(
    {
        "/": CARE,
        "/patient": CARE,
        "/models": EVERYONE,
        "/dictionary": EVERYONE,
        "/cohorts": CARE | {Role.STEWARD},
    }
)


def may_open(role: Role | str, path: str) -> bool:
    """Whether the role may open the page at this path; pages not in ``PAGES`` open to nobody."""
    first = "/" + path.strip("/").partition("/")[0]
    return role in PAGES.get(first, frozenset())


def first_page(role: Role | str) -> str:
    """Where a person of this role starts."""
    return next((path for path in PAGES if may_open(role, path)), "/models")
