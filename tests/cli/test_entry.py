"""The entry point: what goes wrong outside of the program is one line and exit code 2, never a traceback."""

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
