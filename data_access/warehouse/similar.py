"""Groups of similar patients: made when a snapshot is built, looked up for one patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_access.warehouse.course import OpenPatient
from data_access.warehouse.prepared import Prepared
from data_access.warehouse.reader import OpenSnapshot
from data_access.warehouse.snapshots import Building
from models.arrays import Bools, Floats
from models.cohort.similar import STEP_PERCENT, Partition, partition
from models.cohort.similar_release import (
    Members,
    released_outcomes,
    released_quality,
    released_sizes,
    released_traits,
    said_inputs,
)
from models.cohort.similar_rows import ROW_TABLES, patients_to_group, quality_name
from models.cohort.similar_tables import (
    SIMILAR_GROUP,
    SIMILAR_MEMBER,
    SIMILAR_OUTCOME,
    SIMILAR_QUALITY,
    SIMILAR_TRAIT,
)
from models.cohort.similar_view import SimilarPatients
from models.progress import Progress
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import HORIZONS, LANDMARKS, OUTCOMES
from models.risk.support import landmark_to_show, scorable
from models.risk.use import Use
from models.schema import unbound


def group_similar(building: Building, use: Use, progress: Progress) -> None:
    """Write who is in which group, and what may be said of each.

    Args:
        building: a snapshot that has features.
        use: how much the models use each input.
        progress: told what is done.
    """
    query = _patients().sql(building.backend)
    for done, landmark in enumerate(LANDMARKS):
        progress("similar patients", done / len(LANDMARKS))
        found = building.connection.sql(query, params={"landmark_day": str(landmark)})
        rows = found.to_arrow_table()
        _group_landmark(building, rows, use, landmark)
    progress("similar patients", 1)


@cache
def _patients() -> Prepared:
    tables = {name: unbound(name) for name in ROW_TABLES}
    return Prepared(
        lambda landmark_day: patients_to_group(tables, landmark_day.cast("int32")), "landmark_day"
    )


def _group_landmark(building: Building, rows: pa.Table, use: Use, landmark: int) -> None:
    features = _matrix(rows, FEATURE_NAMES)
    scored = scorable(features)
    research = scored & rows.column("research").to_numpy(zero_copy_only=False).astype(bool)
    _, country = np.unique(
        rows.column("country").to_numpy(zero_copy_only=False), return_inverse=True
    )
    groups = partition(features[research], country[research], use)
    if groups is None:
        return
    found = _nearest(groups, features, scored)
    there = found["group_number"] >= 0
    ids = rows.column("patient_id").filter(pa.array(there))
    numbers = {name: values[there] for name, values in found.items()}
    _append(building, SIMILAR_MEMBER.name, {"patient_id": ids, **numbers}, landmark)
    inside = there & research
    members = _members(rows, inside, found["group_number"], features)
    for name, released in (
        (SIMILAR_GROUP.name, released_sizes(members)),
        (SIMILAR_TRAIT.name, released_traits(members, said_inputs(groups.space.weight))),
        (SIMILAR_OUTCOME.name, released_outcomes(members)),
        (SIMILAR_QUALITY.name, released_quality(members)),
    ):
        _append(building, name, dict(released.items()), landmark)


def _nearest(
    groups: Partition, features: Floats, scored: Bools
) -> dict[str, npt.NDArray[np.int32]]:
    """Columns of ``SIMILAR_MEMBER``; group -1 for who cannot be compared."""
    group, closer, compared = groups.nearest(features)
    return {
        "group_number": np.where(scored, group, -1).astype(np.int32),
        "closer_than": _percent(closer),
        "compared": _percent(compared),
    }


def _percent(share: Floats) -> npt.NDArray[np.int32]:
    return (np.floor(100 * share / STEP_PERCENT + 1e-6) * STEP_PERCENT).astype(np.int32)


def _members(
    rows: pa.Table, inside: Bools, group: npt.NDArray[np.int32], features: Floats
) -> Members:
    after = ["follow_up_days", *(f"onset_{name}" for name in OUTCOMES)]
    names = [*after, *(quality_name(days) for days in HORIZONS)]
    kept = rows.select([*names, "died"]).filter(pa.array(inside))
    numbers = _matrix(kept, names)
    return Members(
        group[inside].astype(np.int64),
        features[inside],
        numbers[:, 0],
        kept.column("died").to_numpy(zero_copy_only=False).astype(bool),
        numbers[:, 1 : len(after)],
        numbers[:, len(after) :],
    )


def _matrix(rows: pa.Table, names: Sequence[str]) -> Floats:
    """Columns side by side as float64, NaN where NULL."""
    return np.column_stack(
        [rows.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False) for name in names]
    )


def _append(building: Building, table: str, columns: Mapping[str, object], landmark: int) -> None:
    made = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    day = pa.array(np.full(len(made), landmark, dtype=np.int32))
    building.append(table, made.append_column("landmark_day", day))


def at_landmark_to_show(
    data: OpenSnapshot, patient: OpenPatient
) -> tuple[OpenPatient, int, SimilarPatients | None]:
    """The patient, the landmark that risks are shown of, and the nearest group there.

    The group is None where too little is known of the patient, or there are too few others.
    """
    inputs = patient.features() or {0: {}}
    day = landmark_to_show(inputs)
    return patient, day, _similar_to(data, patient.who.patient_id, day, inputs[day])


def _similar_to(
    data: OpenSnapshot, patient_id: str, landmark_day: int, features: Mapping[str, float | None]
) -> SimilarPatients | None:
    day = str(landmark_day)
    member = data.ask(_member(), patient_id=patient_id, landmark_day=day)
    if member.empty:
        return None
    row = member.iloc[0]
    of = {"landmark_day": day, "group_number": str(row.group_number)}
    size, traits, outcomes, quality = (data.ask(_of_group(name), **of) for name in _GROUP_TABLES)
    return SimilarPatients.from_frames(
        landmark_day,
        int(size.n.iloc[0]),
        (int(row.closer_than), int(row.compared)),
        features,
        {"traits": traits, "outcomes": outcomes, "quality": quality},
    )


@cache
def _member() -> Prepared:
    rows = SIMILAR_MEMBER.unbound

    def ask(patient_id: ir.StringScalar, landmark_day: ir.StringScalar) -> ir.Table:
        at = rows.landmark_day == landmark_day.cast("int32")
        return rows.filter(rows.patient_id == patient_id, at)

    return Prepared(ask, "patient_id", "landmark_day")


_GROUP_TABLES = {
    table.name: table for table in (SIMILAR_GROUP, SIMILAR_TRAIT, SIMILAR_OUTCOME, SIMILAR_QUALITY)
}


@cache
def _of_group(name: str) -> Prepared:
    rows = _GROUP_TABLES[name].unbound

    def ask(landmark_day: ir.StringScalar, group_number: ir.StringScalar) -> ir.Table:
        at = rows.landmark_day == landmark_day.cast("int32")
        return rows.filter(at, rows.group_number == group_number.cast("int32"))

    return Prepared(ask, "landmark_day", "group_number")
