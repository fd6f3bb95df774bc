"""`ivr test`: run the call scripts that stand beside the flows, on a virtual clock, and judge the scripts themselves.

Nothing runs on a bundle that would not be published. `--coverage` and `--mutate` tell what the tests miss, `--update`
lets them expect what the flows do now.
"""

import codecs
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from router.cli.bundles import account_option, directory_argument, directory_of, files_in
from router.cli.comparison_table import comparison_table
from router.cli.finding_words import findings_in_words
from router.cli.language import said
from router.cli.tables import many
from router.flow.finding_output import render_text, to_json
from router.flow.findings import Finding, has_errors
from router.flow.model import Bundle
from router.simulator import coverage as covering
from router.simulator import mutate as mutating
from router.simulator.checked import check_bundle
from router.simulator.coverage import FlowCoverage
from router.simulator.junit import junit as as_junit
from router.simulator.mutate import Mutation
from router.simulator.report import Words, as_json, render
from router.simulator.run_test import run
from router.simulator.script import Script
from router.simulator.update import Edit, rewritten, updated
from router.simulator.verdict import Verdict

FAILED: Final = 1
MUTATE_SECONDS: Final = 60.0


@dataclass(slots=True, kw_only=True)
class Suite:
    """The tests of one bundle, and what came of them."""

    texts: dict[str, str]  # every file of the bundle
    bundle: Bundle | None  # None when it has errors; then there are no scripts
    findings: tuple[Finding, ...]
    scripts: list[Script]
    verdicts: list[Verdict] = field(default_factory=list)
    coverage: list[FlowCoverage] | None = None
    mutation: Mutation | None = None
    updated: dict[str, int] = field(default_factory=dict)  # file -> lines that were rewritten

    @property
    def failed(self) -> int:
        return sum(verdict.failure is not None for verdict in self.verdicts)

    @property
    def percent_reached(self) -> float | None:
        return None if self.coverage is None else covering.percent(self.coverage)

    @property
    def percent_noticed(self) -> float | None:
        return None if self.mutation is None else self.mutation.score


@click.command()
@directory_argument
@account_option
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of text.")
@click.option("-k", "pattern", default="", help="Only tests whose file or name contains this, in any case.")
@click.option("--coverage", is_flag=True, help="Tell which steps and exits no test reaches.")
@click.option("--coverage-min", type=click.FloatRange(0, 100), help="Fail below this percentage of steps and exits.")
@click.option("--update", is_flag=True, help="Rewrite the `expect` lines that do not hold.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit report to this file.")
@click.option("--mutate", is_flag=True, help="Tell which small mistakes in the flows no test notices.")
@click.option("--mutate-min", type=click.FloatRange(0, 100), help="Fail below this percentage of noticed mistakes.")
@click.option("--mutate-seconds", type=click.FloatRange(0), default=MUTATE_SECONDS, show_default=True, metavar="S")
@click.option("--seed", default=1, show_default=True, help="The order in which mistakes are tried.")
@click.option("--watch", is_flag=True, help="Run them again whenever a file of the bundle changes, until Ctrl-C.")
@click.pass_context
def test(
    context: click.Context,
    directory: Path | None,
    account: str | None,
    as_object: bool,
    pattern: str,
    coverage: bool,
    coverage_min: float | None,
    update: bool,
    junit: Path | None,
    mutate: bool,
    mutate_min: float | None,
    mutate_seconds: float,
    seed: int,
    watch: bool,
) -> None:
    """Run the tests of the bundle in DIRECTORY (default: that of `ivr publish`)."""
    place = directory_of(directory, account)
    if watch:
        if update:
            raise click.UsageError(_said("--update writes the files that --watch looks at: use one of them"))
        from router.cli.watching import again_on_change  # only here: it loads a library of its own

        again_on_change(place, lambda: context.invoke(test, **{**context.params, "watch": False}))
        return
    suite = _read(files_in(place), pattern)
    if update:
        _update(suite, place)
    elif suite.bundle is not None:
        suite.verdicts = [run(script, suite.bundle) for script in suite.scripts]
    if (coverage or coverage_min is not None) and suite.bundle is not None and not has_errors(suite.findings):
        suite.coverage = covering.coverage(suite.bundle, suite.verdicts, suite.texts)
    if mutate or mutate_min is not None:
        _mutate(suite, mutate_seconds, seed)
    if junit is not None:
        junit.write_text(as_junit(suite.verdicts), encoding="utf-8")
    _print(suite, as_object)
    too_little = _is_below(coverage_min, suite.percent_reached) or _is_below(mutate_min, suite.percent_noticed)
    if has_errors(suite.findings) or suite.failed or too_little:
        raise SystemExit(FAILED)


