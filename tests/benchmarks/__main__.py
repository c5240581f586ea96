"""``make bench``: measures the speed budgets of the design and writes ``var/bench.json``.

Uses the demonstration warehouse in ``var/``; everything that writes does so in a folder of its
own. ``--quick`` leaves out the builds of 100,000 and 1 million patients and takes smaller files.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from data_access.settings import read_settings
from tests.benchmarks import builds, cohorts, estimators, forecasts, pages, qol, risk, serving
from tests.benchmarks.measure import Measurement


def main() -> None:
    """Run every benchmark in turn and show each figure as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small builds only")
    quick = parser.parse_args().quick
    target = read_settings().var / "bench.json"
    lines = []
    with tempfile.TemporaryDirectory(prefix="immunoboard-bench-", dir=target.parent) as scratch:
        for measurement in measurements(Path(scratch), quick):
            line = measurement.record()
            lines.append(line)
            sys.stdout.write(
                f"{line['name']:<58} {line['value']:>9} {line['unit']:<10}"
                f" {line['baseline_name']:<44} {line['baseline_value']:>9}  x{line['ratio']}\n"
            )
            sys.stdout.flush()
    target.write_text(json.dumps(lines, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"Written to {target}\n")


def measurements(scratch: Path, quick: bool) -> Iterator[Measurement]:
    """All measurements, quick ones first."""
    parts: tuple[Callable[[], Iterator[Measurement]], ...] = (
        risk.measurements,
        lambda: qol.measurements(scratch, quick),
        lambda: pages.measurements(scratch),
        lambda: serving.measurements(scratch),
        lambda: estimators.measurements(quick),
        lambda: cohorts.measurements(scratch, quick),
        lambda: forecasts.measurements(scratch, quick),
        lambda: builds.measurements(scratch, quick),
    )
    for part in parts:
        yield from part()


if __name__ == "__main__":
    main()
