"""What the current snapshot holds, in counts."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from data_access.warehouse.layout import Snapshot
from data_access.warehouse.reader import OpenSnapshot
from models.schema import IMPORTED, TABLES, unbound


@dataclass(frozen=True)
class Status:
    """Rows per table, patients per country, quarantined rows per table, patients with a risk."""

    snapshot: Snapshot
    tables: dict[str, int]
    countries: dict[str, int]
    quarantined: dict[str, int]
    scored: int


def read_status(snapshot: OpenSnapshot) -> Status:
    """Counts of a snapshot, for the host's operator and the data steward."""
    counts = snapshot.run(
        ibis.union(
            *(unbound(name).agg(table=ibis.literal(name), n=ibis._.count()) for name in TABLES)
        )
    )
    patient, source, prediction = unbound("patient"), unbound("source"), unbound("prediction")
    countries = snapshot.run(patient.group_by("country").agg(n=patient.count()).order_by("country"))
    bad_rows = snapshot.run(source.group_by("file").agg(n=source.rows_quarantined.sum()))
    by_file = dict(zip(bad_rows["file"], bad_rows.n.astype(int), strict=True))
    scored = snapshot.run(prediction.agg(n=prediction.patient_id.nunique()))
    return Status(
        snapshot.snapshot,
        tables=_counts(counts.set_index("table").loc[list(TABLES)].n.to_dict()),
        countries=_counts(countries.set_index("country").n.to_dict()),
        quarantined={name: by_file.get(f"{name}.csv", 0) for name in IMPORTED},
        scored=int(scored.n.iloc[0]),
    )


def _counts(numbers: dict[str, float]) -> dict[str, int]:
    return {name: int(number) for name, number in numbers.items()}
