"""Model files: written whole, read once, and refused when they differ from their manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_access.errors import DamagedModels, ModelsUnavailable
from data_access.loaded import Loaded
from data_access.model_pointer import folder_in_use

if TYPE_CHECKING:
    from models.risk.predictor import Predictor

MANIFEST = "manifest.json"
EVALUATION = "evaluation.json"
_REMEDY = "restore the model files or run `flask models train`"


@dataclass(frozen=True)
class ModelsStatus:
    """Whether the models can be used: their version, or one sentence saying why not."""

    version: str | None
    problem: str


class RiskModels:
    """The models of one folder, loaded and verified when they are first asked for.

    With a ``pointer`` they are those that the file names, of the seal that it names, and those of
    the folder only while there is no such file.

    Late, so that nothing of LightGBM exists before a web worker has forked. A failure is not
    remembered: once the files are restored the next request finds them.
    """

    def __init__(self, folder: Path, pointer: Path | None = None) -> None:
        self._shipped = folder
        self._pointer = pointer
        self._loaded = Loaded(lambda: self.load(threads=1), self._manifest_stamp)

    @property
    def folder(self) -> Path:
        """Where the models in use lie.

        Raises:
            ModelsUnavailable: the file that names them is damaged.
        """
        return folder_in_use(self._shipped, self._pointer)[0]

    @property
    def predictor(self) -> Predictor:
        """The predictor for single patients, one thread; loaded anew when the models were replaced.

        Raises:
            ModelsUnavailable: a file is missing, unreadable or changed.
        """
        return self._loaded.get()

    def load(self, threads: int) -> Predictor:
        """A predictor of its own, for batches; never in a web worker.

        Raises:
            ModelsUnavailable: as ``predictor``.
        """
        from models.risk.predictor import Predictor

        manifest, files = self._verified()
        try:
            return Predictor.from_bytes(manifest, files, threads=threads)
        except (KeyError, TypeError, ValueError) as error:
            raise _unavailable("the model files belong to another version of the program") from (
                error
            )

    def content(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Manifest and every file it names but the evaluation, verified.

        Raises:
            ModelsUnavailable: as ``predictor``.
        """
        return self._verified()

    def manifest(self) -> dict[str, Any]:
        """Content of the manifest, after every file was verified.

        Raises:
            ModelsUnavailable: as ``predictor``.
        """
        return self._verified()[0]

    def evaluation(self) -> dict[str, Any] | None:
        """Results of the evaluation stored with the models, None when there was none.

        Raises:
            ModelsUnavailable: as ``predictor``.
        """
        self._verified()
        return stored_evaluation(self.folder)

    def status(self) -> ModelsStatus:
        """Version in use, or why there is none."""
        try:
            return ModelsStatus(self.predictor.version, "")
        except ModelsUnavailable as error:
            return ModelsStatus(None, str(error))

    def _manifest_stamp(self) -> tuple[Path, str | None, int, int] | None:
        folder, seal = folder_in_use(self._shipped, self._pointer)
        there = manifest_stamp(folder)
        return there and (folder, seal, *there)

    def _verified(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        folder, seal = folder_in_use(self._shipped, self._pointer)
        manifest, files = verified(folder)
        if seal not in (None, identity(manifest)):
            raise _unavailable("the models in use are not those that were approved")
        return manifest, files


def manifest_stamp(folder: Path) -> tuple[int, int] | None:
    """What changes when the models of a folder are replaced; None where there are none."""
    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def verified(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Manifest and the bytes of every file it names: the very bytes that were hashed.

    A damaged evaluation takes nothing else away: it is not among them.

    Raises:
        DamagedModels: a file is missing, unreadable or changed.
    """
    manifest = _read_manifest(folder)
    names = (name for name in manifest["files"] if name != EVALUATION)
    return manifest, {name: _checked_file(folder, name, manifest["files"][name]) for name in names}


def stored_evaluation(folder: Path) -> dict[str, Any] | None:
    """Results of the evaluation stored with the models of a folder, None when there was none.

    Raises:
        DamagedModels: it is missing, unreadable or changed.
    """
    expected = _read_manifest(folder)["files"].get(EVALUATION)
    content = None if expected is None else _checked_file(folder, EVALUATION, expected)
    try:
        return None if content is None else dict(json.loads(content))
    except (ValueError, TypeError, RecursionError) as error:
        raise _unavailable(f"{EVALUATION} is not an evaluation of models") from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    content = _read(folder, MANIFEST)
    try:
        manifest = json.loads(content)
        listed = {Path(name).name == name for name in manifest["files"]}
        version, sealed = manifest["version"], manifest["sha256"]
        seal = _seal(manifest)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unavailable(f"{MANIFEST} is not a manifest of models") from error
    if listed != {True} or not (isinstance(version, str) and isinstance(manifest, dict)):
        raise _unavailable(f"{MANIFEST} is not a manifest of models")
    if not isinstance(manifest["files"], dict) or sealed != seal:
        raise _unavailable(f"{MANIFEST} was changed after training")
    return manifest


def _checked_file(folder: Path, name: str, expected: Any) -> bytes:
    content = _read(folder, name)
    sha256 = expected.get("sha256") if isinstance(expected, dict) else None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise _unavailable(f"the model file {name} differs from its manifest")
    return content


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _unavailable(f"the model file {name} is missing or cannot be read") from error


def write_models(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Put a complete set of models in the place of whatever the folder holds.

    The set is written beside the folder and then exchanged; interrupted earlier, the old set
    stays in use.

    Args:
        folder: where models are kept.
        manifest: content of the manifest; it gets the fingerprints of ``files``.
        files: file name to content, besides the manifest.
    """
    fresh, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    if old.exists() and not folder.exists():
        old.rename(folder)  # interrupted between the two renames below
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    complete = {**manifest, "files": {name: _fingerprint(files[name]) for name in sorted(files)}}
    (fresh / MANIFEST).write_bytes(as_json({**complete, "sha256": _seal(complete)}))
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def save_evaluation(models: RiskModels, evaluation: Mapping[str, Any]) -> None:
    """Store an evaluation with the models it is of, in the place of the one before.

    Raises:
        ModelsUnavailable: a file is missing or changed, or the evaluation is of other models.
    """
    manifest = models.manifest()
    if evaluation["model_version"] != manifest["version"]:
        raise ModelsUnavailable(
            f"The evaluation is of models {evaluation['model_version']}, and those in use are"
            f" {manifest['version']}: evaluate them again."
        )
    put_evaluation(models.folder, manifest, evaluation)


def put_evaluation(
    folder: Path, manifest: Mapping[str, Any], evaluation: Mapping[str, Any]
) -> None:
    """Store an evaluation in a folder of verified models, and its fingerprint in their manifest."""
    content = as_json(evaluation)
    kept = {key: value for key, value in manifest.items() if key != "sha256"}
    kept["files"] = dict(sorted({**kept["files"], EVALUATION: _fingerprint(content)}.items()))
    _replace(folder / EVALUATION, content)
    _replace(folder / MANIFEST, as_json({**kept, "sha256": _seal(kept)}))


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(content)
    fresh.replace(path)


def version_in(folder: Path) -> str | None:
    """Version of the models in a folder, None where there are none to read."""
    try:
        return str(RiskModels(folder).manifest()["version"])
    except ModelsUnavailable:
        return None


def as_json(content: Any) -> bytes:
    """JSON of plain numbers, one value per line."""
    return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode("utf-8")


def _fingerprint(content: bytes) -> dict[str, str | int]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def identity(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of everything that decides risks: what two people approve.

    The evaluation is not in it, so that approved models can be evaluated again.
    """
    files = {name: file for name, file in manifest["files"].items() if name != EVALUATION}
    return _seal({**manifest, "files": files})


def _seal(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of everything else in the manifest: calibration and ranges decide risks too."""
    content = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8")).hexdigest()


def _unavailable(what: str) -> DamagedModels:
    return DamagedModels(f"Risk is not available: {what}; {_REMEDY}.", what)
