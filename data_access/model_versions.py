"""Versions of the risk models kept side by side, and which of them is in use.

The shipped version lies in the checkout; others lie in the state folder, each in a folder of its
own. One small file names the version in use and its seal; it is replaced as a whole. While there
is no such file the shipped version is in use. A version whose seal is another than the one named
is refused: nothing stands in for it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_access.artifacts import MANIFEST, RiskModels, as_json, identity, write_models
from data_access.errors import ModelsUnavailable
from data_access.model_pointer import IN_USE, VERSION, folder_name, read_pointer


@dataclass(frozen=True)
class ModelVersion:
    """One version: ``problem`` says in a sentence why it cannot be used, empty when it can.

    ``sha256`` is what is approved, see ``artifacts.identity``.
    """

    version: str
    sha256: str
    folder: Path
    shipped: bool
    in_use: bool
    problem: str
    manifest: Mapping[str, Any]
    source: str = ""
    people: int = 0
    recalibrated: tuple[str, ...] = ()


class ModelVersions:
    """The shipped models and those in ``folder``."""

    def __init__(self, shipped: Path, folder: Path) -> None:
        self.shipped = shipped
        self.folder = folder

    @property
    def pointer(self) -> Path:
        """The file that names the version in use."""
        return self.folder / IN_USE

    def all(self) -> list[ModelVersion]:
        """Every version, the shipped one first, then by name; damaged ones with their problem.

        None is in use while the file that names the version in use is damaged.
        """
        try:
            named = read_pointer(self.pointer)
        except ModelsUnavailable:
            named = {"version": "", "sha256": ""}
        own = sorted(self.folder.glob(f"*/{MANIFEST}")) if self.folder.is_dir() else []
        kept = [path.parent for path in own if path.parent.suffix not in (".new", ".old")]
        folders = [self.shipped, *kept]
        return [self._version(folder, named) for folder in folders]

    def table(self) -> list[tuple[str, str, str, str]]:
        """Rows for the model card: version, source and people, countries recalibrated, state."""
        rows = []
        for found in self.all():
            source = f"{found.source}, {found.people:,} people"
            state = "in use" if found.in_use else "not in use"
            if found.problem:
                source, state = "", "damaged"
            rows.append((found.version, source, ", ".join(found.recalibrated) or "none", state))
        return rows

    def get(self, version: str) -> ModelVersion:
        """A version that can be used.

        Raises:
            ModelsUnavailable: there is none of that name, or it is damaged.
        """
        for found in self.all():
            if found.problem and found.folder.name == folder_name(version):
                raise ModelsUnavailable(found.problem)
            if found.version == version and not found.problem:
                return found
        raise ModelsUnavailable(
            "There is no version of that name: `flask models list` shows those there are."
        )

    def add(self, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> ModelVersion:
        """Keep a new version beside the others; it is not in use.

        Raises:
            ModelsUnavailable: the name is taken, or cannot be a version.
        """
        version = str(manifest["version"])
        if not VERSION.fullmatch(version):
            raise ModelsUnavailable(
                "A version is letters, digits and -, and perhaps a number after a slash."
            )
        folder = self.folder / folder_name(version)
        taken = folder.exists() and any(folder.iterdir())
        if taken or version in [found.version for found in self.all()]:
            raise ModelsUnavailable("There is already a version of that name; it was kept.")
        write_models(folder, manifest, files)
        return self.get(version)

    def use(self, version: ModelVersion) -> None:
        """Put a version in use, for every worker from its next request on."""
        if version.shipped:
            self.pointer.unlink(missing_ok=True)
            return
        content = {"version": version.version, "sha256": version.sha256}
        self._write(as_json(content))

    def kept_pointer(self) -> bytes | None:
        """Content of the file that names the version in use, to be restored by ``restore``."""
        return self.pointer.read_bytes() if self.pointer.exists() else None

    def restore(self, content: bytes | None) -> None:
        """Undo ``use``."""
        if content is None:
            self.pointer.unlink(missing_ok=True)
        elif self.kept_pointer() != content:
            self._write(content)

    def _write(self, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.pointer.with_suffix(f".{os.getpid()}.new")
        fresh.write_bytes(content)
        fresh.replace(self.pointer)

    def reserve(self, today: str, recorded: Collection[str]) -> str:
        """A name for a new version: today's date and a number that starts at 1 each day.

        An empty folder keeps the name for whoever asked, so that two who ask at once get two.

        Args:
            today: the date.
            recorded: names that the record knows; they are never given again.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        taken = {found.version for found in self.all()} | set(recorded)
        number = 1
        while not self._kept_for(f"{today}/{number}", taken):
            number += 1
        return f"{today}/{number}"

    def _kept_for(self, name: str, taken: Collection[str]) -> bool:
        """Make the empty folder of a name; False where the name is not free."""
        place = self.folder / folder_name(name)
        beside = [place.with_name(place.name + end) for end in (".new", ".old")]
        if name in taken or any(path.exists() for path in beside):
            return False
        try:
            place.mkdir(mode=0o700)
        except FileExistsError:
            return False
        return True

    def _version(self, folder: Path, named: Mapping[str, str] | None) -> ModelVersion:
        shipped = folder == self.shipped
        if named is None:
            used = shipped
        else:
            used = not shipped and _points_to(named, folder)
        name = "shipped" if shipped else folder.name
        try:
            manifest = RiskModels(folder).manifest()
            source, people, again = _facts(manifest)
        except ModelsUnavailable as error:
            return ModelVersion(name, "", folder, shipped, used, str(error), {})
        except (KeyError, TypeError, AttributeError):
            problem = f"The manifest in {name} belongs to another version of the program."
            return ModelVersion(name, "", folder, shipped, used, problem, {})
        version = str(manifest["version"])
        if not VERSION.fullmatch(version) or not (shipped or folder_name(version) == folder.name):
            problem = f"The folder {name} does not have the name of the version in it."
            return ModelVersion(name, "", folder, shipped, used, problem, {})
        seal = identity(manifest)
        return ModelVersion(
            version, seal, folder, shipped, used, "", manifest, source, people, again
        )


def _facts(manifest: Mapping[str, Any]) -> tuple[str, int, tuple[str, ...]]:
    training = manifest["training"]
    again = tuple(str(one["country"]) for one in manifest.get("recalibrations", ()))
    return str(training["source"]), int(training["patients"]), again


def _points_to(named: Mapping[str, str], folder: Path) -> bool:
    return folder_name(named["version"]) == folder.name
