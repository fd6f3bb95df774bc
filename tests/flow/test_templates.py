from typing import Any

import pytest

from router.flow.expressions import compile_template
from tests.flow.scopes import NAMES, FixedScope

VALUES: dict[str, Any] = {
    "caller.number": "79000000000",
    "digits": "101",
    "vars.tries": 3.0,
    "vars.flag": True,
    "vars.lang": "ру",
    "call.age": 0.25,
}


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ("", ""),
        ("plain", "plain"),
        ("${digits}", "101"),
        ("extension ${digits}", "extension 101"),
        ("${vars.lang}${digits}!", "ру101!"),
        ("${vars.tries} ${call.age} ${vars.flag}", "3 0.25 true"),
        ("$5 and $ and $$ and }", "$5 and $ and $$ and }"),
        ("$${digits}", "$101"),
        ("{digits}", "{digits}"),
        ("a\n${digits}\nb", "a\n101\nb"),
    ],
)
def test_names_are_replaced(source: str, rendered: str) -> None:
    template, found = compile_template(source, NAMES)
    assert found == []
    assert template is not None
    assert template.source == source
    assert template.render(FixedScope(VALUES)) == rendered


def test_the_names_are_known() -> None:
    template, _ = compile_template("${digits} ${vars.lang} ${digits}", NAMES)
    assert template is not None
    assert template.names == {"digits", "vars.lang"}


def test_what_a_value_holds_is_not_a_template() -> None:
    template, _ = compile_template("${vars.lang}", NAMES)
    assert template is not None
    assert template.render(FixedScope({"vars.lang": "${digits}"})) == "${digits}"


def test_a_text_does_not_grow_without_end() -> None:
    template, _ = compile_template("${vars.lang}${vars.lang}", NAMES)
    assert template is not None
    assert len(template.render(FixedScope({"vars.lang": "x" * 9_999}))) == 10_000


@pytest.mark.parametrize(
    ("source", "code", "words", "suggestion"),
    [
        ("${", "F410", "${", ""),
        ("Привет ${digits", "F410", "${", ""),
        ("${}", "F410", "${}", ""),
        ("${ }", "F410", "${ }", ""),
        ("${ digits }", "F410", "${ digits }", "did you mean `${digits}`?"),
        ("${vars.tries + 1}", "F410", "${vars.tries + 1}", ""),
        ("${len(digits)}", "F410", "${len(digits)}", ""),
        ("${digits and ${vars.lang}", "F410", "${digits and ${vars.lang}", ""),
        ("Привет ${dgits}", "F403", "dgits", "did you mean `digits`?"),
        ("${secrets.crm}", "F403", "secrets.crm", ""),
        ("${lists.vip}", "F406", "lists.vip", ""),
    ],
)
def test_what_is_refused(source: str, code: str, words: str, suggestion: str) -> None:
    template, (problem,) = compile_template(source, NAMES)
    assert template is None
    place = source[problem.offset : problem.offset + problem.length]
    assert (problem.code, place, problem.suggestion) == (code, words, suggestion)


def test_all_mistakes_are_reported_at_once() -> None:
    _, found = compile_template("${foo} ${digits} ${a b} ${", NAMES)
    assert [problem.code for problem in found] == ["F403", "F410", "F410"]
