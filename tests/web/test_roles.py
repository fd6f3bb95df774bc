"""Tokens of the database and their roles, on a router over memory: what each may do, and when it ends."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from router.bootstrap.router import Router
from router.runtime.administration import access_tokens
from router.runtime.administration.access_tokens import create_token, revoke_token
from router.runtime.administration.audit import ACTIONS, CLI, Actor
from router.runtime.administration.roles import ADMIN, OPERATOR, ROLES, VIEWER
from router.runtime.administration.stream_tokens import make_stream_token
from router.web import create_app, event_stream
from router.web.needed_roles import ANYONE, NEEDED, TELLING_NOTHING, needed_role
from router.web.openapi import description, template
from tests.openapi import AUTOMATIC, operations
from tests.runtime.living import FIRST, living_router, publish, ring, write_bundle

MASTER = "open-sesame-open-sesame-open"
MASHA = Actor(name="masha", via=CLI, origin="host7, ivr token")
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


class House:
    """A router with tokens."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.client: FlaskClient = create_app(router).test_client()

    def token(self, role: str, name: str = "wallboard", seconds: float | None = None) -> str:
        return create_token(self.router.store, MASHA, name=name, role=role, seconds=seconds)[0]

    def status(self, method: str, path: str, token: str) -> int:
        answer = self.client.open(path, method=method, headers=bearer(token), environ_overrides=ELSEWHERE)
        status: int = answer.status_code
        answer.close()
        return status


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.fixture
def house(tmp_path: Path) -> House:
    write_bundle(tmp_path / "flows", FIRST)
    return House(living_router(IVR_FLOWS=str(tmp_path / "flows"), IVR_ADMIN_TOKEN=MASTER))


def test_one_table_says_what_each_path_needs() -> None:
    """The description shows the same as the check goes by, and no route is without."""
    assert {key: operation["x-role"] for key, operation in operations().items() if "x-role" in operation} == {
        (path, method): role for (method, path), role in NEEDED.items()
    }
    routes = {
        (method, template(rule.rule))
        for rule in create_app(living_router()).url_map.iter_rules()
        for method in (rule.methods or set()) - AUTOMATIC
        if rule.rule.startswith("/api") and template(rule.rule) not in TELLING_NOTHING
    }
    assert routes == set(NEEDED)


def test_a_path_without_a_row_needs_the_highest_role() -> None:
    assert needed_role("GET", "/api/brand-new") == ADMIN
    assert needed_role("HEAD", "/api/calls") == VIEWER


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_those_before_it_may(role: str, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "STREAM_SECONDS", 0.0)
    publish(house.router, FIRST)
    ring(house.router, "e1")
    token = house.token(role)
    for (method, path), needed in NEEDED.items():
        if needed == ANYONE:
            continue
        address = path.replace("{entry_id}", "e1").replace("{version}", "v1")
        status = house.status(method, address, token)
        assert (status == 403) == (ROLES.index(role) < ROLES.index(needed)), (method, path, status)
        assert status not in (401, 500)


def test_who_lacks_the_role_is_told_which_one_it_takes(house: House) -> None:
    answer = house.client.post("/api/pause", headers=bearer(house.token(VIEWER)))
    told = answer.get_json()
    assert (answer.status_code, told["code"], told["needs"], told["has"]) == (403, "role", OPERATOR, VIEWER)
    assert told["detail"] == (
        "this needs the role operator, and token wallboard has the role viewer; `ivr token create --role operator"
        " --name PURPOSE` makes a token that has it"
    )
    assert not house.router.store.serving("default").paused


def test_unknown_paths_are_unknown_to_every_role(house: House) -> None:
    token = house.token(VIEWER)
    assert house.status("GET", "/api/unheard/of", token) == 404
    assert house.status("DELETE", "/api/calls", token) == 405
    assert house.status("GET", "/api/unheard/of", "ivr_none") == 401


def test_the_database_has_no_token_and_each_works_by_itself(house: House) -> None:
    first, second = house.token(VIEWER), house.token(VIEWER, "crm")
    kept = repr(house.router.store.tokens())
    assert first not in kept
    assert second not in kept
    revoke_token(house.router.store, MASHA, "wallboard")
    assert house.status("GET", "/api/versions", first) == 401
    assert house.status("GET", "/api/versions", second) == 200
    assert house.status("GET", "/api/versions", MASTER) == 200


def test_a_token_of_the_database_works_without_a_master_and_from_elsewhere() -> None:
    house = House(living_router())
    token = house.token(VIEWER)
    assert house.status("GET", "/api/versions", token) == 200
    assert house.status("GET", "/api/versions", "") == 403
    assert house.client.get("/api/versions", headers=bearer("ivr_other")).status_code == 401
    assert house.client.get("/api/versions").status_code == 200


def test_a_revoked_token_ends_within_seconds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    token = house.token(VIEWER)
    assert house.status("GET", "/api/versions", token) == 200
    revoke_token(house.router.store, MASHA, "wallboard")
    now = access_tokens.time.monotonic()
    tokens = access_tokens.AccessTokens(house.router.store, lambda: now)
    assert tokens.of_bearer(token) is None
    other = house.token(VIEWER, "other")
    assert tokens.of_bearer(other) is not None
    revoke_token(house.router.store, MASHA, "other")
    assert tokens.of_bearer(other) is not None  # it was read a moment ago
    now += access_tokens.KNOWN_SECONDS
    assert tokens.of_bearer(other) is None


def test_a_known_token_costs_no_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[bytes] = []
    ask = house.router.store.token_by_digest
    monkeypatch.setattr(house.router.store, "token_by_digest", lambda digest: reads.append(digest) or ask(digest))
    token = house.token(VIEWER)
    tokens = access_tokens.AccessTokens(house.router.store, lambda: 1.0)
    assert all(tokens.of_bearer(token) for _ in range(5))
    assert len(reads) == 1


