"""People: logging in and out, what each role may do, one-time codes, guesses, and numbers that not all may see."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace
from werkzeug.test import TestResponse

from router.bootstrap.router import Router
from router.errors import StoreUnavailable
from router.runtime.administration import one_time_codes, passwords, sessions, users
from router.runtime.administration.audit import CLI, Actor
from router.runtime.administration.one_time_codes import code_at, from_text
from router.runtime.administration.roles import ADMIN, AUTHOR, OPERATOR, VIEWER
from router.runtime.administration.sealed_secrets import SecretSealer
from router.runtime.administration.sessions import MOST_OF_USER, Sessions
from router.web import create_app, event_stream
from tests.runtime.living import FIRST, living_router, publish, ring, write_bundle

MASTER = "open-sesame-open-sesame-open"
PASSWORD, OTHER = "correct horse battery", "another horse battery"
BY = Actor(name="root", via=CLI, origin="host7, ivr user")
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


@pytest.fixture(autouse=True, scope="module")
def cheap() -> Any:
    """The costs of production are measured elsewhere; here they would be most of the time."""
    patch = pytest.MonkeyPatch()
    patch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    yield
    patch.undo()


class Browser:
    """A browser elsewhere, which keeps cookies and, once it has logged in, bears the CSRF token."""

    def __init__(self, router: Router, client: FlaskClient | None = None) -> None:
        self.client = client or create_app(router).test_client()
        self.csrf = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        given = {"X-CSRF-Token": self.csrf, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self.client.open(path, method=method, json=body, headers=given, environ_overrides=ELSEWHERE)

    def log_in(self, name: str, password: str = PASSWORD, code: str | None = None) -> TestResponse:
        answer = self.ask("POST", "/api/session", {"name": name, "password": password, "code": code})
        self.csrf = answer.get_json().get("csrf", "")
        return answer


class House:
    def __init__(self, router: Router) -> None:
        self.router = router

    def add(self, name: str, role: str, password: str | None = PASSWORD) -> None:
        users.add_user(self.router.store, BY, name=name, role=role, password=password)

    def browser(self) -> Browser:
        return Browser(self.router)

    def audit(self, **filters: str) -> list[tuple[str, str, str]]:
        return [(one.actor, one.action, one.subject) for _, one in self.router.store.audit(filters, 100)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    write_bundle(tmp_path / "flows", FIRST)
    return House(living_router(IVR_FLOWS=str(tmp_path / "flows")))


def who(browser: Browser) -> Any:
    return browser.ask("GET", "/api/session").get_json()["who"]


def test_without_users_this_machine_is_answered_and_nobody_else(house: House) -> None:
    client = create_app(house.router).test_client()
    assert client.get("/api/session").get_json()["who"]["kind"] == "machine"
    assert client.get("/api/versions").status_code == 200
    assert house.browser().ask("GET", "/api/session").status_code == 403


def test_with_a_user_this_machine_has_to_log_in_too(house: House) -> None:
    house.add("masha", ADMIN)
    client = create_app(house.router).test_client()
    assert client.get("/api/versions").status_code == 401
    assert client.get("/console/").status_code == 200
    told = client.get("/api/session").get_json()
    assert told == {"who": None, "csrf": "", "ways": ["password", "token"]}
    users.remove_user(house.router.store, BY, "masha")
    assert create_app(house.router).test_client().get("/api/versions").status_code == 200


@pytest.mark.parametrize(("have_users", "shown"), [(True, 200), (False, 403)])
def test_the_page_is_there_while_the_database_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch, have_users: bool, shown: int
) -> None:
    """It holds no data, and says in words why nothing can be shown; where nobody could log in it stays this machine's."""
    if have_users:
        house.add("masha", VIEWER)
    browser = house.browser()
    assert browser.ask("GET", "/console/").status_code == shown

    def away() -> bool:
        raise StoreUnavailable("the database cannot be reached")

    monkeypatch.setattr(sessions, "KNOWN_SECONDS", 0.0)
    monkeypatch.setattr(house.router.store, "has_users", away)
    assert browser.ask("GET", "/console/").status_code == shown
    assert browser.client.get("/console/").status_code == 200
    assert browser.ask("GET", "/api/session").status_code == 503


def test_logging_in_and_out(house: House) -> None:
    house.add("masha", AUTHOR)
    browser = house.browser()
    answer = browser.log_in("masha")
    assert answer.status_code == 201
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert who(browser) == {
        "name": "masha", "role": AUTHOR, "kind": "user", "sees_numbers": True, "has_password": True, "has_codes": False,
    }  # fmt: skip
    assert browser.ask("GET", "/api/versions").status_code == 200
    assert browser.ask("GET", "/api/audit").status_code == 403
    assert browser.ask("DELETE", "/api/session").status_code == 200
    assert browser.ask("GET", "/api/versions").status_code == 401
    assert house.audit()[:3] == [
        ("masha", "logout", "masha"),
        ("masha", "login", "masha"),
        ("root", "user-add", "masha"),
    ]


