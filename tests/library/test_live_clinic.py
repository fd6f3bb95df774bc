"""Patients call the clinic: through gunicorn, the emulator's PBX and the laboratory's system."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.processes import wait_for
from tests.library.bundles import LibraryBundle
from tests.library.live import Live, live
from tests.sender.web import Asked, Told, Web

pytestmark = pytest.mark.acceptance
LENGTH = "0.4s"  # of every recording
LINE = "74950000001"
PATIENT, PRANKSTER, INSURER = "79000000031", "79000000013", "74950000070"
READY = {"order": {"state": "ready"}, "patient": {"phone": "+7 900 000-00-31"}}


def laboratory(asked: Asked) -> Told:
    """And the CRM, which takes everything."""
    return Told(body=json.dumps(READY).encode()) if asked.path == "/orders/123456" else Told(status=404, body=b"{}")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    web = Web(laboratory)
    hosts = ("https://lab.example", "https://crm.example")
    directory, is_open = tmp_path_factory.mktemp("clinic"), {"clinic": True, "lunch": False}
    given = {"hosts": hosts, "is_open": is_open, "secrets": {"lab": "s3cret"}}
    with live(LibraryBundle("clinic"), directory, web, length=LENGTH, **given) as running:
        yield running
    web.close()


def test_by_day(clinic: Live) -> None:
    appointment = clinic.site.dial(LINE, "79000000030")
    order = clinic.site.dial(LINE, PATIENT)
    prank = clinic.site.dial(LINE, PRANKSTER)
    insurer = clinic.site.dial(LINE, INSURER)
    clinic.prompted(appointment, "audio.greeting")
    clinic.site.press(appointment, "1")
    clinic.prompted(order, "audio.greeting")
    clinic.site.press(order, "2123456")
    clinic.answered(appointment, "desk")
    clinic.answered(insurer, "desk")  # the coordinator's line is busy
    assert clinic.exits(appointment) == {
        "screen": "else", "menu": "1", "registry": "else", "desk": "answered", "tell_crm": "next", "after": "served",
        "served": "next", "done": "",
    }  # fmt: skip
    assert ("coordinator", "busy") in clinic.path(insurer)
    assert clinic.ended(prank)["outcome"] == "hung_up"
    heard = clinic.ended(order)
    assert clinic.exits(order)["send"] == "next"
    labels = [one["label"] for one in heard["commands"]]
    assert [label for label in labels if "digit" in label] == [f"audio.digit[{digit}]" for digit in "123456"]
    assert clinic.asked("/orders/123456")[0]["authorization"] == "Bearer s3cret"
    wait_for("what the CRM is told", lambda: len(clinic.asked("/calls")) == 4)


def test_by_night_while_the_author_changes_the_hours(clinic: Live) -> None:
    today = datetime.now(UTC).date()
    rows = "".join(f"{day.isoformat()};79000000021;\n" for day in (today - timedelta(1), today, today + timedelta(1)))
    (clinic.flows / "duty.csv").write_text(f"дата;phone;врач\n{rows}", encoding="utf-8")
    clinic.rewrite("resources.yaml", 'clinic: {open: {mon-sun: "00:00-24:00"}}', "clinic: {open: {mon: closed}}")
    urgent = clinic.site.dial(LINE, PATIENT)
    later = clinic.site.dial(LINE, "79000000032")
    for entry_id, key in ((urgent, "1"), (later, "3")):
        clinic.prompted(entry_id, "audio.night")
        clinic.site.press(entry_id, key)
    clinic.answered(urgent, "doctor")
    assert clinic.ended(urgent)["outcome"] == "answered"
    call = clinic.site.wait_for_step(later, "opening")  # and there it waits for the morning
    assert [one["step"] for one in call["steps"]][-3:] == ["after", "promise", "opening"]
