"""What the log says of a directory that was published, or was not."""

from collections.abc import Sequence

from router.flow.finding_output import render_text
from router.flow.findings import Finding
from router.logs import get_logger
from router.runtime.versions.publication import MOST_SHOWN, Lost, Publication

log = get_logger()


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


def log_unchanged(account: str, done: Publication) -> None:
    """Why what a directory has now was not published; nothing where it is what is active."""
    if done.followed:
        log.info("the directory has what was published before the active version; nothing was changed",
                 account=account, version=done.version)  # fmt: skip
    if done.held and done.version == done.canary:
        log.info("the directory has what the canary has; `ivr promote` gives it to everybody",
                 account=account, version=done.version)  # fmt: skip
    elif done.held:
        log.warning("a canary of the account runs: the changed files are not published; `ivr publish` publishes them "
                    "and ends the canary; once it has ended, `ivr publish` or the next change of a file does",
                    account=account, version=done.version, canary=done.canary)  # fmt: skip


def listed(findings: Sequence[Finding], count: int) -> str:
    """The first findings as text, and how many more there are."""
    more = count - MOST_SHOWN
    return render_text(findings[:MOST_SHOWN]) + (f"and {more} more: `ivr check` shows them\n" if more > 0 else "")
