"""The emulator's two HTTP faces: the PBX's API, and the control API that plays the people with the phones.

The PBX's side answers at every path of the catalogue, under `/vpbx/` and without, the contact centre's under `/cc/`.
The control side is for people, tests and `ivr call`: it has no password, so the emulator is meant for a loopback
address.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from flask import Flask, Response, jsonify, request

from router.emulator.config import Faults, Habits
from router.emulator.forced_results import read_forced_results, shown
from router.emulator.live_pbx import LivePbx
from router.emulator.load import behaviour, knobs
from router.emulator.pbx import KEYS, Pbx
from router.emulator.pbx_answers import Answer
from router.emulator.routes import find
from router.emulator.views import brief, full, introduction
from router.errors import ConfigurationError, RequestRefused
from router.pbx.happenings import HAPPENINGS, Impossible

MAX_BODY_BYTES: Final = 32 << 20  # 10,000 tasks of a campaign at once (§3.8.4.2)
MOST_DIGITS: Final = 99  # of a packet (§3.1.4)
PHONES: Final = ("behave", "wait")  # as pbx.yaml says, or for somebody who plays them
ANY_METHOD: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Reply = tuple[Response, int]


def create_app(live: LivePbx) -> Flask:
    """The WSGI application over a living PBX."""
    app = Flask("emulator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False  # an entry_id may hold two of them
    app.register_error_handler(ConfigurationError, lambda error: _problem(400, error.message))
    app.register_error_handler(RequestRefused, lambda error: _problem(404, error.message))
    _add_methods(app, live)
    _add_files(app, live)
    _add_calls(app, live)
    _add_people(app, live)
    _add_settings(app, live)
    return app


def _add_methods(app: Flask, live: LivePbx) -> None:
    @app.route("/<path:path>", methods=ANY_METHOD)
    def method(path: str) -> Reply:
        arrived = time.monotonic()  # what the limits go by: not when the lock was free
        body, content_type = request.get_data(cache=False), request.content_type or ""
        with live.at_once() as (pbx, now):
            found = find(path, pbx.profile)
            if found is None:
                return _problem(404, "there is no such method")
            wanted, parts = found
            if wanted.kind == "link":
                answer = pbx.follow(now, arrived, wanted, parts)
            elif request.method != "POST":
                answer = pbx.refuse_method(now, wanted)
            else:
                answer = pbx.request(now, arrived, wanted, body, content_type)
        return _answered(live, answer)


def _answered(live: LivePbx, answer: Answer) -> Reply:
    if answer.after_seconds:
        time.sleep(answer.after_seconds / live.clock.speed)
    if answer.location:
        return _redirect(answer.location), answer.status
    if answer.csv is not None:
        return Response(answer.csv, answer.status, content_type="text/csv; charset=utf-8"), answer.status
    return jsonify(answer.body), answer.status


def _add_files(app: Flask, live: LivePbx) -> None:
    """The hosts that the PBX's redirects lead to: files, and the cabinet that asks for a login first (§3.4.3)."""

    @app.route("/files/<token>", methods=["GET", "POST"])
    def file(token: str) -> Reply:
        """Some libraries keep the method when they follow a redirect, and the PBX's files are had all the same."""
        with live.at_once() as (pbx, _):
            content = pbx.office.recordings.file(token)
        if content is None:
            return _problem(404, "there is no such file, or its link has been used")
        name = {"Content-Disposition": f'attachment; filename="{token[:12]}.mp3"'}  # what some clients save it as
        return Response(content, content_type="audio/mpeg", headers=name), 200

    @app.get("/cabinet/mail/<action>/id/<path:recording_id>")
    def cabinet(action: str, recording_id: str) -> Reply:
        login = request.authorization
        with live.at_once() as (pbx, _):
            if login is None or not pbx.office.staff.is_login(login.username or "", login.password or ""):
                wanted = {"WWW-Authenticate": 'Basic realm="cabinet"'}
                return Response("Log in with an employee's login and password.", 401, wanted), 401
            return _redirect(pbx.office.recordings.link(recording_id)), 302


def _redirect(location: str) -> Response:
    """To another address of the emulator."""
    return Response(status=302, headers={"Location": f"{request.host_url.rstrip('/')}{location}"})


def _add_calls(app: Flask, live: LivePbx) -> None:
    @app.get("/emulator")
    def who() -> Reply:
        with live.at_once() as (pbx, _):
            return jsonify(introduction(pbx, live.clock.speed)), 200

    @app.get("/emulator/calls")
    def calls() -> Reply:
        with live.at_once() as (pbx, now):
            return jsonify(calls=[brief(journey, now) for journey in pbx.journeys.values()]), 200

    @app.post("/emulator/calls")
    def dial() -> Reply:
        wanted = _fields()  # before the lock: it may take its time to arrive
        with live.at_once() as (pbx, now):
            return _dialled(pbx, now, wanted)

    @app.get("/emulator/calls/<path:identity>")
    def call(identity: str) -> Reply:
        with live.at_once() as (pbx, now):
            journey = pbx.find(identity)
            return _no_call() if journey is None else (jsonify(full(journey, now)), 200)


