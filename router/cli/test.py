"""`ivr test`: run the call scripts that stand beside the flows, on a virtual clock."""

import json
import os
from pathlib import Path
from typing import Final

import click

from router.files.bundle import read_directory
from router.flow.findings import Finding, has_errors, render_text, to_json
from router.flow.loader import load
from router.simulator.read import read_scripts
from router.simulator.report import as_json, render
from router.simulator.run import Verdict, run
from router.simulator.script import Script

FAILED: Final = 1


@click.command()
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of text.")
@click.option("-k", "pattern", default="", help="Only tests whose file or name contains this, in any case.")
def test(directory: Path | None, as_object: bool, pattern: str) -> None:
    """Run the tests of the bundle in DIRECTORY (default: IVR_FLOWS, else flows)."""
    files = read_directory(directory or _default_directory())
    texts = {file: content.decode("utf-8-sig", "replace") for file, content in files.items()}
    verdicts, findings = _judge(files, texts, pattern)
    if as_object:
        _print_json(verdicts, findings)
    else:
        _print_text(verdicts, findings, texts)
    if has_errors(findings) or any(verdict.failure for verdict in verdicts):
        raise SystemExit(FAILED)


def _judge(files: dict[str, bytes], texts: dict[str, str], pattern: str) -> tuple[list[Verdict], tuple[Finding, ...]]:
    """Run every chosen script; nothing runs on a bundle that would not be published."""
    loaded = load(files)
    bundle = loaded.bundle
    if bundle is None:
        return [], loaded.findings
    scripts, found = read_scripts(loaded.tests, bundle, texts)
    return [run(script, bundle) for script in _chosen(scripts, pattern)], (*loaded.findings, *found)


def _default_directory() -> Path:
    directory = Path(os.environ.get("IVR_FLOWS", "flows"))
    if not directory.is_dir():
        raise click.UsageError(f"there is no directory {directory}: name one, or set IVR_FLOWS")
    return directory


def _chosen(scripts: list[Script], pattern: str) -> list[Script]:
    """The scripts that `-k` asks for; asking for none of them is a mistake of the one who asks."""
    chosen = [script for script in scripts if pattern.lower() in script.title.lower()]
    if scripts and not chosen:
        raise click.UsageError(f"no test's file or name contains {pattern!r}")
    return chosen


def _print_json(verdicts: list[Verdict], findings: tuple[Finding, ...]) -> None:
    failed = sum(verdict.failure is not None for verdict in verdicts)
    answer = {
        "passed": len(verdicts) - failed,
        "failed": failed,
        "tests": [as_json(verdict) for verdict in verdicts],
        "findings": to_json(findings),
    }
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _print_text(verdicts: list[Verdict], findings: tuple[Finding, ...], texts: dict[str, str]) -> None:
    """Warnings about flows are left to `ivr check`."""
    errors = [finding for finding in findings if finding.severity == "error"]
    click.echo(render_text(errors), nl=False)
    for verdict in verdicts:
        click.echo(render(verdict, _source_line(verdict, texts)), nl=False)
    failed = sum(verdict.failure is not None for verdict in verdicts)
    summary = f"{len(verdicts) - failed} passed, {failed} failed" if verdicts else "no tests were run"
    click.echo(f"{summary}, {len(errors)} errors in the files" if errors else summary)


def _source_line(verdict: Verdict, texts: dict[str, str]) -> str:
    if verdict.failure is None:
        return ""
    mark = verdict.failure.mark
    return texts[mark.file].splitlines()[mark.line - 1]
