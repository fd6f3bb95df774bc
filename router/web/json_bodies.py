"""Bodies of the admin API: JSON whose texts can be stored, or an answer that says where it is bad."""

import json
from typing import Any

from flask import request

from router.web.problem_details import Problem
from router.web.queries import is_storable


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
