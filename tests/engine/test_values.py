"""Values of the account's configuration in a flow."""

import pytest

from router.engine.effects import SendNotification, StartLookup
from router.flow.account_needs import AccountFacts, is_address, unmet
from router.flow.finding_output import render_text
from router.flow.loader import load
from tests.engine.scenario import Scenario

STEPS = """
  first: {lookup: {http: {url: "${values.crm}/pin/${caller.number}?q=${values.mode}", headers: {X: "${values.mode}"}}, outputs: {ok: {type: bool}}, next: asked, on: {failed: lost}}}
  asked: {switch: [{when: 'values.mode == "night"', goto: night}, {else: oops}]}
  night: {notify: {url: "${values.crm}", data: {mode: "${values.mode}"}, next: dial}}
  dial: {route: {to: "extension ${values.desk}", on: {else: oops}}}
  lost: release"""
HEAD = "flow: main\nfor: any\non_error: oops\n"
VALUES = {"crm": "https://crm.example", "mode": "a b", "desk": "101"}


def lookup(**values: str) -> StartLookup:
    call = Scenario(STEPS, header=HEAD, values=VALUES | values).comes()
    return next(effect for effect in call.effects if isinstance(effect, StartLookup))


@pytest.mark.parametrize(
    ("crm", "url"),
    [
        ("https://crm.example", "https://crm.example/pin/79000000001?q=a%20b"),
        ("https://crm.example/", "https://crm.example/pin/79000000001?q=a%20b"),
        ("http://10.0.0.1:8080/api", "http://10.0.0.1:8080/api/pin/79000000001?q=a%20b"),
    ],
)
def test_an_address_begins_with_a_value_as_it_stands(crm: str, url: str) -> None:
    assert lookup(crm=crm).url == url
    assert lookup(crm=crm).headers == {"X": "a b"}


@pytest.mark.parametrize("crm", ["", "crm.example", "https://", "https://x y", "https://evil@x", "javascript:1"])
def test_a_value_that_is_no_address_is_asked_nothing(crm: str) -> None:
    call = Scenario(STEPS, header=HEAD, values=VALUES | {"crm": crm}).comes()
    assert not [effect for effect in call.effects if isinstance(effect, StartLookup)]
    assert "values.crm is no address" in call.notes
    assert call.call.status == "released"
    assert not is_address(crm)


def test_a_value_that_is_not_there_is_empty_and_the_trace_says_so() -> None:
    call = Scenario(
        "  first: {switch: [{when: 'values.mode == \"\"', goto: none}, {else: oops}]}\n  none: {wait: {for: 1h, next: oops}}"
    )
    assert call.comes().at_step == "none"
    assert "values.mode: the configuration has no such value" in call.notes


def test_a_notification_and_a_destination_have_values() -> None:
    steps = STEPS.replace("first:", "looked:").replace("night:", "first:").replace("goto: night", "goto: first")
    call = Scenario(steps, header=HEAD, values=VALUES).comes()
    told = next(effect for effect in call.effects if isinstance(effect, SendNotification))
    assert (told.url, told.data, call.last.label) == ("https://crm.example", {"mode": "a b"}, "extension 101")


def test_a_step_may_be_called_values_as_before() -> None:
    steps = """
  first: {run: {flow: inner, on: {ok: judge}}}
  judge: {switch: [{when: values.level == 3, goto: good}, {else: oops}]}
  good: {wait: {for: 1h, next: oops}}""".replace("first:", "values:")
    text = f"{HEAD}start: values\nsteps:{steps}\n  oops: release\n"
    inner = "flow: inner\nstart: done\nsteps:\n  done: {return: {as: ok, with: {level: 3}}}\n"
    loaded = load({"main.yaml": text.encode(), "inner.yaml": inner.encode()})
    assert loaded.bundle is not None, render_text(loaded.findings)
    call = Scenario("  first: release")
    call.bundle = loaded.bundle
    assert call.comes().at_step == "good"
    assert not loaded.bundle.needs


def needed(facts: AccountFacts) -> list[tuple[str, int]]:
    text = f"{HEAD}start: first\nsteps:{STEPS}\n  oops: release\n"
    files = {"main.yaml": text.encode()}
    bundle = load(files).bundle
    assert bundle is not None
    return [(finding.code, finding.mark.line) for finding in unmet(bundle.needs, facts, files)]


def test_what_the_configuration_lacks_is_found_at_its_place() -> None:
    assert needed(AccountFacts()) == []
    assert needed(AccountFacts(values=VALUES)) == []
    assert needed(AccountFacts(values={"crm": "crm.example", "mode": "x"})) == [("F514", 6), ("F514", 8), ("F513", 9)]
    assert needed(AccountFacts(values={"crm": "https://x", "desk": "1"})) == [
        ("F513", 6),
        ("F513", 6),
        ("F513", 7),
        ("F513", 8),
    ]


def test_the_text_of_such_a_finding() -> None:
    files = {
        "main.yaml": f'{HEAD}start: first\nsteps:\n  first: {{hold: {{next: oops}}}}\n  oops: {{notify: {{url: "${{values.crn}}/x", data: {{}}, next: bye}}}}\n  bye: hangup\n'.encode()
    }
    bundle = load(files).bundle
    assert bundle is not None
    found = unmet(bundle.needs, AccountFacts(profile="2021", values={"crm": "https://crm.example"}), files)
    told = render_text(found)
    assert "main.yaml:6:11: F512 `hold` is a command of profile 2026, and this account has 2021" in told
    assert "main.yaml:7:27: F513 the account's settings have no value `crn`" in told
    assert "did you mean `crm`?" in told
    assert not unmet(bundle.needs, AccountFacts(profile="2026", values={"crn": "https://crm.example"}), files)
