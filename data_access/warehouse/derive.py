"""What a snapshot gets beyond its imported rows: scores, features, predictions, released bands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Protocol

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_access.warehouse.layout import data_date
from data_access.warehouse.prepared import Prepared
from data_access.warehouse.similar import group_similar
from data_access.warehouse.snapshots import Building
from models.cohort.cohort_events import COHORT_EVENT, cohort_events
from models.cohort.disclosure import (
    RISK_REFERENCE,
    SCORE_BAND,
    risk_reference,
    score_band,
)
from models.cohort.people import COHORT, COHORT_TABLES, cohort_people
from models.cohort.standing import STANDING, STANDING_TABLES, standing
from models.progress import Progress
from models.qol.forecast.origins import FORECAST_TABLES, inputs_at_forms
from models.qol.instrument import Instrument
from models.qol.scoring import score
from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import HORIZONS, LANDMARKS, OUTCOMES
from models.risk.prediction import RiskArrays
from models.risk.use import Use
from models.schema import unbound

BATCH = 20_000
"""Rows scored at a time: bounds memory, large enough to keep LightGBM busy."""

SMALL_COHORT = 200_000
"""Patients whose features at all landmarks are computed at once."""

FORM = ("patient_id", "date", "instrument")


class Scorer(Protocol):
    """The risk models as scoring needs them."""

    @property
    def version(self) -> str:
        """Version of the model artefacts."""
        ...

    @property
    def use(self) -> Use:
        """How much the models use each input."""
        ...

    def predict(self, features: npt.NDArray[np.float64], countries: Sequence[str]) -> RiskArrays:
        """Risks of many patients."""
        ...

    def with_care(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which of them are to be used with care, by outcome."""
        ...


def derive(building: Building, predictor: Scorer | None, progress: Progress) -> None:
    """Write features, the released bands and, when there are models, what they say."""
    _features(building, progress)
    _form_features(building, progress)
    if predictor is not None:
        _predict(building, predictor, progress)
        building.model_version = predictor.version
        group_similar(building, predictor.use, progress)
    _release(building, progress)


def _features(building: Building, progress: Progress) -> None:
    """Compute features; for a large cohort landmark by landmark, which bounds the memory needed."""
    small = _count(building, unbound("patient")) <= SMALL_COHORT
    portions = [LANDMARKS] if small else [(landmark,) for landmark in LANDMARKS]
    for done, landmarks in enumerate(portions):
        progress("features", done / len(portions))
        building.append("features", _feature_rows(landmarks))
    progress("features", 1)


def _form_features(building: Building, progress: Progress) -> None:
    progress("forms to forecast from", 0)
    building.append("form_features", _form_rows())
    progress("forms to forecast from", 1)


def score_forms(building: Building, instruments: Iterable[Instrument], progress: Progress) -> None:
    """Score the answers of forms that have no scores yet, questionnaire by questionnaire.

    A scale that the rules do not allow for a form gets no row, and neither does the index of a
    person whose country has no value set. Every answer must be one that its item admits.
    """
    for instrument in instruments:
        for batch, share in _batches(building, _unscored(instrument)):
            progress(f"{instrument.title} scores", share)
            answers = np.column_stack([_floats(batch, item) for item in instrument.item_codes])
            countries = batch.column("country").to_pylist() if instrument.needs_country else None
            scores = score(instrument, answers, countries)
            building.append("score", _long_scores(batch, scores))


def _unscored(instrument: Instrument) -> ir.Table:
    """One row per form without scores: the form, the person's country, one column per item."""
    answer, scored, patient = unbound("answer"), unbound("score"), unbound("patient")
    answers = answer.filter(answer.instrument == instrument.name).anti_join(scored, FORM)
    forms = answers.group_by(*FORM).agg(
        **{item: answers.value.max(where=answers["item"] == item) for item in instrument.item_codes}
    )
    return forms.join(patient.select("patient_id", "country"), "patient_id")


def _long_scores(forms: pa.RecordBatch, scores: Mapping[str, npt.NDArray[np.float64]]) -> pa.Table:
    """One row per form and scale, in the order of the forms."""
    values = np.column_stack(list(scores.values()))
    form, scale = np.nonzero(~np.isnan(values))
    return pa.table(
        {
            **{name: forms.column(name).take(pa.array(form)) for name in FORM},
            "scale": _words(scale, list(scores)),
            "value": values[form, scale],
        }
    )


def _predict(building: Building, predictor: Scorer, progress: Progress) -> None:
    features, patient = unbound("features"), unbound("patient")
    rows = features.join(patient.select("patient_id", "country"), "patient_id")
    for batch, share in _batches(building, rows):
        progress("predictions", share)
        inputs = np.column_stack([_floats(batch, name) for name in FEATURE_NAMES])
        risks = predictor.predict(inputs, batch.column("country").to_pylist())
        care = predictor.with_care(inputs)
        building.append("prediction", _long_predictions(batch, risks, care, predictor.version))
    progress("predictions", 1)


