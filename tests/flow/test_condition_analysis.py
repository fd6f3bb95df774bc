"""What is said about conditions must hold in every call: held against their evaluation, and against known cases."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.flow.condition_analysis import Before, Effort, Formula, analysed, outcomes
from router.flow.expressions import BUILTIN_NAMES, compile_expression, hours_names
from router.flow.model import Expression
from tests.flow.bundles import HEAD, codes, load_flow

NAMES = {
    **BUILTIN_NAMES, **hours_names("office"), "lists.vip": "list", "visits.ask": "number",
    "vars.n": "number", "vars.m": "number", "vars.a": "text", "vars.b": "text", "vars.p": "phone", "vars.on": "bool",
}  # fmt: skip


def compiled(source: str) -> Expression:
    found, problems = compile_expression(source, NAMES, "bool")
    assert found is not None, (source, problems)
    return found


def formula_of(source: str) -> Formula:
    found = analysed(compiled(source))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("source", "possible"),
    [
        ("now.hour > 8 and now.hour < 7", {False}),
        ("now.hour > 8 and now.hour < 9", {False}),  # there is no whole hour between
        ("vars.n > 8 and vars.n < 9", {True, False}),
        ("now.hour >= 0", {True}),
        ("now.weekday > 7", {False}),
        ("now.weekday >= 1", {True}),
        ("0 <= now.minute <= 59", {True}),
        ("call.answered or not call.answered", {True}),
        ("call.answered == false and call.answered", {False}),
        ("call.answered != true or call.answered", {True}),
        ('vars.a == "x" and vars.a == "y"', {False}),
        ('vars.a in ["x", "y"] and vars.a == "z"', {False}),
        ('vars.a not in ["x"] and vars.a == "x"', {False}),
        ('"x" == vars.a and vars.a != "x"', {False}),
        ('vars.a >= "b" or vars.a < "c"', {True}),
        ("1 < 2", {True}),
        ("2 > 1 + 1", {False}),
        ("true", {True}),
        ('"a" in ["b"]', {False}),
        ("len(digits) < 0", {False}),
        ('hash_percent(vars.a) > 99', {False}),
        ("vars.n > vars.n", {False}),
        ("vars.n > vars.m and vars.m > vars.n", {False}),
        ("vars.n + 1 > vars.n", {True, False}),  # not so at the bound of numbers
        ("vars.a in lists.vip and not (vars.a in lists.vip)", {False}),
        ('starts_with("abc", "a")', {True}),
        ('online("1")', {True, False}),
        ('online("1") or not online("1")', {True}),
        ('matches(vars.a, "1 2") and not matches(vars.a, "12")', {True, False}),
        ("call.answered if vars.n > 3 else true", {True, False}),
        ("vars.n > 3 if vars.n > 3 else true", {True}),
        ('vars.a != ""', {True, False}),
        # a time of the day is one thing, whatever it is asked by
        ('now.time > "09:00" and now.time < "09:01"', {False}),
        ('now.hour >= 18 and now.time < "18:00"', {False}),
        ("now.hour * 60 + now.minute >= 1440", {False}),
        ('starts_with(now.time, "1") and now.hour == 9', {False}),
        ('now.time >= "09:00" or now.hour < 9', {True}),
        ('now.time > "18:00" and now.time < "09:00"', {False}),
        ("now.hour % 24 == now.hour", {True}),
        # of few words
        ('call.direction == "incoming" and call.direction == "outgoing"', {False}),
        ('call.location != "ivr" or call.location in ["ivr", "queue"]', {True}),
        ('status("101") == "online" and status("101") == "dnd"', {False}),
        ('status("101") == "online" and status("102") == "dnd"', {True, False}),
        ('upper(call.location) == "IVR" and call.location == "queue"', {False}),
        # dates
        ('now.date > "2026-11-30" and now.date < "2026-12-01"', {False}),
        ('now.date > "2026-11-30" and now.date < "2026-12-02"', {True, False}),
        ('hours.office.opens_date == ""', {True, False}),
        ('hours.office.opens_time == ""', {True, False}),
        # numbers as the PBX writes them
        ('caller.number == "8 (926) 123-45-67" and caller.number == "79261234567"', {True, False}),
        ('caller.number == "79261234567" and caller.number == "79261234568"', {False}),
        ('caller.number in ["79261234567"] and caller.number == "79261234568"', {False}),
        ('caller.number in ["8 (900) 000-00-00"] and caller.number not in ["79000000000", "89000000000"]', {True, False}),
        ('caller.withheld and caller.number != ""', {False}),
        ('caller.withheld == false and caller.number == ""', {False}),
        ("caller.number == vars.a and caller.number != vars.a", {False}),
        ("caller.number == vars.a and caller.number < vars.a", {True, False}),  # 8926… may be 7926…
        ("caller.number == vars.p and caller.number < vars.p", {False}),
        # intervals
        ("visits.ask + 1 > 0", {True}),
        ("visits.ask > 0", {True, False}),
        ("visits.ask >= 0", {True}),
        ("len(digits) - 1 < -1", {False}),
        ("call.age * 2 < 0", {False}),
        ("visits.ask > 2 and visits.ask < 3", {False}),
        ("call.age > 2 and call.age < 3", {True, False}),
        ("0 - visits.ask > len(digits)", {False}),
        ('vars.a < ""', {False}),
        ("hash_percent(vars.a) + hash_percent(vars.b) <= 198", {True}),
    ],
)  # fmt: skip
def test_known_cases(source: str, possible: set[bool]) -> None:
    assert outcomes(formula_of(source), Effort()) == possible


def test_an_odd_text_is_not_judged_since_it_has_a_finding() -> None:
    assert analysed(compiled('now.time < "9:00"')) is None
    assert analysed(compiled('call.state == "ringing" and now.hour > 25')) is None


def left(condition: str, *before: str) -> bool:
    earlier = Before()
    for one in before:
        earlier.add(formula_of(one))
    return earlier.leave(formula_of(condition), Effort())


def test_what_earlier_lines_leave() -> None:
    assert not left("vars.n > 5", "vars.n > 3")
    assert left("vars.n > 2", "vars.n > 3")
    assert left("vars.n > 5", "vars.m > 3")
    assert not left("now.hour == 3", "now.hour < 2", "now.hour >= 3")
    assert not left("call.answered and vars.n > 1", "call.answered")
    assert not left('now.time < "08:30"', "now.hour < 9")
    assert not left("vars.n == 0", *(f"vars.n == {number}" for number in range(70)))  # however long ago
    assert not left('call.location == "queue"', 'call.location != "ivr"')
    assert not left("hash_percent(vars.a) >= 50", "hash_percent(vars.a) < 30", "hash_percent(vars.a) >= 30")


def test_what_would_take_too_long_is_not_judged() -> None:
    many = " and ".join(f"(vars.n == {n} or vars.m == {n} or vars.a == '{n}')" for n in range(8))
    assert outcomes(formula_of(many), Effort()) == {False}
    assert outcomes(formula_of(many), Effort(left=20)) == {True, False}
    assert outcomes(formula_of("now.hour > 23"), Effort(left=0)) == {True, False}
    earlier = Before()
    earlier.add(formula_of("vars.n > 3"))
    assert earlier.leave(formula_of("vars.n > 5"), Effort(left=0))


class Values:
    """A scope of given values; texts of one letter are in every list."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known

    def value(self, name: str) -> Any:
        return self.known[name]

    def contains(self, list_name: str, value: str) -> bool:
        return len(value) == 1

    def online(self, extension: str) -> bool:
        return self.known["now.minute"] % 2 == 0

    def status(self, extension: str) -> str:
        return str(self.known["status"])


