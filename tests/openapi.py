"""Holds answers to `schemas/openapi.yaml`: status, content type, headers and body have to be described."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from router.web.openapi import PREFIX, description, resolved

AUTOMATIC = {"HEAD", "OPTIONS"}
"""Methods that every path with GET has."""

GUARD = {401, 403, 429}
_mounts = re.compile(
    r"^/(mango/+hook/+vpbx/+api/+v1|mango/+hook/+vpbx|mango/+hook|vpbx/+api/+v1|vpbx)/(?=ping$|events/|result/)"
)
_slashes = re.compile(r"/{2,}(?=ping$|events/|result/)")


def operations() -> dict[tuple[str, str], Mapping[str, Any]]:
    """(path, method) -> its operation."""
    return {
        (path, method.upper()): operation
        for path, item in description()["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def paths_of(address: str) -> list[str]:
    """The paths of the description that an address (without its query) may belong to, the most exact one first."""
    address = _mounts.sub("/", _slashes.sub("/", address))
    paths = sorted(description()["paths"], key=lambda path: ("{" in path, -len(path)))
    return [path for path in paths if _pattern(path).fullmatch(address)]


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.escape(path).replace(r"\{kind\}", "/*[^/].*")
    return re.compile(re.sub(r"\\{\w+\\}", ".+", parts) + "/*", re.DOTALL)


def undescribed(method: str, address: str, status: int, headers: Mapping[str, str], body: bytes | None) -> str:
    """What of an answer is not described, as a sentence; "" when all of it is. Without a body (a stream) only the rest
    is looked at."""
    paths = paths_of(address)
    guarded = GUARD if address.startswith(("/api", "/console")) else set()
    if not paths:
        return "" if status in {404, 308} | guarded else f"nothing is described there, and the answer is {status}"
    asked = "GET" if method == "HEAD" else method
    operation = next((found for path in paths if (found := operations().get((path, asked)))), None)
    if operation is None:
        expected = {405} | guarded | ({200, 204} if method == "OPTIONS" else set())
        return "" if status in expected else f"{method} is not described, and the answer is {status}"
    told = operation["responses"].get(str(status))
    if told is None:
        return f"status {status} is not described"
    return _unfit(resolved(told), headers, None if method == "HEAD" else body)


def _unfit(told: Mapping[str, Any], headers: Mapping[str, str], body: bytes | None) -> str:
    if "content" not in told:
        return f"it has a body of {len(body)} bytes, and none is described" if body else ""
    given = headers.get("Content-Type", "")
    if given not in told["content"]:
        return f"content type {given!r} is not described"
    for name, header in told.get("headers", {}).items():
        if wrong := problems(header["schema"], headers.get(name)):
            return f"header {name}: {wrong}"
    if body is None or "json" not in given:
        return ""
    return problems(told["content"][given]["schema"], msgspec.json.decode(body))


def problems(schema: Mapping[str, Any], value: Any) -> str:
    """What of a value does not fit a schema of the description; "" when all of it does."""
    validator = Draft202012Validator(_localised(schema), registry=_registry(), format_checker=FormatChecker())
    return "; ".join(f"{error.json_path}: {error.message}" for error in validator.iter_errors(value))


@cache
def _registry() -> Registry[Any]:
    schemas = _localised({"components": {"schemas": description()["components"]["schemas"]}})
    return Registry().with_resource("openapi", Resource(contents=schemas, specification=DRAFT202012))


def _localised(part: Any) -> Any:
    """References into the description as references to the resource that the registry has."""
    if isinstance(part, Mapping):
        return {
            name: f"openapi{value}" if name == "$ref" and value.startswith(PREFIX) else _localised(value)
            for name, value in part.items()
        }
    return [_localised(one) for one in part] if isinstance(part, list) else part