def _long_predictions(
    rows: pa.RecordBatch, risks: RiskArrays, care: npt.NDArray[np.bool_], version: str
) -> pa.Table:
    """One row per patient, landmark, outcome and horizon; what was not scored has none."""
    row, outcome, horizon = np.nonzero(~np.isnan(risks.risk))
    taken = pa.array(row)
    return pa.table(
        {
            "patient_id": rows.column("patient_id").take(taken),
            "landmark_day": rows.column("landmark_day").take(taken),
            "outcome": _words(outcome, OUTCOMES),
            "horizon_days": np.array(HORIZONS, dtype=np.int32)[horizon],
            "risk": risks.risk[row, outcome, horizon],
            "lower": risks.lower[row, outcome, horizon],
            "upper": risks.upper[row, outcome, horizon],
            "with_care": care[row, outcome],
            "model_version": _words(np.zeros(len(row), dtype=np.int8), [version]),
        }
    )


def _release(building: Building, progress: Progress) -> None:
    """Put the numbers that may leave through the gate into tables of their own."""
    for done, landmark in enumerate(LANDMARKS):
        progress("reference bands", done / (len(LANDMARKS) + 1))
        building.append(RISK_REFERENCE.name, _reference_rows(landmark))
    building.append(SCORE_BAND.name, _band_rows())
    progress("reference bands", 1)


def stand(building: Building, progress: Progress) -> None:
    """Write where each patient stands; needs whatever predictions and bands there are."""
    progress("worklist", 0)
    latest = data_date(building.backend)
    if latest is not None:
        building.append(STANDING.name, _standing_rows(), data_date=latest.isoformat())
    progress("worklist", 1)


def gather(building: Building, progress: Progress) -> None:
    """Write the table that cohorts are counted in; needs features, and predictions if any."""
    progress("cohorts", 0)
    latest = data_date(building.backend)
    if latest is not None:
        building.append(COHORT.name, _cohort_rows(), data_date=latest.isoformat())
        building.append(COHORT_EVENT.name, _event_rows())
    progress("cohorts", 1)


# The larger expressions take seconds to compile and are the same for every snapshot.


@cache
def _feature_rows(landmarks: tuple[int, ...]) -> Prepared:
    rows = landmark_features(_tables(*FEATURE_TABLES), landmarks)
    return Prepared(lambda: rows.order_by("patient_id", "landmark_day"))


@cache
def _form_rows() -> Prepared:
    rows = inputs_at_forms(_tables(*FORECAST_TABLES), latest_only=True)
    return Prepared(lambda: rows.order_by("patient_id", "form_date"))


@cache
def _reference_rows(landmark_day: int) -> Prepared:
    tables = _tables("patient", "features", "prediction")
    return Prepared(lambda: risk_reference(tables, landmark_day))


@cache
def _band_rows() -> Prepared:
    return Prepared(lambda: score_band(_tables("patient", "treatment", "score")))


@cache
def _standing_rows() -> Prepared:
    tables = _tables(*STANDING_TABLES) | {RISK_REFERENCE.name: RISK_REFERENCE.unbound}
    return Prepared(lambda data_date: standing(tables, data_date.cast("date")), "data_date")


@cache
def _event_rows() -> Prepared:
    return Prepared(lambda: cohort_events(COHORT.unbound).order_by("number", "kind"))


@cache
def _cohort_rows() -> Prepared:
    tables = _tables(*COHORT_TABLES)
    return Prepared(lambda data_date: cohort_people(tables, data_date.cast("date")), "data_date")


def _tables(*names: str) -> dict[str, ir.Table]:
    return {name: unbound(name) for name in names}


def _batches(building: Building, rows: ir.Table) -> Iterator[tuple[pa.RecordBatch, float]]:
    """Result batches with the share of rows that they complete.

    They come over a cursor of their own, so that the building can be appended to meanwhile.
    """
    total = _count(building, rows)
    done = 0
    with building.connection.cursor() as cursor:
        reader = cursor.sql(building.backend.compile(rows)).to_arrow_reader(BATCH)
        for batch in reader:
            done += batch.num_rows
            yield batch, done / total


def _count(building: Building, rows: ir.Table) -> int:
    query = building.backend.compile(rows.count())
    return int(building.connection.execute(query).fetchall()[0][0])


def _floats(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.float64]:
    """A column as float64, NaN where NULL."""
    values: npt.NDArray[np.float64] = (
        batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    )
    return values


def _words(codes: npt.NDArray[np.intp], words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(words))
