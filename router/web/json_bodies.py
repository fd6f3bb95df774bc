"""Bodies of the admin API: JSON whose texts can be stored, or an answer that says where it is bad."""

import json
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any, Final

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from router.web.openapi import body_kinds, template
from router.web.problem_details import Problem
from router.web.queries import is_storable

MOST_TEXT: Final = 200
IN_THE_QUERY: Final = "this path takes no body: what it needs stands in its address, such as ?account=NAME&reason=WHY"


def refuse_misplaced_body() -> None:
    """To run before each view of the API: what a path passes over must not look as if it had been heard. `{}` may."""
    rule = request.url_rule
    if rule is None or request.method != "POST" or body_kinds(template(rule.rule)) != ():
        return
    try:
        is_empty = not request.get_data()
    except RequestEntityTooLarge:
        raise Problem(400, IN_THE_QUERY) from None
    if not is_empty and not (request.is_json and read_json() == {}):
        raise Problem(400, IN_THE_QUERY)


def read_object(fields: Collection[str]) -> dict[str, Any]:
    """The request's body, an object that has no other fields than these."""
    given = read_json()
    if not isinstance(given, dict):
        raise Problem(400, f"the body is an object with {', '.join(fields)}")
    for name in given:
        if name not in fields:
            close = get_close_matches(name[:100], fields, n=1)
            meant = f"; did you mean {close[0]!r}?" if close else ""
            raise Problem(400, f"there is no field {name[:100]!r} here: the body has {', '.join(fields)}{meant}")
    return given


def read_text(given: dict[str, Any], name: str) -> str:
    """A field's text; "" when it is left out or null."""
    text = given.get(name)
    if text is None:
        return ""
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT:
        raise Problem(400, f"{name} is a text of 1 to {MOST_TEXT} characters")
    return text.strip()


def read_json() -> Any:
    """The request's body."""
    if not request.is_json:
        raise Problem(415, "the body is JSON, and says so: Content-Type: application/json")
    try:
        text = request.get_data().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(400, f"the body is not UTF-8: byte {error.start + 1} is no part of a character") from None
    try:
        given = json.loads(text, parse_constant=_no_number)
        if is_storable(given):
            return given
    except json.JSONDecodeError as error:
        raise Problem(400, told(error), line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise Problem(400, "the body is nested too deeply") from None
    raise Problem(400, "the body holds a NUL character or half of a surrogate pair: leave it out")


def told(error: json.JSONDecodeError) -> str:
    """Where the JSON is bad, and what stands there."""
    found = error.doc[error.pos : error.pos + 20].splitlines()
    there = f", at {found[0]!r}" if found and found[0] else ", at its end"
    return f"the body is no JSON: line {error.lineno}, column {error.colno}: {error.msg}{there}"


def _no_number(name: str) -> Any:
    raise Problem(400, f"the body is no JSON: {name} is no number of it")
