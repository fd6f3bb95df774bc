"""What the console asks of a draft besides the editor's protocol: objects for programs, and pictures."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from difflib import unified_diff
from typing import Any, Final

from router.flow.bundle_difference import differences
from router.flow.diagrams.heat_map import heat_map
from router.flow.diagrams.hours_year import year_of
from router.flow.loader import load
from router.flow.resources.hours import OpeningHours
from router.flow.resources.text_encoding import decoded
from router.lsp import lenses
from router.lsp.read_bundle import ReadBundle
from router.lsp.translated import Said
from router.simulator import coverage as covering
from router.simulator.checked import check_object
from router.simulator.report import ENGLISH, Words, as_json
from router.simulator.run_test import run
from router.simulator.verdict import Verdict

CONTEXT: Final = 3  # lines around a difference


def check(read: ReadBundle, said: Said = str) -> dict[str, Any]:
    """What `ivr check --json` tells, to people of a language."""
    told = [replace(one, message=said(one.message), suggestion=said(one.suggestion)) for one in read.findings]
    return check_object(read.loaded.bundle, told)


def run_tests(read: ReadBundle, words: Words = ENGLISH, file: str = "", name: str = "") -> dict[str, Any]:
    """What `ivr test --json --coverage` tells, of all tests, those of a file, or one. Raises CannotDo while there are
    errors."""
    bundle = lenses.sound(read)
    chosen = [one for one in read.checked.scripts if file in ("", one.file) and name in ("", one.name)]
    verdicts = [run(script, bundle) for script in chosen]
    failed = sum(verdict.failure is not None for verdict in verdicts)
    covered = covering.coverage(bundle, verdicts, _texts(read))
    return {
        "passed": len(verdicts) - failed,
        "failed": failed,
        "tests": [as_json(verdict, words) for verdict in verdicts],
        "coverage": covering.as_json(covered),
        "percent": round(covering.percent(covered), 1),
        "reached": _reached(verdicts),
    }


def flows(read: ReadBundle) -> dict[str, Any]:
    """The flows with where each step is written, as far as the draft can be read; lines and columns from 1."""
    bundle = read.loaded.bundle
    if bundle is None:
        return {"flows": [], "hours": [], "is_sound": False}
    shown = [
        {
            "flow": name,
            "takes_calls": flow.takes is not None,
            "steps": [
                {"step": step.name, "file": step.mark.file, "line": step.mark.line, "column": step.mark.column}
                for step in flow.steps.values()
            ],
        }
        for name, flow in sorted(bundle.flows.items())
    ]
    hours = [name for name, entry in bundle.hours.items() if isinstance(entry, OpeningHours)]
    return {"flows": shown, "hours": hours, "is_sound": read.bundle is not None}


def diagram(read: ReadBundle, flow: str) -> str:
    """A flow as SVG. Raises CannotDo."""
    return lenses.diagram(read, flow)


def hours(read: ReadBundle, name: str = "", first: str = "") -> str:
    """A year of opening hours from a day on (today's, without one) as SVG, of all entries or one. Raises CannotDo."""
    day = date.fromisoformat(first) if first else datetime.now(UTC).astimezone().date()
    found = lenses.sound(read).hours
    years = [
        year_of(called, entry, day)
        for called, entry in found.items()
        if isinstance(entry, OpeningHours) and name in ("", called)
    ]
    if not years:
        raise lenses.CannotDo("there are no such hours")
    return heat_map(years)


def differences_from(read: ReadBundle, files: Mapping[str, str], version: str = "") -> dict[str, Any]:
    """What publishing would change of another bundle, given by the texts of its files: in an author's terms, as `ivr
    diff --json` has it, and as text, file by file."""
    before = load({file: text.encode() for file, text in files.items()})
    is_readable = before.bundle is not None and read.loaded.bundle is not None
    changes = differences(before.content, read.loaded.content) if is_readable else []
    return {
        "from": version,
        "to": read.loaded.bundle.version if read.loaded.bundle is not None else "",
        "changes": [asdict(change) for change in changes],
        "files": _files_differ(files, _texts(read)),
    }


def _files_differ(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    found = []
    for file in sorted({*before, *after}):
        old, new = before.get(file), after.get(file)
        if old == new:
            continue
        lines = unified_diff((old or "").splitlines(), (new or "").splitlines(), file, file, n=CONTEXT, lineterm="")
        kind = "added" if old is None else "removed" if new is None else "changed"
        found.append({"file": file, "kind": kind, "diff": "\n".join(lines)})
    return found


def _texts(read: ReadBundle) -> dict[str, str]:
    return {file: text for file, content in read.files.items() if (text := decoded(content)) is not None}


def _reached(verdicts: list[Verdict]) -> list[dict[str, Any]]:
    """The steps that tests entered, with how many of them did: what is painted on the diagram."""
    counts: dict[tuple[str, str], int] = {}
    for verdict in verdicts:
        for place in covering.reached_by(verdict):
            counts[place] = counts.get(place, 0) + 1
    return [{"flow": flow, "step": step, "tests": count} for (flow, step), count in sorted(counts.items())]
