"""`ivr schema`: printed or written, from any directory that can be read."""

import json
from pathlib import Path

from click.testing import CliRunner

from router.cli.schema import schema

ROOT = Path(__file__).parents[2]


def test_it_prints_the_names_of_the_bundle() -> None:
    answer = CliRunner().invoke(schema, [str(ROOT / "tests" / "bundles" / "reception")])
    assert answer.exit_code == 0
    flow = json.loads(answer.output)["$defs"]["flow"]["$defs"]
    assert "audio.main_menu" in flow["prompt"]["anyOf"][0]["enum"]
    assert "main_menu" in flow["target"]["anyOf"][0]["enum"]


def test_it_makes_the_directory_of_its_file(tmp_path: Path) -> None:
    place = tmp_path / ".ivr" / "flow.schema.json"
    answer = CliRunner().invoke(schema, [str(ROOT / "tests" / "bundles" / "reception"), "--out", str(place)])
    assert (answer.exit_code, answer.output) == (0, "")
    assert json.loads(place.read_text(encoding="utf-8"))["title"] == "bundle of call flows"


def test_a_broken_bundle_has_a_schema_too() -> None:
    answer = CliRunner().invoke(schema, [str(ROOT / "tests/broken_flows/unknown_step"), "--json"])
    assert answer.exit_code == 0
    assert json.loads(answer.output)["$defs"]
