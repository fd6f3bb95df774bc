"""Pages that are made of tables in the code, so that they cannot tell anything else: `python docs/generate.py`.

A page here is a pure function of the tables; `tests/docs` holds the files against it. What a table does not know (how a
file is found, what a setting does not do yet) stands in this module, next to the table that it explains. A page in
Russian, FILE.ru.md, is made by the same function with other words (docs/russian.py).
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from docs import api_page, decisions_page, emulator_page, http_page, licences, russian
from docs.language_schemas import SCHEMAS, as_text
from docs.record_schemas import VERSIONS, schema_of
from docs.russian import ENGLISH, Said, Words
from router.catalogue.stub import write as write_stubs
from router.cli import commands
from router.cli.reference import page as reference_page
from router.config.settings import ACCOUNT_SETTINGS, CONFIG_VARIABLE, DEFAULT_CONFIG, ROUTER_SETTINGS, Setting
from router.flow.finding_rules import RULES

DOCS: Final = Path(__file__).parent
EXAMPLE: Final = DOCS.parent / "ivr.example.yaml"
MADE: Final = "<!-- Made by docs/generate.py; change the tables that it reads. -->"

SERVER_VARIABLES: Final[Mapping[str, tuple[str, str]]] = {
    "IVR_WORKERS": ("2", "gunicorn's worker processes"),
    "IVR_THREADS": ("16", "threads of each worker; a silent connection costs one"),
    "IVR_LANG": (
        "that of the system, else `en`",
        "the language of commands: `en` or `ru`. Without it they speak Russian where `LC_ALL`, `LC_MESSAGES` or `LANG`"
        " (the first that is set) is Russian, such as `ru_RU.UTF-8`; logs and JSON are English always",
    ),
    "IVR_LOG": ("`console` on a terminal, else `json`", "how the lines of the log look: `console` or `json`"),
    "IVR_LOG_LEVEL": ("`info`", "the least level of a line: `debug`, `info`, `warning`, `error` or `critical`"),
    "IVR_URL": ("none", "a router elsewhere, for `ivr publish` and the like (`--url`)"),
    "IVR_TOKEN": ("none", "the token of its API (`--token`)"),
    "PROMETHEUS_MULTIPROC_DIR": ("a new directory", "where workers share their metrics; empty it before a start"),
}
"""What only `gunicorn.conf.py` reads: variable -> (default, meaning)."""

REMARKS: Final[Mapping[str, str]] = {
    "database": "PostgreSQL's URL may hold all that libpq knows (`?sslmode=verify-full`), or leave it to libpq's own"
    " variables (`PGPASSWORD`, `PGPASSFILE`, `PGSSLROOTCERT`). Several hosts"
    " (`postgresql://USER@db1:5432,db2:5432/ivr`) are a primary and its standbys: [Failover](operations.md#failover).",
}
"""What else to know of a setting, by its attribute: mostly where this version does not act upon it."""

GROUPS: Final[Mapping[str, tuple[str, str]]] = {
    "F1": ("F1xx: the text", "What stands in the file is not the YAML that was meant."),
    "F2": ("F2xx: the shape", "It is YAML, and not a flow, a resource file or a test."),
    "F3": ("F3xx: names", "Something is named that the bundle does not have."),
    "F4": ("F4xx: expressions", "In a `when`, a `set`, a `language`, or a text with `${...}`."),
    "F5": ("F5xx: the call", "Every name is right, and yet a call would go wrong."),
    "P7": ("P7xx: the PBX", "Told by `ivr check --online`, which asks it."),
    "W6": ("W6xx: warnings", "Worth a look. A bundle with warnings is published."),
}


def configuration(words: Words) -> str:
    """docs/configuration.md."""
    said = words.said
    variables = [
        (f"`{CONFIG_VARIABLE}`", said(f"`{DEFAULT_CONFIG}` if it exists"), said("the configuration file")),
        *((f"`{name}`", said(default), said(meaning)) for name, (default, meaning) in SERVER_VARIABLES.items()),
    ]
    return _joined(
        MADE,
        f"# {said('Configuration')}",
        words.prose(CONFIGURATION_INTRODUCTION),
        f"## {said('Of an account')}",
        said("In the file these stand in an entry of `accounts`."),
        _settings_table(ACCOUNT_SETTINGS, said),
        f"## {said('Of the router')}",
        said("In the file these stand at the top."),
        _settings_table(ROUTER_SETTINGS, said),
        f"## {said('Only in the environment')}",
        _table(tuple(map(said, ("variable", "default", "meaning"))), variables),
        words.prose(CONFIGURATION_FILE),
        words.prose(f"<!-- configuration -->\n```yaml\n{EXAMPLE.read_text(encoding='utf-8')}```"),
    )


def findings(words: Words) -> str:
    """docs/findings.md."""
    said = words.said
    parts = [MADE, f"# {said('Findings of the loader')}", words.prose(FINDINGS_INTRODUCTION)]
    head = tuple(map(said, ("code", "finding", "what it means")))
    for prefix, (title, about) in GROUPS.items():
        rules = [(code, rule) for code, rule in RULES.items() if code.startswith(prefix)]
        rows = [(code, said(rule.title), said(rule.explanation)) for code, rule in rules]
        parts += [f"## {said(title)}", said(about), _table(head, rows)]
    return _joined(*parts)


CONFIGURATION_INTRODUCTION: Final = f"""\
Everything can be set in the environment. One YAML file can hold the same, and more than one account.

