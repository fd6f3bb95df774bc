"""From a draft to everybody's version: what differs, whom it would have led elsewhere, a canary, its promotion, and back."""

import re

import pytest
from playwright.sync_api import expect

from tests.acceptance.processes import Site, wait_for
from tests.console.test_flows import begin, rewrite
from tests.console.visitor import Visitor, barriers

pytestmark = pytest.mark.acceptance

LINE = "74950000000"


def call_both(running: Site) -> None:
    """A caller of the canary and one of the active version, who hang up at once."""
    for number in range(40):
        running.hang_up(running.dial(LINE, f"790000004{number:02}"))
    wait_for("calls of both versions", lambda: running.get("/api/canary")["figures"]["outcomes"])


def test_a_draft_becomes_a_canary_everybodys_version_and_is_taken_back(visitor: Visitor, running: Site) -> None:
    running.hang_up(running.dial(LINE, "79000000321"))
    page = visitor.open("/flows")
    begin(page, "say goodbye")
    rewrite(page, "bye: hangup", "bye: release")
    page.get_by_role("button", name="Review and publish").click()

    expect(page.get_by_role("heading", name="Publish “say goodbye”")).to_be_visible()
    changes = page.get_by_role("region", name="What changes")
    expect(changes.locator("li.changed").first).to_contain_text("bye")
    expect(changes.locator("figure .step.changed")).to_have_count(2)
    changes.get_by_text("As text").click()
    expect(changes.locator(".diff .added", has_text="bye: release")).to_be_visible()
    replay = page.get_by_role("region", name="The callers of the last days")
    replay.get_by_role("button", name="Replay them").click()
    expect(replay.get_by_role("status")).to_contain_text(re.compile(r"\d+ of \d+ would end elsewhere"))
    assert barriers(page) == []

    publish = page.get_by_role("form", name="Publish")
    publish.get_by_label("What is it about?").fill("release instead of hanging up")
    publish.locator("[name=share]").select_option("50%")
    publish.get_by_role("button", name="Publish").click()
    canary = page.get_by_role("region", name="Canary: default")
    expect(canary).to_contain_text("no calls yet")
    call_both(running)
    page.reload()
    row = canary.get_by_role("row", name="hung up before anybody took them")
    expect(row).to_contain_text("too few calls to tell")
    expect(row).to_contain_text(re.compile(r"0 \(−?[\d.]+ to \+[\d.]+\)"))
    assert barriers(page) == []

    page.get_by_role("button", name="To everybody").click()
    page.get_by_role("dialog").get_by_label("Why").fill("it went well")
    page.get_by_role("dialog").get_by_role("button", name="To everybody").click()
    expect(page.get_by_role("region", name="Canary: default")).to_have_count(0)
    page.get_by_role("button", name="Activate").first.click()
    page.get_by_role("dialog").get_by_label("Why").fill("it did not")
    page.get_by_role("dialog").get_by_role("button", name="Activate").click()
    audit = page.get_by_role("region", name="Who changed what").first
    expect(audit).to_contain_text("it did not")
    for told in ("it went well", "release instead of hanging up", "promote", "draft-begin"):
        expect(audit).to_contain_text(told)
    russian = visitor.open("/change", language="ru").get_by_role("region", name="Кто что менял").first
    for told in ("it went well", "пробная версия — всем", "новый черновик", "эта машина"):
        expect(russian).to_contain_text(told)


def test_what_cannot_be_published_says_where(visitor: Visitor) -> None:
    visitor.expect_complaint("422")
    page = visitor.open("/flows")
    begin(page, "broken")
    rewrite(page, "start: choose", "start: chose")
    page.get_by_role("button", name="Review and publish").click()
    publish = page.get_by_role("form", name="Publish")
    publish.get_by_label("What is it about?").fill("broken")
    publish.get_by_role("button", name="Publish").click()
    expect(publish.get_by_role("alert")).to_contain_text("F301")
    publish.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_role("region", name="Findings")).to_contain_text("chose")
