"""People at the console: logging in, the own password and codes, what a role may not do, and adding somebody."""

import re
import time
from collections.abc import Iterator
from shutil import copytree

import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from router.runtime.administration import users
from router.runtime.administration.audit import CLI, Actor
from router.runtime.administration.one_time_codes import address, code_at, from_text
from router.store import open_store
from tests.acceptance.processes import Site, router
from tests.console.conftest import BUNDLE
from tests.console.visitor import PHONE, Visitor, barriers

pytestmark = pytest.mark.acceptance

PIXELS = """picture => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, Array.from({ length: data.length / 4 }, (_, at) => data[4 * at])];
}"""

PASSWORD, OTHER = "correct horse battery", "another horse battery"
ROOT = Actor(name="root", via=CLI)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A router with an admin and a viewer, so that everybody has to log in."""
    directory = tmp_path_factory.mktemp("people")
    flows = copytree(BUNDLE / "flows", directory / "flows")
    with router(directory, "127.0.0.1:9", flows=flows, workers=1, IVR_WATCH="0") as site:
        store = open_store(site.environ["IVR_DATABASE"])
        for name, role in (("masha", "admin"), ("ivan", "viewer")):
            users.add_user(store, ROOT, name=name, role=role, password=PASSWORD)
        store.close()
        yield site


@pytest.fixture
def guest(browser: Browser, guarded: Site) -> Iterator[Visitor]:
    person = Visitor(browser, guarded)
    person.expect_complaint("401")
    person.expect_complaint("403")
    yield person
    person.leave()
    assert person.complaints() == []


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").first.click()


def seen_by_a_phone(page: Page) -> str:
    """What a scanner reads from the QR code as the browser draws it."""
    picture = page.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    width, pixels = picture.evaluate(PIXELS)
    grey = memoryview(bytes(pixels)).cast("B", shape=[len(pixels) // width, width])
    (code,) = zxingcpp.read_barcodes(grey)
    return str(code.text)


def test_an_admin_adds_somebody_who_begins_with_codes(guest: Visitor) -> None:
    page = guest.open("/people")
    log_in(page, "masha", "wrong horse battery")
    expect(page.get_by_role("alert")).to_have_text("the name or the password is wrong")
    log_in(page, "masha")
    expect(page.get_by_role("heading", name="Everybody")).to_be_visible()
    assert barriers(page) == []
    add = page.get_by_role("form", name="Add somebody")
    add.get_by_label("Name").fill("olga")
    add.get_by_label("Role").select_option("operator")
    add.get_by_label("Password").fill(OTHER)
    add.get_by_role("button", name="Add").click()
    expect(page.get_by_role("row", name=re.compile("^olga"))).to_be_visible()

    own = guest.open("/people", screen=PHONE)
    log_in(own, "olga", OTHER)
    expect(own.get_by_role("heading", name="Everybody")).to_be_hidden()
    own.get_by_role("button", name="Begin with codes").click()
    secret = from_text(own.locator("code.secret").inner_text())
    assert seen_by_a_phone(own) == address(secret, "olga")
    own.get_by_label("Code", exact=True).fill(code_at(secret, int(time.time()) // 30))
    own.locator("form", has_text="Scan the code").get_by_label("Password").fill(OTHER)
    own.locator("form", has_text="Scan the code").get_by_role("button").click()
    expect(own.locator(".codes li")).to_have_count(10)
    recovery = own.locator(".codes li").first.inner_text()
    assert barriers(own) == []
    own.get_by_role("button", name="Log out").click()
    log_in(own, "olga", OTHER)
    own.get_by_label("Code of the authenticator app").fill(recovery)
    own.get_by_role("button", name="Log in").first.click()
    expect(own.get_by_role("heading", name="You")).to_be_visible()

    page.get_by_role("row", name=re.compile("^olga")).get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_label("Why").fill("left")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("row", name=re.compile("^olga"))).to_be_hidden()


def test_a_viewer_is_refused_what_a_viewer_may_not(guest: Visitor) -> None:
    page = guest.open("/now")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert barriers(page) == []
    log_in(page, "ivan")
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    expect(page.locator(".diagram")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    guest.expect_complaint("403")
    asked = "fetch('../api/pause', {method: 'POST', headers: {'X-CSRF-Token': token}}).then(answer => answer.json())"
    token = page.evaluate("fetch('../api/session').then(answer => answer.json())")["csrf"]
    refused = page.evaluate(f"token => {asked}", token)
    assert refused["detail"].startswith("this needs the role operator, and ivan has the role viewer")
    page.reload()  # the cookie is the browser's
    expect(page.get_by_role("link", name="ivan")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_in_russian(guest: Visitor) -> None:
    page = guest.open("/people", language="ru", theme="dark")
    page.get_by_label("Имя").fill("masha")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").first.click()
    expect(page.get_by_role("heading", name="Люди")).to_be_visible()
    assert barriers(page) == []
