from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from data_access.loaded import Loaded


class Source:
    """Counts how often it is read; fails while it is told to."""

    def __init__(self) -> None:
        self.reads, self.stamp, self.broken = 0, 1, False

    def load(self) -> int:
        self.reads += 1
        if self.broken:
            raise OSError("gone")
        return self.reads

    def loaded(self) -> Loaded[int]:
        return Loaded(self.load, lambda: self.stamp)


def test_nothing_is_loaded_before_it_is_asked_for_and_then_once_for_all_threads():
    source = Source()
    loaded = source.loaded()
    assert source.reads == 0
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: loaded.get(), range(20))) == {1}


def test_what_changed_is_loaded_anew():
    source = Source()
    loaded = source.loaded()
    assert loaded.get() == 1
    source.stamp = 2
    assert loaded.get() == loaded.get() == 2


def test_a_failure_is_not_remembered_and_neither_is_what_was_there_before():
    source = Source()
    loaded = source.loaded()
    loaded.get()
    source.stamp, source.broken = 2, True
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            loaded.get()
    source.broken = False
    assert loaded.get() == 4
