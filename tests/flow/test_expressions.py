from typing import Any

import pytest

from router.flow.expressions import BUILTIN_NAMES, FUNCTIONS, PROBLEM_CODES, Problem, compile_expression, hours_names
from router.flow.model import Expression
from tests.flow.scopes import NAMES, FixedScope

VALUES: dict[str, Any] = {
    "caller.number": "79000000000",
    "caller.withheld": False,
    "call.age": 12.5,
    "digits": "1",
    "now.hour": 12,
    "now.time": "12:05",
    "vars.lang": "ru",
    "vars.tries": 2,
    "vars.phone": "74951112233",
    "vars.flag": True,
    "visits.return": 1,
    "hours.office.open": True,
    "limits.route.wait": 3.0,
}


def scope() -> FixedScope:
    return FixedScope(VALUES, {"vip": {"79000000000"}})


def compiled(source: str, expect: str | None = None) -> Expression:
    expression, found = compile_expression(source, NAMES, expect)
    assert found == []
    assert expression is not None
    return expression


def refused(source: str, expect: str | None = None) -> list[Problem]:
    expression, found = compile_expression(source, NAMES, expect)
    assert expression is None
    assert found
    return found


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("caller.number in lists.vip", True),
        ("caller.number not in lists.vip", False),
        ("vars.phone in lists.vip", False),
        ('digits in ["1", "2"]', True),
        ("now.hour not in [1, -2, 3.5]", True),
        ("true in [False]", False),
        ("not hours.office.open", False),
        ("not vars.flag or vars.flag and true", True),
        ("limits.route.wait > 15", False),
        ("9 <= now.hour < 18", True),
        ("1 < 2 < 3 < now.hour < 4", False),
        ("1 < 2 < 3 < now.hour < 40", True),
        ('now.time >= "09:00"', True),
        ("vars.flag == true", True),
        ("True != False", True),
        ("vars.tries + 1", 3),
        ("vars.tries + 1 - 4 * 2 % 3 / 2", 2.0),
        ("-vars.tries", -2),
        ("+vars.tries", 2),
        ("--1", 1),
        ("7 / 2", 3.5),
        ("-7 % 3", 2),
        ('"a" + vars.lang + digits', "aru1"),
        ("1 if vars.flag else 2", 1),
        ('"да" if digits == "2" else "нет"', "нет"),
        ("visits.return >= 1", True),
        ("caller.number in lists.from", False),
        (r'"a\"b\\c\n\t"', 'a"b\\c\n\t'),
        ("'it'", "it"),
        ("\n  now.hour\n  > 1\n", True),
        ("now . hour", 12),
        ("(((1)))", 1),
        ("0", 0),
        ("1.", 1.0),
    ],
)
def test_what_an_expression_is_worth(source: str, value: Any) -> None:
    found = compiled(source).evaluate(scope())
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('len("привет")', 6),
        ('number("42")', 42),
        ('number(" -4.50 ")', -4.5),
        ('number("abc")', 0),
        ('number("")', 0),
        ('number("1e9")', 0),
        ('number("inf")', 0),
        ('number("٣")', 0),
        ("number(true)", 1),
        ("number(7)", 7),
        ("text(3)", "3"),
        ("text(6 / 2)", "3"),
        ("text(0.1 + 0.2)", "0.3"),
        ("text(1 / 1000000)", "0.000001"),
        ("text(-0.0)", "0"),
        ("text(false)", "false"),
        ('text("x")', "x"),
        ('lower("АБВ")', "абв"),
        ('upper("straße")', "STRASSE"),
        ('starts_with(caller.number, "7900")', True),
        ('ends_with(caller.number, "1")', False),
        ('matches(caller.number, "7900*")', True),
        ('matches(caller.number, "x")', False),
        ('matches("5", "1" + "-9")', True),
        ('matches("5", "9" + "-5*")', False),
        ("min(3, now.hour)", 3),
        ("max(1, 2.5, vars.tries)", 2.5),
        ('default("", "other")', "other"),
        ('default(digits, "other")', "1"),
        ("default(vars.tries, 7)", 2),
        ("default(vars.flag, false)", True),
        ('online("101")', True),
        ('online("102")', False),
        ('status("102")', "dnd"),
        ('status("101")', ""),
    ],
)
def test_functions(source: str, value: Any) -> None:
    assert compiled(source).evaluate(scope()) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('add_days("2026-12-31", 1)', "2027-01-01"),
        ('add_days("01.03.2028", -1)', "2028-02-29"),
        ('add_days("2026-11-30T23:59:00+03:00", 0)', "2026-11-30"),
        ('add_days("9999-12-31", 1)', ""),
        ('add_days("0001-01-01", -1000000000000)', ""),
        ('add_days("31.02.2026", 1)', ""),
        ('date("30.11.26")', "2026-11-30"),
        ('date("tomorrow")', ""),
        ('days_between("2026-11-30", "01.12.2026")', 1),
        ('days_between("2026-12-01", "2026-11-30")', -1),
        ('days_between("", "2026-11-30")', 0),
    ],
)
def test_dates(source: str, value: object) -> None:
    assert compiled(source).evaluate(scope()) == value


