"""Something loaded when it is first asked for, and anew when what it comes from has changed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Loaded(Generic[T]):
    """One value for all threads of a process.

    A failure is not remembered: the next request tries again.

    Args:
        load: makes the value.
        stamp: changes when the value has to be made anew.
    """

    def __init__(self, load: Callable[[], T], stamp: Callable[[], object]) -> None:
        self._load = load
        self._stamp = stamp
        self._lock = Lock()
        self._held: tuple[object, T] | None = None

    def get(self) -> T:
        """The value; whatever ``load`` raises goes on."""
        with self._lock:
            there = self._stamp()
            if self._held is None or self._held[0] != there:
                self._held = None
                self._held = (there, self._load())
            return self._held[1]
