"""Sentences as patterns with named slots: the only place where their words stand.

A translation is another table with the same keys and slots; nothing else has to change.
"""

from __future__ import annotations

PATTERNS: dict[str, str] = {
    "same": "{risk}, about the same as a typical patient.",
    "same, both ways": "{risk}, about the same as a typical patient."
    " Raised by {up}, lowered by {down}.",
    "differs": "{risk} rather than {typical}.",
    "one reason": "{risk} rather than {typical}, mostly because of {first}.",
    "two reasons": "{risk} rather than {typical}, mostly because of {first} and {second}.",
    "one reason, offset": "{risk} rather than {typical}, mostly because of {first},"
    " partly offset by {against}.",
    "two reasons, offset": "{risk} rather than {typical}, mostly because of {first} and {second},"
    " partly offset by {against}.",
    "unchanged": "{after} of 100 at day {day}, as at day {earlier}.",
    "changed": "{after} of 100 at day {day}, {before} of 100 at day {earlier}:"
    " {points} points, most of it with {first}.",
    "nothing earlier": "There is no earlier day with enough inputs to compare with.",
}
"""Every sentence that is put together, in English."""


def sentence(pattern: str, **slots: str) -> str:
    """A pattern with its slots filled.

    Raises:
        KeyError: there is no such pattern, or a slot of it is not given.
    """
    return PATTERNS[pattern].format(**slots)
