"""A phone in the page: dial, press, be the employee, step back, and save the call as a test that passes."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.processes import Site
from tests.console.visitor import PHONE, Visitor, barriers

pytestmark = pytest.mark.acceptance


def test_a_call_is_played_and_saved_as_a_test_that_passes(visitor: Visitor, running: Site) -> None:
    page = visitor.open("/phone")
    page.get_by_label("Line", exact=True).fill("74950000000")
    page.get_by_role("button", name="Dial").click()
    expect(page.locator(".place")).to_have_text("ask · in the menu")
    expect(page.locator(".transcript")).to_contain_text("Sales 1, support 2.")
    page.get_by_role("button", name="Press 1").click()
    expect(page.locator(".place")).to_have_text("sales · a phone rings")
    page.get_by_role("button", name="Step back").click()
    expect(page.locator(".place")).to_have_text("ask · in the menu")
    page.keyboard.press("1")
    page.get_by_role("button", name="Answers").click()
    page.get_by_role("button", name="Holds").click()
    expect(page.locator(".place")).to_have_text("talking · on hold")
    page.get_by_role("button", name="Takes back").click()
    page.get_by_label("Transfer to").fill("102")
    page.get_by_role("button", name="Transfer", exact=True).click()
    page.get_by_role("button", name="Answers").click()
    page.get_by_role("button", name="Hang up").click()
    expect(page.locator(".place")).to_contain_text("over")
    assert barriers(page) == []
    page.get_by_label("What the test is called").fill("played by phone")
    page.get_by_role("button", name="Save as a test").click()
    expect(page.locator("main")).to_contain_text("The test passes.")
    text = page.locator(".saved pre").inner_text()
    _passes(running, text)


def _passes(running: Site, text: str) -> None:
    """`ivr test` is the judge."""
    flows = Path(running.environ["IVR_FLOWS"])
    (flows / "main.test.yaml").write_text(text, encoding="utf-8")
    try:
        assert running.ivr("test", str(flows)).returncode == 0
    finally:
        (flows / "main.test.yaml").unlink()


def test_what_cannot_happen_is_said_and_changes_nothing(visitor: Visitor) -> None:
    visitor.expect_complaint("422")
    page = visitor.open("/phone")
    page.get_by_label("Line", exact=True).fill("74959999999")
    page.get_by_role("button", name="Dial").click()
    expect(page.get_by_role("alert")).to_contain_text("no flow takes calls to 74959999999")


def test_a_call_is_saved_into_its_draft(visitor: Visitor, running: Site) -> None:
    draft = running.http.request("POST", f"{running.router}/api/drafts", json={"name": "a draft of the phone"}).json()
    page = visitor.open("/phone", language="ru", theme="dark", screen=PHONE)
    page.get_by_label("Что отвечает").select_option(label="черновик: a draft of the phone")
    page.get_by_role("button", name="Позвонить").click()
    expect(page.locator(".diagram g.step.taken[data-step=ask]")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator(".place")).to_contain_text("окончен")
    expect(page.locator(".diagram g.step.taken[data-step=bye]")).to_be_visible()
    page.get_by_label("Как назвать тест").fill("тест из телефона")
    page.get_by_role("button", name="Сохранить как тест").click()
    page.get_by_role("button", name="Положить в черновик").click()
    expect(page.locator(".toasts")).to_contain_text("main.test.yaml")
    kept = running.http.request("GET", f"{running.router}/api/drafts/{draft['draft_id']}/files/main.test.yaml")
    assert "тест из телефона" in kept.data.decode()
    assert barriers(page) == []
