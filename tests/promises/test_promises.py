"""What each released version promised holds of the program as it is (docs/promises.md)."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from router import __version__
from router.files.bundle import read_directory
from router.flow.loader import load
from router.history.call_pages import call_view
from router.simulator.read import read_scripts
from router.simulator.run_test import run
from router.web.openapi import description
from tests.promises import kept_database
from tests.promises.comparison import Narrowing, lost
from tests.promises.described_api import broken
from tests.promises.surface import KEPT, PROJECT, READ, SCHEMAS, migrations, surface
from tests.runtime.recording import ACCOUNT

VERSIONS = sorted(KEPT.iterdir())
BUNDLES = [bundle for version in VERSIONS for bundle in sorted((version / "bundles").iterdir())]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def kept(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def unkept(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """What is gone, and what has to be given that did not have to be."""
    yield from lost(was, now)
    for name, command in was["commands"].items():
        known = now["commands"].get(name, {"options": {}, "arguments": []})
        for option, about in known["options"].items():
            if about["required"] and option not in command["options"]:
                yield f"{name}: {option} has to be given"
        if any(about["required"] for about in known["arguments"][len(command["arguments"]) :]):
            yield f"{name}: one more argument has to be given"
    for client, methods in was["python"].items():
        for name, parameters in methods.items():
            more = now["python"][client].get(name, {}).items()
            yield from (
                f"{client}.{name}: {one} has to be given" for one, must in more if must and one not in parameters
            )


def test_the_version_is_the_same_wherever_it_is_told() -> None:
    newest = re.search(
        r"^## \[(\d[^\]]*)\] - \d{4}-\d{2}-\d{2}$", (PROJECT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert newest is not None
    assert newest[1] == project["version"] == __version__ == description()["info"]["version"]
    assert (KEPT / __version__).is_dir(), "run: python -m tests.promises"


def test_commands_settings_metrics_codes_and_names_stay(kept: Path) -> None:
    assert list(unkept(_json(kept / "surface.json"), json.loads(json.dumps(surface())))) == []


def test_the_api_only_grows(kept: Path) -> None:
    was = yaml.load((kept / "openapi.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    assert list(broken(was, description())) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_files_that_were_right_are_right_and_what_is_written_can_be_read(kept: Path, name: str) -> None:
    was, now = _json(kept / f"{name}.schema.json"), _json(PROJECT / "schemas" / f"{name}.schema.json")
    narrowing = Narrowing(was, now) if name in READ else Narrowing(now, was, words_may_come=True)
    assert list(narrowing.found(was, now) if name in READ else narrowing.found(now, was)) == []


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: f"{path.parents[1].name}-{path.name}")
def test_bundles_load_and_do_what_they_did(bundle: Path) -> None:
    files = read_directory(bundle)
    loaded = load(files)
    assert [finding for finding in loaded.findings if finding.severity == "error"] == []
    assert loaded.bundle is not None
    scripts, found = read_scripts(
        loaded.tests, loaded.bundle, {name: text.decode(errors="replace") for name, text in files.items()}
    )
    assert not found
    assert [verdict.failure for verdict in (run(script, loaded.bundle) for script in scripts) if verdict.failure] == []


def test_migrations_are_only_added(kept: Path) -> None:
    was, now = _json(kept / "migrations.json"), migrations()
    assert {dialect: now[dialect][: len(digests)] for dialect, digests in was.items()} == was


def test_its_database_opens_and_its_calls_go_on(kept: Path, tmp_path: Path) -> None:
    told = _json(kept / "calls.json")
    store = kept_database.opened(kept, tmp_path / "ivr.db", lambda: told["now"] + kept_database.LATER)
    try:
        before = {name: call_view(store, name, ACCOUNT) for name in told["before"]}
        assert list(lost(told["before"], json.loads(json.dumps(before)))) == []
        kept_database.take_in(store, told["follows"])
        after = {name: call_view(store, name, ACCOUNT) for name in told["after"]}
        assert list(lost(told["after"], json.loads(json.dumps(after)))) == []
    finally:
        store.close()
