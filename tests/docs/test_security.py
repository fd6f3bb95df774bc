"""docs/security.md names a test for what it says is defended: each of them exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", PAGE)
ROWS = [line for line in PAGE.partition("## The doors")[2].splitlines() if line.startswith("| ") and "---" not in line]
DOORS = (
    "webhook",
    "API",
    "console",
    "Metrics",
    "Terminal",
    "logs",
    "Files",
    "database",
    "PBX",
    "lookups",
    "notifications",
    "Bundles",
)
ASSETS = ("numbers", "PINs", "salts", "secrets", "token", "money", "availability", "journal")


@cache
def defined_in(file: str) -> set[str]:
    """The tests that stand in a file: `test_x`, `TestY::test_x`."""
    tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for group in tree.body:
        if isinstance(group, ast.ClassDef):
            found |= {f"{group.name}::{node.name}" for node in group.body if isinstance(node, ast.FunctionDef)}
    return found


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_named_test_exists(file: str, name: str) -> None:
    assert (PROJECT / file).is_file()
    assert name in defined_in(file), f"{file} has no {name}: name the test that holds it now"


@pytest.mark.parametrize("row", [row for row in ROWS if not row.startswith("| danger")])
def test_every_defence_names_its_test(row: str) -> None:
    assert re.search(r"`tests/[\w/]+\.py::", row), row


def test_every_asset_and_door_is_there() -> None:
    assets = PAGE.partition("## What is worth something")[2].partition("## The doors")[0]
    headings = " ".join(line for line in PAGE.splitlines() if line.startswith("### "))
    assert [word for word in ASSETS if word not in assets] == []
    assert [word for word in DOORS if word not in headings] == []
