"""Findings for a terminal, and as JSON."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from router.flow.findings import Finding
from router.flow.model import Mark

WIDEST_EXCERPT: Final = 160  # characters


def render_text(findings: Iterable[Finding]) -> str:
    """The findings for a terminal: place, code and message; the line; a caret under the words; the suggestion."""
    return "".join(_render(finding) for finding in findings)


def _render(finding: Finding) -> str:
    mark = finding.mark
    rows = [_printable(f"{mark.file}:{mark.line}:{mark.column}: {finding.code} {finding.message}")]
    if finding.excerpt:
        start, shown = _window(finding)
        rows += [f"    {shown}", f"    {_caret(shown, mark.column - 1 - start, finding.length)}"]
    if finding.suggestion:
        rows.append(f"    {_printable(finding.suggestion)}")
    return "\n".join(rows) + "\n"


def _window(finding: Finding) -> tuple[int, str]:
    """(where it begins, the part of the line that is shown): a line may be a megabyte long."""
    line, at = finding.excerpt, finding.mark.column - 1
    if len(line) <= WIDEST_EXCERPT:
        return 0, _printable(line)
    start = max(0, min(at - WIDEST_EXCERPT // 3, len(line) - WIDEST_EXCERPT))
    return start, _printable(line[start : start + WIDEST_EXCERPT])


def _caret(shown: str, before: int, length: int) -> str:
    """Carets under the words; tabs are kept, so that both lines are equally wide wherever they are shown."""
    covered = shown[before : before + length]
    indent = "".join("\t" if character == "\t" else " " * _cells(character) for character in shown[:before])
    beyond = " " * (before - len(shown))
    return indent + beyond + "^" * max(1, sum(map(_cells, covered)))


def _cells(character: str) -> int:
    """How many columns of a terminal the character takes: none for a combining one, two for a wide one."""
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _printable(text: str) -> str:
    """The text without anything that a terminal could obey."""
    return "".join(character if character.isprintable() or character == "\t" else "?" for character in text)


def from_json(told: Mapping[str, Any]) -> Finding:
    """One of the objects of `to_json` as a finding again."""
    mark = Mark(file=told["file"], line=told["line"], column=told["column"])
    names = ("code", "severity", "message", "excerpt", "length", "suggestion")
    return Finding(mark=mark, **{name: told[name] for name in names})


def to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings for programs, one flat object each."""
    return [
        {
            "code": finding.code,
            "severity": finding.severity,
            "file": finding.mark.file,
            "line": finding.mark.line,
            "column": finding.mark.column,
            "length": finding.length,
            "message": finding.message,
            "excerpt": finding.excerpt,
            "suggestion": finding.suggestion,
            "fix": [
                {
                    "line": edit.line,
                    "column": edit.column,
                    "end_line": edit.end_line,
                    "end_column": edit.end_column,
                    "text": edit.text,
                }
                for edit in finding.fix
            ],
        }
        for finding in findings
    ]
