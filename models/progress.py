"""How long work tells what it is doing."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Told the name of a step and the share of it that is done, 0 to 1."""
