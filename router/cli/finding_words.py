"""Findings in the language of IVR_LANG."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from router.cli.language import DEFAULT, language, said
from router.flow.findings import Finding


def findings_in_words(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings whose message and advice are in that language; code, place and edits stay."""
    if language() == DEFAULT:
        yield from findings
        return
    for finding in findings:
        yield replace(finding, message=said(finding.message), suggestion=said(finding.suggestion))
