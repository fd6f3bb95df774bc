"""`/api/tokens`: tokens listed, made and revoked over HTTP, by admins alone, each change with its entry in the audit."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from router.runtime.administration.roles import AUTHOR, VIEWER
from router.web import create_app
from tests.runtime.living import living_router

MASTER = "open-sesame-open-sesame-open"
ADMIN = {"Authorization": f"Bearer {MASTER}"}


@pytest.fixture
def client() -> FlaskClient:
    return create_app(living_router(IVR_ADMIN_TOKEN=MASTER)).test_client()


def make(client: FlaskClient, headers: dict[str, str] = ADMIN, **fields: Any) -> Any:
    return client.post("/api/tokens", json=fields, headers=headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_is_made_used_listed_and_revoked(client: FlaskClient) -> None:
    made = make(client, name="wallboard", expires="90d", reason="the screen in the hall").get_json()
    assert (made["role"], made["state"], made["created_by"]) == (VIEWER, "valid", "IVR_ADMIN_TOKEN")
    with client.get("/api/versions", headers=bearer(made["token"])) as used:
        assert used.status_code == 200
    [row] = client.get("/api/tokens", headers=ADMIN).get_json()["tokens"]
    assert {**made, "last_used": row["last_used"]} == {"token": made["token"], **row}
    assert row["last_used"] is not None
    ended = client.post("/api/tokens/wallboard/revoke?reason=sold", headers=ADMIN).get_json()
    assert (ended["state"], ended["revoked_by"]) == ("revoked", "IVR_ADMIN_TOKEN")
    assert client.get("/api/tokens", headers=ADMIN).get_json() == {"tokens": []}
    assert [row["state"] for row in client.get("/api/tokens?all=1", headers=ADMIN).get_json()["tokens"]] == ["revoked"]
    told = client.get("/api/audit", headers=ADMIN).get_json()["audit"]
    assert [(one["action"], one["subject"], one["reason"]) for one in told] == [
        ("token-revoke", "wallboard", "sold"),
        ("token-create", "wallboard", "the screen in the hall"),
    ]
    assert made["token"] not in str(told)


def test_only_admins_reach_them(client: FlaskClient) -> None:
    token = make(client, name="pipeline", role=AUTHOR).get_json()["token"]
    assert make(client, bearer(token), name="mine", role="admin").status_code == 403
    assert client.get("/api/tokens", headers=bearer(token)).status_code == 403
    assert client.post("/api/tokens/pipeline/revoke", headers=bearer(token)).status_code == 403


def test_a_name_is_free_again_when_its_token_was_revoked(client: FlaskClient) -> None:
    first = make(client, name="crm").get_json()
    taken = make(client, name="crm")
    assert (taken.status_code, taken.get_json()["code"]) == (409, "token-name-taken")
    assert client.post(f"/api/tokens/{first['token_id']}/revoke", headers=ADMIN).status_code == 200
    assert make(client, name="crm").status_code == 201
    again = client.post(f"/api/tokens/{first['token_id']}/revoke", headers=ADMIN)
    assert (again.status_code, again.get_json()["code"]) == (404, "token-unknown")
    assert client.post("/api/tokens/nobody/revoke", headers=ADMIN).status_code == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "a token's name is 1 to 100 printable characters that say what it is for"),
        ({"name": " "}, "name is a text of 1 to 200 characters"),
        ({"name": "a", "role": "root"}, "role is one of viewer, operator, author, admin"),
        ({"name": "a", "expires": "soon"}, "expires: "),
        (
            {"name": "a", "rôle": "admin"},
            "there is no field 'rôle' here: the body has name, role, expires, reason; did",
        ),
        ({"name": 7}, "name is a text of 1 to 200 characters"),
    ],
)
def test_what_makes_no_token(fields: dict[str, Any], told: str, client: FlaskClient) -> None:
    answer = make(client, **fields)
    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith(told)


BODILESS = ["/api/pause", "/api/resume", "/api/versions/v1/activate", "/api/stream-token", "/api/tokens/one/revoke"]


@pytest.mark.parametrize("path", BODILESS)
def test_a_body_that_would_be_passed_over_is_refused(path: str, client: FlaskClient) -> None:
    """`POST /api/pause` with `{"account": "a"}` would pause every account."""
    answer = client.post(path, json={"account": "default"}, headers=ADMIN)
    assert answer.status_code == 400
    assert "this path takes no body" in answer.get_json()["detail"]
    assert client.post(path, data="account=default", headers=ADMIN).status_code == 400
    assert client.post(path, json={}, headers=ADMIN).status_code != 400
    assert client.post(path, headers=ADMIN).status_code != 400


@pytest.mark.parametrize("path", [*BODILESS, "/api/tokens", "/api/calls/e1/commands"])
def test_bad_json_says_where_it_is_bad(path: str, client: FlaskClient) -> None:
    answer = client.post(path, data='{\n  "name": wallboard}', content_type="application/json", headers=ADMIN)
    told = answer.get_json()
    assert (answer.status_code, told["line"], told["column"]) == (400, 2, 11)
    assert told["detail"].startswith("the body is no JSON: line 2, column 11: ")


def test_strangers_are_told_nothing_of_bodies(client: FlaskClient) -> None:
    assert client.post("/api/pause", data="{", content_type="application/json").status_code == 401