def test_an_ended_session_is_not_taken_with_its_old_cookie(house: House) -> None:
    """Logging out ends the session, not only the browser's memory of it."""
    house.add("masha", VIEWER)
    browser = house.browser()
    browser.log_in("masha")
    kept = browser.client.get_cookie("ivr_session")
    assert kept is not None
    browser.ask("DELETE", "/api/session")
    thief = house.browser()
    thief.client.set_cookie("ivr_session", kept.value)
    assert thief.ask("GET", "/api/versions").status_code == 401
    assert kept.value not in repr(house.router.store.audit({}, 100))


def test_over_tls_the_cookie_is_secure_and_bound_to_its_host(house: House) -> None:
    house.add("masha", VIEWER)
    browser = house.browser()
    body = {"name": "masha", "password": PASSWORD}
    answer = browser.ask("POST", "/api/session", body, Origin="https://ivr.example", Host="ivr.example")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-ivr_session=")
    assert "Secure" in cookie


def test_a_change_needs_the_token_of_its_own_page(house: House) -> None:
    house.add("masha", OPERATOR)
    browser, other = house.browser(), house.browser()
    browser.log_in("masha")
    other.log_in("masha")
    own, browser.csrf = browser.csrf, ""
    for wrong in ("", other.csrf, own[:-1], own.upper()):
        browser.csrf = wrong
        answer = browser.ask("POST", "/api/pause")
        assert (answer.status_code, answer.get_json()["code"]) == (403, "csrf")
    assert not house.router.store.serving("default").paused
    browser.csrf = own
    assert browser.ask("POST", "/api/pause?reason=trying").status_code == 200
    assert house.audit(action="pause") == [("masha", "pause", "")]


def test_a_page_elsewhere_cannot_log_a_browser_in(house: House) -> None:
    house.add("masha", VIEWER)
    body = {"name": "masha", "password": PASSWORD}
    assert house.browser().ask("POST", "/api/session", body, Sec_Fetch_Site="cross-site").status_code == 403
    assert house.browser().client.post("/api/session", data=json.dumps(body)).status_code == 415


@pytest.mark.parametrize(
    ("name", "password"), [("masha", "wrong horse battery"), ("nemo", PASSWORD), ("ivan", PASSWORD)]
)
def test_what_was_wrong_is_not_told(house: House, name: str, password: str) -> None:
    house.add("masha", VIEWER)
    house.add("ivan", VIEWER, None)  # by the provider alone
    answer = house.browser().log_in(name, password)
    assert (answer.status_code, answer.get_json()["detail"]) == (401, "the name or the password is wrong")


def test_guesses_are_slowed_for_the_sender_and_for_the_name(house: House) -> None:
    house.add("masha", VIEWER)
    browser = house.browser()
    statuses = [browser.log_in("masha", f"guess number {number}").status_code for number in range(8)]
    assert statuses[:6] == [401] * 6
    assert statuses[6:] == [429, 429]
    assert browser.log_in("masha").status_code == 429  # else the guesser would go on during the wait
    client = create_app(house.router).test_client()
    tried = [
        client.post("/api/session", json={"name": "masha", "password": "x"}, environ_overrides={"REMOTE_ADDR": f"198.51.100.{host}"})
        for host in range(13)
    ]  # fmt: skip
    assert [one.status_code for one in tried[:11]] == [401] * 11
    assert tried[12].status_code == 429
    assert "for this name" in tried[12].get_json()["detail"]


def test_a_session_ends_unused_and_in_any_case(house: House) -> None:
    house.add("masha", VIEWER)
    store, user = house.router.store, house.router.store.user_by_name("masha")
    assert user is not None
    quick = Sessions(store, idle_seconds=-120.0, longest_seconds=600.0)
    assert quick.of_cookie(quick.begin(user, BY, agent="", way="password")[0]) is None
    brief = Sessions(store, idle_seconds=600.0, longest_seconds=0.0)
    assert brief.of_cookie(brief.begin(user, BY, agent="", way="password")[0]) is None
    usual = Sessions(store, idle_seconds=600.0, longest_seconds=600.0)
    cookies = [usual.begin(user, BY, agent="x" * 1000, way="password")[0] for _ in range(MOST_OF_USER + 2)]
    assert usual.of_cookie(cookies[0]) is None
    assert usual.of_cookie(cookies[-1]) is not None
    assert len(store.sessions(user.user_id)) == MOST_OF_USER


