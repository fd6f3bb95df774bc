"""The schemas say the same to an editor, which constructs YAML's scalars, as to the loader, which does not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from docs.language_schemas import SCHEMAS, as_text
from router.catalogue.methods import METHODS
from router.flow.verbs import VERBS
from router.protocol.schemas import load_schema

FLOWS = Path(__file__).parents[2] / "tests" / "bundles" / "reception"


class _Editor(yaml.SafeLoader):
    """Scalars as YAML 1.2 has them, which is what editors do: `on` is text, `2` a number."""


_Editor.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp", ":merge"))]
    for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_json(inner) for key, inner in value.items()}
    return [_as_json(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("file", "schema"), [("main.yaml", "flow"), ("resources.yaml", "resources")])
def test_an_editor_finds_the_example_valid(file: str, schema: str) -> None:
    content = _as_json(yaml.load((FLOWS / file).read_text(encoding="utf-8"), _Editor))
    assert list(jsonschema.Draft202012Validator(load_schema(schema)).iter_errors(content)) == []


@pytest.mark.parametrize("name", ["flow", "resources"])
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(load_schema(name))


def test_the_verbs_of_the_schema_are_those_that_can_be_read() -> None:
    verbs = set(load_schema("flow")["$defs"]["step"]["properties"])
    assert verbs == set(VERBS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_verbs_parts_of_the_files_are_those_of_the_specs(name: str) -> None:
    written = (Path(__file__).parents[2] / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert written == f"{as_text(SCHEMAS[name]())}\n", "run: make docs"


def test_every_default_is_told_to_people_too() -> None:
    for name in ("flow", "resources"):
        for schema in _schemas(load_schema(name)):
            default = schema.get("default")
            if isinstance(default, str) and "description" in schema:
                assert f"Default: {default}" in schema["description"]


def _schemas(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _schemas(one)


def test_a_lookup_can_ask_every_method_that_is_no_command() -> None:
    lookup = load_schema("flow")["$defs"]["step"]["properties"]["lookup"]
    asked = {name for name, method in METHODS.items() if method.kind != "command"}
    assert set(lookup["properties"]["api"]["enum"]) == asked
