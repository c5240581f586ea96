from collections.abc import Callable
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from server.callback_bodies import holds_component, is_well_formed, page_of
from server.failures import NEUTRAL

AsUser = Callable[[str], FlaskClient]
COMPONENT = {"type": "Button", "namespace": "dash_html_components", "props": {"children": "x"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)  # fmt: skip


@pytest.fixture
def oncologist(as_user: AsUser) -> FlaskClient:
    client = as_user("oncologist")
    client.get("/")
    return client


def send(client: FlaskClient, body: Any, **headers: str):  # type: ignore[no-untyped-def]
    token = client.get_cookie("_csrf_token").value
    return client.post(
        "/_dash-update-component", json=body, headers={"X-CSRFToken": token, **headers}
    )


def body_for(dash_app: dash.Dash, output: str, value: Any) -> dict[str, Any]:
    """A body as the browser sends it, the same value in every input and state."""
    callback = dash_app.callback_map[output]
    parts = {
        side: [{**spec, "value": value} for spec in callback[side]] for side in ("inputs", "state")
    }
    outputs = [
        {"id": name.rpartition(".")[0], "property": name.rpartition(".")[2]}
        for name in output.strip(".").split("...")
    ]
    multiple = output.startswith("..")
    changed = [f"{spec['id']}.{spec['property']}" for spec in callback["inputs"][:1]]
    return {
        "output": output,
        "outputs": outputs if multiple else outputs[0],
        "changedPropIds": changed,
        **parts,
    }


def plain_callbacks(dash_app: dash.Dash) -> list[str]:
    """Outputs of the callbacks that run on the server and whose ids are words."""
    return [
        output
        for output, callback in dash_app.callback_map.items()
        if "callback" in callback
        and not any("{" in str(one["id"]) for one in (*callback["inputs"], *callback["state"]))
    ]


def router(dash_app: dash.Dash) -> str:
    return next(output for output in dash_app.callback_map if "_pages_content" in output)


def test_a_callback_without_the_csrf_header_is_refused(
    oncologist: FlaskClient, dash_app: dash.Dash
) -> None:
    body = body_for(dash_app, router(dash_app), "/")
    assert oncologist.post("/_dash-update-component", json=body).status_code == 400
    assert send(oncologist, body, **{"X-CSRFToken": "made up"}).status_code == 400
    assert send(oncologist, body).status_code == 200


def test_a_component_in_place_of_a_value_is_refused_by_every_callback(
    oncologist: FlaskClient, dash_app: dash.Dash
) -> None:
    callbacks = plain_callbacks(dash_app)
    assert callbacks
    for output in callbacks:
        for value in (COMPONENT, [COMPONENT], {"a": [{"b": COMPONENT}]}):
            assert send(oncologist, body_for(dash_app, output, value)).status_code == 400, output


@pytest.mark.parametrize(
    "value", [None, "", "x" * 5000, 7, -1.5, True, [], {}, [None, {"a": 1}], "javascript:1", "\0"]
)
def test_no_callback_falls_over_a_value_of_another_kind(
    oncologist: FlaskClient, dash_app: dash.Dash, value: Any
) -> None:
    for output in plain_callbacks(dash_app):
        answer = send(oncologist, body_for(dash_app, output, value))
        assert answer.status_code in (200, 204, 400, 404), output
        assert NEUTRAL not in answer.get_data(as_text=True), output


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        7,
        {},
        {"output": 7},
        {"output": "no.such"},
        {"output": "app-footer-text.children"},
    ],
)
def test_a_body_of_another_shape_is_400(oncologist: FlaskClient, body: Any) -> None:
    answer = send(oncologist, body)
    assert (answer.status_code, list(answer.json)) == (400, ["error"])


@pytest.mark.parametrize(
    "text",
    [
        b"{" * 10_000,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"output":' * 50_000 + b"0" + b"}" * 50_000,
        b"[" * 900 + b"]" * 900,
        b'{"output": "x.y", "outputs": {"id": ' + b"[" * 900 + b"]" * 900 + b"}}",
    ],
    ids=["no JSON", "unclosed", "lists", "dictionaries", "parsed all the same", "in a name"],
)
def test_text_that_is_not_json_or_nested_absurdly_is_400(
    oncologist: FlaskClient, text: bytes
) -> None:
    token = oncologist.get_cookie("_csrf_token").value
    answer = oncologist.post(
        "/_dash-update-component",
        data=text,
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert (answer.status_code, list(answer.json)) == (400, ["error"])


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": []},
        {"inputs": None},
        {"state": [{"id": "x", "property": "y", "value": 1}]},
        {"changedPropIds": "all"},
        {"changedPropIds": [7]},
        {"outputs": "x"},
        {"outputs": {"id": COMPONENT, "property": "y"}},
        {"more": [COMPONENT]},
    ],
)
def test_inputs_that_the_callback_did_not_declare_are_400(
    oncologist: FlaskClient, dash_app: dash.Dash, change: dict[str, Any]
) -> None:
    body = body_for(dash_app, router(dash_app), "/")
    assert send(oncologist, body).status_code == 200
    assert send(oncologist, {**body, **change}).status_code == 400