def test_another_role_counts_for_who_is_logged_in(house: House) -> None:
    house.add("masha", VIEWER)
    browser = house.browser()
    browser.log_in("masha")
    refused = browser.ask("POST", "/api/pause")
    assert "ivr user role masha operator" in refused.get_json()["detail"]
    users.set_role(house.router.store, BY, "masha", OPERATOR)
    fresh = Browser(house.router, create_app(house.router).test_client())
    assert fresh.log_in("masha").status_code == 201
    assert fresh.ask("POST", "/api/pause").status_code == 200
    with pytest.raises(Exception, match="no user 'nemo'"):
        users.set_role(house.router.store, BY, "nemo", OPERATOR)


def test_ones_own_password(house: House) -> None:
    house.add("masha", VIEWER)
    browser, other = house.browser(), house.browser()
    browser.log_in("masha")
    other.log_in("masha")
    assert browser.ask("PUT", "/api/session/password", {"password": "no", "new": OTHER}).status_code == 403
    assert browser.ask("PUT", "/api/session/password", {"password": PASSWORD, "new": "short"}).status_code == 400
    assert (
        browser.ask("PUT", "/api/session/password", {"password": PASSWORD, "new": "masha masha masha"}).status_code
        == 400
    )
    done = browser.ask("PUT", "/api/session/password", {"password": PASSWORD, "new": OTHER})
    assert (done.status_code, done.get_json()) == (200, {"sessions": 1})
    assert house.browser().log_in("masha").status_code == 401
    assert house.browser().log_in("masha", OTHER).status_code == 201


def test_one_time_codes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.add("masha", VIEWER)
    browser = house.browser()
    browser.log_in("masha")
    offered = browser.ask("POST", "/api/session/codes").get_json()
    secret = from_text(offered["secret"])
    assert offered["address"].startswith("otpauth://totp/ivr-router%3Amasha?secret=")
    step = int(house.router.store.now()) // 30

    def begin(code: str, password: str = PASSWORD) -> TestResponse:
        return browser.ask(
            "PUT", "/api/session/codes", {"password": password, "secret": offered["secret"], "code": code}
        )

    assert begin(code_at(secret, step - 5)).status_code == 422
    assert begin(code_at(secret, step), "wrong horse").status_code == 403
    recovery = begin(code_at(secret, step - 1)).get_json()["recovery"]
    assert len(recovery) == one_time_codes.RECOVERY_CODES
    assert recovery[0] not in repr(house.router.store.users())
    needed = house.browser().log_in("masha")
    assert (needed.status_code, needed.get_json()["code"]) == (401, "code-needed")
    assert house.browser().log_in("masha", code=code_at(secret, step - 1)).status_code == 401  # it was used
    assert house.browser().log_in("masha", code=code_at(secret, step + 1)).status_code == 201
    assert house.browser().log_in("masha", code=code_at(secret, step + 1)).status_code == 401
    assert house.browser().log_in("masha", code=recovery[3].upper()).status_code == 201
    assert house.browser().log_in("masha", code=recovery[3]).status_code == 401
    user = house.router.store.user_by_name("masha")
    assert user is not None
    assert len(user.recovery.split()) == one_time_codes.RECOVERY_CODES - 1
    assert browser.ask("DELETE", "/api/session/codes", {"password": PASSWORD}).status_code == 200
    assert house.browser().log_in("masha").status_code == 201


def test_the_secret_of_codes_is_sealed_by_the_configuration(house: House) -> None:
    house.add("masha", VIEWER)
    store, sealer = house.router.store, SecretSealer(house.router.settings.accounts)
    secret = one_time_codes.new_secret()
    recovery = users.demand_codes(store, BY, "masha", secret, 0, sealer)
    kept = store.user_by_name("masha")
    assert kept is not None
    assert secret not in kept.totp
    step = int(store.now()) // 30

    def keep(totp: bytes) -> None:
        with store.transaction() as tx:
            tx.save_user(replace(kept, totp=totp))

    keep(secret)  # as the first versions wrote it
    assert house.browser().log_in("masha", code=code_at(secret, step)).status_code == 201
    again = store.user_by_name("masha")
    assert again is not None
    assert again.totp == kept.totp  # sealed by the login
    keep(kept.totp[:-1] + bytes([kept.totp[-1] ^ 1]))
    lost = house.browser().log_in("masha", code=code_at(secret, step + 1))
    assert (lost.status_code, "MANGO_SALT_OLD" in lost.get_json()["detail"]) == (401, True)
    assert house.browser().log_in("masha", code=recovery[0]).status_code == 201


