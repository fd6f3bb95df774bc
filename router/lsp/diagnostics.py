"""Findings as an editor underlines them: the same text, codes and places as those of `ivr check`."""

from collections.abc import Iterable
from typing import Any, Final

from lsprotocol import types

from router.flow.finding_output import to_json
from router.flow.findings import Finding
from router.lsp.text_map import TextMap

SOURCE: Final = "ivr"
_FADED: Final = frozenset({"W601", "W608"})  # nothing comes there
_SEVERITY: Final = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}


def diagnostics(findings: Iterable[Finding], text: TextMap) -> list[types.Diagnostic]:
    """Those of one file. `data` holds the edits of each one's advice."""
    return [_diagnostic(finding, text) for finding in findings]


def _diagnostic(finding: Finding, text: TextMap) -> types.Diagnostic:
    mark = finding.mark
    told: dict[str, Any] = to_json([finding])[0]
    return types.Diagnostic(
        range=text.range(mark.line, mark.column, finding.length),
        message=f"{finding.message}\n{finding.suggestion}" if finding.suggestion else finding.message,
        severity=_SEVERITY[finding.severity],
        code=finding.code,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code in _FADED else None,
        data={"fix": told["fix"], "suggestion": finding.suggestion},
    )
