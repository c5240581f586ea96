"""Arrow columns and tables in the schema of the warehouse, from numpy arrays.

Words stay dictionary-encoded: a number per row and each word once. DuckDB, Ibis and pandas read
them as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.arrays import Bools, Floats, Integers
from models.schema import TABLES

_TYPES = {
    "string": pa.string(),
    "int32": pa.int32(),
    "float64": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}


def coded(codes: npt.NDArray[Any], words: Sequence[str] | pa.Array) -> pa.Array:
    """Text column from places in ``words``; a negative code is NULL.

    Words may repeat in a list; an Arrow array is taken as it is and must not repeat any.
    """
    width: type[np.signedinteger[Any]] = np.int32
    if not isinstance(words, pa.Array):
        unique = list(dict.fromkeys(words))
        # The last place serves the code -1, which is NULL anyway.
        place = np.array([*(unique.index(word) for word in words), -1])
        codes, words = place[codes], pa.array(unique, type=pa.string())
        width = np.int8 if len(words) < 128 else np.int32
    missing = codes < 0
    places = pa.array(codes.astype(width), mask=missing if missing.any() else None)
    return pa.DictionaryArray.from_arrays(places, words)


def repeated(word: str, n: int) -> pa.Array:
    """The same text ``n`` times."""
    return coded(np.zeros(n, dtype=np.int8), [word])


def dates(days: Floats | Integers) -> pa.Array:
    """Date column from days since 1970-01-01; days that are not finite are NULL."""
    known = np.isfinite(days)
    whole = np.where(known, days, 0).astype(np.int32)
    return pa.array(whole, mask=None if known.all() else ~known).cast(pa.date32())


def numbers(values: Floats) -> pa.Array:
    """Number column; NaN is NULL."""
    missing = np.isnan(values)
    return pa.array(values.astype(np.float64), mask=missing if missing.any() else None)


def whole_numbers(values: npt.NDArray[Any]) -> pa.Array:
    """Column of whole numbers."""
    return pa.array(values.astype(np.int32))


def flags(values: Bools) -> pa.Array:
    """Column of true and false."""
    return pa.array(values)


def table(name: str, /, **columns: pa.Array) -> pa.Table:
    """Table ``name`` of the schema; columns that are not given are NULL throughout."""
    n = len(next(iter(columns.values())))
    given = {
        column.name: columns.pop(column.name)
        if column.name in columns
        else pa.nulls(n, _TYPES[column.kind])
        for column in TABLES[name].columns
    }
    if columns:
        raise ValueError(f"Table {name} has no column {', '.join(sorted(columns))}.")
    return pa.table(given)
