"""What the documentation shows is true: its flows load, its tests pass, its commands and settings exist."""

import json
import re
from pathlib import Path

import pytest

from docs.generate import PAGES as GENERATED
from docs.generate import REMARKS, SERVER_VARIABLES
from router.cli.doctor.checks.variables import KNOWN
from router.config.settings import ACCOUNT_SETTINGS, CONFIG_VARIABLE, ROUTER_SETTINGS, load_settings
from router.emulator.load import load_config
from router.flow.finding_output import render_text
from router.flow.finding_rules import RULES
from router.flow.loader import load
from router.simulator.read import read_scripts
from router.simulator.report import render
from router.simulator.run_test import run
from tests.docs.pages import PAGES, PROJECT, Block, blocks, bundles

SETTINGS = (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)
VARIABLES = {setting.variable for setting in SETTINGS} | {CONFIG_VARIABLE, *SERVER_VARIABLES}
NAMES_A_VARIABLE = re.compile(r"\b(?:IVR|MANGO|PROMETHEUS)_[A-Z_]+\b")
IN_PART = {"database"}  # acted upon, but not with every value
BEHIND_A_PROPERTY = {"salt_old", "spool"}  # AccountSettings.salts and Settings.spool_directory hand them out
REFERRED_TO = (
    "OPERATIONS_TOKEN",
    "CLINIC_KEY",
    "CLINIC_SALT",
    "SHOP_KEY",
    "SHOP_SALT",
    "SHOP_SALT_OLD",
    "BITRIX_TOKEN",
)
FOR_CONFIGURATION = {name: f"the-content-of-{name}" for name in REFERRED_TO}
FOR_CONFIGURATION["CRM_WEBHOOK"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _place(block: Block) -> str:
    return f"{block.page.relative_to(PROJECT)}:{block.line}"


HOW_TOS = sorted({block.page for block in blocks() if block.page.parent.name == "howto" and "bundle: " in block.mark})


@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.name)
def test_a_how_to_begins_with_the_names_of_its_files(page: Path) -> None:
    """Marks are not seen by who reads the page: each file is named before the first heading, in the order of the blocks."""
    files = [block.mark.split()[2] for block in blocks() if block.page == page and block.mark.startswith("bundle: ")]
    shown = list(dict.fromkeys(files))
    named = re.findall(r"`([\w-]+\.[\w.]+)`", page.read_text(encoding="utf-8").partition("\n## ")[0])
    assert named[: len(shown)] == shown


def test_every_yaml_block_says_what_it_is() -> None:
    kinds = ("bundle: ", "configuration", "pbx")
    silent = [_place(block) for block in blocks() if block.info == "yaml" and not block.mark.startswith(kinds)]
    assert silent == []


@pytest.mark.parametrize("name", sorted(bundles()))
def test_bundle_loads_and_its_tests_pass(name: str) -> None:
    files = bundles()[name]
    loaded = load(files)
    errors = [finding for finding in loaded.findings if finding.severity == "error"]
    assert loaded.bundle is not None, render_text(errors)
    scripts, found = read_scripts(loaded.tests, loaded.bundle, {file: files[file].decode() for file in files})
    assert not found, render_text(found)
    assert scripts, "a bundle in the documentation shows how it is tested"
    failed = [verdict for verdict in (run(script, loaded.bundle) for script in scripts) if verdict.failure]
    assert not failed, "\n".join(render(verdict, "") for verdict in failed)


@pytest.mark.parametrize("block", [block for block in blocks() if block.mark == "configuration"], ids=_place)
def test_configuration_is_accepted(block: Block) -> None:
    assert load_settings(FOR_CONFIGURATION, block.text, lambda path: f"content of {path}").accounts


@pytest.mark.parametrize("block", [block for block in blocks() if block.mark in ("pbx", "pbx pbx.yaml")], ids=_place)
def test_pbx_is_accepted(block: Block) -> None:
    assert load_config(block.text, name=_place(block)).lines


def test_example_configuration_is_accepted() -> None:
    text = (PROJECT / "ivr.example.yaml").read_text(encoding="utf-8")
    settings = load_settings(FOR_CONFIGURATION, text, lambda path: f"content of {path}")
    assert [account.name for account in settings.accounts] == ["clinic", "shop"]
    assert settings.account("clinic").api_salt == "content of /run/secrets/clinic_salt"
    assert settings.account("shop").limits["route"].seconds == 4.0


@pytest.mark.parametrize("block", [block for block in blocks() if block.info == "json"], ids=_place)
def test_json_is_json(block: Block) -> None:
    assert json.loads(block.text)


def test_the_settings_of_the_editor_name_the_schema_that_is_made() -> None:
    page = PROJECT / "docs" / "authors.md"
    shown = [json.loads(block.text) for block in blocks() if block.page == page and block.info == "json"]
    (schema,) = shown[0]["yaml.schemas"]
    assert f"--out {schema}" in page.read_text(encoding="utf-8")


# settings


@pytest.mark.parametrize("page", [*PAGES, PROJECT / "ivr.example.yaml"], ids=lambda page: page.name)
def test_every_variable_that_is_named_exists(page: Path) -> None:
    assert set(NAMES_A_VARIABLE.findall(page.read_text(encoding="utf-8"))) - VARIABLES == set()


def test_every_variable_is_documented() -> None:
    assert set(NAMES_A_VARIABLE.findall((PROJECT / "docs/configuration.md").read_text(encoding="utf-8"))) == VARIABLES


def test_every_variable_of_the_server_is_in_the_table() -> None:
    """gunicorn.conf.py and the command line read the environment themselves."""
    sources = [PROJECT / "gunicorn.conf.py", PROJECT / "wsgi.py", *(PROJECT / "router").rglob("*.py")]
    read = {name for source in sources for name in NAMES_A_VARIABLE.findall(source.read_text(encoding="utf-8"))}
    assert read - VARIABLES == set()


def test_doctor_knows_every_variable() -> None:
    """One that it does not know it calls misspelt."""
    assert KNOWN == VARIABLES


def test_settings_without_effect_are_said_to_have_none() -> None:
    files = [file for file in (PROJECT / "router").rglob("*.py") if not file.name.startswith("settings")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    unused = {
        setting.attribute
        for setting in SETTINGS
        if not re.search(rf"\b(?:settings|account)\.{setting.attribute}\b", code)
    }
    assert unused - BEHIND_A_PROPERTY | IN_PART == set(REMARKS)


# pages


@pytest.mark.parametrize("page", sorted(GENERATED))
def test_generated_page_is_up_to_date(page: str) -> None:
    told = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    assert told == GENERATED[page](), "run: python docs/generate.py"


def test_every_finding_is_documented() -> None:
    text = (PROJECT / "docs/findings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| ([FPW]\d+) ", text, re.MULTILINE)) == set(RULES)
