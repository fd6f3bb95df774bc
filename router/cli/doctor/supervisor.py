"""A child process examines, this one prints: when the child hangs or dies, the lines go on and end in time.

The child hands over one line of JSON for each diagnosis. What always holds: the output is whole lines, as they come; of
JSON it is one array, closed in any case; after the time, an interrupt or a closed output the child is killed.
"""

import json
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from time import monotonic
from typing import Any, Final, NoReturn

from router.cli.doctor.diagnosis import Diagnosis, wrong
from router.cli.doctor.examination import Tell

NICE: Final = 5  # the examination gives way to a router under load
CHUNK: Final = 65536
DONE: Final = 0


def supervised(examination: Callable[[Tell], object], until: float) -> Iterator[Diagnosis]:
    """What the examination tells, from a process of its own, until the time is over (monotonic clock)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_the_child(examination, writing)
    os.close(writing)
    try:
        yield from _lines_of(reading, until)
        yield from _end_of(child, until)
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, os.WNOHANG)  # a process that hangs in a dead file system is not waited for
        os.close(reading)


def _be_the_child(examination: Callable[[Tell], object], writing: int) -> NoReturn:
    """What libraries print or log is discarded; the parent alone decides about interrupts."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    with suppress(OSError):
        os.nice(NICE)

    def tell(diagnosis: Diagnosis) -> None:
        with os.fdopen(os.dup(writing), "wb", buffering=0) as pipe:
            pipe.write(json.dumps(asdict(diagnosis)).encode() + b"\n")

    status = DONE
    try:
        examination(tell)
    except BaseException as error:
        status = 1
        with suppress(OSError):
            tell(wrong("doctor", f"the examination broke off ({type(error).__name__}: {error})", "report this line"))
    os._exit(status)  # threads that hang are left behind


def _lines_of(reading: int, until: float) -> Iterator[Diagnosis]:
    """The diagnoses of the child, until it closes its end or the time is over."""
    received = b""
    poller = select.poll()  # unlike select, for descriptors of any number
    poller.register(reading, select.POLLIN)
    while (left := until - monotonic()) > 0 and poller.poll(left * 1000):
        if not (chunk := os.read(reading, CHUNK)):
            return
        *whole, received = (received + chunk).split(b"\n")
        for line in whole:
            fields: dict[str, Any] = json.loads(line)
            yield Diagnosis(**fields)


def _end_of(child: int, until: float) -> Iterator[Diagnosis]:
    if monotonic() >= until:
        yield wrong("doctor", "the examination did not end in time", "what is not told above was not examined")
        return
    with suppress(ChildProcessError):
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            name = signal.Signals(os.WTERMSIG(status)).name
            yield wrong("doctor", f"the examination was ended by {name}", "what is not told above was not examined")
