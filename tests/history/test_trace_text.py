"""One account of a call, as lines for people and as the object of the admin API."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from router.engine.secret_marks import mark, mark_sealed
from router.engine.state import Call, Entry, Leg
from router.history.call_view import command_object, instant, listed, view
from router.history.journal import CommandRow, Record
from router.history.trace_text import lines
from router.protocol.events import LegChanged
from router.runtime.calls.number_masking import masked, with_masks

START = 1_795_424_400.0

CALL = Call(
    account="clinic",
    entry_id="ZQ==",
    token="t",
    started=START,
    ended=START + 20,
    flow="main",
    version="abc",
    line="74950000001",
    caller_number="79000000000",
    outcome="answered",
    legs={
        "b": Leg(
            last=LegChanged(
                entry_id="ZQ==", call_id="b", seq=3, timestamp=0, state="Disconnected", location="abonent",
                to_extension="101", disconnect_reason=1110, command_id="t-1", taken_from_call_id="a",
            ),
            first_seen=START + 4,
            connected_at=START + 8,
            ended_at=START + 20,
        ),
        "a": Leg(
            last=LegChanged(entry_id="ZQ==", call_id="a", seq=2, timestamp=0, state="Disconnected", location="ivr"),
            first_seen=START,
            ended_at=START + 4,
        ),
    },
)  # fmt: skip

COMMAND = CommandRow(
    command_id="t-1",
    account="clinic",
    entry_id="ZQ==",
    call_id="a",
    command="route",
    params={"to_number": "101"},
    label="extension 101",
    state="confirmed",
    queued=START + 1,
    sent=START + 3.5,
    confirmed=START + 4,
    deadline=START + 30,
)


def entry(after: float, kind: str, **data: object) -> Entry:
    return Entry(at=START + after, kind=kind, data=data)


TRACE = (
    entry(0, "event", event="call", call_id="a", seq=1, state="Appeared", location="ivr", to="", lateness="in order"),
    entry(0, "entered", step="screen", verb="switch", visit=1),
    entry(
        0,
        "left",
        step="screen",
        verb="switch",
        exit="sales",
        goto="sales",
        why="caller.number in lists.vip is true",
        clauses=[
            {
                "when": "caller.number in lists.vip",
                "value": True,
                "clauses": [
                    {
                        "clause": "caller.number in lists.vip",
                        "value": True,
                        "names": {"caller.number": "79000000000"},
                    }
                ],
            }
        ],
    ),
    entry(0, "entered", step="sales", verb="route", visit=2),
    entry(1, "command", command_id="t-1", command="route", label="extension 101"),
    entry(4, "timer", name="ring", due=START + 29, done="set"),
    entry(8, "timer", name="ring", due=START + 29, done="cancelled"),
    entry(8, "left", step="sales", verb="route", exit="answered", goto="", why="101 answered"),
    entry(9, "digits", digits="5", location="ivr", dropped=True),
    entry(9, "note", text="dropped"),
)

RECORDS = [
    Record(account="clinic", entry_id="ZQ==", at=START, kind="call", trace=TRACE[:5]),
    Record(account="clinic", entry_id="ZQ==", at=START + 4, kind="timer", trace=TRACE[5:]),
    Record(account="clinic", entry_id="ZQ==", at=START + 10, kind="other"),
    Record(account="clinic", entry_id="ZQ==", at=START + 11, kind="call"),
]


def test_the_object_has_the_contract_s_members() -> None:
    call = view(CALL, RECORDS, [COMMAND])
    assert list(call) == [
        "entry_id", "account", "flow", "version", "line", "caller", "started", "ended", "outcome",
        "legs", "events", "steps", "commands", "timers",
        "direction", "sip_call_id", "dct", "group", "answered_by", "talk_seconds", "end_reason", "recording_id", "task_id",
        "callback_initiator", "untaken", "summary",
    ]  # fmt: skip
    assert call["started"] == "2026-11-23T09:00:00.000Z"
    assert call["ended"] == "2026-11-23T09:00:20.000Z"
    for name in ("legs", "events", "steps", "commands", "timers"):
        assert call[name]
        assert all(item["at"].endswith("Z") for item in call[name])


def test_a_visit_of_a_step_is_one_object() -> None:
    screen, sales = view(CALL, RECORDS, [])["steps"]
    assert (screen["step"], screen["verb"], screen["exit"], screen["goto"]) == ("screen", "switch", "sales", "sales")
    assert screen["why"] == "caller.number in lists.vip is true"
    assert screen["clauses"][0]["value"] is True
    assert (sales["visit"], sales["exit"], sales["at"], sales["left"]) == (
        2,
        "answered",
        "2026-11-23T09:00:00.000Z",
        "2026-11-23T09:00:08.000Z",
    )


def test_a_command_tells_its_wait() -> None:
    (command,) = view(CALL, RECORDS, [COMMAND])["commands"]
    assert command["wait_seconds"] == 2.5
    assert command["deadline"] == "2026-11-23T09:00:30.000Z"
    assert command["code"] is None


def test_a_timer_is_one_object() -> None:
    (timer,) = view(CALL, RECORDS, [])["timers"]
    assert (timer["name"], timer["done"], timer["due"]) == ("ring", "cancelled", "2026-11-23T09:00:29.000Z")


def test_a_timer_that_is_set_anew_does_not_seem_to_run_twice() -> None:
    def timer(at: float, done: str, due: float) -> Entry:
        return Entry(at=START + at, kind="timer", data={"name": "prompt", "done": done, "due": START + due})

    trace = (timer(0, "set", 5), timer(1, "set", 6), timer(6, "fired", 6), timer(7, "set", 9))
    record = replace(RECORDS[0], trace=trace)
    told = [(timer["done"], timer["since"][-7:]) for timer in view(CALL, [record], [])["timers"]]
    assert told == [("moved", "01.000Z"), ("fired", "06.000Z"), ("set", "07.000Z")]


def test_events_without_a_trace_are_told_by_their_kind_and_held_ones_not_twice() -> None:
    kinds = [(event["kind"], event.get("event", "")) for event in view(CALL, RECORDS, [])["events"]]
    assert kinds == [("event", "call"), ("digits", ""), ("note", ""), ("event", "other")]


def test_legs_come_in_order_of_their_appearance() -> None:
    assert [leg["call_id"] for leg in view(CALL, RECORDS, [])["legs"]] == ["a", "b"]


def test_lines_for_people() -> None:
    assert lines(TRACE) == [
        "09:00:00.000  event call a #1 Appeared in ivr",
        "09:00:00.000  step screen (switch)",
        "09:00:00.000  left screen by sales to sales: caller.number in lists.vip is true",
        '                caller.number in lists.vip is true (caller.number = "79000000000")',
        "09:00:00.000  step sales (route, visit 2)",
        "09:00:01.000  command route extension 101 (t-1)",
        "09:00:04.000  timer ring set, due in 25 s",
        "09:00:08.000  timer ring cancelled",
        "09:00:08.000  left sales by answered: 101 answered",
        "09:00:09.000  keys 5 in ivr (dropped: no step listens)",
        "09:00:09.000  dropped",
    ]


def test_an_odd_event_says_so_and_nothing_reaches_the_terminal_unescaped() -> None:
    late = entry(0, "event", event="call", call_id="a\x1b[2J", seq=2, state="Connected", lateness="waited", waited=0.2)
    assert lines([late]) == ["09:00:00.000  event call a?[2J #2 Connected (waited for 0.2 s)"]
    assert lines([entry(0, "unheard", a=1)]) == ["09:00:00.000  unheard: a 1"]


@pytest.mark.parametrize(
    ("number", "shown"), [("79000000000", "7900*****00"), ("101", "101"), ("", ""), ("sip:u", "sip:u")]
)
def test_masked(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_masks_reach_every_number_and_no_identifier() -> None:
    shown = with_masks({"command_id": "79000000000", "why": "79000000000 in lists.vip", "to": ["sip:79000000000@x", 5]})
    assert shown == {
        "command_id": "79000000000",
        "why": "7900*****00 in lists.vip",
        "to": ["sip:7900*****00@x", 5],
    }
    call = with_masks(view(CALL, RECORDS, [COMMAND]))
    assert "79000000000" not in str(call)
    assert call["started"] == "2026-11-23T09:00:00.000Z"


def test_a_secret_of_a_notification_is_shown_as_its_author_wrote_it() -> None:
    params = {
        "url": f"https://crm.example/{mark('crm')}",
        "data": {"pin": [mark_sealed("c2VhbGVk", "e1", "pin"), 5, None]},
    }
    shown = command_object(replace(COMMAND, params=params))["params"]
    assert shown == {"url": "https://crm.example/${secrets.crm}", "data": {"pin": ["***", 5, None]}}


def test_a_row_of_the_list_of_calls() -> None:
    row = {"entry_id": "e", "started": START, "ended": None, "cursor": "x"}
    assert listed(row) == {"entry_id": "e", "started": "2026-11-23T09:00:00.000Z", "ended": None}
    assert instant(None) is None


@given(st.one_of(st.floats(-1e9, 4e9), st.integers(0, 2**33), st.integers(0, 2**31).map(lambda at: at + 0.9999999)))
def test_an_instant_is_what_the_library_writes(at: float) -> None:
    assert instant(at) == datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
