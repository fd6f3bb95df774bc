"""What the log says of a directory that was published."""

from collections.abc import Sequence

import structlog

from router.flow.finding_output import render_text
from router.flow.findings import Finding
from router.runtime.versions.publication import MOST_SHOWN, Lost, Publication

log = structlog.get_logger()


def log_publication(account: str, done: Publication, lost: Lost) -> None:
    """That it is active, its warnings, and what it takes away."""
    if done.put_back:
        log.warning("rolled back: the directory was changed back to what had been published before",
                    account=account, version=done.version, replaced=done.replaced)  # fmt: skip
    else:
        log.info("published", account=account, version=done.version, replaced=done.replaced)
    if done.warnings.count:
        log.warning("the published bundle has warnings", account=account,
                    version=done.version, warnings=done.warnings.count,
                    findings=listed(done.warnings.first, done.warnings.count))  # fmt: skip
    if lost:
        log.warning("the publication takes something away: " + "; ".join(lost.sentences()),
                    account=account, version=done.version, lost=lost.as_object())  # fmt: skip


def listed(findings: Sequence[Finding], count: int) -> str:
    """The first findings as text, and how many more there are."""
    more = count - MOST_SHOWN
    return render_text(findings[:MOST_SHOWN]) + (f"and {more} more: `ivr check` shows them\n" if more > 0 else "")