def test_hash_percent_is_the_same_for_ever_and_spread_evenly() -> None:
    assert [compiled(f'hash_percent("{text}")').evaluate(scope()) for text in ("79000000000", "a", "")] == [91, 50, 52]
    hashed = compiled("hash_percent(digits)")
    counts = [0] * 100
    for number in range(10_000):
        counts[hashed.evaluate(FixedScope({"digits": str(number)}))] += 1
    assert min(counts) > 60
    assert max(counts) < 140


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("vars.tries / 0", 0),
        ("vars.tries % 0", 0),
        ("1 / (vars.tries - 2)", 0),
        ("999999999999999 * 999999999999999", 10**15),
        ("-999999999999999 * 999999999999999", -(10**15)),
        ("999999999999999 + 999999999999999", 10**15),
    ],
)
def test_every_operation_has_a_result_within_bounds(source: str, value: Any) -> None:
    assert compiled(source).evaluate(scope()) == value


@pytest.mark.parametrize("tries", [10**400, -(10**400), float("inf"), float("-inf"), float("nan")])
@pytest.mark.parametrize(
    "source",
    [
        "vars.tries",
        "-vars.tries",
        "vars.tries * 1.5",
        "vars.tries - vars.tries",
        "vars.tries / 3",
        "vars.tries % 2.5",
        "number(text(vars.tries))",
        "min(vars.tries, 0.5)",
        "(vars.tries if vars.flag else 1.5) / 3",
    ],
)
def test_no_number_from_outside_breaks_anything(source: str, tries: float) -> None:
    found = compiled(source).evaluate(FixedScope({"vars.tries": tries, "vars.flag": True}))
    assert -(10**15) <= found <= 10**15


def test_texts_do_not_grow_without_end() -> None:
    long = FixedScope({"digits": "ß" * 9_999})
    for source in ("digits + digits", "upper(digits)", "lower(digits) + digits + digits"):
        assert len(compiled(source).evaluate(long)) == 10_000


@pytest.mark.parametrize(
    ("source", "type"),
    [
        ("caller.number", "phone"),
        ("default(caller.number, vars.phone)", "phone"),
        ('default(caller.number, "x")', "text"),
        ("caller.number if vars.flag else vars.phone", "phone"),
        ("caller.number if vars.flag else digits", "text"),
        ('caller.number + ""', "text"),
        ("lower(caller.number)", "text"),
        ("len(digits)", "number"),
        ("true", "bool"),
    ],
)
def test_the_type_is_known(source: str, type: str) -> None:
    assert compiled(source).type == type


def test_the_names_are_known() -> None:
    expression = compiled("caller.number in lists.vip and len(digits) > vars.tries or hours.office.open")
    assert expression.names == {"caller.number", "lists.vip", "digits", "vars.tries", "hours.office.open"}
    assert compiled('online("101")').names == frozenset()


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("vars.flag or caller.withheld", ["vars.flag"]),
        ("caller.withheld and vars.flag", ["caller.withheld"]),
        ("caller.withheld and vars.flag and hours.office.open", ["caller.withheld"]),
        ("caller.withheld or vars.flag or hours.office.open", ["caller.withheld", "vars.flag"]),
        ("digits if vars.flag else vars.lang", ["vars.flag", "digits"]),
        ("3 < vars.tries < now.hour", ["vars.tries", "now.hour"][:1]),
        ("3 < vars.tries < now.hour < call.age", ["vars.tries"]),
        ("1 < vars.tries < now.hour", ["vars.tries", "now.hour"]),
    ],
)
def test_nothing_is_read_behind_the_decision(source: str, reads: list[str]) -> None:
    read = scope()
    compiled(source).evaluate(read)
    assert read.reads == reads


