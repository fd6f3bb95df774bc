"""What the counters of events, commands and lookups say, and under which labels."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from router.engine.effects import ConfirmCommand, WithdrawCommands
from router.runtime.calls.write_effects import CARRY_OUT, concluded
from router.runtime.monitoring import metrics
from router.runtime.monitoring.metrics import (
    MOST_ACCOUNTS,
    OTHER,
    account_label,
    count_command,
    count_drop,
    count_events,
    count_lookup,
    count_reconciled,
    event_kind,
    name_accounts,
    registry,
)
from tests.store.build import NOON, call, command, put
from tests.stores import MemoryStore


@pytest.fixture(autouse=True)
def accounts() -> Iterator[None]:
    """This process's names, and afterwards those that were there."""
    before, marks = dict(metrics._accounts), metrics.account_marks()
    name_accounts(["counted"])
    yield
    metrics._accounts.clear()
    metrics._accounts.update(before)
    metrics._marks[0] = marks


def grown(act: Callable[[], object]) -> dict[str, float]:
    """Each sample that an act has made larger, with by how much; what was begun at zero is left out."""
    before = samples()
    act()
    after = samples()
    return {name: after[name] - before.get(name, 0.0) for name in after if after[name] != before.get(name, 0.0)}


def samples() -> dict[str, float]:
    """Without what the client adds by itself, and without the buckets of histograms."""
    return {
        " ".join([sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if not sample.name.endswith(("_created", "_bucket"))
    }


def test_a_command_of_the_pbx_and_how_long_it_waited() -> None:
    assert grown(lambda: count_command("route", "confirmed", account="counted", reason="", wait_seconds=1.5)) == {
        "ivr_commands_total account=counted command=route outcome=confirmed reason=": 1.0,
        "ivr_command_wait_seconds_count command=route": 1.0,
        "ivr_command_wait_seconds_sum command=route": 1.5,
    }


def test_a_command_that_no_method_is_and_an_account_without_a_label() -> None:
    """Names of authors and of strangers make no series."""
    assert grown(lambda: count_command("of-an-author", "failed", account="stranger", reason="refused")) == {
        f"ivr_commands_total account={OTHER} command={OTHER} outcome=failed reason=refused": 1.0
    }
    assert grown(lambda: count_drop("of-an-author", "too-late")) == {
        f"ivr_commands_dropped_total command={OTHER} reason=too-late": 1.0
    }
    assert grown(lambda: count_drop("play/start", "too-late")) == {
        "ivr_commands_dropped_total command=play/start reason=too-late": 1.0
    }


def test_notifications_that_were_answered_together() -> None:
    together = {
        ("events/call", "stored", "", "counted"): 3,
        ("result/route", "stored", "", "counted"): 1,
        ("events/what", "odd", "wrong-sign", ""): 1,
    }
    assert grown(lambda: count_events(together, 0.25)) == {
        "ivr_events_total account=counted kind=call outcome=stored reason=": 3.0,
        "ivr_events_total account=counted kind=result outcome=stored reason=": 1.0,
        f"ivr_events_total account= kind={OTHER} outcome={OTHER} reason=wrong-sign": 1.0,
        "ivr_event_seconds_count": 5.0,
        "ivr_event_seconds_sum": 1.25,
    }


def test_lookups_and_stale_calls() -> None:
    assert grown(lambda: count_lookup("http", "who", "found", 0.5)) == {
        "ivr_lookups_total kind=http outcome=found step=who": 1.0,
        "ivr_lookup_seconds_count kind=http": 1.0,
        "ivr_lookup_seconds_sum kind=http": 0.5,
    }
    set_back = grown(lambda: count_lookup("http", "who", "found", -3.0))
    assert "ivr_lookup_seconds_sum kind=http" not in set_back, "a clock that was set back takes nothing away"
    assert grown(lambda: count_reconciled("ended")) == {"ivr_stale_calls_total outcome=ended": 1.0}


def test_so_many_accounts_have_a_label_of_their_own() -> None:
    names = [f"a-{number}" for number in range(MOST_ACCOUNTS + 1)]
    name_accounts(names)
    assert [account_label(name) for name in (names[0], names[-2], names[-1], "")] == [names[0], names[-2], OTHER, ""]


def test_the_first_of_what_an_alarm_watches_is_an_increase() -> None:
    """Prometheus sees no increase where a series begins with one."""
    name_accounts(["new-here"])
    begun = samples()
    for watched in (
        "ivr_events_total account=new-here kind=call outcome=stored reason=",
        "ivr_events_total account=new-here kind=call outcome=refused reason=wrong-sign",
        "ivr_events_total account= kind=call outcome=refused reason=unknown-key",
        "ivr_events_total account= kind=call outcome=refused reason=unknown-sender",
        *(f"ivr_admin_refusals_total reason={one}" for one in ("token", "slowed", "role", "password", "csrf")),
    ):
        assert watched in begun


def test_an_account_is_marked_by_events_that_were_kept() -> None:
    marks = metrics.account_marks()
    count_events({("events/call", "refused", "wrong-sign", "counted"): 1}, 0.0)
    assert marks.last_event("counted") == 0.0
    count_events({("events/call", "stored", "", "counted"): 1}, 0.0)
    assert marks.last_event("counted") > 0.0


@pytest.mark.parametrize(
    ("path", "kind"), [("events/call", "call"), ("events/dtmf", "dtmf"), ("result/hangup", "result"), ("x", OTHER)]
)
def test_the_kind_of_a_notification(path: str, kind: str) -> None:
    assert event_kind(path) == kind


def test_what_a_call_withdraws_and_what_a_leg_confirms() -> None:
    """Counted once their transaction is kept: `moved-on` stands for commands that their call no longer needs."""
    store = MemoryStore(lambda: NOON)
    put(store, *(command(f"c-{number}", account="counted", call_id="leg") for number in range(3)))
    put(store, command("c-sms", account="counted", command="sms", call_id=""))
    mine = call("entry-1", account="counted")

    def carry_out(effect: WithdrawCommands | ConfirmCommand) -> None:
        with store.transaction() as tx:
            CARRY_OUT[type(effect)](tx, mine, effect)

    route = "account=counted command=route outcome"
    assert grown(lambda: carry_out(WithdrawCommands(reason="the caller has left", keep="c-0"))) == {
        f"ivr_commands_total {route}=expired reason=moved-on": 2.0,
        "ivr_commands_dropped_total command=route reason=moved-on": 2.0,
    }
    assert grown(lambda: carry_out(ConfirmCommand(command_id="c-0", by="leg"))) == {
        f"ivr_commands_total {route}=confirmed reason=": 1.0
    }
    assert grown(lambda: carry_out(ConfirmCommand(command_id="c-0", by="leg"))) == {}, "it is over"
    states = {row.command_id: (row.state, row.reason) for row in store.commands("counted", limit=9)}
    assert states == {
        "c-0": ("confirmed", "a leg came of it"),
        "c-1": ("expired", "the caller has left"),
        "c-2": ("expired", "the caller has left"),
        "c-sms": ("queued", ""),
    }


def test_a_command_that_is_concluded_has_its_code_and_no_lease() -> None:
    sent = command("c-1", state="sent", sent=NOON, lease=NOON + 9, attempts=1)
    assert concluded(sent, "failed", NOON + 2, code=4101, reason="refused") == msgspec.structs.replace(
        sent, state="failed", confirmed=NOON + 2, code=4101, reason="refused", lease=None
    )
    again = msgspec.structs.replace(sent, code=4101, reason="before")
    assert (concluded(again, "expired", NOON).code, concluded(again, "expired", NOON).reason) == (None, "")