def _add_people(app: Flask, live: LivePbx) -> None:
    """What the caller of a call does, and those at the other end."""

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

    @app.post("/emulator/calls/<path:identity>/happens")
    def happens(identity: str) -> Reply:
        """`what` happens at the other end (`pbx.happenings`), `collected` keys come as one packet, or the employee
        `consults` a colleague."""
        return _happened(live, identity, _fields())

    @app.post("/emulator/calls/<path:identity>/hangup")
    def hang_up(identity: str) -> Reply:
        with live.at_once() as (pbx, now):
            journey = pbx.find(identity)
            if journey is None:
                return _no_call()
            pbx.hang_up(now, journey)
            return jsonify(brief(journey, now)), 200


def _happened(live: LivePbx, identity: str, wanted: Mapping[str, Any]) -> Reply:
    what, digits, colleague = _text(wanted, "what"), _text(wanted, "collected"), _text(wanted, "consults")
    if colleague and (what or digits):
        return _problem(400, "consults names a colleague, and nothing is given beside it")
    if digits and (what or len(digits) > MOST_DIGITS or not set(digits) <= KEYS):
        return _problem(400, f"collected is one to {MOST_DIGITS} of 0-9, * and #, and what is not given beside it")
    if not (digits or colleague) and what not in HAPPENINGS:
        return _problem(400, f"what is one of {', '.join(HAPPENINGS)}")
    with live.at_once() as (pbx, now):
        journey = pbx.find(identity)
        if journey is None:
            return _no_call()
        try:
            if digits:
                pbx.collect(now, journey, digits)
            elif colleague:
                pbx.consult(now, journey, colleague)
            else:
                pbx.happen(now, journey, what)
        except Impossible as impossible:
            return _problem(409, str(impossible))
        return jsonify(brief(journey, now)), 200


def _dialled(pbx: Pbx, now: float, wanted: Mapping[str, Any]) -> Reply:
    """With `to` an employee dials a number, otherwise somebody outside dials a line. With `phones: wait` nobody who is
    rung does anything before `happens` says so."""
    phones = _text(wanted, "phones") or PHONES[0]
    if phones not in PHONES:
        return _problem(400, f"phones is one of {', '.join(PHONES)}")
    if "to" in wanted:
        journey = pbx.dial_out(now, _text(wanted, "from"), _text(wanted, "to"))
        missing = "there is no such employee, or nobody has that number"
    else:
        caller, line, sip_call_id = (_text(wanted, name) for name in ("from", "line", "sip_call_id"))
        journey = pbx.dial(now, caller, line, sip_call_id, waits_for_people=phones == "wait")
        missing = f"there is no such line; the PBX has {', '.join(pbx.board.lines)}"
    return _problem(404, missing) if journey is None else (jsonify(brief(journey, now)), 200)


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

    @app.get("/emulator/results")
    def results() -> Reply:
        with live.at_once() as (pbx, _):
            return jsonify(shown(pbx.results)), 200

    @app.post("/emulator/results")
    def set_results() -> Reply:
        """The rules of the body and no others."""
        rules = read_forced_results(dict(_fields()))
        with live.at_once() as (pbx, _):
            pbx.set_results(rules)
            return jsonify(shown(pbx.results)), 200

    @app.post("/emulator/employees/<extension>")
    def set_employee(extension: str) -> Reply:
        """`behaves` and `status`, or one of them."""
        wanted = _fields()
        chosen = behaviour(_text(wanted, "behaves")) if "behaves" in wanted or "status" not in wanted else None
        status = _text(wanted, "status")
        with live.at_once() as (pbx, now):
            if chosen is not None:
                pbx.set_behaviour(extension, chosen)
            if status:
                pbx.set_status(now, extension, status)
            changed = {"behaves": asdict(chosen)} if chosen is not None else {}
            return jsonify(extension=extension, **changed, **({"status": status} if status else {})), 200


def _settings(pbx: Pbx) -> dict[str, Any]:
    return asdict(pbx.faults) | {"habits": asdict(pbx.habits)}


def _fields() -> Mapping[str, Any]:
    """The fields of a JSON object, which `curl -d` announces as a form, or of a form."""
    text = request.get_data()  # before the form is asked for, which would read it away
    found = request.get_json(force=True, silent=True) if text.lstrip().startswith(b"{") else request.form.to_dict()
    return found if isinstance(found, Mapping) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return str(value) if isinstance(value, str | int) else ""


def _no_call() -> Reply:
    return _problem(404, "there is no such call")


def _problem(status: int, message: str) -> Reply:
    return jsonify(status=status, error=message), status
