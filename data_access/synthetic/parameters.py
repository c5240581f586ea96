"""The generator's numbers, read once from ``parameters.toml`` with their sources.

A block of the file holds either single values or a table: ``columns`` names the columns of
``rows``. Nothing is read before the first call of ``parameters``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from models.arrays import Bools, Floats

_FILE = Path(__file__).parent / "parameters.toml"


@dataclass(frozen=True)
class Block:
    """One block of the file: single values by name, or a table by column.

    Every access names what it wants, so a misspelt name is a KeyError.
    """

    values: Mapping[str, Any]

    def number(self, name: str) -> float:
        """One number."""
        return float(self.values[name])

    def numbers(self, name: str) -> Floats:
        """A list of numbers, or a column of a table; rows that are lists give a matrix."""
        return np.asarray(self._column(name), dtype=np.float64)

    def flags(self, name: str) -> Bools:
        """A column of true and false."""
        return np.asarray(self._column(name), dtype=np.bool_)

    def word(self, name: str) -> str:
        """One word or text."""
        return str(self.values[name])

    def words(self, name: str) -> tuple[str, ...]:
        """A list of words, or a column of a table."""
        return tuple(str(value) for value in self._column(name))

    def lists(self, name: str) -> tuple[tuple[Any, ...], ...]:
        """A list of rows, or a column whose cells are lists."""
        return tuple(tuple(cell) for cell in self._column(name))

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An inner table by key."""
        return MappingProxyType(dict(self.values[name]))

    def _column(self, name: str) -> list[Any]:
        if "columns" in self.values and name in self.values["columns"]:
            place = self.values["columns"].index(name)
            return [row[place] for row in self.values["rows"]]
        return list(self.values[name])


@dataclass(frozen=True)
class Country:
    """Case mix of one country; see the file for what each multiplier means."""

    code: str
    share: float
    age_shift: float
    price: float
    chemotherapy: float
    cancers: Mapping[str, float]
    regimens: Mapping[str, float]


@dataclass(frozen=True)
class Parameters:
    """The whole file: blocks by name, and the countries."""

    blocks: Mapping[str, Block]
    countries: tuple[Country, ...]

    def __getitem__(self, block: str) -> Block:
        return self.blocks[block]


@cache
def parameters() -> Parameters:
    """The parameters, read on the first call of the process."""
    with _FILE.open("rb") as file:
        content = tomllib.load(file)
    countries = tuple(Country(**country) for country in content.pop("countries"))
    blocks = {name: Block(values) for name, values in content.items()}
    return Parameters(MappingProxyType(blocks), countries)


CLASSES: tuple[str, ...] = (
    "skin",
    "colitis",
    "hepatitis",
    "pneumonitis",
    "thyroid",
    "hypophysitis",
    "adrenal",
    "diabetes",
    "nephritis",
    "myocarditis",
    "arthritis",
    "neurologic",
)
"""Classes of irAE; several endocrine classes share one organ of the warehouse."""

INCIDENCE_COLUMNS: tuple[str, ...] = ("PD1", "PDL1", "CTLA4", "IPI3", "IPI1")
"""Columns of irAE rates; IPI3 and IPI1 are combinations by ipilimumab dose in mg/kg."""


@cache
def rates(name: str) -> Floats:
    """One column of the sixty irAE rates, shape (classes, incidence columns)."""
    block = parameters()["irae_rates"]
    grid = np.full((len(CLASSES), len(INCIDENCE_COLUMNS)), np.nan)
    places = zip(block.words("organ_class"), block.words("incidence"), strict=True)
    for (organ_class, column), value in zip(places, block.numbers(name), strict=True):
        grid[CLASSES.index(organ_class), INCIDENCE_COLUMNS.index(column)] = value
    grid.setflags(write=False)
    return grid