def test_the_router_hands_out_only_pages_of_the_role(as_user: AsUser, dash_app: dash.Dash) -> None:
    steward = as_user("steward")
    steward.get("/models")
    for path, status in (("/models", 200), ("/", 404), ("/patient/abc", 404), ("/unknown", 404)):
        assert send(steward, body_for(dash_app, router(dash_app), path)).status_code == status


@pytest.mark.parametrize("name", ["steward", "admin"])
def test_a_role_without_patients_calls_no_callback_of_their_pages(
    as_user: AsUser, dash_app: dash.Dash, name: str
) -> None:
    client = as_user(name)
    client.get("/models")
    pages = {
        output: dash_app.callback_map[output]["callback"].__module__
        for output in plain_callbacks(dash_app)
    }
    closed = {"pages.patient", "pages.worklist", "dash.dash"}
    assert {*closed, "pages.dictionary", "pages.cohorts.keeping"} <= set(pages.values())
    for output, page in pages.items():
        status = send(client, body_for(dash_app, output, None)).status_code
        cohorts = name == "admin" and page.startswith("pages.cohorts.")
        assert (status == 404) is (cohorts or page in closed), output


def test_the_router_takes_no_query_that_is_not_text(
    oncologist: FlaskClient, dash_app: dash.Dash
) -> None:
    body = body_for(dash_app, router(dash_app), "/")
    for search, status in (("?view=qol", 200), (None, 200), (7, 404), (["?a"], 404)):
        body["inputs"][1]["value"] = search
        assert send(oncologist, body).status_code == status


def test_a_large_body_is_413(oncologist: FlaskClient) -> None:
    assert send(oncologist, {"output": "x" * 1_100_000}).status_code == 413


@given(JSON)
def test_any_json_is_judged_without_an_error(body: Any) -> None:
    known = {"a.b": {"callback": print, "inputs": [{"id": "i", "property": "value"}], "state": []}}
    assert is_well_formed(body, known) in (True, False)
    assert is_well_formed({"output": "a.b", "inputs": body}, known) in (True, False)


@given(JSON, st.lists(st.sampled_from(["list", "dict"]), max_size=8))
def test_a_component_is_found_however_deep_it_is(value: Any, wrapping: list[str]) -> None:
    hidden: Any = COMPONENT
    for kind in wrapping:
        hidden = [value, hidden] if kind == "list" else {"first": value, "second": hidden}
    assert holds_component(hidden)


def test_absurd_nesting_counts_as_hostile() -> None:
    nested: Any = 0
    for _ in range(50):
        nested = [nested]
    assert holds_component(nested)


def test_pattern_ids_must_be_dictionaries() -> None:
    known = {
        "a.b": {
            "callback": print,
            "inputs": [{"id": '{"index":["ALL"]}', "property": "value"}],
            "state": [],
        }
    }
    good = [{"id": {"index": 1}, "property": "value", "value": 3}]
    for sent, verdict in (
        ([good], True),
        ([[]], True),
        ([[{"id": "x", "property": "value"}]], False),
    ):
        assert (
            is_well_formed(
                {"output": "a.b", "outputs": {"id": "a", "property": "b"}, "inputs": sent}, known
            )
            is verdict
        )


def test_a_part_of_a_large_page_is_guarded_like_the_page() -> None:
    cohorts, models = {"path": "/cohorts"}, {"path": "/models"}
    registry = {"pages.cohorts.page": cohorts, "pages.about_models": models}
    assert page_of("pages.cohorts.page", registry) is cohorts
    assert page_of("pages.cohorts.keeping", registry) is cohorts
    assert page_of("pages.about_models", registry) is models
    assert page_of("pages.other", registry) is None
    assert page_of("server.frame", registry) is None
