"""docs/http.md: what the router answers over HTTP, from `schemas/openapi.yaml`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs.russian import Said
from router.web.openapi import description, resolved

INTRODUCTION: Final = """\
Made of [`schemas/openapi.yaml`](../schemas/openapi.yaml), which a running router serves at `/api/openapi.yaml`: there
stands the shape of every answer. Tests hold it to the routes, to the parameters that the program reads and to what it
answers, and send thousands of requests made of it to a live router. What the webhook needs and refuses is in
[webhook.md](webhook.md), the methods of the PBX that the router calls are in [api.md](api.md).

Errors of the API are `application/problem+json`: `detail` says what is wrong. Each path of the API names the role that
it needs; of viewer, operator, author and admin each may do what those before it may. `ivr token create --role viewer
--name wallboard` makes a token with a role, the one of IVR_ADMIN_TOKEN is an admin's."""

Row = tuple[str, ...]


def rules() -> str:
    """What holds at every path."""
    text: str = description()["info"]["description"]
    return text[text.index("- ") :].rstrip()


def groups(said: Said) -> Iterator[tuple[str, str, tuple[str, ...], list[Row]]]:
    """(name, about, columns, rows) of each tag, in the order of the description. What all paths of a tag answer is told
    once, and so are columns left out that would be empty."""
    for tag in description()["tags"]:
        told = [one for one in _operations() if one[2]["tags"] == [tag["name"]]]
        common = set.intersection(*({*_answers(operation)} for *_, operation in told))
        rows = [_row(*one, common, said) for one in told]
        used = [number for number, _ in enumerate(COLUMNS) if any(row[number] for row in rows)]
        cut = [tuple(row[number] for number in used) for row in rows]
        yield said(tag["name"]), _about_group(tag, common, said), tuple(said(COLUMNS[number]) for number in used), cut


COLUMNS: Final = ("path", "role", "what", "parameters", "answers")
Answer = tuple[str, str]  # the status, and what it means


def _about_group(tag: Mapping[str, Any], common: set[Answer], said: Said) -> str:
    about = [said(" ".join(tag["description"].split()))]
    if mounts := tag.get("x-mounts"):
        about.append(f"{said('Mounts')}: {', '.join(f'`{mount}`' for mount in mounts)}.")
    if common:
        about.append(f"{said('Each of them answers:')}\n")
        about += [f"- {status}: {said(meaning)}" for status, meaning in sorted(common)]
    return "\n".join(about)


def _operations() -> Iterator[tuple[str, list[Mapping[str, Any]], Mapping[str, Any]]]:
    for path, item in description()["paths"].items():
        for method in sorted(item.keys() - {"parameters"}):
            operation = item[method]
            parameters = [resolved(one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]
            yield f"`{method.upper()} {path}`", parameters, operation


def _row(
    name: str, parameters: list[Mapping[str, Any]], operation: Mapping[str, Any], common: set[Answer], said: Said
) -> Row:
    answers = [
        f"{status}: {said(meaning)}" for status, meaning in _answers(operation) if (status, meaning) not in common
    ]
    takes = [_parameter(parameter, said) for parameter in parameters]
    role = operation.get("x-role", "")
    return name, role, _about(operation, said), "<br>".join(takes), "<br>".join(answers)


def _answers(operation: Mapping[str, Any]) -> list[Answer]:
    """Each with the first sentence of what it means."""
    return [
        (status, re.split(r"(?<=[a-z])\. ", " ".join(resolved(told)["description"].split()))[0].rstrip("."))
        for status, told in operation["responses"].items()
    ]


def _about(operation: Mapping[str, Any], said: Said) -> str:
    texts = (operation["summary"] + ".", " ".join(operation.get("description", "").split()))
    return " ".join(said(text) for text in texts if text)


def _parameter(parameter: Mapping[str, Any], said: Said) -> str:
    about = " ".join(parameter.get("description", "").split()).rstrip(".")
    words = [str(word) for word in parameter["schema"].get("enum", ()) if word != ""]
    told = ": ".join(filter(None, (said(about), ", ".join(f"`{word}`" for word in words))))
    return f"`{parameter['name']}`" + (f" {told}" if told else "")
