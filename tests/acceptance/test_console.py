"""The console in a real browser, beside a running router and PBX: what an operator sees and can do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.browser import needs_browser, page_of
from tests.acceptance.processes import Site, site, wait_for

pytestmark = [pytest.mark.acceptance, needs_browser]

LINE = "74950000000"
FLOW = """
flow: main
for: {lines: ["74950000000"], location: ivr}
on_error: bye
start: choose
steps:
  choose: {switch: [{when: caller.number in lists.vip, goto: bye}, {else: ask}]}
  ask: {menu: {prompt: audio.hello, first_digit: 60s, keys: {1: bye}, no_input: {goto: bye}, no_match: {goto: bye}}}
  bye: hangup
"""
RESOURCES = "audio: {hello: {id: 24, length: 2s}}\nlists: {vip: {numbers: ['74951234567']}}\n"
PBX = """
lines: {74950000000: {scheme: main}}
employees:
  101: {name: Sales, number: "sip:sales@pbx.example", behaves: answers after 1s}
audio: {24: 2s}
schemes:
  main: {silence: 60s, then: hang_up}
"""
HOSTILE = "sip:%3Cimg%20src=x%20onerror=document.title='taken'%3E@pbx.example"  # as a SIP address may be written


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("console")
    flows = directory / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
    (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    pbx = directory / "pbx.yaml"
    pbx.write_text(PBX, encoding="utf-8")
    with site(directory, pbx=pbx, flows=flows, IVR_WATCH="0") as started:
        yield started


def test_a_call_is_found_by_its_sip_call_id(running: Site) -> None:
    running.control("POST", "calls", **{"from": "79000000031", "line": LINE, "sip_call_id": "abc@crm.example"})
    running.dial(LINE, "79000000032")
    with page_of(f"{running.router}/console/") as (page, complaints):
        expect(page.locator("tbody tr", has_text="79000000032")).to_be_visible()
        page.locator("#sip").fill("abc@crm.example")
        expect(page.locator("tbody tr", has_text="79000000032")).to_have_count(0)
        page.locator("tbody tr", has_text="79000000031").click()
        expect(page.locator("#detail")).to_contain_text("abc@crm.example")
        assert complaints == []


def test_call_appears_by_itself_and_is_explained(running: Site) -> None:
    with page_of(f"{running.router}/console/") as (page, complaints):
        expect(page.locator("#state")).to_contain_text("as of")
        running.dial(LINE, "79000000021")
        row = page.locator("tbody tr", has_text="79000000021")
        row.click()
        detail = page.locator("#detail")
        expect(detail).to_contain_text("choose (switch)")
        expect(detail).to_contain_text("caller.number in lists.vip → false")
        expect(detail).to_contain_text("audio.hello")
        assert complaints == []


def test_operator_routes_a_caller_and_hangs_up(running: Site) -> None:
    entry_id = running.dial(LINE, "79000000022")
    running.wait_for_step(entry_id, "ask")
    with page_of(f"{running.router}/console/#{entry_id.replace('+', '%2B')}") as (page, complaints):
        page.get_by_placeholder("extension or number").fill("101")
        page.get_by_placeholder("why").fill("a VIP")
        page.get_by_placeholder("your name").fill("Anna")
        page.get_by_role("button", name="route", exact=True).dblclick()
        expect(page.locator("#detail")).to_contain_text("by Anna (a VIP)")
        expect(page.locator("#detail")).to_contain_text("ask (menu)taken_over")
        wait_for("the employee's answer", lambda: running.phone(entry_id)["answered"])
        expect(page.locator("#detail")).to_contain_text("answered, 101 answered")
        assert [one["command"] for one in running.call(entry_id)["commands"]].count("route") == 1
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="hang up").click()
        wait_for("the end of the call", lambda: running.phone(entry_id)["ended"])
        assert complaints == []


def test_canary_is_promoted_with_a_click(running: Site, tmp_path: Path) -> None:
    flows = Path(running.environ["IVR_FLOWS"])
    (flows / "main.yaml").write_text(FLOW.replace("60s", "59s"), encoding="utf-8")
    answer = running.http.request("POST", f"{running.router}/api/versions?canary=10%25")
    assert answer.json()["state"] == "canary"
    with page_of(f"{running.router}/console/") as (page, complaints):
        page.get_by_role("button", name="Versions").click()
        expect(page.locator("#list")).to_contain_text("canary, 10 % of callers")
        page.get_by_role("button", name="to everybody").click()
        expect(page.locator("#list")).not_to_contain_text("canary")
        assert running.get("/api/accounts")["accounts"][0]["active"] == answer.json()["version"]
        assert complaints == []


def test_pausing_asks_first_and_shows(running: Site) -> None:
    with page_of(f"{running.router}/console/") as (page, _):
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("button", name="pause").click()
        assert running.get("/api/accounts")["accounts"][0]["paused"] is False
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="pause").click()
        expect(page.locator("#state")).to_contain_text("paused")
        page.get_by_role("button", name="resume").click()
        expect(page.locator("#state")).not_to_contain_text("paused")
        assert running.get("/api/accounts")["accounts"][0]["paused"] is False


def test_what_a_caller_chooses_is_never_markup(running: Site) -> None:
    running.dial(LINE, HOSTILE)
    with page_of(f"{running.router}/console/") as (page, complaints):
        expect(page.locator("#list")).to_contain_text("<img")
        assert page.title() == "IVR router"
        assert complaints == []


def test_every_view_opens(running: Site) -> None:
    with page_of(f"{running.router}/console/") as (page, complaints):
        for name, word in {
            "Commands": "play/start",
            "Limits": "route",
            "Versions": "active",
            "Calls": "Started",
        }.items():
            page.get_by_role("button", name=name).click()
            expect(page.locator("#list")).to_contain_text(word)
        assert complaints == []


@pytest.mark.parametrize("broken", ["%", "%zz", "%E0%A4%A", "%FF", "nobody", "%00", ".", "..", "../versions", "a?b#c"])
def test_an_address_that_names_no_call_does_no_harm(running: Site, broken: str) -> None:
    entry_id = running.dial(LINE, "79000000041")
    with page_of(f"{running.router}/console/#{broken}") as (page, complaints):
        expect(page.locator("#detail")).to_contain_text("there is no such")
        row = page.locator("tbody tr", has_text="79000000041").first
        expect(row).to_be_visible()
        expect(page.locator("#state")).to_contain_text("as of")
        row.click()
        expect(page.locator("#detail")).to_contain_text("choose (switch)")
        page.evaluate("hash => { location.hash = hash }", f"#{broken}")
        expect(page.locator("#detail")).to_contain_text("there is no such")
        assert [one for one in complaints if "404" not in one] == []
    running.hang_up(entry_id)
