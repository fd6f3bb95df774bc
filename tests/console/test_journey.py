"""One day of the people at the console, in one browser: who watches calls, who writes flows, who changes rules meanwhile."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, Page, expect

from router.runtime.administration import users
from router.runtime.administration.audit import CLI, Actor
from router.runtime.administration.roles import ROLES
from router.store import open_store
from tests.acceptance.processes import Site, site
from tests.console.conftest import BUNDLE
from tests.console.test_flows import begin, content, line, rewrite
from tests.console.test_now import at
from tests.console.test_people import log_in
from tests.console.visitor import Visitor, barriers

pytestmark = pytest.mark.acceptance

LINE = "74950000000"
ROOT = Actor(name="root", via=CLI)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A router with its PBX, and a user of each role, called as it is."""
    directory = tmp_path_factory.mktemp("journey")
    flows = copytree(BUNDLE / "flows", directory / "flows")
    with site(directory, pbx=BUNDLE / "pbx.yaml", flows=flows, workers=2, IVR_WATCH="0") as running:
        store = open_store(running.environ["IVR_DATABASE"])
        for role in ROLES:
            users.add_user(store, ROOT, name=role, role=role, password=PASSWORD)
        store.close()
        yield running


@pytest.fixture
def person(browser: Browser, office: Site) -> Iterator[Visitor]:
    someone = Visitor(browser, office)
    someone.expect_complaint("401")  # of who is not yet logged in
    yield someone
    someone.leave()
    assert someone.complaints() == []


def test_from_the_first_look_to_a_test_that_passes(person: Visitor, office: Site, tmp_path: Path) -> None:
    page = person.open("/now")
    log_in(page, "admin", PASSWORD)
    callers = three_calls_move(page, office)
    why_is_read(page)
    page.go_back()
    office.hang_up(callers[2])
    a_mistake_becomes_advice(page)
    the_change_is_reviewed(page)
    a_canary_is_promoted(page)
    the_older_version_drains(page, office, callers[:2])
    it_is_taken_back(page)
    text = a_call_by_phone_becomes_a_test(page)
    flows = copytree(office.environ["IVR_FLOWS"], tmp_path / "flows")
    (flows / "main.test.yaml").write_text(text, encoding="utf-8")
    assert office.ivr("test", str(flows)).returncode == 0


def three_calls_move(page: Page, office: Site) -> list[str]:
    expect(page.locator(".connection")).to_have_text("live")
    callers = [office.dial(LINE, f"7900000051{number}") for number in range(3)]
    expect(at(page, "main", "ask")).to_have_text("3")
    office.press(callers[0], "2")
    expect(at(page, "main", "ask")).to_have_text("2")
    expect(at(page, "support", "which")).to_have_text("1")
    return callers


def why_is_read(page: Page) -> None:
    page.locator("tbody tr", has_text="79000000511").click()
    steps = page.locator("main")
    expect(steps).to_contain_text("caller.number in lists.vip → false")
    expect(steps).to_contain_text("Sales 1, support 2.")
    expect(page.locator('.diagram g.step.taken[data-step="ask"]')).to_be_visible()


def a_mistake_becomes_advice(page: Page) -> None:
    """And what was meant is written beside it."""
    page.get_by_role("link", name="Flows").click()
    begin(page, "say goodbye kindly")
    rewrite(page, "start: choose", "start: chose")
    finding = page.get_by_role("region", name="Findings").get_by_role("listitem").filter(has_text="`chose`")
    finding.get_by_role("button", name="Take the advice").click()
    expect(line(page, "start:")).to_have_text(re.compile("start: choose$"))
    expect(finding).to_have_count(0)
    rewrite(page, "bye: hangup", "bye: release")


def the_change_is_reviewed(page: Page) -> None:
    page.get_by_role("button", name="Review and publish").click()
    changes = page.get_by_role("region", name="What changes")
    expect(changes.locator("li.changed").first).to_contain_text("bye")
    expect(changes.locator("figure .step.changed")).to_have_count(2)
    replay = page.get_by_role("region", name="The callers of the last days")
    replay.get_by_role("button", name="Replay them").click()
    expect(replay.get_by_role("status")).to_contain_text("0 of 1 would end elsewhere")


def a_canary_is_promoted(page: Page) -> None:
    publish = page.get_by_role("form", name="Publish")
    publish.get_by_label("What is it about?").fill("release in place of hanging up")
    publish.locator("[name=share]").select_option("10%")
    publish.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("region", name="Canary: default")).to_be_visible()
    page.get_by_role("button", name="To everybody").click()
    confirm(page, "To everybody", "it does well")
    expect(page.get_by_role("region", name="Canary: default")).to_have_count(0)


def the_older_version_drains(page: Page, office: Site, callers: list[str]) -> None:
    """Seen at both places, and without a reload."""
    draining = page.get_by_role("row").filter(has_text="its calls are ending")
    expect(draining.locator("[data-title='Live calls']")).to_have_text("2")
    office.hang_up(callers[0])
    expect(draining.locator("[data-title='Live calls']")).to_have_text("1")
    page.get_by_role("link", name="Now").click()
    older = page.get_by_role("navigation", name="Flows").get_by_role("link", name="version")
    expect(older).to_contain_text("1")
    office.hang_up(callers[1])
    expect(older).to_have_count(0)
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_role("button", name="Activate")).to_be_visible()
    expect(draining).to_have_count(0)


