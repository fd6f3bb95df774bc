"""Writing flows at the console: a mistake with its advice, names that lead and change everywhere, the diagram beside the
text, and tests in place."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.processes import Site
from tests.console.visitor import PHONE, Visitor, barriers

pytestmark = pytest.mark.acceptance


TESTS = "flow: main\ntests:\n  - name: a regular caller hears the menu\n    given: {line: '74950000000'}\n    script: [expect: {play: audio.hello}, hangup: {}]\n"


def begin(page: Page, name: str = "sales first") -> None:
    page.get_by_label("Name of the draft: what it will change").fill(name)
    page.get_by_role("button", name="Begin a draft").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(content(page)).to_be_visible()


def content(page: Page) -> Locator:
    return page.locator(".cm-content")


def line(page: Page, text: str) -> Locator:
    return page.locator(".cm-line", has_text=text).first


def rewrite(page: Page, old: str, new: str) -> None:
    """Another text in the place of a line."""
    line(page, old).click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")
    page.keyboard.type(new)


def rest_on(page: Page, text: str) -> None:
    """Move the mouse there as a hand does, and let it rest."""
    box = line(page, text).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 90)
    page.mouse.move(box["x"] + 30, box["y"] + 8, steps=5)


def test_a_mistake_its_advice_and_what_the_tests_reach(visitor: Visitor) -> None:
    page = visitor.open("/flows")
    begin(page)
    expect(page.locator(".diagram g.step").first).to_be_visible()
    assert barriers(page) == []
    rewrite(page, "start: choose", "start: chose")
    finding = page.get_by_role("region", name="Findings").get_by_role("listitem").filter(has_text="`chose`")
    finding.get_by_role("button", name="Take the advice").click()
    expect(line(page, "start:")).to_have_text(re.compile("start: choose$"))
    expect(finding).to_have_count(0)
    page.get_by_label("New file").fill("main.test.yaml")
    page.keyboard.press("Enter")
    content(page).click()
    page.keyboard.insert_text(TESTS)
    page.get_by_role("button", name="Run the tests").click()
    expect(page.get_by_role("region", name="Tests")).to_contain_text(re.compile(r"\d+ passed, 0 failed"))
    expect(page.locator(".diagram g.step.reached .badge").first).to_be_visible()


def test_the_diagram_follows_the_cursor_and_the_text_a_click(visitor: Visitor) -> None:
    page = visitor.open("/flows")
    begin(page)
    steps = page.locator(".diagram g.step")
    expect(steps.nth(1)).to_be_visible()
    name = steps.nth(1).get_attribute("data-step") or ""
    steps.nth(1).click()
    expect(page.locator(".cm-activeLine")).to_contain_text(f"{name}:")
    expect(page.locator(".diagram g.step.chosen")).to_have_attribute("data-step", name)
    other = steps.nth(0).get_attribute("data-step") or ""
    line(page, f"  {other}:").click()
    expect(page.locator(".diagram g.step.chosen")).to_have_attribute("data-step", other)


def test_names_lead_complete_and_change_everywhere(visitor: Visitor) -> None:
    page = visitor.open("/flows")
    begin(page)
    line(page, "start: choose").get_by_text("choose").dblclick()
    page.keyboard.press("F2")
    page.locator(".cm-lsp-rename-panel [name=name]").fill("greeting")
    page.keyboard.press("Enter")
    expect(line(page, "start:")).to_have_text(re.compile("start: greeting$"))
    expect(line(page, "  greeting:")).to_be_visible()
    expect(page.get_by_role("region", name="Findings")).not_to_contain_text("choose")
    line(page, "start: greeting").get_by_text("greeting").click()
    page.keyboard.press("F12")
    expect(page.locator(".cm-activeLine")).to_have_text(re.compile(r"^\s+greeting:"))
    rest_on(page, "on_error: bye")
    expect(page.locator(".cm-tooltip")).to_be_visible()
    line(page, "start: greeting").click()
    page.keyboard.press("End")
    for _ in "greeting":
        page.keyboard.press("Backspace")
    page.keyboard.press("Control+Space")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("greeting")


def test_on_a_phone_in_russian(visitor: Visitor, running: Site) -> None:
    page = visitor.open("/flows", language="ru", theme="dark", screen=PHONE)
    page.get_by_label("Название черновика: что он изменит").fill("ночью")
    page.get_by_role("button", name="Начать черновик").click()
    findings = page.get_by_role("region", name="Замечания")
    expect(findings.get_by_role("listitem").first).to_have_text(re.compile("[а-яё]"))
    expect(page.locator(".diagram g.step").first).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_editor_speaks_the_pages_language(visitor: Visitor, running: Site) -> None:
    page = visitor.open("/flows", language="ru")
    page.get_by_label("Название черновика: что он изменит").fill("по-русски")
    page.get_by_role("button", name="Начать черновик").click()
    rewrite(page, "start: choose", "start: chose")
    findings = page.get_by_role("region", name="Замечания")
    expect(findings.get_by_role("listitem").first).to_contain_text(re.compile(r"F301.*неизвестный шаг"))
    rest_on(page, "on_error: bye")
    expect(page.locator(".cm-tooltip-hover")).to_have_text(re.compile("[а-яё]"))
    page.get_by_label("Язык").select_option("en")
    findings = page.get_by_role("region", name="Findings")
    expect(findings.get_by_role("listitem").first).to_contain_text("F301")
    expect(findings).not_to_have_text(re.compile("[а-яё]"))