- The file is the one that `{CONFIG_VARIABLE}` names, else `{DEFAULT_CONFIG}` in the current directory if it exists.
- A router's setting comes from the environment, else from the file, else it has its default.
- An account's setting comes from its entry in the file, else from the environment, else it has its default. Keys and
  salts of accounts in the file come from nowhere else.
- `${{NAME}}` in a value is replaced by that variable. A secret may also be written as `file:PATH`: the file's content.
- A variable that is set to nothing counts as not set.
- What is wrong is said at the start, with the setting's name, and never with a secret's value.

Durations are written as `300ms`, `10s`, `1m30s`, `4h` or `30d`."""

CONFIGURATION_FILE: Final = """\
## The file

Four things exist only there, inside an account:

- `limits` replaces a limit of the PBX by its name: `limits: {route: 1/4s}` is one route in four seconds. The names
  are those that `GET /api/limits` shows.
- `receivers` names who gets what flows tell by `notify`, each with a secret of its own: [notify.md](notify.md#secrets).
- `secrets` names values for flows: `${secrets.NAME}` in a `lookup` or a `notify`. They are put in when a request
  leaves, and are in no trace, log or database.
- `values` names what is no secret and differs from one deployment to another: `values: {crm: "https://crm.example"}`
  is `${values.crm}` in every text and `values.crm` in every expression of a flow. An address may begin with one. A
  bundle that asks for a value that is not there, or begins an address with one that is none, is not published (F513,
  F514).

Flows, timetables and lists are not configuration. They stand in the bundle, see [flows.md](flows.md).

This is [`ivr.example.yaml`](../ivr.example.yaml):"""

FINDINGS_INTRODUCTION: Final = """\
`ivr check` shows every finding of a bundle at once: file, line and column (in characters, from 1), a code, what is
wrong, the line with a caret, and often what to write instead. `ivr check --format json` says the same to programs.

An error keeps the bundle from being published; the version before it goes on serving. One mistake is one finding:
what only follows from it stays silent, so a second run may show what hid behind the first."""


def _settings_table(settings: Iterable[Setting], said: Said) -> str:
    return _table(
        tuple(map(said, ("variable", "in the file", "default", "meaning"))),
        [
            (f"`{setting.variable}`", f"`{setting.name}`", said(_default(setting)), _meaning(setting, said))
            for setting in settings
        ],
    )


def _default(setting: Setting) -> str:
    if setting.default is None:
        return "**required**"
    return f"`{setting.default}`" if setting.default else "none"


def _meaning(setting: Setting, said: Said) -> str:
    meaning = said(setting.help) + (f" ({said('secret')})" if setting.secret else "")
    missing = REMARKS.get(setting.attribute)
    return f"{meaning}. *{said(missing)}*" if missing else meaning


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    """Text that Markdown shows as it is: no column of its own, no HTML tag but a line's end."""
    return re.sub(r"<(?=[a-z])(?!br>)", "&lt;", text.replace("|", "\\|"))


def _joined(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def reference(words: Words) -> str:
    """docs/reference.md."""
    return reference_page("md", commands, words.said)


def api() -> str:
    """docs/api.md."""
    return _joined(
        MADE,
        "# The API's methods",
        api_page.INTRODUCTION,
        _table(tuple(api_page.COLUMNS), api_page.methods()),
        "## What the PBX pushes",
        "All are answered with 200 once they are stored, and so is any kind that is not known. *Known by* is what makes"
        " two of them one.",
        _table(
            ("section", "path", "what", "known by", "the router", "in a flow", "emulator", "test"), api_page.pushes()
        ),
        "## The other sections",
        _table(("section", "about", "where"), api_page.OTHER_SECTIONS),
        "## What the document of July 2026 adds",
        "By its edition of 06.07.2026. What is not here is asked with any HTTP client; of a push that is not here the"
        " bytes are kept.",
        _table(("about", "here", "not here"), api_page.LATER),
        "## What the document says twice",
        _table(("section", "method", "what to know"), api_page.notes()),
    )


def emulator(words: Words) -> str:
    """docs/emulator.md."""
    said = words.said
    return _joined(
        MADE,
        f"# {said('The emulator')}",
        words.prose(emulator_page.INTRODUCTION),
        words.prose(emulator_page.BEHAVIOUR),
        said("All fields, from [`schemas/pbx.schema.json`](../schemas/pbx.schema.json):"),
        _table(tuple(map(said, ("field", "form", "meaning"))), emulator_page.fields(said)),
        words.prose(emulator_page.DATA),
        words.prose(emulator_page.CONTROL),
    )


def http(words: Words) -> str:
    """docs/http.md."""
    title = words.said("The router over HTTP")
    parts = [MADE, f"# {title}", words.prose(http_page.INTRODUCTION), words.prose(http_page.rules())]
    for group in http_page.groups(words.said):
        parts += [f"## {group.name}", group.about]
        if group.in_a_table:
            parts.append(_table(*group.table(words.said)))
        else:
            parts += [part for operation in group.operations for part in _operation(operation, words.said)]
    return _joined(*parts)


def _operation(operation: http_page.Operation, said: Said) -> Iterable[str]:
    yield f"### {operation.name}"
    yield operation.about
    if operation.parameters:
        yield _table((said("parameter"), said("meaning")), operation.parameters)
    if operation.answers:
        yield "\n".join(f"- {answer}" for answer in operation.answers)


def licence_page() -> str:
    """docs/licences.md."""
    head = ("package", "version", "licence")
    return _joined(
        MADE,
        "# Licences",
        licences.INTRODUCTION,
        "## What a router needs",
        _table(head, licences.production()),
        "## What only tests and tools need",
        _table(head, licences.development()),
        "## Why they go together",
        _table(("licence", "why"), licences.reasons()),
    )


IN_BOTH_LANGUAGES: Final[Mapping[str, Callable[[Words], str]]] = {
    "configuration": configuration,
    "emulator": emulator,
    "findings": findings,
    "http": http,
    "reference": reference,
}

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "decisions/README.md": decisions_page.page,
    "api.md": api,
    "licences.md": licence_page,
    **{f"{name}.md": partial(make, ENGLISH) for name, make in IN_BOTH_LANGUAGES.items()},
    **{f"{name}.ru.md": partial(russian.page, name, make) for name, make in IN_BOTH_LANGUAGES.items()},
}


def write_schemas() -> bool:
    """Write the schemas that the verbs' specs have a part in; whether one of them was another one before."""
    changed = False
    for name, schema in SCHEMAS.items():
        file, text = DOCS.parent / "schemas" / f"{name}.schema.json", f"{as_text(schema())}\n"
        changed |= file.read_text(encoding="utf-8") != text
        file.write_text(text, encoding="utf-8")
    for name in VERSIONS:
        text = f"{as_text(schema_of(name))}\n"
        (DOCS.parent / "schemas" / f"{name}.schema.json").write_text(text, encoding="utf-8")
    return changed


if __name__ == "__main__":
    if write_schemas():
        os.execv(sys.executable, [sys.executable, *sys.argv])  # this process has read what they were before
    for page, make in PAGES.items():
        (DOCS / page).write_text(make(), encoding="utf-8")
    write_stubs()