def it_is_taken_back(page: Page) -> None:
    page.get_by_role("button", name="Activate").click()
    confirm(page, "Activate", "callers did not like it")
    audit = page.get_by_role("region", name="Who changed what").first
    for told in ("callers did not like it", "it does well", "release in place of hanging up", "promote"):
        expect(audit).to_contain_text(told)


def confirm(page: Page, action: str, reason: str) -> None:
    page.get_by_role("dialog").get_by_label("Why").fill(reason)
    page.get_by_role("dialog").get_by_role("button", name=action).click()


def a_call_by_phone_becomes_a_test(page: Page) -> str:
    """A real one, of which the emulator's employees leave everything to us; the text of the file of tests."""
    page.get_by_role("link", name="Phone").click()
    page.get_by_label("What answers").select_option(label="live, in the emulator")
    page.locator("input[name=line]").fill(LINE)
    page.get_by_label("Caller").fill("79000000529")
    page.get_by_role("button", name="Dial").click()
    place = page.locator(".place")
    expect(place).to_have_text("ask · in the menu")
    expect(page.locator(".transcript")).to_contain_text("Sales 1, support 2.")
    page.keyboard.press("1")
    expect(place).to_have_text("sales · a phone rings · 101")
    assert barriers(page) == []
    page.get_by_role("button", name="Answers").click()
    expect(place).to_have_text("talking · talking · 101")
    page.get_by_role("button", name="Holds").click()
    expect(place).to_have_text("talking · on hold · 101")
    page.get_by_role("button", name="Takes back").click()
    page.get_by_label("Transfer to").fill("102")
    page.get_by_role("button", name="Transfer", exact=True).click()
    expect(place).to_contain_text("a phone rings · 102")
    page.get_by_role("button", name="Answers").click()
    expect(place).to_contain_text("talking · 102")
    page.get_by_role("button", name="Hang up").click()
    expect(place).to_contain_text("over")
    page.get_by_label("What the test is called").fill("by phone")
    page.get_by_role("combobox", name="For").select_option(label="draft: say goodbye kindly")
    page.get_by_role("button", name="Save as a test").click()
    expect(page.locator("main")).to_contain_text("The test passes.")
    text = page.locator(".saved pre").inner_text()
    page.get_by_role("button", name="Put it into the draft").click()
    expect(page.locator(".toasts")).to_contain_text("main.test.yaml of the draft has it")
    the_drafts_tests_pass(page)
    return text


def the_drafts_tests_pass(page: Page) -> None:
    page.get_by_role("link", name="Flows").click()
    page.get_by_role("row").filter(has_text="say goodbye kindly").click()
    expect(content(page)).to_be_visible()
    page.get_by_role("button", name="Run the tests").click()
    expect(page.get_by_role("region", name="Tests")).to_contain_text("1 passed, 0 failed")


IN_RUSSIAN = {
    "Сейчас": "Сейчас", "Поиск": "Звонки", "Сценарии": "Сценарии", "Версии": "Версии", "Показатели": "Показатели",
    "Телефон": "Телефон", "Люди": "Люди",
}  # fmt: skip
"""The link of each page, and its heading."""


def test_every_page_speaks_the_language_that_was_chosen(person: Visitor) -> None:
    page = person.open("/now")
    log_in(page, "admin", PASSWORD)
    page.get_by_label("Language").select_option("ru")
    for link, heading in IN_RUSSIAN.items():
        page.get_by_role("navigation").get_by_role("link", name=link, exact=True).click()
        expect(page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Люди", exact=True)).to_be_visible()


REFUSED = {
    "viewer": [("POST", "phone/calls"), ("POST", "pause"), ("POST", "drafts"), ("GET", "audit")],
    "operator": [("POST", "drafts"), ("POST", "versions"), ("GET", "users")],
    "author": [("GET", "audit"), ("POST", "users"), ("POST", "tokens")],
}
SEEN = {"Dial": "operator", "Pause": "operator", "Begin a draft": "author", "Add": "admin"}
"""Buttons, each of a page, and the role from which on they are there."""
PLACES = {"Dial": "phone", "Pause": "now", "Begin a draft": "flows", "Add": "people"}
ASK = "([method, path, csrf]) => fetch('../api/' + path, {method, headers: {'X-CSRF-Token': csrf}}).then(answer => answer.json())"


@pytest.mark.parametrize("role", REFUSED)
def test_a_role_sees_what_it_may_and_is_refused_the_rest(person: Visitor, role: str) -> None:
    person.expect_complaint("403")
    page = person.open("/now")
    log_in(page, role, PASSWORD)
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    for button, needed in SEEN.items():
        page.evaluate("place => { location.hash = '#/' + place; }", PLACES[button])
        expect(page.locator(f"main[data-page={PLACES[button]}] h1").first).to_be_visible()
        expect(page.locator("main :is(td, .diagram, form, dl, .card, .empty)").first).to_be_visible()
        shown = page.locator("main").get_by_role("button", name=button, exact=True)
        expect(shown).to_have_count(int(ROLES.index(role) >= ROLES.index(needed)))
    csrf = page.evaluate("fetch('../api/session').then(answer => answer.json())")["csrf"]
    for method, path in REFUSED[role]:
        answer = page.evaluate(ASK, [method, path, csrf])
        assert (answer["code"], answer["has"]) == ("role", role), answer
