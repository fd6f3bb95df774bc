"""Verdicts as a JUnit report, the form that build servers show: a suite for each test file, a case for each test."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final
from xml.etree import ElementTree

from router.simulator.report import render
from router.simulator.verdict import Verdict

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def junit(verdicts: Iterable[Verdict]) -> str:
    """The report as XML text; a failure holds what `ivr test` prints of it. Times are those of the virtual clock."""
    root = ElementTree.Element("testsuites", name="ivr test")
    for file, group in groupby(verdicts, key=lambda verdict: verdict.script.file):
        cases = list(group)
        failures = sum(verdict.failure is not None for verdict in cases)
        suite = ElementTree.SubElement(
            root, "testsuite", name=_fit(file), tests=str(len(cases)), failures=str(failures), errors="0"
        )
        for verdict in cases:
            _add_case(suite, verdict)
    ElementTree.indent(root)
    return DECLARATION + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ElementTree.Element, verdict: Verdict) -> None:
    script, failure = verdict.script, verdict.failure
    lasted = verdict.trace[-1].at - script.given.at if verdict.trace else 0.0
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=_fit(script.name),
        classname=script.flow,
        file=_fit(script.file),
        line=str(script.mark.line),
        time=f"{lasted:.3f}",
    )
    if failure is not None:
        told = ElementTree.SubElement(case, "failure", message=_fit(failure.reason))
        told.text = _fit(render(verdict, ""))


def _fit(text: str) -> str:
    """Without the characters that XML has no way to write."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)
