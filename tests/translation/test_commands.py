"""Commands in Russian: whatever the source of a command may say to people has its words in the catalogue."""

import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import router
from router.translation.catalogue import command_words
from tests.translation.spoken import spoken

ROUTER: Final = Path(router.__file__).parent

OF_A_COMMAND: Final = {
    "doctor": ("cli/doctor",),
    "demo": ("cli/demo.py", "cli/demo_plan.py", "cli/demo_text.py", "cli/demo_calls.py"),
    "init": ("cli/init", "cli/starter", "cli/new.py"),
    "test": (
        "cli/test.py", "cli/comparison_table.py", "simulator/run_test.py", "simulator/coverage.py", "simulator/mutate.py",
        "simulator/mutants.py", "simulator/report.py", "simulator/compose.py", "simulator/fake_lookups.py",
        "simulator/simulation.py",
    ),
    "simulate": ("cli/simulate.py", "simulator/phone.py", "simulator/session.py", "simulator/save.py"),
    "trace": ("cli/trace.py", "history/trace_text.py", "engine"),
    "lookup": ("cli/lookup.py",),
}  # fmt: skip
"""Of commands that have words of their own, the modules that make them."""

OF_ALL: Final = (
    "cli", "config/settings.py", "config/setting_values.py", "config/settings_file.py", "config/receivers.py",
    "sender/transport_faults.py", "client/failures.py", "store/postgres/remedies.py", "store/postgres/hosts.py",
    "store/postgres/pooler.py", "bootstrap/readiness.py", "protocol/codes.py", "history/comparison_text.py",
    "runtime/versions/publication.py", "emulator/control.py", "emulator/http_faces.py", "pbx/happenings.py", "store/sqlite/obstacles.py",
    "store/sqlite/backup.py", "store/sqlite/database.py", "store/sqlite/database_file.py", "store/sqlite/opening.py",
    "store/sqlite/write_lock.py", "store/postgres/database.py", "store/postgres/pipeline.py",
)  # fmt: skip
"""Modules whose words any command may show."""

TABLES: Final = ("COLUMNS", "COMMAND_COLUMNS", "LIMIT_COLUMNS")

NOT_YET: Final = frozenset({"cli/diff.py", "cli/proofs.py", "cli/service/environment.py", "cli/service/unit.py"})
"""What is a format of its own, and stays English: the comparison of two bundles, the proofs, the files of systemd."""

SAME: Final = {
    r"(ivr|chown|chmod|pip|systemctl|cd|sudo) [a-z7o0-9 &/-]+(rwx 7)?|7: chown 7 7|7 service run .*": "commands to type",
    r"(steps|flow|tests|bye|sorry|prompt|expect|pbx|- \{when|- \{else|for|audio|events): ?.*|number 7|extension 7"
    r"|flow: .*|.*\{play: \{prompt.*|- \{when.*": "the language of flows",
    r"no password supplied|server does not support SSL|a pooler gives one session|nothing answers on it|timeout expired"
    r"|failed to resolve|Connection refused|No such file or directory|unable to open": "words that are looked for",
    r"; the router runs as 7|\(nor a directory 7\)|owners and modes are as they should be7|7 7, 7 unchanged7"
    r"|7 7; in a shell: .*|made, which only you can read|was there, and is left .*|7: give it one that the flows take.*"
    r"|No line of 7 leads to a flow|updated 7: 7|7, 7 in the files|7 7 in 7|7 7; `ivr versions` lists them|another place"
    r"|no flow names the line7 .*|from 7 on|`ivr graph 7 --json` lists .*|the lookup 7 asks7.*|mutation score .* noticed7|`ivr init 7` makes a bundle .*|there is no directory 7, so no call .*|(by|to) 7|7 is 7|lists filled by calls:|7 gave 77 by hand7|, 7 assumed": "parts that are translated as a whole with others",
    r"Only this:|Where the pretended PBX listens\. .*|With --json: so many lines .*|Draw steps whose names .*"
    r"|\"\"\".*": "help with a figure in it, which is formatted before it is looked up",
    r"Sorry, please choose once more\.|We are closed now\.|Nobody is free at the moment\. .*|after hours": "prompts",
    r"[*] 7|- name: 7|  given: 7|1 22 .*|text/csv; .*|attachment; .*|Basic realm=.*": "heads of answers",
    r"(dtmf|sms) 7(: 7)?|7 (to|of) 7|bold red|double precision|not ready|not expected|pooling mode|uid 7|PBX      7[\s\S]*|saved as `7` in 7|engine fault": "keys",
}  # fmt: skip
"""What stays as it is, and why."""

ENGLISH: Final = re.compile(
    r"\b(?:is|are|the|it|of|and|or|not|with|has|for|such|other|cannot|no|to|in|from|by|as|was|were)\b"
)
CODE: Final = re.compile(
    r"`[^`]*`|\([^а-яё()]*\)|ALTER SYSTEM RESET|GRANT CONNECT ON|-o remount|chmod o-r|--\S+|https?://\S+"
)


def sources(places: Iterable[str]) -> list[Path]:
    found = [ROUTER / place for place in places]
    return [file for one in found for file in (sorted(one.rglob("*.py")) if one.is_dir() else [one])]


def english_left(command: str, files: Iterable[Path]) -> list[tuple[str, str, str]]:
    said = command_words("ru", command).said
    texts = {text: file.name for file in files for text in spoken(file)}
    assert len(texts) > 3
    spared = [text for text in texts if not any(re.fullmatch(same, text) for same in SAME)]
    shown = [(texts[text], text, said(text)) for text in spared]
    return [one for one in shown if not re.search("[а-яё]", one[2]) or ENGLISH.search(CODE.sub("", one[2]))]


NAMES: Final = frozenset({"entry_id", "95 %"})
"""Heads that are names in every language."""


def test_heads_of_tables_are_in_russian() -> None:
    modules = [import_module(f"router.cli.{file.stem}") for file in (ROUTER / "cli").glob("[a-z]*.py")]
    found = [name for one in modules for table in TABLES for name in vars(one).get(table, ())]
    assert len(set(found)) > 50
    said = command_words("ru", "tables").said
    assert {name for name in found if not re.search("[а-яё]", said(name))} <= NAMES


@pytest.mark.parametrize("command", OF_A_COMMAND)
def test_every_word_of_a_command_is_in_russian(command: str) -> None:
    assert (
        english_left(command, (one for one in sources(OF_A_COMMAND[command]) if one.name != "checklist_texts.py")) == []
    )


def test_every_word_of_the_other_commands_and_of_errors_is_in_russian() -> None:
    own = {file for places in OF_A_COMMAND.values() for file in sources(places)}
    skipped = own | set(sources(NOT_YET))
    assert english_left("", [file for file in sources(OF_ALL) if file not in skipped]) == []
