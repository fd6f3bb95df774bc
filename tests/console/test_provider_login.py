"""Logging in with the company's account in a real browser, against a small OpenID Connect provider of this test's own. It is
another site than the router: `localhost` beside `127.0.0.1`."""

import threading
from collections.abc import Iterator
from shutil import copytree
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from router.runtime.administration import users
from router.runtime.administration.audit import CLI, Actor
from router.store import open_store
from tests.acceptance.processes import Site, router
from tests.console.conftest import BUNDLE
from tests.console.visitor import PHONE, Visitor, barriers
from tests.web import test_provider

pytestmark = pytest.mark.acceptance

PASSWORD = "correct horse battery"
PAGE = """<!doctype html><html lang=en><title>Company</title><link rel=icon href="data:,"><h1>{title}</h1>{links}"""


class Provider(test_provider.Provider):
    """With pages for people: one to log in, which may also be refused, and one to log out."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = Pages
        self.issuer = self.calls_itself = f"http://localhost:{self.server_port}"
        self.is_away = False

    def back(self, **told: str) -> str:
        return f"{self.asked['redirect_uri']}?{urlencode({'state': self.asked['state'], **told})}"


class Pages(test_provider.Handler):
    server: Provider

    def do_GET(self) -> None:  # noqa: N802  # as the library calls it
        provider, place = self.server, urlsplit(self.path)
        if provider.is_away:
            self.send_error(503)
        elif place.path == "/login":
            provider.asked = {name: one for name, [one] in parse_qs(place.query).items()}
            ways = {"Go on as Masha": provider.back(code="c0de"), "Refuse": provider.back(error="access_denied")}
            links = [f"<a href='{address.replace('&', '&amp;')}'>{name}</a>" for name, address in ways.items()]
            self._show("Company login", "\n".join(links))
        elif place.path == "/logout":
            self._show("Company logout", place.query)
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        if self.server.is_away:
            self.send_error(503)
        else:
            super().do_POST()

    def _describes_itself(self) -> dict[str, Any]:
        return {**super()._describes_itself(), "end_session_endpoint": f"{self.server.issuer}/logout"}

    def _show(self, title: str, links: str) -> None:
        body = PAGE.format(title=title, links=links).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def company() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, company: Provider) -> Iterator[Site]:
    """A router that knows the provider, and one person with a password, for when the provider is away."""
    directory = tmp_path_factory.mktemp("provider")
    flows = copytree(BUNDLE / "flows", directory / "flows")
    settings = {
        "IVR_OIDC_ISSUER": company.issuer,
        "IVR_OIDC_CLIENT_ID": "router",
        "IVR_OIDC_CLIENT_SECRET": "se-cret",
        "IVR_OIDC_ROLES": "writers=author, wall=viewer",
        "IVR_OIDC_ROLES_CLAIM": "realm_access.roles",
    }
    with router(directory, "127.0.0.1:9", flows=flows, workers=1, IVR_WATCH="0", **settings) as site:
        store = open_store(site.environ["IVR_DATABASE"])
        users.add_user(store, Actor(name="root", via=CLI), name="ivan", role="admin", password=PASSWORD)
        store.close()
        yield site


@pytest.fixture
def guest(browser: Browser, guarded: Site, company: Provider) -> Iterator[Visitor]:
    company.claims = {"email": "masha@example.org", "email_verified": True, **groups("wall", "writers")}
    company.is_away = False
    person = Visitor(browser, guarded)
    for said in ("401", "403", "favicon"):
        person.expect_complaint(said)
    yield person
    person.leave()
    assert person.complaints() == []


def groups(*names: str) -> dict[str, Any]:
    return {"realm_access": {"roles": list(names)}}


def log_in(page: Page, answer: str = "Go on as Masha") -> None:
    page.get_by_role("link", name="Log in with the company's account").click()
    expect(page.get_by_role("heading", name="Company login")).to_be_visible()
    page.get_by_role("link", name=answer).click()


def test_in_by_the_company_with_the_role_of_a_group_and_out(guest: Visitor, company: Provider) -> None:
    page = guest.open("/flows")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert barriers(page) == []
    log_in(page)
    expect(page.get_by_role("link", name="masha@example.org")).to_be_visible()
    page.get_by_role("link", name="Flows").click()
    expect(page.get_by_role("button", name="Begin a draft")).to_be_visible()  # an author, the higher of two
    page.get_by_role("button", name="Log out").click()
    expect(page.locator(".login")).to_contain_text("still logged in at its provider")
    assert barriers(page) == []
    page.get_by_role("link", name="Log out there, too").click()
    expect(page.get_by_role("heading", name="Company logout")).to_be_visible()
    expect(page.locator("body")).to_contain_text("client_id=router")
    page.go_back()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()

    company.claims |= groups("wall")  # moved at the company
    log_in(page)
    page.get_by_role("link", name="masha@example.org").click()
    expect(page.locator("main")).to_contain_text("viewer: sees calls and versions")
    page.get_by_role("link", name="Flows").click()
    expect(page.get_by_role("heading", name="Flows", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Begin a draft")).to_have_count(0)


@pytest.mark.parametrize(
    ("claims", "answer", "said"),
    [
        ({"aud": "another program"}, "Go on as Masha", "The company's account was not accepted"),
        ({}, "Refuse", "The company's account was not accepted"),
        (groups("strangers"), "Go on as Masha", "has no user here"),
    ],
    ids=["for another program", "refused there", "in no group"],
)
def test_who_is_not_let_in(guest: Visitor, company: Provider, claims: dict[str, Any], answer: str, said: str) -> None:
    company.claims |= claims
    page = guest.open("/now")
    log_in(page, answer)
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert barriers(page) == []
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_provider_that_goes_away_is_told_and_a_password_still_does(guest: Visitor, company: Provider) -> None:
    page = guest.open("/now", language="ru", theme="dark", screen=PHONE)
    page.get_by_role("link", name="Войти под учётной записью компании").click()
    expect(page.get_by_role("heading", name="Company login")).to_be_visible()
    company.is_away = True
    page.get_by_role("link", name="Go on as Masha").click()
    expect(page.get_by_role("alert")).to_contain_text("запись компании не принята")
    assert barriers(page) == []
    page.get_by_label("Имя").fill("ivan")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").first.click()
    expect(page.get_by_role("heading", name="Сейчас")).to_be_visible()
