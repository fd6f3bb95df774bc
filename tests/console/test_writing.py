"""What is typed in a draft is never lost: it is saved by itself, survives a closed tab and a router that is away, and comes
together with what somebody else has written."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.test_flows import begin, content, line, rewrite
from tests.console.visitor import PHONE, Visitor, barriers

pytestmark = pytest.mark.acceptance


AWAY = ("ERR_INTERNET_DISCONNECTED", "the router does not answer")  # as the browser and the editor say it


def standing(page: Page) -> Locator:
    return page.locator(".bench .title [role=status]")


def two(visitor: Visitor, name: str, **other: object) -> tuple[Page, Page]:
    """Two people who have one draft open."""
    page = visitor.open("/flows")
    begin(page, name)
    second = visitor.open(page.url.partition("#")[2], **other)  # type: ignore[arg-type]
    expect(content(second)).to_be_visible()
    return page, second


def saved(page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(standing(page)).to_have_text("Saved")


def torn(visitor: Visitor, name: str, **other: object) -> tuple[Page, Page]:
    """The same, who change one line: the second one while the router is away."""
    for said in ("409", *AWAY):
        visitor.expect_complaint(said)
    page, second = two(visitor, name, **other)
    second.context.set_offline(True)
    rewrite(page, "start: choose", "start: choose # first")
    saved(page)
    rewrite(second, "start: choose", "start: choose # second")
    second.context.set_offline(False)
    return page, second


def test_what_is_typed_saves_itself_and_survives_the_tab(visitor: Visitor) -> None:
    for said in AWAY:
        visitor.expect_complaint(said)
    page = visitor.open("/flows")
    begin(page, "closed at once")
    rewrite(page, "start: choose", "start: choose # by itself")
    expect(standing(page)).to_have_text("Saved")
    context, address = page.context, page.url
    context.set_offline(True)
    rewrite(page, "bye: hangup", "bye: hangup # never sent")
    expect(standing(page)).to_contain_text("Not saved: the router does not answer")
    assert barriers(page) == []
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    expect(again.locator(".toasts")).to_contain_text("has come back: main.yaml")
    expect(line(again, "bye: hangup")).to_contain_text("# never sent")
    expect(line(again, "start: choose")).to_contain_text("# by itself")
    expect(standing(again)).to_have_text("Saved")
    other = visitor.open(address.partition("#")[2])
    expect(line(other, "bye: hangup")).to_contain_text("# never sent")


def test_a_tab_that_is_closed_at_once_has_sent_what_it_had(visitor: Visitor) -> None:
    page = visitor.open("/flows")
    begin(page, "closed while typing")
    rewrite(page, "start: choose", "start: choose # last words")
    address = page.url
    page.context.close()  # with all that the browser kept
    other = visitor.open(address.partition("#")[2])
    expect(line(other, "start: choose")).to_contain_text("# last words")


def test_changes_apart_come_together(visitor: Visitor) -> None:
    visitor.expect_complaint("409")
    page, other = two(visitor, "for two")
    rewrite(page, "start: choose", "start: choose # first")
    saved(page)
    rewrite(other, "bye: hangup", "bye: hangup # second")
    saved(other)
    expect(line(other, "start: choose")).to_contain_text("# first")
    expect(other.locator(".toasts")).to_contain_text("your text has it now, too")
    expect(other.locator(".cm-activeLine")).to_contain_text("# second")  # the cursor stays where it was
    expect(line(page, "bye: hangup")).to_contain_text("# second")  # without a key
    expect(line(page, "start: choose")).to_contain_text("# first")
    line(other, "bye: hangup").click()
    other.keyboard.press("Control+z")
    expect(line(other, "bye: hangup")).not_to_contain_text("# second")
    expect(line(other, "start: choose")).to_contain_text("# first")


@pytest.mark.parametrize(("choice", "kept"), [("Yours", "# second"), ("Of", "# first")])
def test_changes_of_the_same_line_are_for_a_person_to_choose(visitor: Visitor, choice: str, kept: str) -> None:
    page, other = torn(visitor, f"torn {choice}")
    alert = other.locator(".bench [role=alert]")
    expect(alert).to_contain_text("have changed the same lines of main.yaml")
    expect(standing(other)).to_have_text("Not saved: choose between two changes")
    alert.get_by_role("button", name="Choose").click()
    dialog = other.get_by_role("dialog", name="Two changes to the same lines of main.yaml")
    expect(dialog.locator(".mine")).to_contain_text("# second")
    expect(dialog.locator(".theirs")).to_contain_text("# first")
    assert barriers(other) == []
    dialog.get_by_role("radio", name=re.compile(f"^{choice}")).focus()
    other.keyboard.press("Space")
    other.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(standing(other)).to_have_text("Saved")
    expect(line(other, "start: choose")).to_contain_text(kept)
    expect(line(page, "start: choose")).to_contain_text(kept)


def test_choosing_on_a_phone_in_russian(visitor: Visitor) -> None:
    _, other = torn(visitor, "порван", language="ru", theme="dark", screen=PHONE)
    other.locator(".bench [role=alert]").get_by_role("button", name="Выбрать").click()
    dialog = other.get_by_role("dialog", name="Два изменения")
    expect(dialog.locator(".theirs")).to_contain_text("# first")
    assert barriers(other) == []
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dialog.get_by_role("radio", name="Оба, сначала ваше").check()
    dialog.get_by_role("button", name="Взять это").click()
    expect(standing(other)).to_have_text("Сохранено")
    expect(other.locator(".cm-line", has_text="# first")).to_be_visible()
    expect(other.locator(".cm-line", has_text="# second")).to_be_visible()
