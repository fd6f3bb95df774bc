"""The description of the HTTP interface: `schemas/openapi.yaml`, served as it stands, and what the API's queries go by.

A misspelt parameter that is passed over answers another question than was asked: `?stat=failed` would list all
commands. So a path of the API takes the parameters that the description gives it, each once, and refuses every other.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

import yaml
from flask import Blueprint, Response, request

from router.protocol.schemas import openapi_text
from router.web.problem_details import Problem

KIND: Final = "application/yaml"  # RFC 9512
PREFIX: Final = "#/components/"

_placeholder = re.compile(r"<(?:\w+:)?(\w+)>")


def serve_openapi(blueprint: Blueprint) -> None:
    @blueprint.get("/openapi.yaml")
    def openapi() -> Response:
        return Response(openapi_text(), content_type=KIND, headers={"Cache-Control": "no-cache"})


def refuse_unknown_parameters() -> None:
    """To run before each view of the API."""
    if request.url_rule is None or not request.args:
        return
    method = "GET" if request.method == "HEAD" else request.method
    known = query_parameters().get((template(request.url_rule.rule), method))
    if known is None:
        return
    for name, values in request.args.lists():
        if name not in known:
            takes = f"this path takes {', '.join(known)}" if known else "this path takes none"
            close = get_close_matches(name[:100], known, n=1)
            meant = f"; did you mean {close[0]!r}?" if close else ""
            raise Problem(400, f"there is no parameter {name[:100]!r} here: {takes}{meant}")
        if len(values) > 1:
            raise Problem(400, f"{name} is given {len(values)} times: give it once")


def template(rule: str) -> str:
    """A route's rule as the description writes it: `/api/calls/{entry_id}`."""
    return _placeholder.sub(r"{\1}", rule)


@cache
def description() -> Mapping[str, Any]:
    """The description, read once, when the API is asked for the first time."""
    found: Mapping[str, Any] = yaml.load(openapi_text(), yaml.CSafeLoader)
    return found


@cache
def query_parameters() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(path, method) -> names of the parameters that its query may have."""
    return {
        (path, method): tuple(one["name"] for one in parameters if one["in"] == "query")
        for path, method, parameters in _operations()
    }


def body_kinds(path: str) -> tuple[str, ...] | None:
    """What a body of `POST path` may be; () where there is none, None for a path that is not described."""
    item = description()["paths"].get(path, {})
    return tuple(item["post"].get("requestBody", {}).get("content", ())) if "post" in item else None


def _operations() -> Iterator[tuple[str, str, list[Mapping[str, Any]]]]:
    for path, item in description()["paths"].items():
        for method in item.keys() - {"parameters"}:
            told = [*item.get("parameters", ()), *item[method].get("parameters", ())]
            yield path, method.upper(), [resolved(one) for one in told]


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the description, or what it refers to."""
    if "$ref" not in part:
        return part
    found: Any = description()["components"]
    for name in part["$ref"].removeprefix(PREFIX).split("/"):
        found = found[name]
    return found  # type: ignore[no-any-return]
