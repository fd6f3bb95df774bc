"""Statements sent in as few round trips as possible: one connection's half of libpq's pipeline mode.

An event's transaction has about seven statements. Through cursors their handling costs five times what the statements
themselves cost (measured in docs/decisions/0015-postgresql.md), so this module speaks through `psycopg.pq`, psycopg's
own layer over libpq. What always holds:

- every statement is prepared once for a connection and sent by name after that;
- a trip is all its statements, one answer, one wait; the wait is for the socket, without the interpreter's lock;
- after an error the connection is in step again: every answer of the trip was read, or the connection is closed.
"""

import select
import struct
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from psycopg import OperationalError
from psycopg.errors import (
    DuplicatePreparedStatement,
    InvalidSqlStatementName,
    ReadOnlySqlTransaction,
    error_from_result,
)
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from router.store.statement import Asked, Column, Row, Value

ANSWER_SECONDS: Final = 15.0
"""How long a trip may take. The server ends its statements sooner; what takes longer is a network that is gone."""

GLANCE_SECONDS: Final = 0.25  # how often a waiting trip looks whether its server was given up

OF_NO_USE: Final = (InvalidSqlStatementName, DuplicatePreparedStatement, ReadOnlySqlTransaction)
"""What shows that a session is somebody else's, by a pooler, or a standby's: the next attempt gets another one."""


DONE: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Unfit(OperationalError):
    """The server, or the way to it, is of no use to this program until somebody changes it."""


class Unanswered(OperationalError):
    """Nothing came back in time: it may have been done, or not."""


