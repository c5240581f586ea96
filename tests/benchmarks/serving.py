"""Start to the first page, and memory of the workers, with gunicorn as ``make run`` starts it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil

from data_access.settings import read_settings
from tests.benchmarks.measure import Measurement
from tests.e2e.conftest import ROOT, free_port

START_BUDGET_S = 5
WORKER_BUDGET_MIB = 500
START_LIMIT_S = 120


def measurements(scratch: Path) -> Iterator[Measurement]:
    """Start time; memory of each worker after it has predicted (``/readyz`` loads the models)."""
    var = scratch / "serving"
    var.mkdir()
    port = free_port()
    environment = os.environ | {
        "IMMUNOBOARD_VAR": str(var),
        "IMMUNOBOARD_WAREHOUSE": str(read_settings().warehouse),
        "IMMUNOBOARD_SECRET_KEY": secrets.token_urlsafe(48),
        "PORT": str(port),
    }
    subprocess.run(
        [sys.executable, "-m", "flask", "record", "upgrade"], env=environment, cwd=ROOT, check=True
    )
    started = time.perf_counter()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "server/gunicorn_settings.py",
            "--log-level",
            "error",
            "app:create_server()",
        ],
        env=environment,
        cwd=ROOT,
    )
    try:
        first_page(f"http://127.0.0.1:{port}/login")
        taken = time.perf_counter() - started
        yield Measurement("start to first page", taken, "s", "budget", START_BUDGET_S)
        for _ in range(40):
            first_page(f"http://127.0.0.1:{port}/readyz")
        workers = psutil.Process(process.pid).children()
        largest = max(worker.memory_info().rss for worker in workers) / 2**20
        yield Measurement("memory of a worker", largest, "MiB", "budget", WORKER_BUDGET_MIB)
    finally:
        process.terminate()
        process.wait(timeout=60)


def first_page(url: str) -> None:
    """Return when the address answers."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=30):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise TimeoutError(f"{url} did not answer within {START_LIMIT_S} s")
