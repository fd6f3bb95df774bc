"""The entry point: what goes wrong outside of the program is one line and exit code 2, never a traceback."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
