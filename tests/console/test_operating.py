"""What an operator does: finds a call, reads why, routes and ends it, pauses, promotes a canary."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.processes import Site, wait_for
from tests.console.visitor import Visitor

pytestmark = pytest.mark.acceptance

LINE = "74950000000"


def address_of(entry_id: str) -> str:
    return entry_id.replace("+", "%2B")


def test_call_appears_by_itself_and_is_explained(visitor: Visitor, running: Site) -> None:
    page = visitor.open()
    expect(page.locator(".connection")).to_have_text("live")
    entry_id = running.dial(LINE, "79000000021")
    page.locator("tbody tr", has_text="79000000021").click()
    detail = page.locator("main")
    expect(detail).to_contain_text("choose (switch)")
    expect(detail).to_contain_text("caller.number in lists.vip → false")
    expect(detail).to_contain_text("audio.hello")
    running.hang_up(entry_id)


def test_call_is_found_by_its_sip_call_id(visitor: Visitor, running: Site) -> None:
    running.control("POST", "calls", **{"from": "79000000031", "line": LINE, "sip_call_id": "abc@crm.example"})
    other = running.dial(LINE, "79000000032")
    page = visitor.open("/find")
    expect(page.locator("tbody tr", has_text="79000000032")).to_be_visible()
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("sip_call_id").fill("abc@crm.example")
    expect(page.locator("tbody tr", has_text="79000000032")).to_have_count(0)
    expect(page).to_have_url(re.compile("sip_call_id=abc%40crm.example"))
    page.locator("tbody tr", has_text="79000000031").click()
    expect(page.locator("main")).to_contain_text("abc@crm.example")
    page.go_back()
    expect(page.get_by_label("sip_call_id")).to_have_value("abc@crm.example")
    running.hang_up(other)


def test_operator_routes_a_caller_and_hangs_up(visitor: Visitor, running: Site) -> None:
    entry_id = running.dial(LINE, "79000000022")
    running.wait_for_step(entry_id, "ask")
    page = visitor.open(address_of(entry_id))
    page.get_by_role("combobox", name="Command").select_option("Play")
    page.get_by_label("Recording").fill("25")
    page.get_by_label("Why", exact=True).fill("to calm the caller")
    page.get_by_label("Your name").fill("Anna")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("main")).to_contain_text("by Anna (to calm the caller)")
    page.get_by_role("combobox", name="Command").select_option("Route")
    page.get_by_label("Route to").fill("101")
    page.get_by_label("Why", exact=True).fill("a VIP")
    page.get_by_role("button", name="Route", exact=True).dblclick()
    expect(page.locator("main")).to_contain_text("by Anna (a VIP)")
    wait_for("the employee's answer", lambda: running.phone(entry_id)["answered"])
    expect(page.locator("main")).to_contain_text("answered, 101 answered")
    assert [one["command"] for one in running.call(entry_id)["commands"]].count("route") == 1
    page.get_by_role("combobox", name="Command").select_option("Transfer")
    page.get_by_label("Transfer to").fill("102")
    page.get_by_label("Why", exact=True).fill("knows the case")
    page.get_by_role("button", name="Transfer", exact=True).click()
    expect(page.locator("main")).to_contain_text("by Anna (knows the case): answered, 102 answered")
    page.get_by_role("button", name="Hang up").click()
    page.get_by_role("dialog").get_by_role("button", name="Hang up").click()
    wait_for("the end of the call", lambda: running.phone(entry_id)["ended"])


def test_canary_is_promoted_with_a_click(visitor: Visitor, running: Site) -> None:
    flow = Path(running.environ["IVR_FLOWS"]) / "main.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("60s", "59s"), encoding="utf-8")
    answer = running.http.request("POST", f"{running.router}/api/versions?canary=10%25")
    assert answer.json()["state"] == "canary"
    page = visitor.open("/change")
    expect(page.locator("main")).to_contain_text("canary, 10% of callers")
    page.get_by_role("button", name="To everybody").click()
    page.get_by_role("dialog").get_by_label("Why").fill("it does well")
    page.get_by_role("dialog").get_by_role("button", name="To everybody").click()
    expect(page.locator("main")).not_to_contain_text("canary")
    assert running.get("/api/accounts")["accounts"][0]["active"] == answer.json()["version"]
    assert running.get("/api/audit")["audit"][0]["reason"] == "it does well"


def test_pausing_asks_first_and_shows(visitor: Visitor, running: Site) -> None:
    page = visitor.open()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert running.get("/api/accounts")["accounts"][0]["paused"] is False
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("main")).not_to_contain_text("Paused")
    assert running.get("/api/accounts")["accounts"][0]["paused"] is False
