"""Shops call at night: through gunicorn, the emulator's PBX, a rota as Excel saves it, and a service desk."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import wait_for
from tests.library.bundles import LibraryBundle
from tests.library.live import Live, live
from tests.sender.web import Asked, Told, Web

pytestmark = pytest.mark.acceptance
LINE = "74950000041"
KNOWN, EXPIRED = "1234", "777"


def service_desk(asked: Asked) -> Told:
    """Makes tickets for two shops, one of which has no contract any more."""
    if asked.path != "/tickets":
        return Told()
    store = json.loads(asked.body)["store"]
    if store not in (KNOWN, EXPIRED):
        return Told(status=404)
    until = "31.12.2099" if store == KNOWN else "31.12.2020"
    return Told(body=json.dumps({"ticket": {"number": 417}, "contract": {"until": until}}).encode())


@pytest.fixture(scope="module")
def oncall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    web = Web(service_desk)
    with live(
        LibraryBundle("oncall"),
        tmp_path_factory.mktemp("oncall"),
        web,
        is_open={"office": False},
        values={"servicedesk": web.url},
        secrets={"servicedesk": "s3cret"},
        length="0.4s",
    ) as running:
        for team, engineer in (("tills", "8 (900) 000-00-11"), ("networks", "+7 900 000-00-21")):
            rota(running.flows / f"{team}.csv", engineer)
        running.rewrite("resources.yaml", "country: RU", "country: RU  # with the rota of this week")
        yield running
    web.close()


def rota(file: Path, engineer: str) -> None:
    """Of yesterday, today and tomorrow, as Excel writes it."""
    days = [datetime.now(UTC) + timedelta(days) for days in (-1, 0, 1)]
    rows = ["Дата;Дежурный;Телефон;Запасной телефон", *(f"{day:%d.%m.%Y};Иванов;{engineer};" for day in days)]
    file.write_bytes("".join(f"{row}\r\n" for row in rows).encode("cp1251"))


def told(oncall: Live, entry_id: str) -> dict[str, Any]:
    """What the service desk was told of a call that is over."""

    def found() -> Any:
        bodies = [json.loads(asked.body) for asked in oncall.web.asked if asked.path == "/calls"]
        return next((body["data"] for body in bodies if body["entry_id"] == entry_id), None)

    return dict(wait_for("the notification", found))


def test_by_night(oncall: Live) -> None:
    till, link, expired, nuisance = (
        oncall.site.dial(LINE, number) for number in ("79000000301", "79000000302", "79000000303", "79000000666")
    )
    for entry_id, keys in ((till, f"1{KNOWN}#"), (link, "29999#"), (expired, f"1{EXPIRED}#")):
        oncall.prompted(entry_id, "audio.greeting")
        oncall.site.press(entry_id, keys)
    oncall.site.wait_for_step(link, "retry")
    oncall.site.hang_up(link)  # the number of the shop was wrong, and patience is over
    oncall.answered(till, "dial")
    heard = oncall.ended(till)
    labels = [one["label"] for one in heard["commands"]]
    assert [label for label in labels if "digit" in label] == ["audio.digit[4]", "audio.digit[1]", "audio.digit[7]"]
    assert labels[-3:-1] == ["number 79000000011", "record"]
    assert told(oncall, till) == {
        "ticket": "417", "engineer": "Иванов", "answered_by": "79000000011", "seconds": told(oncall, till)["seconds"],
    }  # fmt: skip
    (ticket,) = [json.loads(one.body) for one in oncall.web.asked if one.body and KNOWN.encode() in one.body]
    assert ticket == {"store": KNOWN, "team": "tills", "phone": "79000000301"}
    assert oncall.asked("/tickets")[0]["authorization"] == "Bearer s3cret"
    assert oncall.ended(nuisance)["outcome"] == oncall.ended(expired)["outcome"] == "hung_up"
    oncall.ended(link)
    messages = [one for one in oncall.site.call(link)["commands"] if one["command"] == "sms"]
    assert [one["label"] for one in messages] == ["sms 79000000021"]
    assert told(oncall, link)["answered_by"] == ""


def test_who_calls_again_is_asked_nothing(oncall: Live) -> None:
    first = oncall.site.dial(LINE, "79000000304")
    oncall.prompted(first, "audio.greeting")
    oncall.site.press(first, f"1{KNOWN}")
    oncall.site.wait_for_step(first, "tell")
    oncall.site.hang_up(first)
    oncall.ended(first)
    again = oncall.site.dial(LINE, "79000000304")
    oncall.answered(again, "dial")
    oncall.ended(again)
    assert [step for step, _ in oncall.path(again)][:5] == ["screen", "shift", "duty", "known", "dial"]
