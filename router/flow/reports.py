"""Findings for other programs: SARIF 2.1.0 for code scanning, the commands of GitHub's job logs, GitLab's code quality.

All of them show a finding in the file of a repository, so they name files from its root: `base` is the bundle's
directory there. A finding keeps its fingerprint when lines above it come or go, so that it stays the same finding from
one run to the next.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import quote

from router.flow.finding_rules import RULES
from router.flow.findings import Finding

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "%SRCROOT%"
FINGERPRINT: Final = "ivrFinding/v1"
SEVERITIES: Final = {"error": "major", "warning": "minor"}  # in GitLab's words

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
                "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
                "results": [_result(finding, mark, base, places) for finding, mark in with_fingerprints(findings)],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES.get(code)
    told = {"id": code, "defaultConfiguration": {"level": "warning" if code.startswith("W") else "error"}}
    if rule is None:
        return told
    return {**told, "shortDescription": {"text": rule.title}, "fullDescription": {"text": rule.explanation}}


def with_fingerprints(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each finding with what it is known by: its rule, its file, the text of its line, and its number among these."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        known_by = (finding.code, finding.mark.file, finding.excerpt.strip())
        seen[known_by] += 1
        told = "\0".join([*known_by, str(seen[known_by])])
        yield finding, blake2b(told.encode(errors="replace"), digest_size=16).hexdigest()


def _result(finding: Finding, fingerprint: str, base: str, places: Mapping[str, int]) -> dict[str, Any]:
    mark = finding.mark
    region: dict[str, Any] = {
        "startLine": mark.line,
        "startColumn": mark.column,
        "endColumn": mark.column + finding.length,
    }
    if finding.excerpt:
        region["snippet"] = {"text": finding.excerpt}
    place = {"artifactLocation": {"uri": quote(path_of(finding, base)), "uriBaseId": ROOT}, "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": finding.severity,
        "message": {"text": _sentence(finding)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {FINGERPRINT: fingerprint},
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


def as_gitlab(findings: Iterable[Finding], base: str) -> list[dict[str, Any]]:
    """A report of code quality, which GitLab shows in a merge request."""
    return [
        {
            "description": _sentence(finding),
            "check_name": finding.code,
            "fingerprint": fingerprint,
            "severity": SEVERITIES[finding.severity],
            "location": {"path": path_of(finding, base), "lines": {"begin": finding.mark.line}},
        }
        for finding, fingerprint in with_fingerprints(findings)
    ]


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
    """The finding's file from the root; a finding about the whole bundle is about its directory."""
    file = finding.mark.file
    return base if file == "." else f"{base}/{file}" if base not in ("", ".") else file


def _sentence(finding: Finding) -> str:
    return f"{finding.message} ({finding.suggestion})" if finding.suggestion else finding.message