def test_an_expression_explains_itself_clause_by_clause() -> None:
    explained = compiled('caller.number in lists.vip and not (digits == "2" or vars.flag) and now.hour > 3').explain(
        scope()
    )
    assert explained == [
        {"clause": "caller.number in lists.vip", "value": True, "names": {"caller.number": "79000000000"}},
        {"clause": 'digits == "2"', "value": False, "names": {"digits": "1"}},
        {"clause": "vars.flag", "value": True, "names": {"vars.flag": True}},
    ]


@pytest.mark.parametrize(
    ("source", "clauses"),
    [
        ("true", ["true"]),
        ("vars.tries + 1", ["vars.tries + 1"]),
        ("vars.flag and now.hour > 3", ["vars.flag", "now.hour > 3"]),
        ("caller.withheld and now.hour > 3", ["caller.withheld"]),
        ("vars.flag or now.hour > 3", ["vars.flag"]),
        ('digits if digits == "1" else vars.lang', ['digits == "1"', "digits"]),
        ('digits if digits == "да" else vars.lang', ['digits == "да"', "vars.lang"]),
        ("  not ( now.hour\n> 3 )", ["now.hour\n> 3"]),
    ],
)
def test_clauses_are_quoted_from_the_source(source: str, clauses: list[str]) -> None:
    assert [clause["clause"] for clause in compiled(source).explain(scope())] == clauses


def test_a_condition_is_true_or_false_and_nothing_else() -> None:
    for source in ("digits", "now.hour", "vars.tries + 1", "caller.number"):
        (problem,) = refused(source, "bool")
        assert problem.code == "F407"
    assert refused("digits", "bool")[0].suggestion == 'did you mean `digits != ""`?'
    assert refused(" + ".join(["vars.lang"] * 5), "bool")[0].suggestion == ""  # too long to be quoted
    assert compiled("vars.flag", "bool").type == "bool"


def test_a_text_may_stand_for_a_phone_and_a_phone_for_a_text() -> None:
    assert compiled("caller.number", "text").type == "phone"
    assert compiled("digits", "phone").type == "text"
    assert refused("now.hour", "text")[0].suggestion == "did you mean `text(now.hour)`?"


