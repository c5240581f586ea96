"""Comparing two cohorts of 10,000, 100,000 and 1 million patients, against bare SQL."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import ibis
import numpy as np

from data_access.cohorts import CohortRecords
from data_access.record.viewer import Agent
from data_access.services import Services
from data_access.settings import Settings
from models.cohort.audit import Audit
from models.cohort.cohort_events import COHORT_EVENT, cohort_events
from models.cohort.definition import Cohort, parse_cohort
from models.cohort.people import COHORT, COHORT_TABLES, cohort_people
from models.risk.features import FEATURE_TABLES, landmark_features
from models.schema import unbound
from server.memory import keep_what_is_loaded
from tests.benchmarks.measure import Measurement, median_ms
from tests.e2e.conftest import ROOT

SIZES = (10_000, 100_000, 1_000_000)
PANEL_BUDGET_MS = 300
ALL_BUDGET_MS = 1000
AUDIT_BUDGET_MS = 50
EXPRESSIONS = (
    ("drug_class=PD1", "drug_class=PD1_CTLA4"),
    ("drug_class=PD1;sex=F", "drug_class=PD1_CTLA4;sex=F"),
    ("drug_class=PD1;age=60-80", "drug_class=PD1_CTLA4;age=60-80"),
    ("country=FR;stage=IV", "country=ES;stage=IV"),
    ("ppi=yes;line=1", "ppi=no;line=1"),
)
"""Comparisons that are each made for the first time."""

# The same counts in SQL by hand: what a panel may cost at least.
_WHO = (
    "SELECT *, drug_class = 0 AS in_a, drug_class = 3 AS in_b, false AS own FROM cohort"
    " WHERE drug_class IN (0, 3)"
)
_KEYS = "in_a, in_b, own"
_BARE = {
    "survival": f"""SELECT {_KEYS}, follow_days, died, entry_day, count(*) FROM ({_WHO})
        WHERE follow_days IS NOT NULL GROUP BY ALL""",
    "incidence": f"""SELECT {_KEYS}, coalesce(any_1, follow_days) AS time,
        CASE WHEN any_1 IS NOT NULL THEN 1 WHEN died THEN 2 ELSE 0 END AS cause, entry_day,
        count(*) FROM ({_WHO}) WHERE follow_days IS NOT NULL AND irae_known GROUP BY ALL""",
    "heat map": f"""WITH j AS (SELECT {_KEYS}, kind, least(day, 366) AS day,
        least(follow_days, 366) AS left_on, died, entry_day FROM ({_WHO}) JOIN cohort_event
        USING (number) WHERE follow_days IS NOT NULL AND irae_known)
        SELECT {_KEYS}, kind, day, NULL, false, entry_day, count(*) FROM j GROUP BY ALL UNION ALL
        SELECT {_KEYS}, kind, NULL, left_on, died, entry_day, count(*) FROM j GROUP BY ALL""",
    "characteristics": f"""SELECT {_KEYS}, count(*), {{levels}} FROM ({_WHO}) GROUP BY ALL""",
    "quality of life": f"""SELECT {_KEYS}, count(*), count(ql_0), sum(ql_0), sum(ql_0 * ql_0),
        count(ql_91), sum(ql_91), sum(ql_91 * ql_91), count(ql_183), sum(ql_183),
        sum(ql_183 * ql_183), count(ql_365), sum(ql_365), sum(ql_365 * ql_365), count(ql_548),
        sum(ql_548), sum(ql_548 * ql_548) FROM ({_WHO}) GROUP BY ALL""",
}


def measurements(scratch: Path, quick: bool) -> Iterator[Measurement]:
    """Each panel and all of them, cold, and the audit of a million patients."""
    for patients in SIZES[:1] if quick else SIZES:
        var = scratch / f"cohorts-{patients}"
        build(var, patients)
        yield from compared(var, patients)
        shutil.rmtree(var)
    yield audited()


def build(var: Path, patients: int) -> None:
    """An unscored snapshot with the table that cohorts are counted in."""
    command = [sys.executable, "-m", "flask", "warehouse", "demo", "--unscored"]
    subprocess.run(
        [*command, "--patients", str(patients), "--seed", "11"],
        cwd=ROOT,
        env=os.environ | {"IMMUNOBOARD_VAR": str(var), "FLASK_APP": "app"},
        check=True,
        capture_output=True,
    )
    path = next((var / "warehouse").glob("*.duckdb"))
    with duckdb.connect(str(path), config={"memory_limit": "4GB"}) as connection:
        engine = ibis.duckdb.from_connection(connection)
        features = landmark_features({name: unbound(name) for name in FEATURE_TABLES}, (0,))
        connection.execute(f"INSERT INTO features BY NAME {engine.compile(features)}")
        ((latest,),) = connection.execute("SELECT data_date FROM snapshot_info").fetchall()
        tables = {name: unbound(name) for name in COHORT_TABLES}
        people = engine.compile(cohort_people(tables, latest))
        connection.execute(f"INSERT INTO {COHORT.name} BY NAME {people}")
        events = engine.compile(cohort_events(COHORT.unbound).order_by("number"))
        connection.execute(f"INSERT INTO {COHORT_EVENT.name} BY NAME {events}")


def compared(var: Path, patients: int) -> Iterator[Measurement]:
    """Panels of comparisons that nobody made before, the median of five."""
    bare = bare_ms(var)
    parts = Services(Settings(var=var, secret_key="0" * 32))
    parts.record.upgrade()
    keep_what_is_loaded()  # as a serving process does
    spent: dict[str, list[float]] = {}
    for turn, (a, b) in enumerate(EXPRESSIONS):
        records = CohortRecords(
            Agent(f"bench {turn}", "operator"), parts, parts.cohort_engine.current()
        )
        for name, panel in panels(records, parse_cohort(a), parse_cohort(b)).items():
            started = time.perf_counter()
            panel()
            spent.setdefault(name, []).append(1000 * (time.perf_counter() - started))
    medians = {name: statistics.median(times) for name, times in spent.items()}
    for name, value in medians.items():
        label = f"cohorts, {name}, {patients:,} patients"
        yield Measurement(label, value, "ms", "budget", PANEL_BUDGET_MS)
        if name in bare:
            yield Measurement(f"{label} (again)", value, "ms", "bare SQL, same counts", bare[name])
    total = sum(medians.values())
    yield Measurement(
        f"cohorts, all panels, {patients:,} patients", total, "ms", "budget", ALL_BUDGET_MS
    )
    parts.record.close()


def panels(records: CohortRecords, a: Cohort, b: Cohort) -> dict[str, Callable[[], object]]:
    """Everything that the page shows of one comparison, the first figure first."""
    return {
        "n and attrition": lambda: records.sides(a, b),
        "incidence": lambda: records.incidence(a, b, "any", 1),
        "heat map": lambda: records.heat_map(a, b),
        "survival": lambda: records.survival(a, b, "death"),
        "treatment stop": lambda: records.survival(a, b, "stop"),
        "characteristics": lambda: records.characteristics(a, b),
        "quality of life": lambda: records.quality(a, b, "QL"),
        "predicted risk": lambda: records.predicted_risk(a, b, "severe"),
        "adjusted": lambda: records.adjusted(a, b),
        "by country": lambda: [
            records.survival(*one.parts, "death") for one in records.facets(a, b) if one.parts
        ],
    }


def bare_ms(var: Path) -> dict[str, float]:
    """Milliseconds of the SQL alone, warm."""
    from models.cohort.characteristics import TABLED

    levels = ", ".join(
        f"sum(CASE WHEN {one.column} & {level.code} > 0 THEN 1 END)"
        if one.kind == "set"
        else f"sum(CASE WHEN {one.column} = {level.code} THEN 1 END)"
        for one in TABLED
        for level in one.levels
    )
    path = next((var / "warehouse").glob("*.duckdb"))
    with duckdb.connect(str(path), read_only=True) as connection:
        queries = {name: sql.format(levels=levels) for name, sql in _BARE.items()}
        return {
            name: median_ms(lambda sql=sql: connection.execute(sql).fetchall(), 5)
            for name, sql in queries.items()
        }


def audited() -> Measurement:
    """One cohort of a million people audited after two hundred others."""
    rng = np.random.default_rng(5)
    people = 1_000_000
    levels = rng.integers(0, 5, (20, people), dtype=np.int8)
    audit = Audit(people)
    while audit.released < 200:
        first, second = rng.choice(20, 2, replace=False)
        audit.admits((levels[first] == rng.integers(5)) & (levels[second] <= rng.integers(4)))
    spent = []
    for one in range(1, 8):
        member = (levels[one] == 1) & (levels[one - 1] != 2)
        started = time.perf_counter()
        audit.refusal(member)
        spent.append(1000 * (time.perf_counter() - started))
    value = statistics.median(spent)
    name = "audit of a cohort after 200 others, 1,000,000 patients"
    return Measurement(name, value, "ms", "budget", AUDIT_BUDGET_MS)
