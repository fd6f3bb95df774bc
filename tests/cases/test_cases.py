"""Bundles of people's own files, tables and numbers, with their right values: each passes its own tests."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import commands

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/*.yaml") if not path.name.endswith(".test.yaml"))


@pytest.mark.parametrize("folder", dict.fromkeys(FOLDERS), ids=lambda folder: folder.name)
def test_the_right_values(folder: Path) -> None:
    result = CliRunner().invoke(commands, ["test", str(folder)])
    assert result.exit_code == 0, result.output
    assert " passed, 0 failed" in result.output
