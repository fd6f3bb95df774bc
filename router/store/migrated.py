"""What bringing a database up to date did, or would do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    done: tuple[str, ...]  # the names of the migrations that were run now
    missing: tuple[str, ...]  # of those that are still to be run
    total: int  # how many the database has now
