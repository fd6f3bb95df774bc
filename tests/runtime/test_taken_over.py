"""A person's command in the running router: pinned versions, what is withdrawn, what the outbox holds."""

import re

import msgspec
import pytest

from router.errors import CommandInvalid
from router.files.bundle import pack
from router.history.journal import EXPIRED, QUEUED, SENT
from router.runtime.versions.publish import Publisher
from tests.runtime.recording import ACCOUNT, FLOW, Recorder, files_of

TO_777 = {"to_number": "777"}


def rows(recorder: Recorder) -> list[tuple[str, str]]:
    """(label, state) of each command."""
    found = recorder.store.commands(ACCOUNT, entry_id=recorder.entry_id, limit=100)
    return [(row.label, row.state) for row in found]


def status(recorder: Recorder) -> tuple[str, str]:
    call = recorder.store.call(ACCOUNT, recorder.entry_id)
    assert call is not None
    return call.status, call.step


def test_what_the_step_had_queued_is_withdrawn() -> None:
    recorder = Recorder().wait(3)
    recorder.accept(recorder.pbx.press("2", recorder.time))
    assert rows(recorder)[-1] == ("person operator", QUEUED)
    recorder.by_hand("route", TO_777)
    assert rows(recorder)[-2:] == [("person operator", EXPIRED), ("by hand", QUEUED)]


def test_what_had_left_is_not_and_the_call_is_told_of_it_first() -> None:
    recorder = Recorder().wait(3)
    recorder.accept(recorder.pbx.press("2", recorder.time))
    own = recorder.store.commands(ACCOUNT, entry_id=recorder.entry_id, state=QUEUED)[0]
    with recorder.store.transaction() as tx:
        tx.update_command(msgspec.structs.replace(own, state=SENT, sent=recorder.time))
    recorder.by_hand("route", TO_777)
    assert rows(recorder)[-2:] == [("person operator", SENT), ("by hand", QUEUED)]
    call = recorder.store.call(ACCOUNT, recorder.entry_id)
    assert call is not None
    assert call.takeover is not None
    assert call.takeover.waited is not None
    assert call.takeover.waited.command_id == own.command_id


def test_a_call_stays_on_the_version_that_it_began_with() -> None:
    """Its steps are those that `then` may name, whatever was published since."""
    recorder = Recorder().wait(3)
    newer = re.sub(r"(?<!audio\.)sorry", "regret", FLOW)
    Publisher(recorder.store, pack).publish(ACCOUNT, files_of(newer))
    with pytest.raises(CommandInvalid, match="sorry, text"):
        recorder.by_hand("route", TO_777, then="regret")
    recorder.by_hand("route", TO_777, then="sorry").wait(2).happen("busy").wait(1)
    assert status(recorder) == ("running", "sorry")


@pytest.mark.parametrize("after", ["given", "sent", "rings", "answered", "ended"])
def test_the_caller_hangs_up(after: str) -> None:
    """The flow's end runs once, whenever that is, and nothing of the person's command is left."""
    recorder = Recorder().wait(3).by_hand("route", TO_777)
    if after != "given":
        recorder.wait(0.25)
    if after in ("rings", "answered", "ended"):
        recorder.wait(2)
    if after == "answered":
        recorder.happen("answered")
    if after == "ended":
        recorder.happen("busy")
    recorder.hang_up().wait(70)
    call = recorder.store.call(ACCOUNT, recorder.entry_id)
    assert call is not None
    assert (call.status, call.takeover, call.outcome) == (
        "ended",
        None,
        "answered" if after == "answered" else "missed",
    )
    assert rows(recorder).count(("Sorry", "sent")) + rows(recorder).count(("Sorry", "confirmed")) <= 1
    assert QUEUED not in [state for _, state in rows(recorder)]


def test_a_call_that_has_ended_takes_what_needs_no_caller() -> None:
    recorder = Recorder().wait(3).hang_up().wait(70)
    with pytest.raises(CommandInvalid, match="has ended"):
        recorder.by_hand("route", TO_777)
    message = {"from_extension": "100", "to_number": "79000000001", "text": "We will ring back."}
    recorder.by_hand("sms", message)
    assert rows(recorder)[-1] == ("by hand", QUEUED)
