"""One who runs several accounts: chooses one in Flows and Versions, sees its bundle, drafts and versions, and publishes for
the accounts of one directory."""

from collections.abc import Iterator
from shutil import copytree

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.processes import Site, router
from tests.console.conftest import BUNDLE
from tests.console.test_flows import begin, rewrite
from tests.console.visitor import PHONE, Visitor, barriers

pytestmark = pytest.mark.acceptance

DIRECTORIES = {"clinic": "shared", "dentist": "shared", "school": "own", "shop": "own2", "taxi": "own3"}


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Five accounts, two of which have one directory."""
    directory = tmp_path_factory.mktemp("accounts")
    for name in set(DIRECTORIES.values()):
        copytree(BUNDLE / "flows", directory / name)
    lines = [
        f"  - {{name: {name}, api_key: key-{name}, api_salt: salt, flows: {directory / flows}}}"
        for name, flows in DIRECTORIES.items()
    ]
    settings = directory / "ivr.yaml"
    settings.write_text("accounts:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    flows = directory / "shared"
    with router(directory, "127.0.0.1:9", flows=flows, workers=1, IVR_WATCH="0", IVR_CONFIG=str(settings)) as site:
        yield site


@pytest.fixture
def owner(browser: Browser, five: Site) -> Iterator[Visitor]:
    person = Visitor(browser, five)
    yield person
    person.leave()
    assert person.complaints() == []


def choose(page: Page, account: str) -> None:
    page.locator(".title").get_by_label("Account").select_option(account)


def test_an_account_is_chosen_and_stays_so(owner: Visitor) -> None:
    page = owner.open("/flows")
    bundles = page.get_by_role("region", name="What each account serves")
    expect(bundles.get_by_role("row")).to_have_count(len(DIRECTORIES) + 1)
    bundles.get_by_role("link", name="school").click()
    bundle = page.get_by_role("region", name="What is served now")
    expect(bundle.get_by_role("row", name="main")).to_contain_text("74950000000")
    bundle.get_by_text("resources.yaml").click()
    expect(bundle.get_by_role("region", name="resources.yaml")).to_contain_text("74951234567")
    expect(bundle).not_to_contain_text("published for all of them")
    assert barriers(page) == []
    choose(page, "clinic")
    expect(page).to_have_url(page.url.partition("#")[0] + "#/flows?account=clinic")
    expect(bundle).to_contain_text("is that of dentist, too")
    page.keyboard.press("g")
    page.keyboard.press("v")
    expect(page.get_by_role("heading", name="Versions")).to_be_visible()
    expect(page).to_have_url(page.url.partition("#")[0] + "#/change?account=clinic")
    expect(page.locator("main")).to_contain_text("is that of dentist, too")
    rows = page.get_by_role("region", name="Versions").locator("tbody tr")
    expect(rows).to_have_count(1)
    choose(page, "")
    expect(rows).to_have_count(len(DIRECTORIES))
    page.goto(page.url.partition("#")[0] + "#/flows?account=nobody")
    expect(page.get_by_role("alert")).to_have_text("There is no account nobody.")


def test_a_draft_is_published_for_the_accounts_of_its_directory(owner: Visitor) -> None:
    page = owner.open("/flows?account=clinic")
    begin(page, "release them")
    rewrite(page, "bye: hangup", "bye: release")
    page.get_by_role("button", name="Review and publish").click()
    publish = page.get_by_role("form", name="Publish")
    others = publish.get_by_role("group", name="For these accounts, too")
    expect(others.get_by_role("checkbox")).to_have_count(1)
    expect(others.get_by_label("dentist")).to_be_checked()
    assert barriers(page) == []
    publish.get_by_label("What is it about?").fill("release instead of hanging up")
    publish.get_by_role("button", name="Publish").click()
    expect(page.locator(".toasts")).to_contain_text("is published for dentist, clinic")
    serving = {row["account"]: row["active"] for row in owner.site.get("/api/accounts")["accounts"]}
    assert serving["clinic"] == serving["dentist"] != serving["school"]
    drafts = page.goto(page.url.partition("#")[0] + "#/flows?account=school")
    assert drafts is None  # the same page
    expect(page.get_by_role("region", name="What is served now")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("release them")


def test_on_a_phone_in_russian(owner: Visitor) -> None:
    page = owner.open("/flows", language="ru", theme="dark", screen=PHONE)
    expect(page.get_by_role("region", name="Что действует у каждого клиента")).to_be_visible()
    assert barriers(page) == []
    page.locator(".title").get_by_label("Клиент").select_option("dentist")
    expect(page.locator("main")).to_contain_text("общий с clinic")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
