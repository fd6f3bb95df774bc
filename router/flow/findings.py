"""What is wrong with a bundle, said so that its author can put it right at once.

A finding names a rule (`flow.finding_rules`), a place (file, line and column in characters from 1), the words at that
place and, where there is one, what to write instead. Findings are collected, never raised: one run shows all of
them, in the order of the files. One mistake is one finding; what only follows from it stays silent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from router.flow.model import Mark
from router.flow.suggestions.advice import NO_ADVICE, Advice, Edit, Suggestion, offer, words_of
from router.flow.suggestions.spelling import closest, doubles, visible

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One mistake at one place."""

    code: str  # a key of `flow.finding_rules.RULES`
    severity: Severity
    message: str
    mark: Mark
    excerpt: str  # the source line, as it stands
    length: int  # how many characters the caret covers
    suggestion: str = ""  # "" when there is nothing sensible to suggest
    fix: tuple[Edit, ...] = ()  # what the suggestion says, as edits of the file; none where it leaves a choice


def severity_of(code: str) -> Severity:
    """The code's letter is its severity: W warns, anything else is an error."""
    return "warning" if code.startswith("W") else "error"


@dataclass(slots=True)
class Report:
    """Collects findings, and the lines that they quote."""

    findings: list[Finding] = field(default_factory=list)
    lines: dict[str, Sequence[str]] = field(default_factory=dict)  # file -> its lines
    files: Mapping[str, bytes] = field(default_factory=dict)  # of the bundle, for tests that name one
    _counted: int = 0  # findings, from the first one on, that `_errors` has counted; findings are only appended
    _errors: int = 0

    @property
    def errors(self) -> int:
        """How many errors there are so far. Whether something may be used is judged by these alone: what has only
        warnings is used whole."""
        self._errors += sum(finding.severity == "error" for finding in self.findings[self._counted :])
        self._counted = len(self.findings)
        return self._errors

    def has_errors_in(self, file: str) -> bool:
        """Whether an error stands in the file."""
        return any(finding.severity == "error" and finding.mark.file == file for finding in self.findings)

    def add(
        self,
        code: str,
        mark: Mark,
        message: str,
        *,
        length: int = 1,
        suggestion: Suggestion = "",
        fix: tuple[Edit, ...] = (),
    ) -> None:
        """Note one finding, whose code gives its severity."""
        lines = self.lines.get(mark.file, ())
        self.findings.append(
            Finding(
                code=code,
                severity=severity_of(code),
                message=visible(message),
                mark=mark,
                excerpt=lines[mark.line - 1] if mark.line <= len(lines) else "",
                length=max(1, length),
                suggestion=_with_doubles(words_of(suggestion), message),
                fix=fix,
            )
        )

    def sorted(self) -> tuple[Finding, ...]:
        """All findings once, by file, line and column."""
        return tuple(sorted(dict.fromkeys(self.findings), key=_place))


def _with_doubles(words: str, message: str) -> str:
    """The suggestion, and which letter of the text in question is not what it looks like."""
    told = doubles(message, words) if words.startswith("did you mean") else ""
    return f"{words} {told}" if told else words


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    mark = finding.mark
    return mark.file, mark.line, mark.column, finding.code, finding.message


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of them keeps the bundle from being used."""
    return any(finding.severity == "error" for finding in findings)


def did_you_mean(word: str, known: Iterable[str]) -> Advice:
    """A suggestion naming the known word that is most like `word`, or none."""
    close = closest(word, known)
    return offer([close]) if close else NO_ADVICE
