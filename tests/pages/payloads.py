"""Bodies of Dash callbacks, as the browser would post them."""

from __future__ import annotations

from collections.abc import Mapping

import dash


def payload(app: dash.Dash, output: str, values: Mapping[str, object]) -> dict[str, object]:
    """Body for the callback that fills ``output`` (``id.property``).

    Args:
        app: the Dash application.
        output: one of the callback's outputs.
        values: value of each input and state as ``id.property``; others may be there too.

    Raises:
        LookupError: no server-side callback fills the output, or an input has no value.
    """
    for callback in app._callback_list:
        names = callback["output"].strip(".").split("...")
        if output in names and not callback.get("clientside_function"):
            return _body(callback, names, values)
    raise LookupError(f"no callback fills {output}")


def _body(
    callback: Mapping[str, object], names: list[str], values: Mapping[str, object]
) -> dict[str, object]:
    outputs = [
        {"id": name.rpartition(".")[0], "property": name.rpartition(".")[2]} for name in names
    ]
    several = callback["output"].startswith("..")

    def filled(side: str) -> list[dict[str, object]]:
        return [
            {
                "id": entry["id"],
                "property": entry["property"],
                "value": values[f"{entry['id']}.{entry['property']}"],
            }
            for entry in callback[side]
        ]

    inputs = filled("inputs")
    return {
        "output": callback["output"],
        "outputs": outputs if several else outputs[0],
        "inputs": inputs,
        "state": filled("state"),
        "changedPropIds": [f"{entry['id']}.{entry['property']}" for entry in inputs],
    }
