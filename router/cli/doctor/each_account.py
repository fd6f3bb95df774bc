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

from router.cli.doctor.diagnosis import ERROR, OK, WARNING, Diagnosis, fine, several, skipped, wrong
from router.runtime.settings import AccountSettings

FEW_ACCOUNTS: Final = 20
MOST_TROUBLES: Final = 20
PROGRESS_SECONDS: Final = 2.0
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
    counts: Counter[str] = Counter()
    told, done, shown_at = 0, 0, monotonic()
    while done < len(accounts):
        try:
            diagnoses = found.get(timeout=max(0.0, until - LAST_SECONDS - monotonic()))
        except Empty:
            break
        done += 1
        for diagnosis in diagnoses:
            counts[diagnosis.level] += 1
            is_trouble = diagnosis.level in (ERROR, WARNING)
            if len(accounts) <= FEW_ACCOUNTS or (is_trouble and told < MOST_TROUBLES):
                told += is_trouble
                yield diagnosis
        if done < len(accounts) and monotonic() - shown_at >= PROGRESS_SECONDS:
            shown_at = monotonic()
            yield fine(area, f"{asked}: {done} of {len(accounts)} accounts so far")
    if stuck := sorted(begun):
        yield wrong(area, f"{asked}: no answer in time for {several(stuck)}", hangs)
    yield from _summary(area, asked, len(accounts), done + len(stuck), counts, told)


def _summary(
    area: str, asked: str, all_of_them: int, done: int, counts: Counter[str], told: int
) -> Iterator[Diagnosis]:
    hidden = counts[ERROR] + counts[WARNING] - told
    if all_of_them > FEW_ACCOUNTS:
        yield fine(area, f"{asked}: {done} accounts, {counts[OK]} time(s) nothing wrong")
    if hidden > 0:
        yield wrong(
            area,
            f"{asked}: {hidden} more troubles than the {MOST_TROUBLES} above",
            "mend those first, or look at one account with --account NAME",
        )
    if done < all_of_them:
        yield skipped(
            area, f"{asked}: {all_of_them - done} of {all_of_them} accounts not asked: the time is over",
            "--account NAME looks at one",
        )  # fmt: skip


def _ask(
    accounts: Sequence[AccountSettings], examine: Examine, threads: int, until: float
) -> tuple[SimpleQueue[list[Diagnosis]], set[str]]:
    """Ask in threads that go with the process; what is found of each account comes through the queue. The second is
    who is being asked."""
    begun: set[str] = set()
    found: SimpleQueue[list[Diagnosis]] = SimpleQueue()
    waiting = iter(accounts)
    taking = threading.Lock()

    def work() -> None:
        while monotonic() < until - LAST_SECONDS:
            with taking:
                account = next(waiting, None)
            if account is None:
                return
            begun.add(account.name)
            diagnoses = _examined(examine, account)
            begun.discard(account.name)
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
