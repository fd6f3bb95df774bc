"""The process beside a worker that answers what the console's editor asks, begun when somebody asks.

Reading a bundle takes tenths of a second of a processor: in the worker's own threads every event would wait for that.
What always holds: there is one such process for a worker at the most, it works on one question at a time, is nicer
than its parent, and ends when nobody has asked for a while, when an answer takes too long, and with its parent.
"""

import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final

import msgspec

from router.errors import ConfigurationError, TooBusy
from router.logs import get_logger
from router.runtime.versions.workbench import Question, Told

MODULE: Final = "router.lsp.workbench"  # lies above this package, and runs in the child alone
ANSWER_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 10.0  # for the turn
AGAIN_SECONDS: Final = 2
MOST_WAITING: Final = 4  # threads of the worker, which events' slow way needs, too
LENGTH: Final = struct.Struct(">I")

log = get_logger()


class Workbench:
    """Thread-safe."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, question: Question, files: Callable[[], dict[str, bytes]]) -> Told:
        """The answer; `files` are read when the process does not know this revision of the draft. Raises TooBusy, and
        ConfigurationError when the process could not tell."""
        if not self._places.acquire(blocking=False):
            raise TooBusy("others ask about drafts here; try again", again=AGAIN_SECONDS)
        try:
            if not self._turn.acquire(timeout=PATIENCE_SECONDS):
                raise TooBusy("another question about a draft takes long here; try again", again=AGAIN_SECONDS)
            try:
                told = self._exchange(question)
                if told.needs_files:
                    told = self._exchange(msgspec.structs.replace(question, files=files()))
                return told
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def close(self) -> None:
        """End the process; harmless when repeated."""
        child, self._child = self._child, None
        if child is not None:
            _end(child)

    def _exchange(self, question: Question) -> Told:
        """One question; a process that has ended meanwhile is begun anew, once."""
        task = msgspec.msgpack.encode(question)
        for child in (self._child, None):
            began = child or self._begin()
            watch = threading.Timer(ANSWER_SECONDS, began.kill)
            watch.daemon = True
            watch.start()
            try:
                return msgspec.msgpack.decode(_sent(began, task), type=Told)
            except (OSError, EOFError, msgspec.DecodeError):
                self.close()
                _end(began)
                if child is None:
                    break
            finally:
                watch.cancel()
        log.error("the process that knows drafts failed", method=question.method)
        raise ConfigurationError("this could not be answered; the log says why")

    def _begin(self) -> "subprocess.Popen[bytes]":
        self._child = subprocess.Popen(
            [sys.executable, "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ.copy()
        )
        return self._child


def _sent(child: "subprocess.Popen[bytes]", task: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    write_frame(child.stdin, task)
    return read_frame(child.stdout)


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """A length, and so many bytes."""
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes:
    """What `write_frame` has written. Raises EOFError."""
    (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise EOFError
    return found


def _end(child: "subprocess.Popen[bytes]") -> None:
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    child.kill()
    child.wait()
