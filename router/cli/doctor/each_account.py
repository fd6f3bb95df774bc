"""The same question about each account, of which there may be thousands: what was found, in few lines.

With more than a screenful of accounts only troubles are told one by one, and of these not too many; all others are
summed up, and while it takes long there is a line of progress.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from router.cli.doctor.diagnosis import ERROR, WARNING, Diagnosis, dubious, fine, several, skipped, wrong
from router.config.settings import AccountSettings

FEW_ACCOUNTS: Final = 20
MOST_TROUBLES: Final = 20
PROGRESS_SECONDS: Final = 2.0
STUCK_SECONDS: Final = 2.0  # without an answer: that account hangs, and does not only come late
TROUBLES: Final = (ERROR, WARNING)
LAST_SECONDS: Final = 0.3  # kept for the summary

Examine = Callable[[AccountSettings], Iterator[Diagnosis]]


def each_account(
    accounts: Sequence[AccountSettings],
    examine: Examine,
    *,
    area: str,
    asked: str,
    hangs: str,
    until: float,
    threads: int = 1,
) -> Iterator[Diagnosis]:
    """What `examine` finds of each, until the time is over. `area` is that of the summary, `asked` is how the question
    is called there ("pings"), `hangs` the remedy when one of them gets no answer."""
    found, begun = _ask(accounts, examine, threads, until)
    hidden: Counter[str] = Counter()  # troubles without a line of their own, by level
    told, done, troubled, shown_at = 0, 0, 0, monotonic()
    while done < len(accounts):
        try:
            diagnoses = found.get(timeout=max(0.0, until - LAST_SECONDS - monotonic()))
        except Empty:
            break
        done += 1
        troubled += any(diagnosis.level in TROUBLES for diagnosis in diagnoses)
        for diagnosis in diagnoses:
            is_trouble = diagnosis.level in TROUBLES
            if len(accounts) <= FEW_ACCOUNTS or (is_trouble and told < MOST_TROUBLES):
                told += is_trouble
                yield diagnosis
            elif is_trouble:
                hidden[diagnosis.level] += 1
        if done < len(accounts) and monotonic() - shown_at >= PROGRESS_SECONDS:
            shown_at = monotonic()
            yield fine(area, f"{asked}: {done} of {len(accounts)} accounts so far")
    if stuck := sorted(name for name, at in dict(begun).items() if monotonic() - at >= STUCK_SECONDS):
        yield wrong(area, f"{asked}: no answer in time for {several(stuck)}", hangs)
    if len(accounts) > FEW_ACCOUNTS and done:
        yield fine(area, f"{asked}: {done} accounts asked, {troubled or 'none'} of them with something to look at")
    yield from _left_out(area, asked, len(accounts), len(accounts) - done - len(stuck), hidden)


def _left_out(area: str, asked: str, count: int, not_asked: int, hidden: Counter[str]) -> Iterator[Diagnosis]:
    """What has no line of its own: troubles beyond the first ones, and accounts for which there was no time."""
    if hidden:
        told = f"{asked}: {hidden.total()} more troubles than the {MOST_TROUBLES} above"
        remedy = "mend those first, or look at one account with --account NAME"
        yield (wrong if hidden[ERROR] else dubious)(area, told, remedy)
    if not_asked:
        told = f"{asked}: {not_asked} of {count} accounts not asked: the time is over"
        yield skipped(area, told, "--account NAME looks at one")


def _ask(
    accounts: Sequence[AccountSettings], examine: Examine, threads: int, until: float
) -> tuple[SimpleQueue[list[Diagnosis]], dict[str, float]]:
    """Ask in threads that go with the process; what is found of each account comes through the queue. The second is
    who is being asked, and since when."""
    begun: dict[str, float] = {}
    found: SimpleQueue[list[Diagnosis]] = SimpleQueue()
    waiting = iter(accounts)
    taking = threading.Lock()

    def work() -> None:
        while monotonic() < until - LAST_SECONDS:
            with taking:
                account = next(waiting, None)
            if account is None:
                return
            begun[account.name] = monotonic()
            diagnoses = _examined(examine, account)
            begun.pop(account.name, None)
            found.put(diagnoses)

    for _ in range(min(threads, len(accounts))):
        threading.Thread(target=work, daemon=True).start()
    return found, begun


def _examined(examine: Examine, account: AccountSettings) -> list[Diagnosis]:
    try:
        return list(examine(account))
    except Exception as error:  # of one account: the others are asked all the same
        told = f"this could not be examined ({type(error).__name__}: {error})"
        return [wrong(f"account {account.name}", told, "a fault of ivr doctor itself: report this line")]
