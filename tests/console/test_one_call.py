"""The page of a call answers why it went where it went, and what else can be made of it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.processes import Site, wait_for
from tests.console.visitor import PHONE, Visitor, barriers

pytestmark = pytest.mark.acceptance

LINE, CALLER = "74950000000", "79000000041"


@pytest.fixture(scope="module")
def over(running: Site) -> str:
    """A caller who pressed 1, talked to sales, and hung up; its address."""
    entry_id = running.dial(LINE, CALLER)
    running.wait_for_step(entry_id, "ask")
    wait_for("the prompt", lambda: running.call(entry_id)["commands"][0]["confirmed"])
    running.press(entry_id, "1")
    wait_for("the employee's answer", lambda: running.phone(entry_id)["answered"])
    running.hang_up(entry_id)
    wait_for("the end of the call", lambda: running.call(entry_id)["ended"])
    return f"/call/{re.sub(r'[+/=]', lambda sign: f'%{ord(sign[0]):02X}', entry_id)}"


def section(page: Page, name: str) -> str:
    return page.get_by_role("region", name=name, exact=True).inner_text()


def test_why_it_went_there_stands_on_one_page(visitor: Visitor, over: str) -> None:
    page = visitor.open(over)
    expect(page.locator("svg.diagram g.step.taken")).to_have_count(5)
    taken = page.locator("svg.diagram g.step.taken").evaluate_all("steps => steps.map(one => one.dataset.step)")
    assert sorted(taken) == ["ask", "choose", "done", "sales", "talking"]
    expect(page.locator("svg.diagram path.edge.taken")).to_have_count(4)
    expect(page.locator(".clauses .decided").first).to_contain_text("caller.number in lists.vip")
    assert "Sales 1, support 2." in section(page, "What the caller heard")
    assert "a key" in section(page, "What the caller heard")
    axis = page.get_by_role("img", name="The call by the second")
    assert {"Legs", "Steps", "Heard", "Keys", "Commands"} <= set(axis.locator(".lane-name").all_text_contents())
    assert barriers(page) == []


def test_a_step_is_the_same_everywhere(visitor: Visitor, over: str) -> None:
    page = visitor.open(over)
    page.get_by_role("button", name="sales (route)").click()
    expect(page.locator("svg.diagram g.step.chosen")).to_have_attribute("data-step", "sales")
    expect(page.locator(".axis .bar.chosen title")).to_contain_text("sales (route)")
    page.locator("svg.diagram g.step[data-step=ask]").click()
    expect(page.locator("tr[aria-selected=true]")).to_contain_text("ask (menu)")


def test_raw_events_come_when_they_are_asked_for(visitor: Visitor, over: str) -> None:
    page = visitor.open(over)
    expect(page.locator(".records li")).to_have_count(0)
    page.get_by_text("Raw events, as they came").click()
    expect(page.locator(".records pre").first).to_contain_text('"call_state": "Appeared"')


def test_it_becomes_a_test_and_a_masked_file(visitor: Visitor, over: str, tmp_path: Path) -> None:
    page = visitor.open(over)
    page.get_by_role("button", name="As a test").click()
    expect(page.get_by_role("dialog")).to_contain_text("The test passes")
    expect(page.get_by_role("dialog").locator("pre")).to_contain_text('expect: {route: "person sales"}')
    page.keyboard.press("Escape")
    page.get_by_label("numbers masked").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "call.json")
    text = (tmp_path / "call.json").read_text(encoding="utf-8")
    assert json.loads(text)["outcome"] == "answered"
    assert CALLER not in text


def test_it_is_replayed_against_a_draft(visitor: Visitor, running: Site, over: str) -> None:
    draft = running.http.request(
        "POST", f"{running.router}/api/drafts", json={"name": "sales are asked for by 4"}
    ).json()
    main = (
        (Path(running.environ["IVR_FLOWS"]) / "main.yaml").read_text(encoding="utf-8").replace("1: sales", "4: sales")
    )
    path = f"/api/drafts/{draft['draft_id']}"
    running.http.request("PATCH", f"{running.router}{path}", json={"revision": 1, "files": {"main.yaml": main}})
    page = visitor.open(over)
    page.get_by_role("button", name="Replay against…").click()
    page.get_by_label("Version or draft").select_option(label="draft: sales are asked for by 4")
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("It ends elsewhere.")
    expect(page.locator(".diff .gone", has_text="sales by answered")).to_be_visible()
    assert barriers(page) == []


def test_it_is_played_by_phone_from_one_of_its_steps(visitor: Visitor, over: str) -> None:
    page = visitor.open(over)
    page.get_by_role("button", name="sales (route)").click()
    page.get_by_role("link", name="Play it from sales").click()
    expect(page.locator(".place")).to_have_text("sales · a phone rings")
    page.get_by_role("button", name="Is busy").click()
    expect(page.locator(".place")).to_contain_text("over")


def test_a_phones_screen_and_both_languages(visitor: Visitor, over: str) -> None:
    page = visitor.open(over, language="ru", theme="dark", screen=PHONE)
    expect(page.get_by_role("heading", name="Что слышал звонящий")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert barriers(page) == []


def test_an_operator_plays_a_recording_to_a_caller(visitor: Visitor, running: Site) -> None:
    entry_id = running.dial(LINE, "79000000042")
    running.wait_for_step(entry_id, "ask")
    page = visitor.open(entry_id.replace("+", "%2B"))
    page.get_by_role("combobox", name="Command").select_option("play")
    page.get_by_label("Recording").fill("25")
    page.get_by_label("Why", exact=True).fill("a long wait")
    page.get_by_label("Your name").fill("Anna")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("main")).to_contain_text("by Anna (a long wait)")
    assert "play/start" in [one["command"] for one in running.call(entry_id)["commands"] if one.get("given")]
    running.hang_up(entry_id)
