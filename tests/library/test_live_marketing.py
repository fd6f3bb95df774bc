"""Callers who saw an advertisement: through gunicorn, a PBX of profile 2026 that knows visitors and contacts, and analysts."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.processes import wait_for
from tests.library.bundles import LibraryBundle
from tests.library.live import Live, live
from tests.sender.web import Web

pytestmark = pytest.mark.acceptance
LINE, SPRING, BALCONY = "74950000043", "74950000044", "74950000045"
HELD = "held: {for: 60s"
LENGTH = "0.4s"  # of every recording


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    web = Web()
    with live(
        LibraryBundle("marketing"),
        tmp_path_factory.mktemp("marketing"),
        web,
        is_open={"showroom": True},
        values={"analytics": web.url},
        profile="2026",
        length=LENGTH,
    ) as running:
        running.rewrite("marketing.yaml", HELD, "held: {for: 4s")  # a test is not kept waiting for a minute
        yield running
    web.close()


def told(company: Live, entry_id: str) -> dict[str, Any]:
    """What the analysts were told of a call that is over."""

    def found() -> Any:
        bodies = [json.loads(asked.body) for asked in company.web.asked]
        return next((body["data"] for body in bodies if body["entry_id"] == entry_id), None)

    return dict(wait_for("the notification", found))


def happens(company: Live, entry_id: str, **what: str) -> None:
    company.site.control("POST", f"calls/{quote(entry_id, safe='')}/happens", **what)


def exit_of(company: Live, entry_id: str, step: str) -> str:
    """Of a step that has been left."""
    return str(wait_for(f"the exit of {step}", lambda: dict(company.path(entry_id)).get(step)))


def sent(company: Live, entry_id: str) -> list[str]:
    return [str(one["command"]) for one in company.ended(entry_id)["commands"]]


def test_a_colleague_takes_over_or_is_called_off(company: Live) -> None:
    spring, balcony = company.site.dial(SPRING, "79000000202"), company.site.dial(BALCONY, "79000000203")
    company.prompted(spring, "audio.offer[spring]")
    company.site.press(spring, "1")
    company.site.wait_for_step(spring, "talk")
    company.prompted(balcony, "audio.menu")
    company.site.press(balcony, "2")
    company.site.wait_for_step(balcony, "talk")
    happens(company, spring, consults="234")
    happens(company, balcony, consults="233")  # who never answers
    assert exit_of(company, spring, "together") == "next"
    assert exit_of(company, balcony, "together") == "failed"
    assert exit_of(company, balcony, "back") == "next"
    for entry_id in (spring, balcony):
        wait_for("a conversation", lambda: company.site.phone(entry_id)["state"] == "talking")  # noqa: B023
        company.site.hang_up(entry_id)
    assert "calls_connect" in sent(company, spring)
    assert "transfer_cancel" in sent(company, balcony)
    assert company.site.phone(spring)["legs"][-1]["to"]["extension"] == "234"
    known = told(company, spring)
    assert (known["number"], known["source"], known["campaign"], known["offer"]) == (
        SPRING, "yandex", "vesna_2026", "spring",
    )  # fmt: skip
    assert told(company, balcony)["source"] == "vk"


def test_a_client_and_who_was_not_heard(company: Live) -> None:
    client, gave_up = company.site.dial(LINE, "79000000201"), company.site.dial(LINE, "79000000204")
    company.site.wait_for_step(gave_up, "menu")
    company.site.hang_up(gave_up)
    company.site.wait_for_step(client, "menu")
    company.site.press(client, "1")
    company.answered(client, "sales")
    assert told(company, client)["answered_by"] == "234"
    assert company.exits(client)["visitor"] == "not_found"
    assert company.exits(gave_up)["ring_back"] == "next"
    assert told(company, gave_up)["lead"] == "false"
