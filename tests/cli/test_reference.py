"""`ivr reference`: forms and where they go; what stands in it is the business of tests/flow/test_reference.py."""

import json
from pathlib import Path

from click.testing import CliRunner

from router.cli import commands
from router.flow.finding_rules import RULES


def _output(*arguments: str) -> str:
    answer = CliRunner().invoke(commands, ["reference", *arguments])
    assert answer.exit_code == 0
    return answer.output


def test_text_for_the_terminal() -> None:
    text = _output()
    assert text.startswith("Reference of the flow language\n====")
    assert "  main_menu" not in text
    assert "\nivr graph FLOW [DIRECTORY]\n" in text


def test_markdown_into_a_file(tmp_path: Path) -> None:
    page = tmp_path / "reference.md"
    assert _output("--format", "md", "-o", str(page)) == ""
    assert page.read_text(encoding="utf-8").startswith("# Reference of the flow language\n\n")


def test_codes_for_programs() -> None:
    codes = json.loads(_output("--json"))
    assert set(codes) == set(RULES)
    assert codes["F301"]["title"] == "unknown step"


def test_options_are_told_with_their_defaults() -> None:
    page = _output("--format", "md")
    assert "| `--fail-over N%` | Exit with 1 when more than so many end elsewhere. |" in page
    assert "| `--since SINCE` | Calls that began since so long ago. Default: `7d`. |" in page
    assert "| `--format md\\|text` | Default: `text`. |" in page
    assert "| `--hangup-after HANGUP_AFTER` | Talk so long, then hang up. Default: `5s`. |" in page