# What is refused: the code, the words that the place covers, and the suggestion.
REFUSED = [
    # a telephone number compared with what is none
    ('caller.number == "boss"', "F412", '"boss"', ""),
    ('"+7 900 000-00-00, +7 900 000-00-01" == caller.number', "F412", '"+7 900 000-00-00, +7 900 000-00-01"', ""),
    ('caller.number in ["79000000000", "по городу"]', "F412", '"по городу"', ""),
    (
        'caller.number == "Anonymous"',
        "F412",
        '"Anonymous"',
        'a withheld number is empty: compare with "", or ask `caller.withheld`',
    ),
    ('caller.number != "7900*"', "F412", '"7900*"', 'a mask stands in matches(caller.number, "7900*")'),
    # cannot be read
    ("", "F401", "", ""),
    ("  ", "F401", "  ", ""),
    ("1 <", "F401", "<", ""),
    ("now.hour in", "F401", "n", ""),
    ("if", "F401", "if", ""),
    ("in lists.vip", "F401", "in", ""),
    ("digits == ", "F401", "=", ""),
    ("(digits", "F401", "(", ""),
    ("digits)", "F401", ")", ""),
    ("[1, 2)", "F401", ")", ""),
    ("digits vars.lang", "F401", "vars.lang", ""),
    ('f"x"', "F401", '"x"', ""),
    ('"a" "b"', "F401", '"b"', ""),
    ('"привет', "F401", '"', ""),
    (r'"a\d"', "F401", r"\d", r"after a backslash only \, a quote, n and t may stand"),
    ('"a\nb"', "F401", "\n", ""),
    ("0105 == 1", "F401", "0105", 'write text in quotes: "0105"'),
    ("1_000 > 1", "F401", "1_000", ""),
    ("0x10 > 1", "F401", "0x10", ""),
    ("1e3 > 1", "F401", "1e3", ""),
    # Python has it, this language has not
    ('digits = "1"', "F402", "=", 'write `digits == "1"`'),
    ("vars.flag && true", "F402", "&&", "write `vars.flag and true`"),
    ("vars.flag || true", "F402", "||", "write `vars.flag or true`"),
    ("!vars.flag", "F402", "!", "write `not vars.flag`"),
    ("digits is vars.lang", "F402", "is", "write `digits == vars.lang`"),
    ("digits == None", "F402", "None", 'write `digits == ""`'),
    ("now.hour ** 2", "F402", "**", ""),
    ("now.hour // 2", "F402", "//", "write `now.hour / 2`"),
    ("now.hour << 2", "F402", "<<", ""),
    ("lambda x: 1", "F402", "lambda", ""),
    ("[x for x in y]", "F402", "for", ""),
    ("(x := 1)", "F402", ":=", ""),
    ("{1: 2}", "F402", "{", ""),
    ("${digits}", "F402", "${", "write `digits`"),
    ("digits # who", "F402", "#", "comments belong outside the expression"),
    ("digits[0]", "F402", "digits[0]", ""),
    ("[1, 2]", "F402", "[1, 2]", ""),
    ("(1, 2)", "F402", "(1, 2)", ""),
    ("min(1, *digits)", "F402", "*digits", ""),
    ("now.hour in (1, 2)", "F402", "(1, 2)", "write `now.hour in [1, 2]`"),
    ("digits in [vars.lang]", "F402", "vars.lang", ""),
    ("digits == «1»", "F402", "«", 'write `digits == "1"`'),
    ("саller.number", "F402", "с", "write `caller.number`"),
    ("digits == привет", "F402", "п", "names are written in Latin letters, text in quotes"),
    ('"a"(1)', "F402", '"a"', ""),
    ("len(digits)(1)", "F402", "len(digits)", ""),
    # names and functions
    ("caller.numbr in lists.vip", "F403", "caller.numbr", "did you mean `caller.number`?"),
    ("caller.number in lists.vp", "F403", "lists.vp", "did you mean `lists.vip`?"),
    ("calller.number in lists.vip", "F403", "calller.number", "did you mean `caller.number`?"),
    ("zebra.crossing", "F403", "zebra.crossing", ""),
    ("digits.__class__", "F403", "digits.__class__", ""),
    ("result", "F403", "result", "did you mean `result.code`, `result.kind`?"),
    ("len", "F403", "len", ""),
    ("lenn(digits)", "F404", "lenn", "did you mean `len`?"),
    ("digits.lower()", "F404", "digits.lower", "write `lower(digits)`"),
    ('__import__("os")', "F404", "__import__", ""),
    ("len()", "F405", "len()", ""),
    ("len(digits, digits)", "F405", "len(digits, digits)", ""),
    ("min(1)", "F405", "min(1)", ""),
    # types
    ("digits == 1", "F406", "1", 'did you mean `"1"`?'),
    ("1 == digits", "F406", "digits", 'did you mean `"1"`?'),
    ("now.hour == digits", "F406", "digits", "did you mean `number(digits)`?"),
    ('now.hour < "9"', "F406", '"9"', "did you mean `9`?"),
    ("vars.flag == 1", "F406", "1", ""),
    ("true < false", "F406", "false", ""),
    ("digits and vars.flag", "F406", "digits", 'did you mean `digits != ""`?'),
    ("vars.flag or now.hour", "F406", "now.hour", "did you mean `now.hour != 0`?"),
    ("not digits", "F406", "digits", 'did you mean `digits != ""`?'),
    ("1 if digits else 2", "F406", "digits", 'did you mean `digits != ""`?'),
    ("1 if vars.flag else digits", "F406", "digits", "did you mean `number(digits)`?"),
    ("-digits", "F406", "digits", "did you mean `number(digits)`?"),
    ("digits + 1", "F406", "1", 'did you mean `"1"`?'),
    ("1 + digits", "F406", "digits", "did you mean `number(digits)`?"),
    ("true + 1", "F406", "true", ""),
    ('"ab" * 3', "F406", '"ab"', ""),
    ("3 * digits", "F406", "digits", "did you mean `number(digits)`?"),
    ('(digits + "a") * 2', "F406", "2", ""),
    ('digits % "a"', "F406", "digits", ""),
    ("lists.vip", "F406", "lists.vip", ""),
    ("len(lists.vip)", "F406", "lists.vip", ""),
    ("lists.vip == digits", "F406", "lists.vip", ""),
    ("digits in lists.vip == digits", "F406", "lists.vip", ""),
    ("1 in lists.vip", "F406", "1", 'did you mean `"1"`?'),
    ('digits in "123"', "F406", '"123"', 'write `matches("123", "*" + digits + "*")`'),
    ("1 in now.hour", "F406", "now.hour", ""),
    ("digits in []", "F406", "[]", ""),
    ('now.hour in [1, "2"]', "F406", '"2"', "did you mean `2`?"),
    ("digits in [1]", "F406", "digits", "did you mean `number(digits)`?"),
    ("online(101)", "F406", "101", 'did you mean `"101"`?'),
    ("default(digits, 1)", "F406", "1", 'did you mean `"1"`?'),
    ('min(1, "2")', "F406", '"2"', "did you mean `2`?"),
    # too large, and masks
    ("1234567890123456 > 1", "F408", "1234567890123456", 'a phone number is text: "1234567890123456"'),
    ('matches(digits, "9-5*")', "F409", '"9-5*"', ""),
]


