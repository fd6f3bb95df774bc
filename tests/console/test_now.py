"""Now: numbers on the diagram move as calls do, alarms are said in words, limits and the doctor are there."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.processes import Site
from tests.console.visitor import Visitor

pytestmark = pytest.mark.acceptance

LINE = "74950000000"


def at(page: Page, flow: str, step: str) -> Locator:
    """The number at a step."""
    return page.locator(f'g.panel[data-flow="{flow}"] g.step[data-step="{step}"] .badge text')


def test_numbers_move_with_the_calls(visitor: Visitor, idle: Site) -> None:
    running = idle
    page = visitor.open("/now?flow=main")
    expect(page.locator(".connection")).to_have_text("live")
    ids = [running.dial(LINE, f"7900000007{number}") for number in range(3)]
    expect(at(page, "main", "ask")).to_have_text("3")
    expect(page.locator(".sum b")).to_have_text("3")
    running.press(ids[0], "2")
    expect(at(page, "support", "which")).to_have_text("1")
    expect(at(page, "main", "ask")).to_have_text("2")
    page.locator('g.panel[data-flow="main"] g.step[data-step="ask"]').click()
    expect(page.get_by_role("heading", name="Calls at ask: 2")).to_be_visible()
    expect(page.locator("tbody tr", has_text="79000000070")).to_have_count(0)
    page.locator("tbody tr", has_text="79000000071").click()
    expect(page).to_have_url(re.compile("#/call/"))
    page.go_back()
    for entry_id in ids:
        running.hang_up(entry_id)
    expect(at(page, "main", "ask")).to_be_hidden()
    expect(page.get_by_role("heading", name="Calls at ask: 0")).to_be_visible()


def test_a_step_is_chosen_by_keys(visitor: Visitor) -> None:
    page = visitor.open("/now?flow=main")
    step = page.locator('g.panel[data-flow="support"] g.step[data-step="which"]')
    step.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"step=support\.which"))
    expect(step).to_have_class(re.compile("chosen"))
    page.keyboard.press("Enter")
    expect(step).not_to_have_class(re.compile("chosen"))


def test_alarms_are_said_in_the_chosen_language(visitor: Visitor, running: Site) -> None:
    running.http.request("POST", f"{running.router}/api/pause?reason=a+drill")
    page = visitor.open("/now", language="ru")
    expect(page.locator(".alarms li.warning", has_text="Приостановлено")).to_be_visible()
    running.http.request("POST", f"{running.router}/api/resume")
    expect(page.locator(".alarms li", has_text="Приостановлено")).to_have_count(0)


def test_what_was_well_is_not_said_when_nothing_can_be_asked(visitor: Visitor, running: Site) -> None:
    visitor.expect_complaint("503")
    page = visitor.open("/now")
    standing = page.locator(".well, .alarms")
    expect(standing).to_be_visible()
    away = {"status": 503, "title": "Service Unavailable", "detail": "the database cannot be reached"}
    for asked in ("alarms", "commands", "limits", "accounts"):
        page.route(re.compile(f"/api/{asked}"), lambda route: route.fulfill(status=503, json=away))
    call = running.dial(LINE, "79000000079")
    expect(page.get_by_role("alert")).to_contain_text("the database cannot be reached")
    expect(standing).to_have_count(0)
    page.unroute_all()
    running.hang_up(call)
    expect(standing).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_limits_are_gauges_with_a_forecast(visitor: Visitor) -> None:
    page = visitor.open("/now")
    gauge = page.get_by_role("meter", name="route")
    expect(gauge).to_have_attribute("aria-valuemax", re.compile(r"\d+"))
    expect(page.get_by_text("A new command would wait")).to_be_visible()


def test_the_doctor_is_asked(visitor: Visitor) -> None:
    page = visitor.open("/now")
    page.get_by_role("button", name="Examine").click()
    expect(page.locator(".checks li.ok").first).to_be_visible()
    expect(page.locator(".checks")).to_contain_text("configuration")


def test_events_that_are_missed_are_caught_up_with(visitor: Visitor, running: Site) -> None:
    page = visitor.open("/now?flow=main")
    expect(page.locator(".connection")).to_have_text("live")
    visitor.expect_complaint("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    expect(page.locator(".connection")).to_have_text(re.compile("no connection|live"))
    entry_id = running.dial(LINE, "79000000079")
    running.wait_for_step(entry_id, "ask")
    page.context.set_offline(False)
    expect(page.locator("tbody tr", has_text="79000000079")).to_be_visible()
    running.hang_up(entry_id)
    expect(page.locator("tbody tr", has_text="79000000079")).to_have_count(0)


def test_a_hidden_tab_holds_no_stream_and_catches_up(visitor: Visitor, idle: Site) -> None:
    page = visitor.open("/now?flow=main")
    expect(page.locator(".connection")).to_have_text("live")
    page.evaluate(
        """hidden => {
        Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event('visibilitychange'));
    }""",
        True,
    )
    expect(page.locator(".connection")).to_have_count(0)
    entry_id = idle.dial(LINE, "79000000078")
    idle.wait_for_step(entry_id, "ask")
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(at(page, "main", "ask")).to_have_text("1")
    idle.hang_up(entry_id)


def test_latest_commands_say_what_became_of_them(visitor: Visitor, running: Site) -> None:
    entry_id = running.dial(LINE, "79000000077")
    running.wait_for_step(entry_id, "ask")
    page = visitor.open("/now")
    page.get_by_role("button", name="Show the latest ones").click()
    commands = page.get_by_role("region", name="Waiting commands").locator("li", has_text="play/start")
    expect(commands.first).to_contain_text("confirmed")
    running.hang_up(entry_id)