class Pipeline:
    """One connection. Not thread-safe: whoever leased the connection has it alone."""

    def __init__(
        self,
        connection: PGconn,
        *,
        is_given_up: Callable[[], bool] = lambda: False,
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """`is_given_up` says while a trip waits whether waiting is of any use; `lost` hears of a connection's end."""
        self._connection = connection
        self._is_given_up = is_given_up
        self._lost = lost
        self.until: float | None = None  # on the monotonic clock: when whoever leased it gives it up
        self._prepared: set[bytes] = set()
        self._decoders: dict[bytes, list[Callable[[bytes], Any]]] = {}  # of each statement's columns
        self._readable = select.poll()
        self._readable.register(connection.socket, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(connection.socket, select.POLLIN | select.POLLOUT)

    def trip(self, asked: Iterable[Asked]) -> list[list[Row]]:
        """The rows of each statement, in order. The first error of any is raised, as psycopg's class for it."""
        connection = self._connection
        encoded = [(statement, *_encoded(values)) for statement, values in asked]
        connection.enter_pipeline_mode()
        awaited: list[tuple[bytes, bool]] = []  # statements, and whether one is executed or prepared only
        for statement, given, formats in encoded:
            name = statement.name
            if name not in self._prepared and (name, False) not in awaited:
                connection.send_prepare(name, statement.text)
                awaited.append((name, False))
            connection.send_query_prepared(name, given, formats, result_format=1)
            awaited.append((name, True))
        connection.pipeline_sync()
        until = time.monotonic() + ANSWER_SECONDS
        if self.until is not None:
            until = min(until, self.until)
        self._flush(until)
        return self._answers(awaited, until)

    def is_alive(self) -> bool:
        """Whether nothing is known to have happened to an idle connection; asks the kernel only. A server that goes
        away closes its connections, and that can be read."""
        if self._readable.poll(0):
            try:
                self._connection.consume_input()
            except OperationalError:
                return False
            return not self._readable.poll(0)
        return self._connection.status == ConnStatus.OK

    def close(self) -> None:
        """Harmless when repeated."""
        self._connection.finish()

    def _answers(self, awaited: list[tuple[bytes, bool]], until: float) -> list[list[Row]]:
        found: list[list[Row]] = []
        failures: list[Exception] = []
        try:
            for name, is_executed in awaited:
                result = self._result(until)
                status = result.status
                if status in DONE:
                    if is_executed:
                        found.append(self._rows(name, result) if status == ExecStatus.TUPLES_OK else [])
                    else:
                        self._prepared.add(name)
                elif status != ExecStatus.PIPELINE_ABORTED:  # that follows an error which is known already
                    failures.append(error_from_result(result))
            self._end(until)
        except OperationalError as lost:
            failures.append(lost)  # what the server said before it went is the better reason
        if failures:
            if isinstance(failures[0], OF_NO_USE):
                self._lost()
                self.close()
            raise failures[0]
        return found

    def _rows(self, name: bytes, result: PGresult) -> list[Row]:
        decoders = self._decoders.get(name)
        if decoders is None:
            decoders = [_DECODERS[result.ftype(column)] for column in range(result.nfields)]
            self._decoders[name] = decoders
        value, columns = result.get_value, list(enumerate(decoders))
        return [
            tuple(None if (data := value(row, column)) is None else decode(data) for column, decode in columns)
            for row in range(result.ntuples)
        ]

    def _end(self, until: float) -> None:
        if self._result(until).status != ExecStatus.PIPELINE_SYNC:
            self._lose("the server's answers are out of step")
        self._connection.exit_pipeline_mode()

    def _result(self, until: float) -> PGresult:
        """The next statement's result; None only stands between two of them."""
        connection = self._connection
        while True:
            while connection.is_busy():
                self._wait(self._readable, until)
                connection.consume_input()
            result = connection.get_result()
            if connection.status == ConnStatus.BAD:
                self._lose(_first_line(connection.get_error_message()))
            if result is not None:
                return result

    def _flush(self, until: float) -> None:
        connection = self._connection
        while connection.flush():
            self._wait(self._writable, until)
            connection.consume_input()  # a server that waits for us to read would never read itself

    def _wait(self, events: select.poll, until: float) -> None:
        while not events.poll(max(0.0, min(GLANCE_SECONDS, until - time.monotonic())) * 1000):
            if self._is_given_up():
                self._lose("its server is no longer the primary, or answers nothing")
            if time.monotonic() >= until:
                self._lose("no answer in time", Unanswered)

    def _lose(self, why: str, kind: type[OperationalError] = OperationalError) -> None:
        self._lost()
        self._connection.finish()
        raise kind(f"the connection to the database is lost: {why}")


def ask_plainly(connection: PGconn, statements: bytes, until: float) -> PGresult:
    """The last result of statements without parameters. Raises their error, and OperationalError when the answer has
    not come by then, on the monotonic clock."""
    events = select.poll()
    events.register(connection.socket, select.POLLIN | select.POLLOUT)
    connection.send_query(statements)
    while connection.flush():
        _await(events, until)
        connection.consume_input()
    events.modify(connection.socket, select.POLLIN)
    last: PGresult | None = None
    while True:
        while connection.is_busy():
            _await(events, until)
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            break
        last = result
    if last is None or connection.status == ConnStatus.BAD:
        raise OperationalError(_first_line(connection.get_error_message()))
    if last.status == ExecStatus.FATAL_ERROR:
        raise error_from_result(last)
    return last


def _await(events: select.poll, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0 or not events.poll(left * 1000):
        raise OperationalError("timeout expired: the connection was made, and nothing answers on it")


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


# Between Python's values and the wire: parameters as text, which the server reads as what the statement needs, and
# bytes as they are; results in the binary format, so that a float comes back as it was.


def _text(value: str) -> bytes:
    if "\0" in value:  # libpq would take what stands before it
        raise ValueError("the store cannot hold a text with a NUL in it")
    return value.encode()


def _binary(value: Column) -> bytes:
    """An array of one dimension, as the server sends and takes it in the binary format."""
    number, encode = _ELEMENTS[value.type]
    parts = [_ARRAY(1, int(None in value.values), number, len(value.values), 1)]
    for element in value.values:
        if element is None:
            parts.append(_NULL)
        else:
            data = encode(element)
            parts += _LENGTH(len(data)), data
    return b"".join(parts)


_ARRAY: Final = struct.Struct("!iiiii").pack  # dimensions, whether any is NULL, the elements' type; how many, from 1
_LENGTH: Final = struct.Struct("!i").pack
_NULL: Final = _LENGTH(-1)
_ELEMENTS: Final[Mapping[str, tuple[int, Callable[[Any], bytes]]]] = {  # the type's number, and an element's bytes
    "boolean": (16, lambda value: b"\x01" if value else b"\x00"),
    "bytea": (17, bytes),
    "integer": (23, _LENGTH),
    "text": (25, _text),
    "double precision": (701, struct.Struct("!d").pack),
}

_ENCODERS: Final[Mapping[type, Callable[[Any], bytes]]] = {
    str: _text,
    bytes: bytes,
    float: lambda value: repr(value).encode(),
    int: lambda value: str(value).encode(),
    bool: lambda value: b"t" if value else b"f",
    Column: _binary,
}
_BINARY: Final = frozenset({bytes, Column})


def _encoded(values: Sequence[Value]) -> tuple[list[bytes | None], list[int]]:
    given = [None if value is None else _ENCODERS[type(value)](value) for value in values]
    return given, [1 if type(value) in _BINARY else 0 for value in values]


def _number(form: str) -> Callable[[bytes], Any]:
    unpack = struct.Struct(form).unpack
    return lambda data: unpack(data)[0]


_DECODERS: Final[Mapping[int, Callable[[bytes], Any]]] = {  # by the type's number in the server's catalogue
    16: lambda data: data == b"\x01",  # boolean
    17: bytes,  # bytea
    20: _number("!q"),  # bigint
    23: _number("!i"),  # integer
    25: bytes.decode,  # text
    114: bytes,  # json, to be decoded into what it is
    701: _number("!d"),  # double precision
    2278: lambda _data: None,  # void
}
