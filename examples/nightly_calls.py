"""Calls into SQLite, once a night: a copy that is brought up to date, whatever came late.

    export IVR_URL=https://ivr.example.com IVR_TOKEN=...         # ivr token create --role viewer --name nightly
    python nightly_calls.py calls.db                             # from cron; the first time everything that is kept
    sqlite3 calls.db "SELECT date(started), count(*), avg(talk_seconds) FROM calls GROUP BY 1"

It asks for what has changed since the last time, as a stream of CSV, and replaces rows by account and entry_id: twice
is as good as once. A column that a newer router adds is added to the table. Only the standard library is needed.
"""

import csv
import io
import os
import sqlite3
import sys
import time
from urllib.request import Request, urlopen

URL = os.environ.get("IVR_URL", "http://127.0.0.1:8080")
TOKEN = os.environ.get("IVR_TOKEN", "")
OVERLAP_SECONDS = 60  # asked for again, so that two clocks may differ by so much
NUMBERS = ("end_reason", "menu_seconds", "limit_seconds", "ring_seconds", "talk_seconds", "leg_count")


def download(since):
    """The lines of the CSV, while they come."""
    headers = {"Accept": "text/csv"} | ({"Authorization": f"Bearer {TOKEN}"} if TOKEN else {})
    answer = urlopen(Request(f"{URL}/api/calls?changed_since={since}", headers=headers), timeout=60)
    return csv.reader(io.TextIOWrapper(answer, encoding="utf-8", newline=""))


def columns_of(database, names):
    """Make the table, or give it the columns that it lacks."""
    kinds = {name: "REAL" if name in NUMBERS else "TEXT" for name in names}
    listed = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    database.execute(f"CREATE TABLE IF NOT EXISTS calls ({listed}, PRIMARY KEY (account, entry_id))")
    known = {row[1] for row in database.execute("PRAGMA table_info(calls)")}
    for name in names:
        if name not in known:
            database.execute(f'ALTER TABLE calls ADD COLUMN "{name}" {kinds[name]}')


def update(database):
    """Take what is new, all of it or nothing; answers how many rows that were."""
    database.execute("CREATE TABLE IF NOT EXISTS asked (at INTEGER NOT NULL)")
    (last,) = database.execute("SELECT max(at) FROM asked").fetchone()
    now = int(time.time())
    rows = download(max(1, (last or 0) - OVERLAP_SECONDS))
    names = next(rows)
    columns_of(database, names)
    listed, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    count = database.executemany(f"INSERT OR REPLACE INTO calls ({listed}) VALUES ({places})", rows).rowcount
    database.execute("INSERT INTO asked VALUES (?)", (now,))
    return count


if __name__ == "__main__":
    kept = sqlite3.connect(sys.argv[1] if len(sys.argv) > 1 else "calls.db")
    with kept:
        print(f"{update(kept)} calls are new or have changed")
