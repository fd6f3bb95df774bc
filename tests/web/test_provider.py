"""Logins by OpenID Connect, against a small provider that this test runs: an HTTP server with a key of its own."""

import json
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from router.bootstrap.router import Router
from router.runtime.administration import users
from router.runtime.administration.audit import CHANGE_ROLE, CLI, Actor
from router.runtime.administration.roles import AUTHOR
from router.web import create_app
from tests.runtime.living import living_router

BY = Actor(name="root", via=CLI)
ROUTER = "http://ivr.example"
BACK = f"{ROUTER}/api/session/provider/back"


class Provider(ThreadingHTTPServer):
    """Knows one person; `claims` and `key` are what a test may spoil."""

    daemon_threads = True
    published: ClassVar[RSAKey] = RSAKey.generate_key(2048, {"kid": "one"})
    stranger: ClassVar[RSAKey] = RSAKey.generate_key(2048, {"kid": "one"})

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.calls_itself = self.issuer
        self.key = self.published
        self.asked: dict[str, str] = {}  # by the browser that was sent here
        self.claims: dict[str, Any] = {"email": "masha@example.org", "email_verified": True}
        self.took: list[str] = []

    def log_in(self, address: str) -> str:
        """What the provider's page does: the address that it sends the browser back to."""
        self.asked = {name: one for name, [one] in parse_qs(urlsplit(address).query).items()}
        assert self.asked["redirect_uri"] == BACK
        assert self.asked["code_challenge_method"] == "S256"
        return f"{BACK}?code=c0de&state={self.asked['state']}"

    def token(self) -> str:
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": "router",
            "sub": "1",
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked["nonce"],
        }
        return jwt.encode({"alg": "RS256", "kid": "one"}, {**told, **self.claims}, self.key)


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        provider = self.server
        if self.path == "/jwks":
            self._answer(200, {"keys": [provider.published.as_dict(private=False)]})
        else:
            assert self.path == "/.well-known/openid-configuration"
            self._answer(200, self._describes_itself())

    def _describes_itself(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "login", "token_endpoint": "token", "jwks_uri": "jwks"}
        addresses = {name: f"{self.server.issuer}/{path}" for name, path in names.items()}
        return {"issuer": self.server.calls_itself, **addresses}

    def do_POST(self) -> None:
        """The token's endpoint: the client's secret, the code and the verifier have to be right."""
        given = {
            name: one for name, [one] in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
        }
        challenge = urlsafe_b64encode(sha256(given["code_verifier"].encode()).digest()).decode().rstrip("=")
        who = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        fits = challenge == self.server.asked["code_challenge"] and who == "router:se-cret" and given["code"] == "c0de"
        self.server.took.append(given["code"])
        if fits:
            self._answer(200, {"access_token": "a", "token_type": "Bearer", "id_token": self.server.token()})
        else:
            self._answer(400, {"error": "invalid_grant"})

    def _answer(self, status: int, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def router_of(provider: Provider, **more: str) -> Router:
    return living_router(
        IVR_OIDC_ISSUER=provider.issuer, IVR_OIDC_CLIENT_ID="router", IVR_OIDC_CLIENT_SECRET="se-cret", **more
    )


def ask(client: FlaskClient, address: str) -> TestResponse:
    return client.get(address.removeprefix(ROUTER), base_url=ROUTER, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})


def log_in(provider: Provider, client: FlaskClient) -> TestResponse:
    return ask(client, provider.log_in(ask(client, "/api/session/provider").headers["Location"]))


def test_who_was_added_logs_in_and_is_known_from_then_on(provider: Provider) -> None:
    router = router_of(provider)
    users.add_user(router.store, BY, name="masha@example.org", role=AUTHOR, password=None)
    client = create_app(router).test_client()
    assert log_in(provider, client).headers["Location"] == "/console/"
    who = ask(client, "/api/session").get_json()["who"]
    assert (who["name"], who["role"], who["has_password"]) == ("masha@example.org", AUTHOR, False)
    provider.claims["email"] = "married@example.org"  # the same person
    assert log_in(provider, create_app(router).test_client()).headers["Location"] == "/console/"
    assert [one.name for one in router.store.users()] == ["masha@example.org"]
    provider.claims |= {"sub": "2", "email": "masha@example.org"}  # another one under the name
    assert log_in(provider, create_app(router).test_client()).headers["Location"] == "/console/?login=refused"


