"""Who asks: a signed-in viewer with scopes, the operator of the host, or nobody known."""

from __future__ import annotations

import getpass
import re
from dataclasses import dataclass

from data_access.errors import NotAllowed
from data_access.record.roles import Role

# A country, a site in a country, or one patient; the same characters as in models/schema.py.
_SCOPE = re.compile(r"[A-Z]{2}(/[\w .'-]{1,60})?|patient:[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked_scope(text: str) -> str:
    """The scope as it is stored.

    Raises:
        NotAllowed: it is none of ``FR``, ``FR/Lyon`` and ``patient:ID``.
    """
    if not _SCOPE.fullmatch(text):
        raise NotAllowed(
            "A scope is a country (FR), a site (FR/Lyon) or one patient (patient:ID); "
            "countries are two capital letters."
        )
    return text


@dataclass(frozen=True)
class Viewer:
    """A signed-in person and the scopes that hold now.

    ``scopes`` is sorted and already empty for roles that do not look at single patients.
    """

    user_id: int
    name: str
    role: Role
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Agent:
    """Somebody outside the roles who still appears in the access log."""

    name: str
    role: str


Actor = Viewer | Agent

ANONYMOUS = Agent("anonymous", "anonymous")


def host_operator() -> Agent:
    """Whoever runs commands on this host, by the name of the operating system's account."""
    try:
        return Agent(getpass.getuser()[:64], "operator")
    except (KeyError, OSError):
        return Agent("unknown", "operator")