RELATIONS = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
NUMBERS = [
    "vars.n", "vars.m", "now.hour", "now.minute", "now.weekday", "visits.ask", "call.age", "len(vars.a)",
    "hash_percent(vars.a)", "vars.n + 1", "now.hour * 60 + now.minute", "3 - visits.ask", "vars.n * vars.m",
    "len(vars.a) * 2 - 3", "now.minute % 7",
]  # fmt: skip
comparisons = st.builds(
    "{} {} {}".format,
    st.sampled_from([*NUMBERS, "3", "1 + 1"]),
    RELATIONS,
    st.sampled_from([*NUMBERS, "0", "-1", "1", "2.5", "3", "23", "60", "540"]),
)
texts = st.builds(
    "{} {} {}".format,
    st.sampled_from(["vars.a", "vars.b", "lower(vars.a)", '"a"', "caller.number", "vars.p"]),
    RELATIONS.filter(lambda word: word not in ("==", "!=")),
    st.sampled_from(['""', '"a"', '"ab"', '"b"', "vars.b", "vars.a", '"79000000000"']),
)
equal_texts = st.builds(
    "{} {} {}".format,
    st.sampled_from(["vars.a", "vars.b", "caller.number", "vars.p"]),
    st.sampled_from(["==", "!="]),
    st.sampled_from(['""', '"79000000000"', '"8 (900) 000-00-00"', "vars.b", "vars.p", "caller.number"]),
)
formed = st.one_of(
    st.builds("now.time {} {}".format, RELATIONS, st.sampled_from(['"09:00"', '"18:30"', '"00:00"', '"23:59"'])),
    st.builds("now.date {} {}".format, RELATIONS, st.sampled_from(['"2026-11-30"', '"2026-12-01"'])),
    st.builds('call.direction {} "{}"'.format, RELATIONS, st.sampled_from(["incoming", "outgoing", "internal"])),
    st.builds('status("101") {} "{}"'.format, RELATIONS, st.sampled_from(["online", "dnd"])),
)
others = st.sampled_from(
    ['vars.a in ["a", "b"]', 'vars.a not in ["a"]', "vars.a in lists.vip", "call.answered", "true", "vars.on",
     "caller.withheld", "caller.withheld == vars.on", 'caller.number in ["8 900 000-00-00", ""]', 'online("101")',
     'starts_with(vars.a, "a")', 'starts_with(now.time, "1")', 'matches(caller.number, "7900*")',
     "now.hour in [9, 10, 11]", "hours.office.open", "days_between(now.date, now.date) == 0"]
)  # fmt: skip
conditions = st.recursive(
    comparisons | texts | equal_texts | formed | others,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
LETTERS = ["", "a", "aa", "ab", "abc", "b", "c", "A", "79000000000", "89000000000"]
minutes = st.sampled_from([0, 1, 539, 540, 541, 600, 1079, 1110, 1111, 1439]) | st.integers(0, 1439)
values = st.builds(
    lambda known, minute: {
        **known,
        "now.hour": minute // 60,
        "now.minute": minute % 60,
        "now.time": f"{minute // 60:02d}:{minute % 60:02d}",
        "caller.withheld": known["caller.number"] == "",
    },
    st.fixed_dictionaries(
        {
            "vars.n": st.sampled_from([-1, 0, 0.5, 1, 2, 2.5, 2.75, 3, 22, 23, 24, 10**15, -(10**15)]),
            "vars.m": st.sampled_from([0, 1, 3, 7.5]),
            "vars.a": st.sampled_from(LETTERS),
            "vars.b": st.sampled_from(LETTERS),
            "vars.p": st.sampled_from(["", "79000000000", "89000000000", "101"]),
            "caller.number": st.sampled_from(["", "79000000000", "89000000000", "79000000001"]),
            "vars.on": st.booleans(),
            "visits.ask": st.integers(0, 5),
            "call.age": st.sampled_from([0, 0.001, 1.5, 3, 600]),
            "call.answered": st.booleans(),
            "call.direction": st.sampled_from(["incoming", "outgoing", "internal"]),
            "hours.office.open": st.booleans(),
            "now.weekday": st.integers(1, 7),
            "now.date": st.sampled_from(["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02"]),
            "status": st.sampled_from(["", "online", "dnd", "break", "offline", "dial"]),
        }
    ),
    minutes,
)


@given(source=conditions, before=conditions, known=values)
def test_no_call_contradicts_what_is_said(source: str, before: str, known: dict[str, Any]) -> None:
    scope = Values(known)
    happened = compiled(source).evaluate(scope)
    assert happened in outcomes(formula_of(source), Effort())
    if happened and not compiled(before).evaluate(scope):
        earlier = Before()
        earlier.add(formula_of(before))
        assert earlier.leave(formula_of(source), Effort())


small = st.recursive(
    st.sampled_from(
        ["now.weekday == 1", "now.weekday in [6, 7]", "now.weekday > 5", "now.weekday % 2 == 0", "vars.on",
         "not call.answered", "vars.on == call.answered", 'call.direction == "incoming"', "call.answered != true",
         'call.direction in ["incoming", "internal"]', 'call.direction > "internal"', "1 > 2", "3 < now.weekday <= 5"]
    ),
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=8,
)  # fmt: skip
EVERY_CALL = [
    Values({"now.weekday": day, "vars.on": on, "call.answered": answered, "call.direction": direction})
    for day, on, answered, direction in product(
        range(1, 8), (False, True), (False, True), ("", "incoming", "outgoing", "internal")
    )
]


@given(source=small.filter(lambda source: "vars.on == call.answered" not in source), before=small)
def test_of_few_values_all_is_found(source: str, before: str) -> None:
    whole, earlier = compiled(source), compiled(before)
    assert outcomes(formula_of(source), Effort()) == {whole.evaluate(scope) for scope in EVERY_CALL}
    if "vars.on == call.answered" not in before and len(outcomes(formula_of(before), Effort())) == 2:
        above = Before()
        above.add(formula_of(before))
        remains = any(whole.evaluate(scope) and not earlier.evaluate(scope) for scope in EVERY_CALL)
        assert above.leave(formula_of(source), Effort()) == remains


@pytest.mark.parametrize(
    "cases",
    [
        "{when: now.hour < 9, goto: done}, {when: now.hour < 18, goto: done}",
        "{when: call.answered, goto: done}, {when: not call.answered, goto: done}",
        '{when: digits == "1", goto: done}, {when: digits == "2", goto: done}, {when: digits != "3", goto: done}',
        "{when: visits.ask >= 3, goto: done}, {when: limits.route.wait > 15, goto: done}",
        "{when: caller.number in lists.vip, goto: done}, {when: hours.office.open, goto: done}",
    ],
)
def test_sensible_switches_are_left_alone(cases: str) -> None:
    assert codes(load_flow(f"ask:\n  switch: [{cases}, {{else: done}}]", HEAD)) == []
