"""Approving models and returning to the version before: record and files change together."""

from __future__ import annotations

from data_access.artifacts import RiskModels
from data_access.errors import ModelsUnavailable
from data_access.model_pointer import folder_name, read_pointer
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
    if found.in_use and not disagreement(record, versions):
        raise ModelsUnavailable(f"Models {version} are in use already; nothing was proposed.")
    record.activations.propose(viewer, version, found.sha256, reason)


def approve(record: Record, versions: ModelVersions, viewer: Viewer) -> str:
    """Put the proposed version in use; returns its name.

    Raises:
        ModelsUnavailable: it is gone, damaged, or not the one that was proposed; nothing changes.
        NotAllowed: see ``ModelActivations.approve``.
    """
    shipped = versions.all()[0]

    def switch(version: str, seal: str) -> None:
        _use(versions, version, seal, "proposed: reject the proposal")

    kept = versions.kept_pointer()
    try:
        return record.activations.approve(viewer, (shipped.version, shipped.sha256), switch)
    except BaseException:
        versions.restore(kept)
        raise


def roll_back(record: Record, versions: ModelVersions, viewer: Viewer, reason: str) -> str:
    """Return to the version before; returns its name.

    Raises:
        ModelsUnavailable: it is gone, damaged or another than before; nothing changes.
        NotAllowed: see ``ModelActivations.roll_back``.
    """

    def switch(version: str, seal: str) -> None:
        _use(versions, version, seal, "in use before: propose and approve a version")

    kept = versions.kept_pointer()
    try:
        return record.activations.roll_back(viewer, reason, switch)
    except BaseException:
        versions.restore(kept)
        raise


def disagreement(record: Record, versions: ModelVersions) -> str:
    """A sentence when record and files do not name the same models in use, else empty."""
    current = record.activations.current() if record.ready() else None
    try:
        named = read_pointer(versions.pointer)
    except ModelsUnavailable as error:
        return str(error)
    if named is not None:
        if current == (named["version"], named["sha256"]):
            return ""
        known = "the shipped ones" if current is None else f"models {current[0]}"
        return (
            f"The files name models {named['version']} as in use, the record {known}: an approval"
            " was interrupted, or a file was exchanged. Approve a version, or roll back."
        )
    if current is None or not (versions.folder / folder_name(current[0])).exists():
        return ""
    return (
        f"The record says that models {current[0]} are in use, and the file that names them is"
        " gone: the shipped ones are used. Approve a version, or roll back."
    )


def _use(versions: ModelVersions, version: str, seal: str, otherwise: str) -> None:
    found = _usable(versions, version)
    if found.sha256 != seal:
        raise ModelsUnavailable(f"Models {version} are not those that were {otherwise}.")
    versions.use(found)


def _usable(versions: ModelVersions, version: str) -> ModelVersion:
    """A version that was verified and loads."""
    found = versions.get(version)
    RiskModels(found.folder).load(threads=1)
    return found
