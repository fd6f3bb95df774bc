"""Calls that people took over: replayed, what they did is input, as an event is."""

import re

import pytest

from router.flow.loader import load
from router.history.comparison import Comparison
from router.history.past import Settings
from router.history.recorded import PresenceHistory, RecordedCall
from router.history.replay import compare
from router.history.test_export import as_test
from router.history.trace_text import lines
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from tests.runtime.recording import FLOW, Recorder, bundle_of, files_of

TO_777 = {"to_number": "777"}
BY_ID = {"command_id": "crm-17", "reason": "a VIP"}


def replayed(recorded: RecordedCall, flow: str = FLOW) -> Comparison:
    return compare(recorded, bundle_of(flow), PresenceHistory(), own=bundle_of(), settings=Settings())


def answered() -> RecordedCall:
    call = Recorder().wait(3).by_hand("route", TO_777, **BY_ID).wait(2).happen("answered").wait(9)
    return call.hang_up().wait(70).recorded()


def busy() -> RecordedCall:
    call = Recorder().wait(3).by_hand("route", TO_777).wait(2).happen("busy").wait(8).press("2").wait(2)
    return call.happen("answered").wait(9).hang_up().wait(70).recorded()


def intercepted() -> RecordedCall:
    call = Recorder().wait(3).press("1").wait(4).by_hand("route", TO_777, then="sorry").wait(2).happen("busy")
    return call.wait(12).recorded()


def refused() -> RecordedCall:
    call = Recorder(results={"transfer": 4100}).wait(3).press("2").wait(2).happen("answered").wait(2)
    return call.by_hand("transfer", TO_777).wait(5).hang_up().wait(70).recorded()


def handed_on() -> RecordedCall:
    call = Recorder().wait(3).press("2").wait(2).happen("answered").wait(2).by_hand("transfer", TO_777).wait(3)
    return call.happen("answered").wait(5).hang_up().wait(70).recorded()


def beside() -> RecordedCall:
    return Recorder().wait(3).by_hand("play", {"internal_id": 2}).wait(2).press("2").wait(3).hang_up().recorded()


WAYS = (answered, busy, intercepted, refused, handed_on, beside)


@pytest.mark.parametrize("make", WAYS)
def test_under_its_own_version_it_goes_as_it_went(make: object) -> None:
    recorded = make()  # type: ignore[operator]
    assert recorded.call.ended
    found = replayed(recorded)
    assert (found.not_comparable, found.differs, found.assumed) == ("", False, 0), found.diff()


def test_where_they_lead() -> None:
    assert [made().call.outcome for made in WAYS] == [
        "answered",
        "answered",
        "hung_up",
        "answered",
        "answered",
        "missed",
    ]
    assert replayed(answered()).recorded.steps == ("screen by else", "menu by taken_over", "ended by done", "done")
    assert replayed(busy()).recorded.steps[:3] == ("screen by else", "menu by taken_over", "menu by 2")
    assert replayed(intercepted()).recorded.steps[2:4] == ("sales by taken_over", "sorry by next")


def test_under_another_version_the_person_does_the_same() -> None:
    """Where the flow's own routes go to somebody else, the one that a person gave goes where it went."""
    other = FLOW.replace("to: person operator", "to: extension 104")
    found = replayed(busy(), other)
    assert found.replayed.steps == found.recorded.steps
    assert found.replayed.commands[-2:] == (("play/start", "audio.menu"), ("route", "extension 104"))


def test_then_may_name_a_step_that_the_other_version_lacks() -> None:
    other = re.sub(r"(?<!audio\.)sorry", "regret", FLOW)
    found = replayed(intercepted(), other)
    assert found.replayed.steps[2:4] == ("sales by taken_over", "sales")


def test_the_trace_tells_who_and_why() -> None:
    told = "\n".join(lines(entry for record in answered().records for entry in record.trace))
    assert "by hand: anna gave route to 777: a VIP" in told
    assert "left menu by taken_over: anna gave route to 777 by hand: a VIP" in told
    assert "by hand: crm-17 ended as answered: 777 answered" in told


@pytest.mark.parametrize("make", WAYS[:-1])
def test_it_is_exported_as_a_test_that_passes(make: object) -> None:
    recorded = make()  # type: ignore[operator]
    text = as_test(recorded, bundle_of())
    assert "by_hand: {" in text
    files = load(files_of() | {"recorded.test.yaml": text.encode()})
    assert files.bundle is not None
    scripts, findings = read_scripts(files.tests, files.bundle, {"recorded.test.yaml": text})
    assert findings == ()
    failure = run(scripts[0], files.bundle).failure
    assert failure is None, f"{failure.reason}\n{text}"
