"""`schemas/openapi.yaml` and the program say the same: routes, methods, parameters, answers, kinds of notification.

That the answers of all other tests here are described, `conftest` sees to.
"""

from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
import yaml
from flask import Flask, Request
from openapi_spec_validator import validate
from werkzeug.datastructures import ImmutableMultiDict

from router import __version__
from router.bootstrap.router import Router
from router.catalogue.methods import COMMANDS
from router.engine.state import ENDED
from router.errors import RequestRefused
from router.protocol import request_refusals
from router.protocol.kinds import KINDS
from router.protocol.parse import parse_event
from router.runtime.administration.access_tokens import create_token
from router.runtime.administration.audit import THE_ROUTER
from router.runtime.administration.roles import VIEWER
from router.runtime.outbox.manual_command import SHORT_NAMES
from router.web import create_app, event_stream
from router.web.openapi import description, query_parameters, resolved, template
from router.web.webhook import FAULT, MOUNTS, PING, UNAVAILABLE
from tests.history.test_delivery_view import told
from tests.openapi import AUTOMATIC, operations, problems
from tests.runtime.living import FIRST, living_router, publish, ring, write_bundle
from tests.web.parts import FakeParts, settings

NO_ROUTES = {"api.unknown"}
"""Endpoints that only refuse."""

WEBHOOK = [(path, operation) for (path, _), operation in operations().items() if operation["tags"] == ["webhook"]]
API = sorted(key for key in operations() if key[0].startswith("/api/"))


@pytest.fixture
def router(tmp_path: Path) -> Router:
    write_bundle(tmp_path / "flows", FIRST)
    return living_router(IVR_FLOWS=str(tmp_path / "flows"))


def test_it_is_valid() -> None:
    validate(dict(description()))
    assert description()["info"]["version"] == __version__


