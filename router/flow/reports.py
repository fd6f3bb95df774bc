"""Findings for other programs: SARIF 2.1.0 for code scanning, and the commands of GitHub's job logs.

Both show a finding in the file of a repository, so they name files from where the command was run: `base` is the
bundle's directory as it was given.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from router.flow.finding_rules import RULES
from router.flow.findings import Finding

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_IN_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
_IN_MESSAGE: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})


def as_sarif(findings: Sequence[Finding], base: str, version: str) -> dict[str, Any]:
    """One run of `ivr check`, `version` being ours."""
    codes = sorted({finding.code for finding in findings})
    driver = {"name": "ivr check", "version": version, "rules": [_rule(code) for code in codes]}
    places = {code: index for index, code in enumerate(codes)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, base, places) for finding in findings],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES.get(code)
    told = {"id": code, "defaultConfiguration": {"level": "warning" if code.startswith("W") else "error"}}
    if rule is None:
        return told
    return {**told, "shortDescription": {"text": rule.title}, "fullDescription": {"text": rule.explanation}}


def _result(finding: Finding, base: str, places: Mapping[str, int]) -> dict[str, Any]:
    mark = finding.mark
    region: dict[str, Any] = {
        "startLine": mark.line,
        "startColumn": mark.column,
        "endColumn": mark.column + finding.length,
    }
    if finding.excerpt:
        region["snippet"] = {"text": finding.excerpt}
    place = {"artifactLocation": {"uri": quote(path_of(finding, base))}, "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": finding.severity,
        "message": {"text": _sentence(finding)},
        "locations": [{"physicalLocation": place}],
        **({"fixes": [_fix(finding, place["artifactLocation"])]} if finding.fix else {}),
    }


def _fix(finding: Finding, file: Mapping[str, str]) -> dict[str, Any]:
    """The edits of a finding as the standard has them (§3.55): each region goes, and the text is put in its place."""
    replacements = [
        {
            "deletedRegion": {
                "startLine": edit.line,
                "startColumn": edit.column,
                "endLine": edit.end_line,
                "endColumn": edit.end_column,
            },
            "insertedContent": {"text": edit.text},
        }
        for edit in finding.fix
    ]
    changes = [{"artifactLocation": file, "replacements": replacements}]
    return {"description": {"text": finding.suggestion}, "artifactChanges": changes}


def as_github(findings: Iterable[Finding], base: str) -> str:
    """`::error file=…,line=…,col=…,endColumn=…,title=…::message`, a line for each finding."""
    return "".join(f"{_annotation(finding, base)}\n" for finding in findings)


def _annotation(finding: Finding, base: str) -> str:
    mark = finding.mark
    properties = {
        "file": path_of(finding, base),
        "line": str(mark.line),
        "col": str(mark.column),
        "endColumn": str(mark.column + finding.length),
        "title": finding.code,
    }
    told = ",".join(f"{name}={value.translate(_IN_PROPERTY)}" for name, value in properties.items())
    return f"::{finding.severity} {told}::{_sentence(finding).translate(_IN_MESSAGE)}"


def path_of(finding: Finding, base: str) -> str:
    """The finding's file from where the command was run; a finding about the whole bundle is about its directory."""
    file = finding.mark.file
    return base if file == "." else f"{base}/{file}" if base not in ("", ".") else file


def _sentence(finding: Finding) -> str:
    return f"{finding.message} ({finding.suggestion})" if finding.suggestion else finding.message
