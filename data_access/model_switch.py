"""Approving models and returning to the version before: record and files change together."""

from __future__ import annotations

from data_access.artifacts import RiskModels
from data_access.errors import ModelsUnavailable
from data_access.model_versions import ModelVersion, ModelVersions
from data_access.record import Record, Viewer


def propose(
    record: Record, versions: ModelVersions, viewer: Viewer, version: str, reason: str
) -> None:
    """Propose a version that can be used and is not in use.

    Raises:
        ModelsUnavailable: there is none of that name, it is damaged or in use already.
        NotAllowed: see ``ModelActivations.propose``.
    """
    found = _usable(versions, version)
    if found.in_use:
        raise ModelsUnavailable(f"Models {version} are in use already; nothing was proposed.")
    record.activations.propose(viewer, version, found.sha256, reason)


def approve(record: Record, versions: ModelVersions, viewer: Viewer) -> str:
    """Put the proposed version in use; returns its name.

    Raises:
        ModelsUnavailable: it is gone, damaged, or not the one that was proposed; nothing changes.
        NotAllowed: see ``ModelActivations.approve``.
    """

    def switch(version: str, seal: str) -> None:
        found = _usable(versions, version)
        if found.sha256 != seal:
            raise ModelsUnavailable(
                f"Models {version} are not those that were proposed: reject the proposal."
            )
        versions.use(found)

    kept, previous = versions.kept_pointer(), versions.name_in_use()
    try:
        return record.activations.approve(viewer, previous, switch)
    except BaseException:
        versions.restore(kept)
        raise


def roll_back(record: Record, versions: ModelVersions, viewer: Viewer, reason: str) -> str:
    """Return to the version before; returns its name.

    Raises:
        ModelsUnavailable: it is gone or damaged; nothing changes.
        NotAllowed: see ``ModelActivations.roll_back``.
    """

    def switch(version: str) -> str:
        found = _usable(versions, version)
        versions.use(found)
        return found.sha256

    kept, current = versions.kept_pointer(), versions.name_in_use()
    try:
        return record.activations.roll_back(viewer, current or "", reason, switch)
    except BaseException:
        versions.restore(kept)
        raise


def _usable(versions: ModelVersions, version: str) -> ModelVersion:
    """A version that was verified and loads."""
    found = versions.get(version)
    RiskModels(found.folder).load(threads=1)
    return found
