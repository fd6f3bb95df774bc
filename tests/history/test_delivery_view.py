"""A notification as the object for programs."""

from typing import Any

from router.engine.secret_marks import mark, mark_sealed
from router.engine.state import Call
from router.history.call_state import call_state
from router.history.delivery_view import delivery_object
from router.history.journal import CONFIRMED, NOTIFY, QUEUED, CommandRow

AT = 1_795_000_000.0


def told(command_id: str = "t-1", **fields: Any) -> CommandRow:
    """A notification of call e1, unless the fields say otherwise."""
    call = Call(account="default", entry_id="e1", token="t", started=AT, caller_number="79000000000")
    envelope = {
        "type": "main.tell",
        "timestamp": "2026-11-18T11:06:40.000Z",
        "id": command_id,
        "account": "default",
        "entry_id": "e1",
        "sequence": 2,
        "state": call_state(call),
    }
    given: dict[str, Any] = {
        "account": "default",
        "entry_id": "e1",
        "call_id": "",
        "command": NOTIFY,
        "params": {
            "notification_id": command_id,
            "url": f"https://crm.example/hook?k={mark('crm')}",
            "data": {"pin": mark_sealed("sealed", "e1", "pin")},
            "envelope": envelope,
        },
        "label": "notify https://crm.example/hook?k=${secrets.crm}",
        "state": QUEUED,
        "queued": AT,
        "receiver": "https://crm.example",
    }
    return CommandRow(**{**given, "command_id": command_id, **fields})


def test_secrets_stand_by_their_names() -> None:
    shown = delivery_object(told())
    assert shown["url"] == "https://crm.example/hook?k=${secrets.crm}"
    assert shown["envelope"]["data"] == {"pin": "***"}
    assert (shown["type"], shown["sequence"], shown["entry_id"]) == ("main.tell", 2, "e1")


def test_when_it_goes_next() -> None:
    assert delivery_object(told())["next_attempt"] == "2026-11-18T11:06:40.000Z"
    assert delivery_object(told(not_before=AT + 60))["next_attempt"] == "2026-11-18T11:07:40.000Z"
    assert delivery_object(told(state=CONFIRMED, confirmed=AT))["next_attempt"] is None


def test_one_without_an_envelope() -> None:
    shown = delivery_object(told(params={"notification_id": "t-1", "url": "https://crm.example", "data": 1}))
    assert (shown["envelope"], shown["type"], shown["sequence"]) == (None, "", 0)
