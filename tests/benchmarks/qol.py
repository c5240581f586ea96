"""Scoring questionnaires: in memory, and a file of forms as a whole process.

What a user would use instead is the scoring manual as a short pandas script: the mean of each
scale's columns where enough of them are answered.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from models.qol.instruments import QLQ_C30
from models.qol.scoring import score
from tests.benchmarks.measure import Measurement, median_ms
from tests.e2e.conftest import ROOT

FORMS, FORMS_QUICK = 1_000_000, 100_000


def measurements(scratch: Path, quick: bool) -> Iterator[Measurement]:
    """Milliseconds for a million forms in memory, seconds for a file of them."""
    rng = np.random.default_rng(5)
    yield in_memory(forms(rng, FORMS))
    yield of_file(forms(rng, FORMS_QUICK if quick else FORMS), scratch)


def forms(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Filled-in QLQ-C30 forms, 2 % of the answers missing."""
    highest = [item.high for item in QLQ_C30.items]
    answers = np.floor(1 + rng.random((count, len(highest))) * highest)
    answers[rng.random(answers.shape) < 0.02] = np.nan
    return pd.DataFrame(answers, columns=list(QLQ_C30.item_codes))


def in_memory(frame: pd.DataFrame) -> Measurement:
    """Scoring against pandas, on the same answers; both give the same scores."""
    ours, theirs = score(QLQ_C30, frame.to_numpy()), by_pandas(frame)
    for code, points in ours.items():
        np.testing.assert_allclose(points, theirs[code], atol=1e-9)
    answers = frame.to_numpy()
    return Measurement(
        f"scoring {len(frame):,} QLQ-C30 forms in memory",
        median_ms(lambda: score(QLQ_C30, answers), 5),
        "ms",
        "pandas, one mean per scale",
        median_ms(lambda: by_pandas(frame), 3),
    )


def by_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """The scoring manual as one would write it."""
    scored = pd.DataFrame(index=frame.index)
    for scale in QLQ_C30.scales[:-1]:
        items = frame[list(scale.items)]
        span = 6 if scale.code == "QL" else 3
        share = (items.mean(axis=1) - 1) / span
        points = 100 * (1 - share if scale.reversed_items else share)
        scored[scale.code] = points.where(items.count(axis=1) >= scale.least_answered)
    summary = QLQ_C30.scales[-1]
    parts = scored[list(summary.parts)].copy()
    for code in summary.reversed_parts:
        parts[code] = 100 - parts[code]
    scored[summary.code] = parts.mean(axis=1, skipna=False)
    return scored


def of_file(frame: pd.DataFrame, scratch: Path) -> Measurement:
    """``flask qol score`` against a pandas script, each as a process of its own."""
    source, target = scratch / "forms.csv", scratch / "scores.csv"
    frame.astype("Int8").to_csv(source, index_label="form")
    command = [sys.executable, "-m", "flask", "qol", "score", "--instrument", "qlq-c30"]
    ours = seconds([*command, str(source)], target, scratch)
    scored = pd.read_csv(target)
    script = [sys.executable, "-m", "tests.benchmarks.qol", str(source)]
    theirs = seconds(script, target, scratch)
    pd.testing.assert_frame_equal(scored, pd.read_csv(target), atol=1.1e-4)
    source.unlink()
    target.unlink()
    name = f"flask qol score on a file of {len(frame):,} QLQ-C30 forms"
    return Measurement(name, ours, "s", "pandas script, read_csv to to_csv", theirs)


def seconds(command: list[str], target: Path, var: Path) -> float:
    """Wall time of a process that writes to a file."""
    environment = os.environ | {"IMMUNOBOARD_VAR": str(var), "FLASK_APP": "app"}
    with target.open("wb") as output:
        started = time.perf_counter()
        subprocess.run(command, cwd=ROOT, env=environment, stdout=output, check=True)
        return time.perf_counter() - started


def script(source: str) -> None:
    """What a user would run: a table in, identifiers and scores out."""
    frame = pd.read_csv(source)
    scored = by_pandas(frame[list(QLQ_C30.item_codes)]).round(4)
    pd.concat([frame[["form"]], scored], axis=1).to_csv(sys.stdout, index=False)


if __name__ == "__main__":
    script(sys.argv[1])
