"""Acts of the host's operator on the warehouse, in the access log."""

from __future__ import annotations

from data_access.services import services


def can_be_noted() -> None:
    """Stop before the work when it could not be logged afterwards.

    Raises:
        NotConfigured: the access log is sealed and there is no secret key.
    """
    record = services().record
    if record.ready():
        record.ask_for_key()


def note(action: str, snapshot: str) -> None:
    """Log what the host's operator did, where the record store has been set up already."""
    from data_access.record import host_operator

    record = services().record
    if record.ready():
        record.log(host_operator(), action, snapshot=snapshot)
