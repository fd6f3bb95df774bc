"""Several PostgreSQL servers: which one is the primary, and whether its death would lose what was acknowledged."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, wrong
from router.store.postgres.connections import STANDING

AREA: Final = "database"
SYNCHRONY: Final = """
    SELECT current_setting('synchronous_standby_names'), current_setting('synchronous_commit'),
        (SELECT count(*) FROM pg_stat_replication)
"""
CURE: Final = "docs/operations.md, Failover, has the settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """A server that takes writes."""

    label: str
    connection: psycopg.Connection[Any]


def chosen_primary(primaries: list[Primary]) -> Generator[Diagnosis, None, Primary | None]:
    """The one that a router would write to: of several that of the highest timeline. None when none can be chosen."""
    if len(primaries) == 1:
        return primaries[0]
    standings = {primary.label: _standing(primary) for primary in primaries}
    best = max(primaries, key=lambda primary: standings[primary.label][1])
    for other in primaries:
        system, timeline = standings[other.label]
        if system != standings[best.label][0]:
            told = f"{best.label} and {other.label} both take writes, and neither is a copy of the other"
            yield wrong(AREA, told, "take one of them out of IVR_DATABASE")
            return None
        if timeline < standings[best.label][1]:
            told = f"{other.label} takes writes, too, and is an old primary: {best.label} has taken over from it"
            yield wrong(AREA, told, f"stop {other.label} and make it a standby of {best.label} (pg_rewind)")
    return best


def synchronous(primary: Primary) -> Diagnosis:
    """Whether a commit waits for a standby, and whether there is one."""
    row = primary.connection.execute(SYNCHRONY).fetchone()
    assert row is not None
    names, commit, standbys = row
    if not names or commit == "local":
        why = "synchronous_standby_names is empty" if not names else "synchronous_commit is local"
        told = f"{primary.label} waits for no standby ({why}): its death loses the last moments that were acknowledged"
        return dubious(AREA, told, CURE)
    if not standbys:
        told = f"no standby streams from {primary.label}, and commits wait for one of {names}"
        return wrong(AREA, told, "start the standby, or ALTER SYSTEM RESET synchronous_standby_names and reload")
    return fine(AREA, f"{primary.label} waits for a standby ({names}) with each commit")


def _standing(primary: Primary) -> tuple[str, int]:
    try:
        row = primary.connection.execute(STANDING).fetchone()
    except psycopg.Error:  # not every service tells
        return "", 0
    return (str(row[0]), int(row[1])) if row is not None else ("", 0)