def test_admins_keep_people(house: House) -> None:
    house.add("masha", ADMIN)
    admin = house.browser()
    admin.log_in("masha")
    assert admin.ask("POST", "/api/users", {"name": "ivan", "role": "viewer", "password": PASSWORD}).status_code == 201
    assert admin.ask("POST", "/api/users", {"name": "ivan", "role": "viewer"}).status_code == 409
    for wrong in ({"name": "a b", "role": "viewer"}, {"name": "x", "role": "king"}, {"name": "x"}, [], {"nam": "x"},
                  {"name": 7, "role": "viewer"}, {"name": "x", "role": "viewer", "password": "short"}):  # fmt: skip
        assert admin.ask("POST", "/api/users", wrong).status_code == 400, wrong
    ivan = house.browser()
    ivan.log_in("ivan")
    assert [one["sessions"] for one in admin.ask("GET", "/api/users").get_json()["users"]] == [1, 1]
    assert ivan.ask("GET", "/api/users").status_code == 403
    assert admin.ask("PATCH", "/api/users/ivan", {"role": "operator", "password": OTHER}).get_json()["role"] == OPERATOR
    assert admin.ask("PATCH", "/api/users/ivan", {"has_codes": True}).status_code == 400
    assert admin.ask("PATCH", "/api/users/nemo", {"role": "viewer"}).status_code == 404
    assert admin.ask("DELETE", "/api/users/ivan/sessions").get_json()["sessions"] == 0
    assert admin.ask("DELETE", "/api/users/ivan").status_code == 200
    assert admin.ask("DELETE", "/api/users/ivan").status_code == 404
    assert house.browser().log_in("ivan", OTHER).status_code == 401
    actions = [action for actor, action, subject in house.audit(subject="ivan") if actor == "masha"]
    assert actions == ["user-remove", "user-logout", "user-password", "user-role", "user-add"]


def test_the_last_admin_stays(house: House) -> None:
    house.add("masha", ADMIN)
    admin = house.browser()
    admin.log_in("masha")
    assert admin.ask("DELETE", "/api/users/masha").status_code == 409
    assert admin.ask("PATCH", "/api/users/masha", {"role": "viewer"}).status_code == 409
    house.add("ivan", ADMIN)
    assert admin.ask("DELETE", "/api/users/masha").status_code == 200
    assert admin.ask("GET", "/api/users").status_code in (200, 401)  # it ends within seconds


def test_a_bearer_is_no_user(house: House) -> None:
    router = living_router(IVR_ADMIN_TOKEN=MASTER)
    browser = Browser(router)
    bears = {"Authorization": f"Bearer {MASTER}"}
    assert browser.ask("GET", "/api/session", **bears).get_json()["who"]["kind"] == "token"
    assert browser.ask("DELETE", "/api/session", **bears).status_code == 409
    assert browser.ask("POST", "/api/session/codes", **bears).status_code == 409
    assert browser.ask("POST", "/api/pause", **bears).status_code == 200  # without a CSRF token


def numbers_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(event_stream, "STREAM_SECONDS", 0.0)
    write_bundle(tmp_path / "flows", FIRST)
    house = House(living_router(IVR_FLOWS=str(tmp_path / "flows"), IVR_NUMBERS_ROLE="operator"))
    house.add("masha", OPERATOR)
    house.add("ivan", VIEWER)
    publish(house.router, FIRST)
    ring(house.router, "e1")
    return house


READ = ("/api/calls", "/api/calls/e1", "/api/events?after=0")


def test_who_may_not_see_numbers_gets_none_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = numbers_hidden(tmp_path, monkeypatch)
    masha, ivan = house.browser(), house.browser()
    masha.log_in("masha")
    ivan.log_in("ivan")
    for path, accept in (*((one, "application/json") for one in READ), ("/api/calls", "text/csv")):
        whole, hidden = (one.ask("GET", path, Accept=accept).get_data(as_text=True) for one in (masha, ivan))
        assert "79000000000" in whole, path
        assert "79000000000" not in hidden, path
        assert "7900*****00" in hidden, path


def test_who_may_not_see_numbers_cannot_look_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = numbers_hidden(tmp_path, monkeypatch)
    ivan = house.browser()
    ivan.log_in("ivan")
    assert ivan.ask("GET", "/api/calls?caller=79000000001").status_code == 403
    assert ivan.ask("GET", "/api/calls?q=7900").status_code == 403
    assert ivan.ask("GET", "/api/calls?flow=main").status_code == 200
