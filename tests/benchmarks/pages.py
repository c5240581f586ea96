"""Callbacks of the worklist and of the patient page, through the whole server."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from flask.testing import FlaskClient

from app import create_server
from components.qol_controls import FIRST_SCALE, FIRST_SCALES, VIEWS
from components.what_if_panel import CONTROLS, SCENARIOS, control_id, untouched
from data_access.settings import Settings, read_settings
from data_access.warehouse.reader import Warehouse
from models.schema import unbound
from server.memory import keep_what_is_loaded
from tests.benchmarks.measure import Measurement, median_ms, p95_ms
from tests.pages.payloads import payload

CALLBACK_BUDGET_MS = 100
PAGE_BUDGET_MS = 300
WORKLIST = "worklist-rows-store.data"
QOL = "patient-qol.children"
PANELS = {
    "patient bar": "patient-bar.children",
    "risk, why and how sure": "patient-why.children",
    "quality of life": QOL,
    "course": "patient-course.children",
}
WHAT_IF = "patient-what-if-results.children"
TRIED = {"ppi": "1", "antibiotic_60d": "1", "smoking": "0"}
"""Changes of the first scenario that is timed; the second stays as now."""


def measurements(scratch: Path) -> Iterator[Measurement]:
    """95th percentile of each callback, and the page as the sum of its medians."""
    _client, post = signed_in(scratch)
    worklist = {"app-snapshot.data": {"snapshot": "any"}}
    answer = post(WORKLIST, worklist).get_json()["response"]["worklist-rows-store"]["data"]
    tokens = json.loads(answer)["token"]
    yield Measurement(
        f"worklist callback, {len(tokens)} patients (95th percentile)",
        p95_ms(lambda: post(WORKLIST, worklist)),
        "ms",
        "the same tables read into pandas and joined there",
        median_ms(worklist_in_pandas, 5),
    )
    values = {
        "patient-link-store.data": tokens[0],
        "app-snapshot.data": {"snapshot": "any"},
        "patient-horizon-input.value": 180,
        "patient-outcome-input.value": "severe",
        "patient-qol-view-input.value": "one",
        "patient-scale-input.value": FIRST_SCALE,
        "patient-scales-input.value": list(FIRST_SCALES),
        "patient-why-view-input.value": "inputs",
    }
    whole = 0.0
    for name, output in PANELS.items():
        ask = asking(post, output, values)
        whole += median_ms(ask)
        slowest = p95_ms(ask)
        yield Measurement(
            f"patient page, {name} (95th percentile)", slowest, "ms", "budget", CALLBACK_BUDGET_MS
        )
    for view in VIEWS:
        ask = asking(post, QOL, values | {"patient-qol-view-input.value": view})
        name = f"quality of life, {VIEWS[view]} (95th percentile)"
        yield Measurement(name, p95_ms(ask), "ms", "budget", CALLBACK_BUDGET_MS)
    controls = {
        f"{control_id(one, control)}.value": untouched(control)
        for one in SCENARIOS
        for control in CONTROLS
    }
    tried = {f"{control_id(SCENARIOS[0], name)}.value": value for name, value in TRIED.items()}
    ask = asking(post, WHAT_IF, values | controls | tried)
    name = "what-if, two scenarios, all organs and horizons (95th percentile)"
    yield Measurement(name, p95_ms(ask), "ms", "budget", CALLBACK_BUDGET_MS)
    yield Measurement("patient page, all callbacks", whole, "ms", "budget", PAGE_BUDGET_MS)


def asking(
    post: Callable[[str, dict[str, object]], object], output: str, values: dict[str, object]
) -> Callable[[], object]:
    """A call that fills one output again."""
    return lambda: post(output, values)


def signed_in(
    scratch: Path,
) -> tuple[FlaskClient, Callable[[str, dict[str, object]], object]]:
    """A client of a server over the demonstration warehouse with a record of its own."""
    var = scratch / "pages"
    var.mkdir()
    password = secrets.token_urlsafe(24)
    settings = Settings(
        var=var, warehouse=read_settings().warehouse, secret_key=secrets.token_urlsafe(48)
    )
    server = create_server(settings)
    keep_what_is_loaded()
    runner = server.test_cli_runner()
    runner.invoke(args=["record", "upgrade"])
    runner.invoke(
        args=["users", "add", "bench", "--role", "oncologist", "--scope", "FR"]
        + [word for country in ("ES", "PT", "NL") for word in ("--scope", country)],
        env={"IMMUNOBOARD_PASSWORD": password},
    )
    client = server.test_client()
    page = client.get("/login").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/login", data={"name": "bench", "password": password, "csrf_token": token})
    client.get("/")
    csrf = client.get_cookie("_csrf_token").value

    def post(output: str, values: dict[str, object]) -> object:
        answer = client.post(
            "/_dash-update-component",
            json=payload(server.extensions["dash"], output, values),
            headers={"X-CSRFToken": csrf},
        )
        if answer.status_code != 200:
            raise RuntimeError(f"{output} answered {answer.status_code}")
        return answer

    return client, post


def worklist_in_pandas() -> pd.DataFrame:
    """What an analyst would do: whole tables into pandas, latest rows picked there."""
    warehouse = Warehouse(read_settings().warehouse)
    names = ("patient", "treatment", "diagnosis", "prediction", "score")
    tables = {name: warehouse.run(unbound(name)) for name in names}
    latest = tables["prediction"].sort_values("landmark_day").groupby("patient_id").tail(30)
    severe = latest[(latest["outcome"] == "severe") & (latest["horizon_days"] == 180)]
    line = tables["treatment"].sort_values("start_date").groupby("patient_id").tail(1)
    scores = tables["score"].query("scale == 'QL'").sort_values("date")
    change = scores.groupby("patient_id")["value"].diff()
    rows = tables["patient"].merge(line, on="patient_id", how="left")
    rows = rows.merge(severe[["patient_id", "risk"]], on="patient_id", how="left")
    return rows.merge(
        scores.assign(change=change).groupby("patient_id").tail(1), on="patient_id", how="left"
    )
