"""The schema of a bundle takes what the loader takes, and knows the bundle's names."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from router.files.bundle import read_directory
from router.flow.schema.coercion import Coercion
from router.flow.schema.editor_schema import OFFERS, bundle_schema, names_of, walk
from router.flow.yaml.parser import parse_yaml
from router.protocol.schemas import load_schema
from tests.flow.diagram_bundle import FILES

FLOWS = Path(__file__).parents[2] / "tests" / "bundles" / "reception"
EXAMPLE = read_directory(FLOWS)


def _validator(files: dict[str, bytes]) -> jsonschema.Draft202012Validator:
    schema = bundle_schema(names_of(files))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _errors(files: dict[str, bytes], text: str, kind: str) -> list[str]:
    """Where the schema of the bundle objects to the text, as an editor that gives scalars their types would see it."""
    root, _ = parse_yaml("it.yaml", text)
    assert root is not None
    content: Any = Coercion(load_schema(kind)).typed(root)
    return sorted(".".join(map(str, error.absolute_path)) for error in _validator(files).iter_errors(content))


AT_RUN_TIME = read_directory(Path(__file__).parents[1] / "bundles" / "at_run_time")


@pytest.mark.parametrize("files", [EXAMPLE, FILES, AT_RUN_TIME], ids=["example", "every verb", "at run time"])
def test_sound_files_fit(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        if name.endswith(".yaml"):
            kind = "test" if name.endswith(".test.yaml") else "resources" if name.startswith("res") else "flow"
            assert _errors(files, content.decode(), kind) == [], name


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("prompt: audio.hello\n", "prompt: audio.helo\n", "steps.menu.menu.prompt"),
        ("person operator", "person opertor", "steps.operator.route.to"),
        ("group sales", "group sale", "steps.sales.route.to"),
        ("flow: pin,", "flow: pim,", "steps.check.run.flow"),
        ("keys: {1: sales", "kees: {1: sales", "steps.menu.menu"),
    ],
)
def test_misspelt_names_of_resources_are_underlined(right: str, wrong: str, place: str) -> None:
    text = FILES["main.yaml"].decode()
    assert right in text
    assert place in {found[: len(place)] for found in _errors(FILES, text.replace(right, wrong), "flow")}


@pytest.mark.parametrize(
    ("right", "wrong"), [("table: rota", "table: rotta"), ("in: lists.locked", "in: lists.lokked")]
)
def test_misspelt_names_in_a_sub_flow(right: str, wrong: str) -> None:
    assert _errors(FILES, FILES["pin.yaml"].decode().replace(right, wrong), "flow")


def test_new_steps_and_variables_are_fine() -> None:
    text = FILES["main.yaml"].decode().replace("next: count", "next: brand_new")
    assert _errors(FILES, text, "flow") == []


def test_what_only_a_call_can_tell_is_fine() -> None:
    text = (
        FILES["main.yaml"]
        .decode()
        .replace("person operator", "extension ${digits}")
        .replace("group sales", "group 303")
    )
    assert _errors(FILES, text, "flow") == []


def test_what_the_schemas_ask_for_is_known() -> None:
    asked = [
        (name, place[name])
        for kind in ("flow", "resources", "test")
        for place in walk(load_schema(kind))
        for name in place
        if name in OFFERS
    ]
    assert len(asked) > 20
    for name, kind in asked:
        assert kind in OFFERS[name]


def test_names_are_offered_where_they_stand() -> None:
    schema = bundle_schema(names_of(FILES))
    flow = schema["$defs"]["flow"]["$defs"]
    steps = flow["step"]["properties"]
    assert flow["prompt"]["anyOf"][0]["enum"] == ["audio.hello"]
    assert flow["target"]["anyOf"][0]["enum"][:3] == ["screen", "menu", "share"]
    assert flow["destination"]["anyOf"][0]["enum"] == ["person operator", "group sales"]
    assert steps["wait"]["properties"]["until"]["anyOf"][0]["enum"] == ["hours.office"]
    assert steps["lookup"]["properties"]["table"]["anyOf"][0]["enum"] == ["rota"]
    assert steps["remember"]["properties"]["in"]["anyOf"][0]["enum"] == ["lists.vip", "lists.locked"]
    assert list(steps["set"]["properties"]["vars"]["properties"]) == ["tries"]
    assert "done" in steps["split"]["properties"]["to"]["properties"]
    assert "hours.office.open" in flow["expression"]["examples"]
    assert schema["$defs"]["test"]["properties"]["flow"]["enum"] == ["main", "pin"]


def test_names_are_read_out_of_broken_files() -> None:
    broken = {**FILES, "main.yaml": FILES["main.yaml"].replace(b"prompt: audio.hello", b"prompt: *hello", 1)}
    assert "share" in names_of(broken).steps
    assert names_of({"a.yaml": b"\x00", "b.yaml": b"", "c.test.yaml": b"flow: x"}).flows == []


def test_a_bundle_without_names_still_has_a_schema() -> None:
    schema = bundle_schema(names_of({}))
    assert "enum" not in schema["$defs"]["flow"]["$defs"]["prompt"]
    _validator({})