def test_a_stranger_comes_in_only_where_strangers_have_a_role(provider: Provider) -> None:
    assert (
        log_in(provider, create_app(router_of(provider)).test_client()).headers["Location"] == "/console/?login=unknown"
    )
    router = router_of(provider, IVR_OIDC_ROLE="viewer")
    assert log_in(provider, create_app(router).test_client()).headers["Location"] == "/console/"
    [user] = router.store.users()
    assert (user.name, user.role, user.subject) == ("masha@example.org", "viewer", f"{provider.issuer} 1")


SPOILT = {
    "for another program": {"aud": "other"},
    "of another provider": {"iss": "http://127.0.0.1:1"},
    "too old": {"exp": 1},
    "an answer to another question": {"nonce": "other"},
    "for several, and not given to us": {"aud": ["router", "other"]},
    "an address that was not verified": {"email_verified": False},
    "an address of which it does not say": {"email_verified": None},
    "nobody": {"email": None},
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_what_the_provider_may_not_say(provider: Provider, spoilt: dict[str, Any]) -> None:
    router = router_of(provider, IVR_OIDC_ROLE="admin")
    provider.claims |= spoilt
    client = create_app(router).test_client()
    assert log_in(provider, client).headers["Location"] == "/console/?login=refused"
    assert router.store.users() == []
    assert ask(client, "/api/session").get_json()["who"] is None


GROUPS = {
    "the highest role of all groups": (["a", "b"], "admin"),
    "one group as a text": ("a", "author"),
    "groups that give nothing": (["c", 7, None], "viewer"),
    "no groups": (None, "viewer"),
}


@pytest.mark.parametrize(("groups", "role"), GROUPS.values(), ids=GROUPS)
def test_groups_give_roles_anew_with_each_login(provider: Provider, groups: Any, role: str) -> None:
    router = router_of(provider, IVR_OIDC_ROLES="a=author, b=admin", IVR_OIDC_ROLE="viewer")
    provider.claims |= {"groups": ["a"]}
    client = create_app(router).test_client()
    log_in(provider, client)
    assert ask(client, "/api/session").get_json()["who"]["role"] == AUTHOR
    provider.claims |= {"groups": groups}
    log_in(provider, client)
    assert ask(client, "/api/session").get_json()["who"]["role"] == role
    changes = [one for _, one in router.store.audit({"action": CHANGE_ROLE}, 10)]
    assert [one.reason for one in changes] == ["logged in by the provider"] * (role != AUTHOR)


def test_who_is_in_no_group_any_more_stays_outside(provider: Provider) -> None:
    router = router_of(provider, IVR_OIDC_ROLES="a=author", IVR_OIDC_ROLES_CLAIM="https://id.example/claims.roles")
    users.add_user(router.store, BY, name="masha@example.org", role=AUTHOR, password=None)
    client = create_app(router).test_client()
    provider.claims |= {"https://id.example/claims.roles": ["a"]}
    assert log_in(provider, client).headers["Location"] == "/console/"
    del provider.claims["https://id.example/claims.roles"]
    assert log_in(provider, client).headers["Location"] == "/console/?login=unknown"


def test_logging_out_at_the_provider(provider: Provider) -> None:
    client = create_app(router_of(provider)).test_client()
    assert ask(client, "/api/session/provider/end").headers["Location"] == "/console/?login=remains"
    assert create_app(living_router()).test_client().get("/api/session/provider/end").status_code == 404


def test_a_word_that_another_key_has_signed(provider: Provider) -> None:
    provider.key = provider.stranger
    client = create_app(router_of(provider, IVR_OIDC_ROLE="admin")).test_client()
    assert log_in(provider, client).headers["Location"] == "/console/?login=refused"


def test_a_login_that_this_browser_did_not_begin(provider: Provider) -> None:
    """Else a page could log a browser in as somebody else."""
    router = router_of(provider, IVR_OIDC_ROLE="admin")
    begun, victim = (create_app(router).test_client() for _ in range(2))
    back = provider.log_in(ask(begun, "/api/session/provider").headers["Location"])
    assert ask(victim, back).headers["Location"] == "/console/?login=expired"
    assert ask(begun, back.replace("state=", "state=x")).headers["Location"] == "/console/?login=expired"
    assert provider.took == []


def test_a_provider_that_is_another_one_or_away(provider: Provider) -> None:
    provider.calls_itself = "http://other.example"
    client = create_app(router_of(provider)).test_client()
    assert ask(client, "/api/session/provider").headers["Location"] == "/console/?login=refused"
    away = create_app(living_router(IVR_OIDC_ISSUER="http://127.0.0.1:9")).test_client()
    assert ask(away, "/api/session/provider").headers["Location"] == "/console/?login=refused"


def test_without_a_provider_there_is_no_such_path() -> None:
    assert create_app(living_router()).test_client().get("/api/session/provider").status_code == 404