def test_routes_and_description_are_the_same() -> None:
    app = create_app(FakeParts())
    routes = {
        (template(rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NO_ROUTES
        for method in (rule.methods or set()) - AUTOMATIC
    }
    mounted = {(f"{mount}{path}", "POST") for mount in MOUNTS for path in (PING, "events/{name}", "result/{name}")}
    assert routes == mounted | {key for key, operation in operations().items() if operation["tags"] != ["webhook"]}


def test_the_webhook_is_described() -> None:
    others = {"/events/{kind}", "/result/{kind}"}
    assert {path for path, _ in WEBHOOK} == {f"/{path}" for path in (*KINDS, PING)} | others
    assert [method for path, method in operations() if path in dict(WEBHOOK)] == ["POST"] * len(WEBHOOK)
    mounts = next(tag["x-mounts"] for tag in description()["tags"] if tag["name"] == "webhook")
    assert tuple(mounts) == MOUNTS
    for _, operation in WEBHOOK:
        told = {int(status) for status in operation["responses"]} | {405}  # 405: of the methods that are not there
        assert told == {200, 400, 403, 405, 413, 503}


@pytest.mark.parametrize(
    "refused",
    [
        request_refusals.wrong_method(),
        request_refusals.wrong_sign(),
        request_refusals.missing("seq"),
        request_refusals.malformed("no"),
        request_refusals.unknown_key(),
        request_refusals.unknown_sender("no"),
        request_refusals.too_large(1),
    ],
    ids=lambda refused: refused.error,
)
def test_every_refusal_is_described(refused: RequestRefused) -> None:
    body = {"code": refused.result, "error": refused.error, "message": refused.message}
    assert not problems(_refusal(refused.status), body)
    assert problems(_refusal(refused.status), body | {"code": 1000})
    assert problems(_refusal(refused.status), body | {"error": "else"})


def test_what_cannot_be_kept_is_described() -> None:
    for reply in (UNAVAILABLE, FAULT):
        assert not problems(_refusal(reply.status), msgspec.json.decode(reply.body()))


def _refusal(status: int) -> Any:
    told = description()["components"]["responses"]
    response = told["WrongMethod"] if status == 405 else resolved(WEBHOOK[0][1]["responses"][str(status)])
    return response["content"]["application/json"]["schema"]


def _content(operation: Any) -> Any:
    """The schema of `json` in a notification's form."""
    media = resolved(operation["requestBody"])["content"]
    assert media["application/x-www-form-urlencoded"] == media["multipart/form-data"]
    return resolved(media["multipart/form-data"]["schema"]["properties"]["json"]["contentSchema"])


KNOWN = [(path.removeprefix("/"), operation) for path, operation in WEBHOOK if path.removeprefix("/") in KINDS]


@pytest.mark.parametrize(("path", "operation"), KNOWN, ids=[path for path, _ in KNOWN])
class TestKinds:
    def test_the_example_is_a_notification(self, path: str, operation: Any) -> None:
        (example,) = _content(operation)["examples"]
        assert not problems(_content(operation), example)
        parse_event(path, msgspec.json.encode(example))

    def test_what_is_required_is_required(self, path: str, operation: Any) -> None:
        (example,) = _content(operation)["examples"]
        assert set(_content(operation).get("required", ())) <= example.keys()
        for name in example:
            less = msgspec.json.encode({other: value for other, value in example.items() if other != name})
            if not problems(_content(operation), msgspec.json.decode(less)):
                parse_event(path, less)
                continue
            with pytest.raises(RequestRefused) as refused:
                parse_event(path, less)
            assert refused.value.result == 3103

    def test_what_only_other_kinds_have_is_not_described(self, path: str, operation: Any) -> None:
        described = _content(operation).get("properties", {}).keys()
        assert not [shape for shape in KINDS[path].refuses if shape <= described]


class Recorded(ImmutableMultiDict[str, str]):
    """The parameters of a query; notes which ones the program asks for."""

    names: ClassVar[set[str]] = set()

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        self.names.add(key)
        return super().get(key, *args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        self.names.add(key)
        return super().__getitem__(key)


class RecordingRequest(Request):
    parameter_storage_class = Recorded


FILLED = {
    "{entry_id}": "e1",
    "{version}": "v1",
    "{delivery_id}": "t-1",
    "{figure}": "calls",
    "{flow}": "main",
    "{token_name}": "crm",
}
BODIES: dict[str, dict[str, Any]] = {
    "/api/calls/{entry_id}/commands": {"json": {"command": "hangup"}},
    "/api/phone": {"json": {}},
    "/api/tokens": {"json": {"name": "wallboard"}},
    "/api/drafts": {"json": {"name": "sales first"}},
    "/api/drafts/{draft_id}": {"json": {"revision": 1, "files": {}}},
    "/api/drafts/{draft_id}/questions": {"json": {"method": "ivr/check"}},
}


def address(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


def _end(router: Router, entry_id: str) -> None:
    with router.store.transaction() as tx:
        call = tx.load("default", entry_id=entry_id).call
        assert call is not None
        call.status, call.ended = ENDED, call.started + 1.0
        tx.save_call(call)


ELSEWHERE = ("/api/session", "/api/users", "/api/phone/calls")
"""Below these somebody has to have logged in, or a provider or an emulator has to be there: `test_people`,
`test_provider` and `test_live_phone`."""


@pytest.mark.parametrize(("path", "method"), [key for key in API if not key[0].startswith(ELSEWHERE)])
def test_parameters_that_the_program_reads(
    path: str, method: str, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "STREAM_SECONDS", 0.0)
    publish(router, FIRST)
    ring(router, "e1")
    app = create_app(router)
    app.test_client().post("/api/calls/e1/commands", json={"command": "hangup", "command_id": "c1"})
    app.request_class = RecordingRequest
    Recorded.names.clear()
    version = router.store.versions("default")[0]["version"]
    with router.store.transaction() as transaction:
        transaction.queue(told())
    create_token(router.store, THE_ROUTER, name="crm", role=VIEWER)
    if path.endswith(("/test", "/replay")):
        _end(router, "e1")
    filled = address(path.replace("{version}", version).replace("{command_id}", "c1").replace("{name}", "main.yaml"))
    if "{draft_id}" in path:
        draft = app.test_client().post("/api/drafts", **BODIES["/api/drafts"]).get_json()["draft_id"]
        filled = filled.replace("{draft_id}", draft)
        Recorded.names.clear()
    query = {"against": version} if path.startswith("/api/calls") and path.endswith("/replay") else {}
    given = BODIES.get(path, {}) if method != "GET" else {}
    router.versions.replay = lambda *_: b"{}"  # type: ignore[method-assign]
    answer = app.test_client().open(filled, method=method, query_string=query, **given)
    router.stop()
    assert answer.status_code in (200, 201, 202, 302)
    assert set(query_parameters()[path, method]) == Recorded.names


@pytest.mark.parametrize(("path", "method"), API)
def test_parameters_that_no_path_has_are_refused(path: str, method: str) -> None:
    client = create_app(FakeParts()).test_client()
    for asked in (method, "HEAD") if method == "GET" else (method,):
        unknown = client.open(address(path), method=asked, query_string={"stat": "failed"})
        assert unknown.status_code == 400
    detail = client.open(address(path), method=method, query_string={"stat": "1"}).get_json()["detail"]
    assert detail.startswith("there is no parameter 'stat' here: this path takes ")
    for name in query_parameters()[path, method]:
        assert name in detail
        twice = client.open(f"{address(path)}?{name}=&{name}=", method=method)
        assert twice.get_json()["detail"] == f"{name} is given 2 times: give it once"


def test_strangers_are_told_nothing_of_parameters() -> None:
    client = create_app(FakeParts(settings(IVR_ADMIN_TOKEN="open-sesame-open-sesame-open"))).test_client()
    assert client.get("/api/calls?stat=1").status_code == 401
    assert client.get("/api/openapi.yaml").status_code == 401


def test_empty_parameters_count_as_not_given(router: Router) -> None:
    client = create_app(router).test_client()
    for path, method in API:
        names = query_parameters()[path, method]
        if names and method == "GET" and "{" not in path and path != "/api/events" and "/provider" not in path:
            query = "&".join(f"{name}=" for name in names)
            assert client.get(f"{path}?{query}").status_code == 200


def test_it_is_served_as_it_stands() -> None:
    answer = create_app(FakeParts()).test_client().get("/api/openapi.yaml")
    assert answer.content_type == "application/yaml"
    assert answer.get_data() == (Path(__file__).parents[2] / "schemas" / "openapi.yaml").read_bytes()
    assert yaml.safe_load(answer.get_data()) == description()


def test_commands_by_hand_are_those_of_the_program() -> None:
    body = operations()["/api/calls/{entry_id}/commands", "POST"]["requestBody"]
    names = body["content"]["application/json"]["schema"]["properties"]["command"]["enum"]
    assert sorted(names) == sorted({*COMMANDS, *SHORT_NAMES})


def test_the_stream_tells_what_is_described(router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "STREAM_SECONDS", 0.05)
    ring(router, "e1")
    stream = create_app(router).test_client().get("/api/events?after=0").iter_encoded()
    text = b"".join(stream).decode()
    schema = operations()["/api/events", "GET"]["responses"]["200"]["content"]["text/event-stream"]["schema"]
    told = [msgspec.json.decode(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
    assert told
    for one in told:
        assert not problems(schema["contentSchema"], one)


def test_errors_below_the_views_are_problems(router: Router) -> None:
    app: Flask = create_app(router)
    app.config["MAX_CONTENT_LENGTH"] = 10
    client = app.test_client()
    ring(router, "e1")
    large = client.post("/api/calls/e1/commands", json={"command": "hangup"})
    assert (large.status_code, large.content_type) == (413, "application/problem+json")
    text = client.post("/api/calls/e1/commands", data="{}", content_type="text/plain")
    assert (text.status_code, text.content_type) == (415, "application/problem+json")
