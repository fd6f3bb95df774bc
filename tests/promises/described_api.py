"""What an older description of the API promises and a newer one does not."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.promises.comparison import Narrowing

Api = Mapping[str, Any]


def broken(old: Api, new: Api) -> Iterator[str]:
    """Paths, methods, parameters, bodies and answers that a program may go by and that are not so any more."""
    old = {**old, "open": _open(old)}
    for path, item in old["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                now = new["paths"].get(path, {}).get(method)
                at = f"{method.upper()} {path}"
                yield from [f"{at} is gone"] if now is None else _operation(old, new, operation, now, at)


def _operation(old: Api, new: Api, was: Api, now: Api, at: str) -> Iterator[str]:
    yield from _parameters(old, new, was, now, at)
    yield from _bodies(old, new, was, now, at)
    for status, answer in was["responses"].items():
        if status.startswith("2"):
            if status not in now["responses"]:
                yield f"{at}: {status} is gone"
            else:
                yield from _answers(
                    old, new, _resolved(old, answer), _resolved(new, now["responses"][status]), f"{at} {status}"
                )


def _parameters(old: Api, new: Api, was: Api, now: Api, at: str) -> Iterator[str]:
    before, after = _named(old, was), _named(new, now)
    for name, parameter in before.items():
        if name not in after:
            yield f"{at}: the parameter {name[1]} is gone"
        else:
            narrowing = Narrowing(old, new)
            yield from narrowing.found(
                parameter.get("schema", True), after[name].get("schema", True), f"{at} {name[1]}"
            )
    for name, parameter in after.items():
        if parameter.get("required") and not before.get(name, {}).get("required"):
            yield f"{at}: the parameter {name[1]} has to be given"


def _bodies(old: Api, new: Api, was: Api, now: Api, at: str) -> Iterator[str]:
    before, after = (_resolved(api, each.get("requestBody", {})) for api, each in ((old, was), (new, now)))
    if after.get("required") and not before.get("required"):
        yield f"{at}: a body has to be given"
    for kind, content in before.get("content", {}).items():
        if kind not in after.get("content", {}):
            yield f"{at}: no body of {kind} is taken any more"
        else:
            narrowing = Narrowing(old, new)
            yield from narrowing.found(
                content.get("schema", True), after["content"][kind].get("schema", True), f"{at} body"
            )


def _answers(old: Api, new: Api, was: Api, now: Api, at: str) -> Iterator[str]:
    """All that is answered now has to be what was described before; new fields and new words apart."""
    for kind, content in was.get("content", {}).items():
        if kind not in now.get("content", {}):
            yield f"{at}: no answer of {kind} any more"
            continue
        narrowing = Narrowing(new, old["open"], words_may_come=True)
        yield from narrowing.found(now["content"][kind].get("schema", True), _open(content.get("schema", True)), at)


def _named(api: Api, operation: Api) -> dict[tuple[str, str], Api]:
    parameters = [_resolved(api, each) for each in operation.get("parameters", ())]
    return {(each["in"], each["name"]): each for each in parameters}


def _resolved(api: Api, part: Api) -> Api:
    while "$ref" in part:
        found: Any = api
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def _open(schema: Any) -> Any:
    """A reader takes fields that it does not know."""
    if isinstance(schema, dict):
        return {
            key: _open(value) for key, value in schema.items() if not (key == "additionalProperties" and value is False)
        }
    return [_open(each) for each in schema] if isinstance(schema, list) else schema
