"""What is loaded stays out of the collections of garbage in a process that serves."""

from __future__ import annotations

import atexit
import gc
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.memory import NEW_OBJECTS
from tests.conftest import SECRET

SETTINGS = Path(__file__).parents[2] / "server" / "gunicorn_settings.py"


@pytest.fixture
def collector() -> Iterator[None]:
    """The collector, put back as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
    atexit.unregister(gc.unfreeze)


@pytest.mark.usefixtures("collector")
def test_a_worker_leaves_what_is_loaded_out_of_collections(monkeypatch):
    monkeypatch.setenv("IMMUNOBOARD_SECRET_KEY", SECRET)
    for library in ("OMP", "OPENBLAS"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    runpy.run_path(str(SETTINGS))["post_worker_init"](None)
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == NEW_OBJECTS
    assert gc.isenabled()
