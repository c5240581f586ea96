"""The forecast models of quality of life: files of one folder, verified, loaded late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from data_access.artifacts import manifest_stamp, put_evaluation, stored_evaluation, verified
from data_access.errors import DamagedModels, ModelsUnavailable
from data_access.loaded import Loaded

if TYPE_CHECKING:
    from models.qol.forecast.forecaster import Forecaster

T = TypeVar("T")


class ForecastModels:
    """The forecast models of one folder.

    Late, so that nothing of LightGBM exists before a web worker has forked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded = Loaded(lambda: self.load(threads=1), lambda: manifest_stamp(folder))

    @property
    def forecaster(self) -> Forecaster:
        """The forecaster for single patients, one thread; loaded anew when it was replaced.

        Raises:
            ModelsUnavailable: a file is missing, unreadable or changed.
        """
        return self._loaded.get()

    def load(self, threads: int) -> Forecaster:
        """A forecaster of its own, for many forms; never in a web worker.

        Raises:
            ModelsUnavailable: as ``forecaster``.
        """
        from models.qol.forecast.forecaster import Forecaster

        manifest, files = _said_of_forecasts(lambda: verified(self.folder))
        try:
            return Forecaster.from_bytes(manifest, files, threads=threads)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unavailable("the model files belong to another version of the program") from (
                error
            )

    def manifest(self) -> dict[str, Any]:
        """Content of the manifest, after every file was verified.

        Raises:
            ModelsUnavailable: as ``forecaster``.
        """
        return _said_of_forecasts(lambda: verified(self.folder))[0]

    def evaluation(self) -> dict[str, Any] | None:
        """Results of the evaluation stored with the models, None when there was none.

        Raises:
            ModelsUnavailable: as ``forecaster``.
        """
        return _said_of_forecasts(lambda: stored_evaluation(self.folder))

    def save_evaluation(self, evaluation: Mapping[str, Any]) -> None:
        """Store an evaluation with the models, in the place of the one before.

        Raises:
            ModelsUnavailable: a file is missing or changed, or the evaluation is of other models.
        """
        manifest = self.manifest()
        if evaluation["model_version"] != manifest["version"]:
            raise ModelsUnavailable(
                f"The evaluation is of forecasts {evaluation['model_version']}, and those in use"
                f" are {manifest['version']}: evaluate them again."
            )
        put_evaluation(self.folder, manifest, evaluation)


def _said_of_forecasts(read: Callable[[], T]) -> T:
    try:
        return read()
    except DamagedModels as error:
        raise _unavailable(error.what) from error


def _unavailable(what: str) -> ModelsUnavailable:
    return ModelsUnavailable(
        f"Forecasts are not available: {what}; restore the model files or run `flask qol train`."
    )
