"""The emulator's two HTTP faces: the PBX's API, and the control API that plays the people with the phones.

The PBX's side answers under `/vpbx/commands/...` and `/commands/...`. The control side is for people, tests and `ivr
call`: it has no password, so the emulator is meant for a loopback address.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from flask import Flask, Response, jsonify, request

from router.emulator.config import Faults, Habits
from router.emulator.live import LivePbx
from router.emulator.load import behaviour, knobs
from router.emulator.pbx import KEYS, Answer, Pbx, is_command
from router.emulator.views import brief, full
from router.errors import ConfigurationError

MAX_BODY_BYTES: Final = 1 << 20
ANY_METHOD: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Reply = tuple[Response, int]


def create_app(live: LivePbx) -> Flask:
    """The WSGI application over a living PBX."""
    app = Flask("emulator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False  # an entry_id may hold two of them
    app.register_error_handler(ConfigurationError, lambda error: _problem(400, error.message))
    _add_commands(app, live)
    _add_calls(app, live)
    _add_settings(app, live)
    return app


def _add_commands(app: Flask, live: LivePbx) -> None:
    @app.route("/vpbx/commands/<path:name>", methods=ANY_METHOD)
    @app.route("/commands/<path:name>", methods=ANY_METHOD)
    def command(name: str) -> Reply:
        arrived = time.monotonic()  # what the limits go by: not when the lock was free
        if not is_command(name):
            return _problem(404, "there is no such command")
        if request.method != "POST":
            with live.at_once() as (pbx, now):
                return _answered(live, pbx.refuse_method(now, name))
        body, content_type = request.get_data(cache=False), request.content_type or ""
        with live.at_once() as (pbx, now):
            answer = pbx.request(now, arrived, name, body, content_type)
        return _answered(live, answer)


def _answered(live: LivePbx, answer: Answer) -> Reply:
    if answer.after_seconds:
        time.sleep(answer.after_seconds / live.clock.speed)
    return jsonify(answer.body), answer.status


def _add_calls(app: Flask, live: LivePbx) -> None:
    @app.get("/emulator/calls")
    def calls() -> Reply:
        with live.at_once() as (pbx, now):
            return jsonify(calls=[brief(journey, now) for journey in pbx.journeys.values()]), 200

    @app.post("/emulator/calls")
    def dial() -> Reply:
        wanted = _fields()
        with live.at_once() as (pbx, now):
            journey = pbx.dial(now, _text(wanted, "from"), _text(wanted, "line"))
            if journey is None:
                return _problem(404, "there is no such line")
            return jsonify(brief(journey, now)), 200

    @app.get("/emulator/calls/<path:identity>")
    def call(identity: str) -> Reply:
        with live.at_once() as (pbx, now):
            journey = pbx.find(identity)
            return _no_call() if journey is None else (jsonify(full(journey, now)), 200)

    @app.post("/emulator/calls/<path:identity>/keys")
    def keys(identity: str) -> Reply:
        digits = _text(_fields(), "digits")
        if not digits or not set(digits) <= KEYS:
            return _problem(400, "digits is one or more of 0-9, * and #")
        with live.at_once() as (pbx, now):
            journey = pbx.find(identity)
            if journey is None:
                return _no_call()
            pbx.press(now, journey, digits)
            return jsonify(brief(journey, now)), 200

    @app.post("/emulator/calls/<path:identity>/hangup")
    def hang_up(identity: str) -> Reply:
        with live.at_once() as (pbx, now):
            journey = pbx.find(identity)
            if journey is None:
                return _no_call()
            pbx.hang_up(now, journey)
            return jsonify(brief(journey, now)), 200


def _add_settings(app: Flask, live: LivePbx) -> None:
    @app.get("/emulator/requests")
    def requests() -> Reply:
        with live.at_once() as (pbx, _):
            return jsonify(requests=list(pbx.requests)), 200

    @app.get("/emulator/faults")
    def faults() -> Reply:
        with live.at_once() as (pbx, _):
            return jsonify(_settings(pbx)), 200

    @app.post("/emulator/faults")
    def set_faults() -> Reply:
        """The faults of the body and no others; `habits` changes those that it names."""
        wanted = dict(_fields())
        habits = wanted.pop("habits", {})
        chosen = knobs(Faults, wanted)
        if not isinstance(habits, Mapping):
            return _problem(400, "habits is an object")
        changed = knobs(Habits, habits)
        with live.at_once() as (pbx, _):
            pbx.set_faults(chosen)
            pbx.set_habits(replace(pbx.habits, **{name: asdict(changed)[name] for name in habits}))
            return jsonify(_settings(pbx)), 200

    @app.post("/emulator/employees/<extension>")
    def set_behaviour(extension: str) -> Reply:
        chosen = behaviour(_text(_fields(), "behaves"))
        with live.at_once() as (pbx, _):
            pbx.set_behaviour(extension, chosen)
            return jsonify(extension=extension, behaves=asdict(chosen)), 200


def _settings(pbx: Pbx) -> dict[str, Any]:
    return asdict(pbx.faults) | {"habits": asdict(pbx.habits)}


def _fields() -> Mapping[str, Any]:
    """The fields of a JSON object or of a form."""
    found = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return found if isinstance(found, Mapping) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return str(value) if isinstance(value, str | int) else ""


def _no_call() -> Reply:
    return _problem(404, "there is no such call")


def _problem(status: int, message: str) -> Reply:
    return jsonify(status=status, error=message), status
