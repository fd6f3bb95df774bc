"""What is said about conditions must hold in every call: held against their evaluation, and against known cases."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.flow.condition_analysis import Before, Effort, can_hold, formula, outcomes
from router.flow.expressions import compile_expression
from tests.flow.bundles import HEAD, codes, load_flow

NAMES = {
    "now.hour": "number", "vars.n": "number", "vars.m": "number", "vars.a": "text", "vars.b": "text",
    "call.answered": "bool", "lists.vip": "list",
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "possible"),
    [
        ("now.hour > 8 and now.hour < 7", {False}),
        ("now.hour > 8 and now.hour < 9", {False}),  # there is no whole hour between
        ("vars.n > 8 and vars.n < 9", {True, False}),
        ("now.hour >= 0", {True}),
        ("now.weekday > 7", {False}),
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
        ("vars.n + 1 > vars.n", {True, False}),  # not understood, and so not judged
        ("vars.a in lists.vip and not (vars.a in lists.vip)", {False}),
        ('starts_with("abc", "a")', {True}),
        ('online("1")', {True, False}),
        ('online("1") or not online("1")', {True}),
        ('matches(vars.a, "1 2") and not matches(vars.a, "12")', {True, False}),
        ("call.answered if vars.n > 3 else true", {True, False}),
        ("vars.n > 3 if vars.n > 3 else true", {True}),
        ('vars.a != ""', {True, False}),
    ],
)  # fmt: skip
def test_known_cases(source: str, possible: set[bool]) -> None:
    told = formula(source)
    assert told is not None
    assert outcomes(told, Effort()) == possible


def test_what_earlier_lines_leave() -> None:
    def left(condition: str, *before: str) -> bool:
        formulas = [found for found in map(formula, (condition, *before)) if found is not None]
        return can_hold(formulas[0], Before(formulas[1:]), Effort())

    assert not left("vars.n > 5", "vars.n > 3")
    assert left("vars.n > 2", "vars.n > 3")
    assert left("vars.n > 5", "vars.m > 3")
    assert not left("now.hour == 3", "now.hour < 2", "now.hour >= 3")
    assert not left("call.answered and vars.n > 1", "call.answered")


def test_what_would_take_too_long_is_not_judged() -> None:
    told = formula(" and ".join(f"vars.n{n} == {n}" for n in range(12)) + " and 1 > 2")
    assert told is not None
    assert outcomes(told, Effort()) == {True, False}
    spent = Effort(trials=0)
    false = formula("now.hour > 23")
    assert false is not None
    assert outcomes(false, spent) == {True, False}


comparisons = st.builds(
    "{} {} {}".format,
    st.sampled_from(["vars.n", "vars.m", "now.hour", "vars.n + 1", "3"]),
    st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
    st.sampled_from(["0", "1", "2.5", "3", "vars.m", "now.hour", "23"]),
)
texts = st.builds(
    "vars.a {} {}".format,
    st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
    st.sampled_from(['""', '"a"', '"ab"', '"b"', "vars.b"]),
)
others = st.sampled_from(
    ['vars.a in ["a", "b"]', 'vars.a not in ["a"]', "vars.a in lists.vip", "call.answered", "true"]
)
conditions = st.recursive(
    comparisons | texts | others,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
values = st.fixed_dictionaries(
    {
        "now.hour": st.integers(0, 23),
        "vars.n": st.sampled_from([-1, 0, 0.5, 1, 2, 2.5, 2.75, 3, 22, 23, 24]),
        "vars.m": st.sampled_from([0, 1, 3, 7.5]),
        "vars.a": st.sampled_from(["", "a", "aa", "ab", "abc", "b", "c"]),
        "vars.b": st.sampled_from(["", "a", "b"]),
        "call.answered": st.booleans(),
    }
)


class Values:
    """A scope of given values; texts of one letter are in every list."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known

    def value(self, name: str) -> Any:
        return self.known[name]

    def contains(self, list_name: str, value: str) -> bool:
        return len(value) == 1

    def online(self, extension: str) -> bool:
        return False

    def status(self, extension: str) -> str:
        return ""


@given(source=conditions, before=conditions, known=values)
def test_no_call_contradicts_what_is_said(source: str, before: str, known: dict[str, Any]) -> None:
    compiled = [compile_expression(one, NAMES, "bool") for one in (source, before)]
    (told, problems), (earlier, _) = compiled
    assert told is not None, problems
    assert earlier is not None
    scope = Values(known)
    one, other = formula(source), formula(before)
    assert one is not None
    assert other is not None
    happened = told.evaluate(scope)
    assert happened in outcomes(one, Effort())
    if happened and not earlier.evaluate(scope):
        assert can_hold(one, Before([other]), Effort())


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
