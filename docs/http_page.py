"""docs/http.md: what the router answers over HTTP, from `schemas/openapi.yaml`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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

Answer = tuple[str, str]  # the status, and what it means
Row = tuple[str, ...]
COLUMNS: Final = ("path", "what", "parameters", "answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method of a path."""

    name: str
    about: str
    parameters: list[tuple[str, str]]  # each with what it means
    answers: list[str]  # that not all of the group give


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The operations of a tag."""

    name: str
    about: str
    operations: list[Operation]
    in_a_table: bool  # whether they are many of a kind, and not of the API

    def table(self, said: Said) -> tuple[tuple[str, ...], list[Row]]:
        """(columns, rows); columns that would be empty are left out."""
        rows = [_row(operation) for operation in self.operations]
        used = [number for number, _ in enumerate(COLUMNS) if any(row[number] for row in rows)]
        cut = [tuple(row[number] for number in used) for row in rows]
        return tuple(said(COLUMNS[number]) for number in used), cut


def rules() -> str:
    """What holds at every path."""
    text: str = description()["info"]["description"]
    return text[text.index("- ") :].rstrip()


def groups(said: Said) -> Iterator[Group]:
    """Each tag, in the order of the description. What all paths of a tag answer is told once."""
    for tag in description()["tags"]:
        told = [one for one in _operations() if one[2]["tags"] == [tag["name"]]]
        common = set.intersection(*({*_answers(operation)} for *_, operation in told))
        yield Group(
            name=said(tag["name"]),
            about=_about_group(tag, common, said),
            operations=[_operation(*one, common, said) for one in told],
            in_a_table=not any("x-role" in operation for *_, operation in told),
        )


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


def _operation(
    name: str, parameters: list[Mapping[str, Any]], operation: Mapping[str, Any], common: set[Answer], said: Said
) -> Operation:
    return Operation(
        name=name,
        about=_about(operation, said),
        parameters=list(dict.fromkeys(_parameter(parameter, said) for parameter in parameters)),
        answers=[f"{code}: {said(meaning)}" for code, meaning in _answers(operation) if (code, meaning) not in common],
    )


def _row(operation: Operation) -> Row:
    takes = [f"{name} {meaning}".rstrip() for name, meaning in operation.parameters]
    return operation.name, operation.about, "<br>".join(takes), "<br>".join(operation.answers)


def _answers(operation: Mapping[str, Any]) -> list[Answer]:
    """Each with the first sentence of what it means."""
    return [
        (status, re.split(r"(?<=[a-z])\. ", " ".join(resolved(told)["description"].split()))[0].rstrip("."))
        for status, told in operation["responses"].items()
    ]


def _about(operation: Mapping[str, Any], said: Said) -> str:
    role = {"": "", "anyone": "No token is needed."}.get(asked := operation.get("x-role", ""), f"Role: `{asked}`.")
    texts = (operation["summary"] + ".", " ".join(operation.get("description", "").split()), role)
    return " ".join(said(text) for text in texts if text)


def _parameter(parameter: Mapping[str, Any], said: Said) -> tuple[str, str]:
    about = " ".join(parameter.get("description", "").split()).rstrip(".")
    words = [str(word) for word in parameter["schema"].get("enum", ()) if word != ""]
    return f"`{parameter['name']}`", ": ".join(filter(None, (said(about), ", ".join(f"`{word}`" for word in words))))
