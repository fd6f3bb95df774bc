"""The configuration file: its YAML, checked against `schemas/config.schema.json`.

Every scalar stays the text that was written: the schema and the settings' own parsers give the types. Messages name the
place in the file and never a value, since any of them may be a secret.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

import jsonschema_rs
import yaml

from router.errors import ConfigurationError
from router.protocol.schemas import load_schema


class _TextLoader(yaml.CBaseLoader):
    """Builds maps, lists and texts; refuses a key that is written twice, which YAML would let win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigurationError(f"the configuration file has {key!r} twice, near line {_line(node)}")
        return super().construct_mapping(node, deep)


def read_file(text: str) -> dict[str, Any]:
    """The file's content; ConfigurationError when it is not YAML or does not fit the schema. An empty file is {}."""
    try:
        content = yaml.load(text, _TextLoader) or {}  # a base loader: builds no objects
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the configuration file is not YAML: {_first_line(error)}") from None
    faults = sorted(_validator().iter_errors(content), key=_is_known)
    if faults:
        raise _refusal(faults[0])
    return dict(content)


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(load_schema("config"), mask="its value")


def _is_known(fault: Any) -> bool:
    """Sorts unknown settings first: a misspelt one is often missing, too, and that says less."""
    return bool(fault.kind.name != "additionalProperties")


def _refusal(error: Any) -> ConfigurationError:
    place = ".".join(map(str, error.instance_path)) or "the file"
    if error.kind.name == "additionalProperties":
        unknown = error.kind.unexpected[0]
        return ConfigurationError(
            f"the configuration file has an unknown setting {unknown!r} in {place}{_did_you_mean(unknown, error)}",
            setting=unknown,
        )
    if error.kind.name == "required":
        return ConfigurationError(f"the configuration file lacks {error.kind.property!r} in {place}", setting=place)
    return ConfigurationError(f"the configuration file: {place}: {error.message}", setting=place)


def _did_you_mean(unknown: str, error: Any) -> str:
    schema: Any = load_schema("config")
    for part in error.schema_path[:-1]:
        schema = schema[part]
    close = get_close_matches(unknown, _names(schema), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(_names(schema)))}"


def _names(schema: Mapping[str, Any]) -> list[str]:
    return list(schema.get("properties", ()))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _first_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return f"{getattr(error, 'problem', None) or 'it cannot be read'}{where}"
