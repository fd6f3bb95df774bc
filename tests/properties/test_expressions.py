"""The language against CPython's `eval` over the same source, and against garbage.

Sources are written so that both sides read them alike: names without dots for Python are attributes of plain objects,
and the bounded operations never reach their bounds here. Where Python divides by zero there is nothing to agree on,
and only totality is asked.
"""

import re
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.flow.expressions import compile_expression, compile_template
from router.flow.model import Scope
from tests.flow.scopes import NAMES, NAMES_AS_TEXTS, FixedScope

TEXTS = st.text(alphabet="ab1é🦔 ", max_size=4)
NUMBERS = st.integers(-20, 20) | st.sampled_from([0.5, -1.25, 3.0])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def joined(operands: st.SearchStrategy[str], *operators: str) -> st.SearchStrategy[str]:
    return st.tuples(operands, st.sampled_from(operators), operands).map(lambda parts: "({} {} {})".format(*parts))


def chosen(values: st.SearchStrategy[str], conditions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(values, conditions, values).map(lambda parts: "({} if {} else {})".format(*parts))


def called(function: str, *arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*arguments).map(lambda parts: f"{function}({', '.join(parts)})")


CONDITIONS: st.SearchStrategy[str] = st.deferred(
    lambda: (
        st.sampled_from(["vars.flag", "caller.withheld", "True", "False"])
        | st.tuples(NUMERIC, COMPARE, NUMERIC).map(" ".join)
        | st.tuples(NUMERIC, COMPARE, NUMERIC, COMPARE, NUMERIC).map(lambda parts: f"({' '.join(parts)})")
        | joined(TEXTUAL, "==", "!=", "<", "<=", ">", ">=")
        | st.tuples(TEXTUAL, st.lists(TEXTS.map(quoted), min_size=1, max_size=3)).map(
            lambda parts: f"({parts[0]} not in [{', '.join(parts[1])}])"
        )
        | st.tuples(NUMERIC, st.lists(NUMBERS.map(str), min_size=1, max_size=3)).map(
            lambda parts: f"({parts[0]} in [{', '.join(parts[1])}])"
        )
        | joined(CONDITIONS, "and", "or", "==", "!=")
        | CONDITIONS.map(lambda inner: f"(not {inner})")
        | called("starts_with", TEXTUAL, TEXTUAL)
        | called("ends_with", TEXTUAL, TEXTUAL)
        | TEXTUAL.map(lambda inner: f"({inner} in lists.vip)")
        | chosen(CONDITIONS, CONDITIONS)
    ).map(lambda source: f"({source})")
)
COMPARE = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
NUMERIC: st.SearchStrategy[str] = st.deferred(
    lambda: (
        NUMBERS.map(lambda number: f"({number})")
        | st.sampled_from(["vars.tries", "now.hour"])
        | joined(NUMERIC, "+", "-", "*", "/", "%")
        | st.tuples(NUMERIC, NUMERIC, NUMERIC).map(lambda parts: "({} - {} + {})".format(*parts))
        | NUMERIC.map(lambda inner: f"(-{inner})")
        | called("len", TEXTUAL)
        | called("min", NUMERIC, NUMERIC)
        | called("max", NUMERIC, NUMERIC, NUMERIC)
        | chosen(NUMERIC, CONDITIONS)
    )
)
TEXTUAL: st.SearchStrategy[str] = st.deferred(
    lambda: (
        TEXTS.map(quoted)
        | st.sampled_from(["digits", "vars.lang", "caller.number"])
        | joined(TEXTUAL, "+")
        | called("default", TEXTUAL, TEXTUAL)
        | chosen(TEXTUAL, CONDITIONS)
    )
)

SCOPES = st.fixed_dictionaries(
    {
        "vars.flag": st.booleans(),
        "caller.withheld": st.booleans(),
        "vars.tries": NUMBERS,
        "now.hour": st.integers(0, 23),
        "digits": TEXTS,
        "vars.lang": TEXTS,
        "caller.number": st.sampled_from(["", "79000000000"]),
    }
)
LISTED = {"79000000000", "a"}


def environment(values: dict[str, Any]) -> dict[str, Any]:
    """What `eval` needs to read the same source."""
    groups: dict[str, Any] = {"digits": values["digits"], "lists": SimpleNamespace(vip=LISTED)}
    for name, value in values.items():
        group, dot, attribute = name.partition(".")
        if dot:
            setattr(groups.setdefault(group, SimpleNamespace()), attribute, value)
    functions = {
        "len": len,
        "min": min,
        "max": max,
        "starts_with": str.startswith,
        "ends_with": str.endswith,
        "default": lambda value, other: value or other,
    }
    return {"__builtins__": {}, **functions, **groups}


def scope_of(values: dict[str, Any]) -> Scope:
    return FixedScope(values, {"vip": LISTED})


@given(source=CONDITIONS | NUMERIC | TEXTUAL, values=SCOPES)
def test_an_expression_is_worth_what_python_makes_of_it(source: str, values: dict[str, Any]) -> None:
    expression, found = compile_expression(source, NAMES_AS_TEXTS)
    if expression is None:  # one in two hundred
        # too long, or a phone compared with what is no number: nothing else can be wrong here
        assert {problem.code for problem in found} <= {"F408", "F412"}
        return
    worth = expression.evaluate(scope_of(values))
    try:
        expected = eval(source, environment(values))
    except ZeroDivisionError:
        return
    assert worth == expected
    assert isinstance(worth, bool) == isinstance(expected, bool)


@given(source=CONDITIONS, values=SCOPES)
def test_the_clauses_that_are_told_are_those_that_were_read(source: str, values: dict[str, Any]) -> None:
    expression, _ = compile_expression(source, NAMES_AS_TEXTS, "bool")
    if expression is None:
        return
    evaluated = scope_of(values)
    expression.evaluate(evaluated)
    explained = expression.explain(scope_of(values))
    assert explained
    assert all(clause["clause"] in source for clause in explained)
    assert set(evaluated.reads) <= {name for clause in explained for name in clause["names"]}


PIECES = st.sampled_from(
    re.findall(
        r"\S+",
        """caller.number digits lists.vip now.hour len( min( ( ) [ ] , . ' " 1 2.5 é \\ and or not in if else is lambda true
        == < + - * / % =""",
    )
)


@given(
    source=st.text(max_size=60)
    | st.lists(PIECES, max_size=25).map(" ".join)
    | st.lists(PIECES, max_size=25).map("".join)
)
def test_nothing_that_is_written_raises(source: str) -> None:
    for expression, found in (compile_expression(source, NAMES), compile_template(source, NAMES)):
        assert (expression is None) == bool(found)
        for problem in found:
            assert 0 <= problem.offset <= len(source)
            assert 0 <= problem.length <= len(source) - problem.offset


OURS_ALONE = (
    called("number", TEXTUAL | NUMERIC | CONDITIONS)
    | called("text", TEXTUAL | NUMERIC | CONDITIONS)
    | called("lower", TEXTUAL)
    | called("upper", TEXTUAL)
    | called("hash_percent", TEXTUAL)
    | called("matches", TEXTUAL, TEXTUAL)
    | called("online", TEXTUAL)
    | called("status", TEXTUAL)
    | joined(called("number", TEXTUAL), "/", "%", "*")
)


@given(source=OURS_ALONE | NUMERIC, values=SCOPES)
def test_whatever_compiles_has_a_value_of_its_type(source: str, values: dict[str, Any]) -> None:
    expression, _ = compile_expression(source, NAMES_AS_TEXTS)
    if expression is None:
        return
    kinds = {"text": str, "phone": str, "bool": bool, "number": (int, float)}
    worth = expression.evaluate(scope_of(values))
    assert isinstance(worth, kinds[expression.type])
    assert isinstance(worth, bool) == (expression.type == "bool")
