"""What to do about what a PostgreSQL server, or the way to it, says.

While a connection is being made libpq gives no SQLSTATE, only the server's words: they are known here in English and in
Russian, the languages of servers that this program meets most. Other words are passed on as they are.
"""

import re
from collections.abc import Mapping
from typing import Final

from psycopg import Error

_BEFORE: Final = re.compile(
    r"^(?:connection failed: |connection is bad: )?(?:connection to server (?:at|on) .*? failed: )?", re.DOTALL
)
_LEVEL: Final = re.compile(r"^(?:FATAL|ERROR|PANIC|ВАЖНО|ОШИБКА): +")

CONNECTING: Final[tuple[tuple[str, str], ...]] = (
    (
        "password authentication failed|не прош[её]л проверку подлинности",
        "mend user and password in IVR_DATABASE (special characters as %XX), or the role's password",
    ),
    ("no password supplied", "the URL has no password: write postgresql://USER:PASSWORD@HOST/NAME, or set PGPASSWORD"),
    (
        "no pg_hba.conf entry.*(no encryption|SSL off)|в pg_hba.conf нет записи.*(без шифрования|SSL выкл)",
        "its pg_hba.conf may ask for TLS: add ?sslmode=require to IVR_DATABASE, or let this host in",
    ),
    ("pg_hba.conf", "let this host, user and database in, in its pg_hba.conf, and reload it"),
    ("server does not support SSL", "switch ssl on there, or write ?sslmode=prefer in IVR_DATABASE"),
    (
        "certificate|SSL error",
        "compare sslmode, sslrootcert and the server's name in IVR_DATABASE with its certificate",
    ),
    (
        "database .* does not exist|база данных .* не существует",
        "make it (CREATE DATABASE … ENCODING 'UTF8'), or mend the name in IVR_DATABASE; then ivr migrate",
    ),
    ("role .* does not exist|роль .* не существует", "make the role, or mend the user in IVR_DATABASE"),
    (
        "not permitted to log in|нет разрешения на вход|вход в систему .* не разреш",
        "ALTER ROLE … LOGIN, or name another role in IVR_DATABASE",
    ),
    (
        "not currently accepting connections|не принимает подключения",
        "ALTER DATABASE … ALLOW_CONNECTIONS true",
    ),
    (
        "permission denied for database|доступ к базе данных",
        "GRANT CONNECT ON DATABASE … to the role of IVR_DATABASE",
    ),
    (
        "too many (clients|connections)|remaining connection slots|слишком много (клиентов|подключений)"
        "|оставшиеся слоты",
        "raise max_connections (or the role's limit) to at least 12 × workers × hosts, or lower IVR_WORKERS",
    ),
    ("session is read-only|server is in hot standby", "it is a standby, or default_transaction_read_only is on"),
    ("starting up|запускается", "wait until it has started"),
    ("recovery mode|режиме восстановления", "it recovers after a crash: wait"),
    ("shutting down|выключается|завершает работу", "it is being stopped"),
    (
        "a pooler gives one session",
        "set pool_mode = session for this database, or name the server itself in IVR_DATABASE",
    ),
    (
        "nothing answers on it",
        "the server is frozen or overloaded, or the pooler before it has no connection left (its default_pool_size has"
        " to be at least 12 × workers × hosts)",
    ),
    ("timeout expired", "its host or the network gives no answer: look at both, and at firewalls"),
    ("failed to resolve", "mend the host in IVR_DATABASE, or the name service"),
    ("Connection refused", "nothing listens there: start the server, or mend host and port in IVR_DATABASE"),
    ("No route to host|Network is unreachable", "look at the network, or mend the host in IVR_DATABASE"),
    ("No such file or directory", "there is no such socket: name the server's host in IVR_DATABASE"),
)
"""What a failure to connect says -> the remedy; the first that fits."""

_SHARED: Final = "a pooler on the way shares sessions among clients: set pool_mode = session, or name the server itself"
SERVING: Final[Mapping[str, str]] = {
    "26000": _SHARED,
    "42P05": _SHARED,
    "25006": "the server is a standby, or default_transaction_read_only is on: name the primary in IVR_DATABASE",
    "42501": "grant the role of IVR_DATABASE its rights: ivr migrate --grant ROLE, with the URL of the tables' owner",
    "53100": "its disk is full: make room there",
    "53200": "it is out of memory",
    "53300": "raise max_connections to at least 12 × workers × hosts, or lower IVR_WORKERS",
    "55P03": "another transaction keeps its locks: look for long ones in pg_stat_activity",
    "57014": "a statement took too long, or somebody cancelled it: look at its load and its disk, and for locks",
    "57P05": "idle_session_timeout of the server is shorter than a connection may rest: that does no harm",
    "25P03": "a transaction rested for longer than the server lets it: is this host overloaded or was it suspended?",
    "58030": "its disk fails: look at the server's log",
    "XX001": "the data is damaged: look at the server's log, and restore or fail over",
    "XX002": "an index is damaged: REINDEX it, and look at the server's disk",
    "42P01": "its tables are not there: ivr migrate, with the URL of the role that owns them",
}
"""SQLSTATE -> the remedy."""


def with_remedy(error: Error) -> str:
    """One line: what was said, and what to do about it where that is known."""
    said, remedy = plain(error), remedy_of(error)
    return f"{said}: {remedy}" if remedy else said


def remedy_of(error: Error) -> str:
    """What to do about it; "" when that is not known."""
    return SERVING.get(error.sqlstate or "") or _of_connecting(plain(error))


def plain(error: Error) -> str:
    """The server's or the network's own words, in one line."""
    said = error.diag.message_primary or str(error).strip()
    if error.diag.message_primary is None:
        said = _BEFORE.sub("", said)
    return _LEVEL.sub("", said.partition("\n")[0].strip())


def _of_connecting(said: str) -> str:
    return next((remedy for words, remedy in CONNECTING if re.search(words, said)), "")