def test_an_expired_token_is_none(house: House) -> None:
    assert house.status("GET", "/api/versions", house.token(VIEWER, "gone", -1.0)) == 401
    assert house.status("GET", "/api/versions", house.token(VIEWER, "fresh", 60.0)) == 200


def test_last_use_is_kept(house: House) -> None:
    token = house.token(VIEWER)
    assert [row.last_used for row in house.router.store.tokens()] == [None]
    house.status("GET", "/api/versions", token)
    [row] = house.router.store.tokens()
    assert row.last_used is not None


class TestStreamTokens:
    def made(self, house: House, token: str, query: str = "") -> str:
        answer = house.client.post(f"/api/stream-token{query}", headers=bearer(token), environ_overrides=ELSEWHERE)
        assert answer.status_code == 201
        return str(answer.get_json()["access_token"])

    def opens(self, house: House, token: str, path: str = "/api/events") -> int:
        return house.status("GET", f"{path}?access_token={token}", "")

    @pytest.fixture(autouse=True)
    def short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_stream, "STREAM_SECONDS", 0.0)

    def test_it_opens_a_stream_and_nothing_else(self, house: House) -> None:
        for token in (MASTER, house.token(VIEWER)):
            made = self.made(house, token)
            assert self.opens(house, made) == 200
            assert self.opens(house, made, "/api/calls") == 401
            assert house.status("GET", "/api/calls", made) == 401

    def test_it_ends_with_the_token_that_it_was_made_from(self, house: House) -> None:
        made = self.made(house, house.token(VIEWER))
        revoke_token(house.router.store, MASHA, "wallboard")
        assert self.opens(house, made) == 401

    def test_it_expires_and_says_so(self, house: House) -> None:
        _, row = create_token(house.router.store, MASHA, name="old", role=VIEWER)
        made = make_stream_token(row.token_id, row.digest, int(house.router.store.now()) - 1)
        answer = house.client.get(f"/api/events?access_token={made}")
        assert (answer.status_code, answer.get_json()["code"]) == (401, "stream-token-expired")

    def test_what_was_changed_is_none(self, house: House) -> None:
        made = self.made(house, house.token(VIEWER))
        identity, expires, signature = made.split(".")
        later = f"{identity}.{int(expires) + 1}.{signature}"
        other = f"admin.{expires}.{signature}"
        for wrong in (later, other, f"local.{expires}.{signature}", signature, "", f"{made}x"):
            assert self.opens(house, wrong) == 401

    @pytest.mark.parametrize("seconds", ["0", "3601", "x", "-1", "1e3"])
    def test_how_long_it_may_last(self, house: House, seconds: str) -> None:
        answer = house.client.post(f"/api/stream-token?seconds={seconds}", headers=bearer(MASTER))
        assert (answer.status_code, answer.get_json()["detail"]) == (400, "seconds is a whole number from 1 to 3600")

    def test_without_any_token_this_machine_may_use_one_as_well(self) -> None:
        house = House(living_router())
        made = house.client.post("/api/stream-token").get_json()["access_token"]
        assert house.client.get(f"/api/events?access_token={made}").status_code == 200
        assert self.opens(house, made) == 403


class TestCrossOrigin:
    WALL = "https://wall.example.org"
    PREFLIGHT = {"Origin": WALL, "Access-Control-Request-Method": "GET"}  # noqa: RUF012 (only read)

    @pytest.fixture
    def client(self) -> FlaskClient:
        return create_app(living_router(IVR_ADMIN_TOKEN=MASTER, IVR_CORS_ORIGINS=self.WALL)).test_client()

    def test_a_listed_page_may_ask_and_read(self, client: FlaskClient) -> None:
        asked = client.options("/api/versions", headers=self.PREFLIGHT)
        assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, self.WALL)
        assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST"
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
        answer = client.get("/api/versions", headers={"Origin": self.WALL, **bearer(MASTER)})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, self.WALL)
        assert "Origin" in answer.headers["Vary"]
        refused = client.get("/api/versions", headers={"Origin": self.WALL})
        assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, self.WALL)
        for one in (asked, answer, refused):
            assert "Access-Control-Allow-Credentials" not in one.headers

    @pytest.mark.parametrize(
        "origin",
        ["https://wall.example.org.evil.org", "http://wall.example.org", "null", "https://wall.example.org:8443"],
    )
    def test_other_pages_are_told_nothing(self, client: FlaskClient, origin: str) -> None:
        for answer in (
            client.options("/api/versions", headers={**self.PREFLIGHT, "Origin": origin}),
            client.get("/api/versions", headers={"Origin": origin, **bearer(MASTER)}),
        ):
            assert "Access-Control-Allow-Origin" not in answer.headers

    def test_the_webhook_knows_nothing_of_it(self, client: FlaskClient) -> None:
        assert "Access-Control-Allow-Origin" not in client.get("/healthz", headers={"Origin": self.WALL}).headers

    def test_without_a_token_a_listed_page_is_refused(self) -> None:
        client = create_app(living_router(IVR_CORS_ORIGINS=self.WALL)).test_client()
        assert client.get("/api/versions", headers={"Origin": self.WALL}).status_code == 403


def test_every_action_of_the_audit_is_described() -> None:
    told = operations()["/api/audit", "GET"]
    (asked,) = [one["schema"]["enum"] for one in told["parameters"] if one.get("name") == "action"]
    shown = description()["components"]["schemas"]["AuditEntry"]["properties"]["action"]["enum"]
    assert list(ACTIONS) == shown == asked[:-1]
