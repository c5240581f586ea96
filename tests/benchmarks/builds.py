"""Simulated patients into a snapshot: time, memory, and how both grow."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Measurement
from tests.e2e.conftest import ROOT


@dataclass(frozen=True)
class Build:
    """One size, with the budget of the design in seconds."""

    patients: int
    scored: bool
    budget_s: float


SMALL = (Build(3_000, True, 30), Build(10_000, False, 9))
LARGE = (Build(100_000, True, 300), Build(100_000, False, 90), Build(1_000_000, False, 900))
MEMORY_BUDGET_MIB = 8 * 1024


def measurements(scratch: Path, quick: bool) -> Iterator[Measurement]:
    """Seconds per build, the largest memory, and seconds per patient against the smallest build."""
    per_patient = None
    memory = 0.0
    for build in SMALL if quick else SMALL + LARGE:
        seconds, peak = run(build, scratch / "build")
        memory = max(memory, peak)
        kind = "scored" if build.scored else "unscored"
        name = f"{build.patients:,} simulated patients into a snapshot, {kind}"
        yield Measurement(name, seconds, "s", "budget", build.budget_s)
        if not build.scored:
            cost = 1e6 * seconds / build.patients
            per_patient = per_patient or cost
            yield Measurement(
                f"time per patient at {build.patients:,}", cost, "us", "at 10,000", per_patient
            )
    yield Measurement("memory of the largest build", memory, "MiB", "budget", MEMORY_BUDGET_MIB)


def run(build: Build, var: Path) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of one build as a process of its own."""
    command = [sys.executable, "-m", "flask", "warehouse", "demo"]
    command += ["--patients", str(build.patients), "--seed", "11"]
    messages = var.with_suffix(".log")
    started = time.perf_counter()
    with messages.open("w") as log:
        process = subprocess.Popen(
            command if build.scored else [*command, "--unscored"],
            cwd=ROOT,
            env=os.environ | {"IMMUNOBOARD_VAR": str(var), "FLASK_APP": "app"},
            stdout=log,
            stderr=log,
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _peak_mib(process.pid))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {messages.read_text()[-2000:]}")
    seconds = time.perf_counter() - started
    shutil.rmtree(var)
    return seconds, peak


def _peak_mib(pid: int) -> float:
    """Highest resident memory so far, from the kernel; 0 once the process is gone.

    What ``wait`` tells of a child would count the memory of this process too, from before the
    child's program was loaded.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0
