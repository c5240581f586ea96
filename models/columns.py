"""What a warehouse table is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

Kind = Literal["string", "int32", "float64", "date", "boolean", "timestamp"]

Domain = Literal[
    "clinical",
    "quality of life",
    "irAE",
    "drug consumption",
    "lifestyle",
    "administrative",
    "provenance",
    "derived",
]


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and which values it admits.

    ``required`` forbids NULL. ``allowed`` lists the admitted words, ``pattern`` is a regular
    expression for the whole value, ``minimum`` and ``maximum`` are inclusive.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Table:
    """One table: the domain it belongs to, its columns, and the columns that identify a row."""

    name: str
    domain: Domain
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    derived: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> ibis.Schema:
        """Ibis schema of the table."""
        return ibis.schema({column.name: column.kind for column in self.columns})

    @property
    def unbound(self) -> ir.Table:
        """Unbound Ibis table: expressions over it touch no database."""
        return ibis.table(self.schema, name=self.name)

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError when there is none."""
        return next(column for column in self.columns if column.name == name)


def table(
    name: str,
    domain: Domain,
    meaning: str,
    *columns: Column,
    key: tuple[str, ...],
    derived: bool = False,
) -> Table:
    """A table with its columns listed one after the other."""
    return Table(name, domain, meaning, columns, key, derived)


def text(name: str, meaning: str, **rules: Any) -> Column:
    """A column of words."""
    return Column(name, "string", meaning, **rules)


def whole(name: str, meaning: str, **rules: Any) -> Column:
    """A column of whole numbers."""
    return Column(name, "int32", meaning, **rules)


def number(name: str, meaning: str, **rules: Any) -> Column:
    """A column of numbers."""
    return Column(name, "float64", meaning, **rules)


def day(name: str, meaning: str, **rules: Any) -> Column:
    """A column of calendar days."""
    return Column(name, "date", meaning, **rules)


def yes_no(name: str, meaning: str, **rules: Any) -> Column:
    """A column of true and false."""
    return Column(name, "boolean", meaning, **rules)


def moment(name: str, meaning: str, **rules: Any) -> Column:
    """A column of times in UTC."""
    return Column(name, "timestamp", meaning, **rules)
