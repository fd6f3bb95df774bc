"""`finally`: once, last, however the call ended."""

import pytest

from tests.engine.scenario import Scenario

HEAD = "flow: main\nfor: any\non_error: oops\nfinally: last\n"
MESSAGE = '{{sms: {{to: "79000000001", from: "100", text: "{text}", next: {then}}}}}'
LAST = "\n  last: " + MESSAGE.format(text="${call.answered} ${call.end_reason}", then="over") + "\n  over: release"


def texts(call: Scenario) -> list[str]:
    return [command.params["text"] for command in call.commands if command.command == "sms"]


@pytest.mark.parametrize("own", ["hangup", "release"])
def test_runs_after_an_end_of_our_own_when_the_call_is_over(own: str) -> None:
    call = Scenario(f"  first: {own}" + LAST, header=HEAD).comes()
    if own == "hangup":
        call.done()
    assert texts(call) == []
    assert call.call.pins_version
    call.ends("ivr", 1181).summary(disconnect_reason=1181)
    assert texts(call) == ["false 1181"]
    call.done()
    assert (call.call.status, call.call.outcome) == ("ended", "hung_up" if own == "hangup" else "released")
    assert not call.call.pins_version


def test_runs_behind_on_end() -> None:
    steps = "  first: {play: {prompt: audio.hello, next: first}}\n  missed: " + MESSAGE.format(
        text="missed", then="over"
    )
    call = (
        Scenario(steps + LAST, header=HEAD + "on_end: missed\n")
        .comes()
        .ends("ivr", 1110)
        .summary(disconnect_reason=1110)
    )
    assert texts(call) == ["missed"]
    assert call.done().call.status == "closing"
    assert texts(call) == ["missed", "false 1110"]
    assert call.done().call.status == "ended"
    assert call.call.outcome == "missed"


def test_runs_once_though_it_fails() -> None:
    call = Scenario("  first: {play: {prompt: audio.hello, next: first}}" + LAST, header=HEAD)
    call.comes().ends("ivr", 1110).summary(disconnect_reason=1110).concluded("failed", 4300).summary(
        disconnect_reason=1110
    )
    assert (texts(call), call.call.status) == (["false 1110"], "ended")


def test_runs_though_on_end_fails() -> None:
    steps = "  first: {play: {prompt: audio.hello, next: first}}\n  missed: " + MESSAGE.format(
        text="missed", then="over"
    )
    call = (
        Scenario(steps + LAST, header=HEAD + "on_end: missed\n")
        .comes()
        .ends("ivr", 1110)
        .summary(disconnect_reason=1110)
    )
    call.concluded("failed", 4300)
    assert texts(call) == ["missed", "false 1110"]


def test_has_a_budget_of_its_own() -> None:
    head = HEAD.replace("oops", "again") + "budget: {steps: 3}\n"
    steps = "  first: {wait: {for: 1s, next: again}}\n  again: {wait: {for: 1s, next: first}}"
    call = Scenario(steps + LAST, header=head).comes().wait(60)
    assert call.call.status == "released"
    call.ends("ivr", 1110).summary(disconnect_reason=1110)
    assert texts(call) == ["false 1110"]


def test_runs_after_a_rest() -> None:
    steps = "  first: {route: {to: extension 101, on: {else: over}}}"
    call = Scenario(steps + LAST, header=HEAD).comes().done().rings("leg").ends("ivr", 1100).connects("leg")
    assert call.call.status == "resting"
    assert texts(call.wait(30).ends("leg", 1110).summary(talk_time=1, disconnect_reason=1110)) == ["true 1110"]


def test_runs_behind_what_follows_a_watch() -> None:
    steps = (
        "  first: {route: {to: extension 101, on: {answered: talk, else: over}}}\n  talk: {watch: {ended: noted}}"
        "\n  noted: " + MESSAGE.format(text="noted", then="over")
    )
    call = Scenario(steps + LAST, header=HEAD).comes().done().rings("leg").ends("ivr", 1100).connects("leg")
    call.ends("leg", 1110).summary(disconnect_reason=1110).done()
    assert texts(call) == ["noted", "true 1110"]


def test_runs_though_the_end_was_lost() -> None:
    call = Scenario("  first: release" + LAST, header=HEAD, stale_seconds=600.0).comes().wait(601)
    assert texts(call) == ["false 0"]
    assert call.done().call.status == "ended"


def test_may_wait_for_as_long_as_it_likes_after_a_lost_end() -> None:
    steps = "  first: release\n  last: {wait: {for: 20h, next: over}}\n  over: release"
    call = Scenario(steps, header=HEAD, stale_seconds=600.0).comes().wait(601)
    assert call.wait(19 * 3600).call.status == "closing"
    assert call.wait(3600).call.status == "ended"


def test_is_given_up_when_it_takes_too_long_itself() -> None:
    call = Scenario("  first: release" + LAST, header=HEAD, stale_seconds=600.0).comes().wait(601)
    assert call.call.status == "closing"
    assert call.wait(121).call.status == "ended"
    assert "finally took too long" in call.notes