def _read(files: Mapping[str, bytes], pattern: str) -> Suite:
    texts = {file: content.decode("utf-8-sig", "replace") for file, content in files.items()}
    checked = check_bundle(files)
    scripts = _chosen(list(checked.scripts), pattern)
    return Suite(texts=texts, bundle=checked.loaded.bundle, findings=checked.findings, scripts=scripts)


def _chosen(scripts: list[Script], pattern: str) -> list[Script]:
    """The scripts that `-k` asks for; asking for none of them is a mistake of the one who asks."""
    chosen = [script for script in scripts if pattern.lower() in script.title.lower()]
    if scripts and not chosen:
        raise click.UsageError(_said(f"no test's file or name contains {pattern!r}"))
    return chosen


def _is_below(least: float | None, share: float | None) -> bool:
    """A share that is asked for and unknown is too small."""
    return least is not None and (share is None or share < least)


# --update


def _update(suite: Suite, directory: Path) -> None:
    """Rewrite what does not hold in every chosen test, or nothing at all when one of the files cannot be written."""
    if suite.bundle is None:
        return
    edits: dict[str, list[Edit]] = {}
    for script in suite.scripts:
        verdict, found = updated(script, suite.bundle)
        suite.verdicts.append(verdict)
        if found:
            edits.setdefault(script.file, []).extend(found)
    for file in edits:
        if not _is_writable(directory / file):
            raise click.UsageError(_said(f"{directory / file} cannot be written, so nothing was updated"))
    for file, made in edits.items():
        _rewrite(directory / file, rewritten(suite.texts[file], made))
        suite.updated[file] = len(made)


def _is_writable(file: Path) -> bool:
    """A file that is marked read-only counts as such for a superuser too."""
    return os.access(file, os.W_OK) and bool(file.stat().st_mode & 0o222)


def _rewrite(file: Path, text: str) -> None:
    """Byte order mark and line ends stay as they are."""
    mark = codecs.BOM_UTF8 if file.read_bytes().startswith(codecs.BOM_UTF8) else b""
    file.write_bytes(mark + text.encode())


# --mutate


def _mutate(suite: Suite, seconds: float, seed: int) -> None:
    if suite.bundle is None or suite.failed or has_errors(suite.findings):
        return
    end = time.monotonic() + seconds
    suite.mutation = mutating.mutate(
        suite.bundle, suite.verdicts, suite.texts, seed=seed, is_time_over=lambda: time.monotonic() > end
    )


# what is printed


def _print(suite: Suite, as_object: bool) -> None:
    if as_object:
        click.echo(json.dumps(_object(suite), ensure_ascii=False, indent=2))
    else:
        _print_text(suite)


def _object(suite: Suite) -> dict[str, Any]:
    """`coverage` and `mutation` are there when they were asked for and could be found."""
    answer: dict[str, Any] = {
        "passed": len(suite.verdicts) - suite.failed,
        "failed": suite.failed,
        "tests": [as_json(verdict) for verdict in suite.verdicts],
        "findings": to_json(suite.findings),
    }
    if suite.updated:
        answer["updated"] = suite.updated
    if suite.coverage is not None:
        answer["coverage"] = covering.as_json(suite.coverage)
    if suite.mutation is not None:
        answer["mutation"] = mutating.as_json(suite.mutation)
    return answer


def _print_text(suite: Suite) -> None:
    """Warnings about flows are left to `ivr check`."""
    errors = [finding for finding in suite.findings if finding.severity == "error"]
    click.echo(render_text(findings_in_words(errors)), nl=False)
    for verdict in suite.verdicts:
        click.echo(render(verdict, _source_line(verdict, suite.texts), comparison_table(verdict), WORDS), nl=False)
    for file, count in suite.updated.items():
        click.echo(_said(f"updated {file}: {many(count, 'line')}"))
    if suite.coverage is not None:
        click.echo(covering.render(suite.coverage, _said), nl=False)
    if suite.mutation is not None:
        click.echo(mutating.render(suite.mutation, _said), nl=False)
    summary = f"{len(suite.verdicts) - suite.failed} passed, {suite.failed} failed"
    summary = summary if suite.verdicts else "no tests were run"
    click.echo(_said(f"{summary}, {many(len(errors), 'error')} in the files" if errors else summary))


def _said(text: str) -> str:
    return said(text, "test")


WORDS: Final = Words(said=_said, told=lambda text: said(text, "trace"))


def _source_line(verdict: Verdict, texts: Mapping[str, str]) -> str:
    if verdict.failure is None:
        return ""
    mark = verdict.failure.mark
    return texts[mark.file].splitlines()[mark.line - 1]
