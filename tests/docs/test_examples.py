"""What the documentation shows is true: its flows load, its tests pass, its commands and settings exist."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from docs.generate import PAGES as GENERATED
from docs.generate import REMARKS, SERVER_VARIABLES
from docs.headings import anchors
from router.cli import COMMANDS, commands
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
REFERRED_TO = ("OPERATIONS_TOKEN", "CLINIC_KEY", "CLINIC_SALT", "SHOP_KEY", "SHOP_SALT", "SHOP_SALT_OLD")
FOR_CONFIGURATION = {name: f"the-content-of-{name}" for name in REFERRED_TO}
FOR_CONFIGURATION["CRM_WEBHOOK"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _place(block: Block) -> str:
    return f"{block.page.relative_to(PROJECT)}:{block.line}"


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


# commands


def _commands(page: Path) -> list[str]:
    """Every `ivr …` of a page: in the text, and at the beginning of a line of a block."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    inline = re.findall(r"(?<!`)`(?:\.venv/bin/)?(ivr [a-z][^`]*)`", text)
    return inline + re.findall(r"^(?:\$ )?(?:\.venv/bin/)?(ivr [a-z].*)$", text, re.MULTILINE)


def _complaint(line: str) -> str | None:
    """What is wrong with a command line; None when click would take its command and its options."""
    name, *arguments = shlex.split(line, comments=True)[1:]
    if name not in COMMANDS:
        return f"there is no command {name}"
    command = commands.get_command(click.Context(commands), name)
    while isinstance(command, click.Group) and arguments and arguments[0] in command.commands:
        command = command.commands[arguments.pop(0)]
    assert command is not None
    known = {spelling for parameter in command.params for spelling in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in arguments if word.startswith("-") and word.partition("=")[0] not in known]
    return f"{name} has no option {unknown[0]}" if unknown else None


WRITTEN = [(page, line) for page in PAGES for line in _commands(page)]


def test_the_search_for_commands_finds_them() -> None:
    assert {shlex.split(line)[1] for _, line in WRITTEN} == set(COMMANDS)
    assert _complaint("ivr dance") == "there is no command dance"
    assert _complaint("ivr call --sing") == "call has no option --sing"


@pytest.mark.parametrize(("page", "line"), WRITTEN, ids=str)
def test_command_exists(page: Path, line: str) -> None:
    assert _complaint(line) is None, page


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


def test_findings_that_are_named_exist() -> None:
    named = {code for page in PAGES for code in re.findall(r"\b[FW]\d{3}\b", page.read_text(encoding="utf-8"))}
    assert named - set(RULES) == set()


def _broken_links(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    local = [link for link in found if "://" not in link]
    return [link for link in local if not _leads_somewhere(page, *link.partition("#")[::2])]


def _leads_somewhere(page: Path, path: str, heading: str) -> bool:
    """A heading has its English anchor in both languages."""
    target = page.parent / path if path else page.with_name(page.name.replace(".ru.md", ".md"))
    return target.exists() and (not heading or heading in anchors(target.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert _broken_links(page) == []


MODULE = re.compile(r"`((?:router|tests|docs|schemas|flows|bench)/[\w/.-]*[\w/])`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = MODULE.findall(page.read_text(encoding="utf-8"))
    assert [name for name in named if not (PROJECT / name).exists()] == []
