"""Pseudonyms of simulated people: unique, reproducible, in no order that means anything."""

from __future__ import annotations

import numpy as np

from data_access.synthetic.parameters import parameters
from models.arrays import Integers

_ALPHABET = np.array(list("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))  # Crockford's base 32
_DIGITS = 5
_SIZE = 32**_DIGITS
_ODD = 20_862_513
"""An odd factor, so that multiplying by it modulo a power of two repeats no number."""


def pseudonyms(first: int, country: Integers, seed: int) -> list[str]:
    """Pseudonyms like ``FR-7Q2K9`` of people number ``first``, ``first + 1``, ...

    Args:
        first: number of the first person in the whole simulation.
        country: country code of each person, shape (n,).
        seed: seed of the simulation; another seed numbers people differently.

    Raises:
        ValueError: more people than there are pseudonyms.
    """
    if first + len(country) > _SIZE:
        raise ValueError(f"There are pseudonyms for {_SIZE} people, not for more.")
    scrambled = np.arange(first, first + len(country), dtype=np.int64)
    for _ in range(2):
        scrambled = (scrambled * _ODD + 7_919 * (seed + 1)) % _SIZE
        scrambled ^= scrambled >> 12
    digits = [_ALPHABET[scrambled >> 5 * place & 31] for place in reversed(range(_DIGITS))]
    codes = np.array([f"{each.code}-" for each in parameters().countries])[country]
    text = codes
    for digit in digits:
        text = np.char.add(text, digit)
    return [str(word) for word in text]