@pytest.mark.parametrize(("source", "code", "words", "suggestion"), REFUSED)
def test_what_is_refused(source: str, code: str, words: str, suggestion: str) -> None:
    (problem,) = refused(source)
    place = source[problem.offset : problem.offset + problem.length]
    assert (problem.code, place, problem.suggestion) == (code, words, suggestion)
    assert problem.message
    assert not problem.message.endswith(".")


def test_every_code_has_an_example_and_an_explanation() -> None:
    codes = {code for _, code, _, _ in REFUSED} | {"F407", "F410"}
    assert codes == set(PROBLEM_CODES)


def test_columns_count_characters_and_not_bytes() -> None:
    source = 'vars.lang == "ёжик 🦔" and vars.lng == "я"'
    (problem,) = refused(source)
    assert source[problem.offset : problem.offset + problem.length] == "vars.lng"


def test_all_mistakes_are_reported_at_once_in_their_order() -> None:
    found = refused("vars.lng == 1 and digits == 1 or lenn(digits) > foo.bar")
    assert [problem.code for problem in found] == ["F403", "F406", "F404", "F403"]
    assert [problem.offset for problem in found] == sorted(problem.offset for problem in found)


def test_one_mistake_is_one_problem() -> None:
    for source in (
        "vars.lng + 1 > 2 and true",
        "len(vars.lng) == 2",
        "not foo",
        "-foo < 3",
        "foo in [1, 2]",
        "1 + 2 + foo",
    ):
        assert [problem.code for problem in refused(source, "bool")] == ["F403"]


@pytest.mark.parametrize(
    "source",
    [
        "(" * 499,
        "[" * 499,
        "not " * 124 + "true",
        "-" * 498 + "1",
        "len(" * 90 + "digits" + ")" * 90,
        "1 if true else " * 33 + "1 +",
        "a" * 501,
        "1" * 10_000_000,
        "-" * 60 + "1",
    ],
)
def test_size_and_depth_are_bounded(source: str) -> None:
    assert {problem.code for problem in refused(source)} <= {"F401", "F408"}


def test_long_chains_are_not_deep() -> None:
    assert compiled("+".join(["1"] * 250)).evaluate(scope()) == 250
    assert compiled("1<" * 8 + "9").evaluate(scope()) is False
    assert compiled(" or ".join(["false"] * 50)).evaluate(scope()) is False
    assert compiled("1 if false else " * 30 + "2").evaluate(scope()) == 2
    assert compiled("(" * 49 + "1" + ")" * 49).evaluate(scope()) == 1


@pytest.mark.parametrize(
    "source", ["\x00", "\ud800", '"\ud800"', '"\x00"', "\\", "a\\\nb", "\ufeff1", "'''", "1\x0c", "؀"]
)
def test_odd_characters_are_refused(source: str) -> None:
    refused(source)


def test_ten_thousand_names_do_not_hide_the_nearest_one() -> None:
    names = {**NAMES, **{f"visits.step_{number}": "number" for number in range(10_000)}}
    for source in ("visits.stp_77 > 1", "vists.step_77 > 1"):
        _, (problem,) = compile_expression(source, names)
        assert problem.suggestion == "did you mean `visits.step_77`?"


def test_the_fixed_names_are_those_of_the_language() -> None:
    assert len(BUILTIN_NAMES) == 34
    assert hours_names("office") == {
        "hours.office.open": "bool",
        "hours.office.opens_in": "number",
        "hours.office.opens_date": "text",
        "hours.office.opens_time": "text",
    }


def test_every_function_says_what_it_gives() -> None:
    assert len(FUNCTIONS) == 17
    assert all(function.about for function in FUNCTIONS.values())
