"""The one place where something that went wrong becomes words.

A ``RecordsError`` says its own sentence. Everything else is one neutral sentence on the screen and
its type and place in the log: messages of unexpected errors can hold values of patients.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import dash
from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from data_access.errors import NotAllowed, NotFound, RecordsError
from server.guard import wants_json
from server.sign_in import form

NEUTRAL = "Something went wrong on our side. Nothing was changed; try again, or tell the steward."
NOTICE = "app-notice"

SENTENCES = {
    400: "The request could not be understood.",
    403: "Your role does not open this page.",
    404: "Immunoboard has no page at this address, or not for your role.",
    405: "The request could not be understood.",
    413: "The request is too large.",
}

_log = logging.getLogger("immunoboard")


def mount(app: Flask) -> None:
    """Answer every kind of failure."""
    app.register_error_handler(CSRFError, _no_token)
    app.register_error_handler(RecordsError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(dash.exceptions.DependencyException, _no_such_file)
    app.register_error_handler(Exception, _unexpected)


def callback_failed(error: Exception) -> None:
    """Dash's error door: the sentence appears in the notice, the page stays as it was."""
    dash.set_props(NOTICE, {"children": _sentence(error)})


def _sentence(error: Exception) -> str:
    if isinstance(error, RecordsError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f"{Path(last[0].filename).name}:{last[0].lineno}" if last else "unknown place"
    _log.error("%s at %s", type(error).__name__, place)
    return NEUTRAL


def _no_token(_error: CSRFError) -> ResponseReturnValue:
    if request.endpoint == "sign_in":
        return form(error="This page was open for too long. Try again.", status=400)
    return _answer("The page is out of date: reload it.", 400)


def _refused(error: RecordsError) -> ResponseReturnValue:
    statuses = {NotFound: 404, NotAllowed: 403}
    return _answer(str(error), statuses.get(type(error), 503))


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    return _answer(SENTENCES.get(code, NEUTRAL), code)


def _no_such_file(_error: Exception) -> ResponseReturnValue:
    return _answer(SENTENCES[404], 404)


def _unexpected(error: Exception) -> ResponseReturnValue:
    return _answer(_sentence(error), 500)


def _answer(sentence: str, status: int) -> ResponseReturnValue:
    if wants_json():
        return jsonify(error=sentence), status
    return render_template("refusal.html", sentence=sentence), status
