"""The entry point: what goes wrong outside of the program is one line and exit code 2, never a traceback."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from router.cli import COMMANDS

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ("test", "flows", "--junit", "/dev/null/report.xml"),
        ("graph", "main", "flows", "-o", "/dev/null/main.svg"),
        ("schema", "flows", "--out", "/dev/null/schema.json"),
        ("hours", "flows", "--svg", "/dev/null/hours.svg"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_file_that_cannot_be_written(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "router.cli", *arguments]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.fullmatch("ivr: /dev/null.*: (Not a directory|File exists)\n", done.stderr)
    assert "Traceback" not in done.stderr


def test_the_emulator_says_where_it_answers_as_json() -> None:
    command = [sys.executable, "-m", "router.cli", "emulator", "--listen", "127.0.0.1:0", "--json"]
    environ = os.environ | {"MANGO_API_KEY": "key", "MANGO_API_SALT": "salt"}
    with subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.terminate()
        rest = process.stdout.read()
    assert set(said) == {"pbx", "webhook", "control", "lines"}
    assert (rest, process.returncode) == ("", 0)


SLOW_TO_IMPORT = {
    "flask",
    "holidays",
    "psycopg",
    "router.bootstrap.router",
    "router.flow.reading.flow_scope",
    "structlog",
    "urllib3",
}


@pytest.mark.parametrize("module", ["calls", "outbox", "trace", "versions"])
def test_commands_that_only_read_do_not_wait_for_imports(module: str) -> None:
    program = f"import sys, router.cli.{module}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert not SLOW_TO_IMPORT & set(done.stdout.split())


def test_only_the_log_itself_imports_structlog() -> None:
    importing = [
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "router").rglob("*.py")
        if re.search(r"^\s*(import|from) structlog", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert importing == ["router/logs/logger.py"]


def completed(words: str, place: int, entry: str = "from router.cli import main; main()") -> list[str]:
    environ = os.environ | {"_IVR_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    done = subprocess.run(
        [sys.executable, "-c", entry], cwd=PROJECT, env=environ, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


def test_the_shell_completes_commands_and_options() -> None:
    assert completed("ivr ca", 1) == ["plain,call", "plain,calls"]
    assert completed("ivr --", 1) == ["plain,--version", "plain,--help"]
    assert "plain,--live" in completed("ivr calls --l", 2)


def test_completing_a_command_imports_none() -> None:
    entry = "import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n'))"
    entry += "; from router.cli import COMMANDS, main; main()"
    found = completed("ivr ", 1, entry)
    modules = {place.partition(":")[0] for place in COMMANDS.values()}
    assert "plain,calls" in found
    assert not modules & set(found)
