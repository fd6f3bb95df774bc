"""The log of a process: structlog's lines, the standard library's, gunicorn's, warnings and tracebacks, all alike.

Every line takes the same way: its facts are gathered, cleaned of secrets, counted if they repeat themselves, rendered
in the chosen format, and written to standard error. `configure` may be called again, and again in a forked child.
"""

import atexit
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from router.logs.log_options import JSON, LEVELS, LogOptions, read_options
from router.logs.logger import STRUCTLOG
from router.logs.raw_lines import RawLines
from router.logs.rendering import Cleaning, Line, render, timestamp, told_exception
from router.logs.repeats import Repeats, written
from router.logs.shared import Table
from router.logs.sink import STDERR, Sink

FOREIGN_FACTS: Final = ("account", "entry_id", "command_id", "method", "path", "status", "bytes", "seconds", "peer")
"""What a line of the standard library's may carry as `extra`."""


class Log:
    """A process's log."""

    def __init__(self) -> None:
        self.options = LogOptions()
        self.cleaning = Cleaning()
        self.repeats = Repeats(self.write, Table())
        self._sink = Sink(lost=self._lost)

    def begin(self, options: LogOptions) -> None:
        self.options = options
        self._sink = Sink(lost=self._lost)

    def take(self, line: Line) -> None:
        """A line from anywhere; never raises."""
        try:
            self._take(line)
        except Exception:  # better a poor line than none, and none rather than a failed event
            self._sink.write(render({"level": "error", "event": "a line of the log failed"}, self.options.format, 4096))

    def _take(self, line: Line) -> None:
        level = LEVELS.get(str(line.get("level")), LEVELS["critical"])
        if level < LEVELS[self.options.level]:
            return
        error_type, trace = told_exception(line.pop("exc_info", None))
        if trace:
            line |= {"error_type": error_type, "exception": trace}
        each, topic = line.pop("each", False), line.pop("topic", "")
        if level >= LEVELS["warning"] and not each:
            self.repeats.take(line, topic)
        else:
            self.write(line)

    def write(self, line: Line) -> None:
        """A line as it stands, on a line of its own."""
        whole = {"timestamp": timestamp(time.time()), "pid": os.getpid(), **written(line)}
        self._sink.write(render(self.cleaning.clean(whole), self.options.format, self._sink.most_bytes))

    def _lost(self, count: int) -> bytes:
        said = {"timestamp": timestamp(time.time()), "level": "warning", "event": "lines of the log were lost: nobody"
                " read them, or the disk was full", "pid": os.getpid(), "count": count}  # fmt: skip
        return render(said, self.options.format, self._sink.most_bytes)


LOG: Final = Log()


class _Logger:
    """What structlog hands its lines to."""

    def msg(self, **line: Any) -> None:
        LOG.take(line)

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


class _Handler(logging.Handler):
    """The standard library's lines."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            said = record.getMessage()
        except Exception:  # its arguments do not fit its text
            said = str(record.msg)
        line: Line = {"level": _level_name(record.levelno), "event": said, "logger": record.name}
        line |= {name: vars(record)[name] for name in FOREIGN_FACTS if name in vars(record)}
        if record.exc_info:
            line["exc_info"] = record.exc_info
        if record.args:  # lines that differ in their arguments alone are of one kind
            line["topic"] = f"{record.name}:{record.msg}"
        LOG.take(line)


def _level_name(level: int) -> str:
    return max((name for name, least in LEVELS.items() if least <= level), key=LEVELS.__getitem__, default="debug")


def configure(environ: Mapping[str, str], *, serves: bool = False, rarely_logs: bool = False) -> LogOptions:
    """Set this process's log up by its environment. Raises ConfigurationError for what does not do.

    A process that `serves` has whatever else is printed to standard error, line by line, in the chosen format too.
    One that `rarely_logs` loads structlog with its first line.
    """
    options = read_options(environ, is_terminal=os.isatty(STDERR))
    LOG.begin(options)
    STRUCTLOG.configure(LEVELS[options.level], _Logger(), at_once=not rarely_logs)
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(handler)
    root.addHandler(_Handler())
    root.setLevel(LEVELS[options.level])
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    if serves:
        _catch_the_rest(options)
    atexit.unregister(LOG.repeats.flush)
    atexit.register(LOG.repeats.flush)
    return options


def _catch_the_rest(options: LogOptions) -> None:
    """What ends a thread or the process without a word of ours, and what is printed."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda failed: _tell("a thread ended by an error", failed.exc_value)
    sys.unraisablehook = lambda failed: _tell(failed.err_msg or "an error that nobody could catch", failed.exc_value)
    if options.format == JSON:
        sys.stderr = RawLines(lambda text: LOG.take({"level": "error", "event": text, "logger": "stderr"}))


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if not isinstance(error, KeyboardInterrupt):
        _tell("the process ends by an error", error.with_traceback(trace))


def _tell(event: str, error: BaseException | None) -> None:
    LOG.take({"level": "critical", "event": event, "exc_info": error})


def hide(secrets: Iterable[str], mask: Callable[[Any], Any] | None = None) -> None:
    """From now on no line of this process holds one of these, and each is masked by `mask`."""
    LOG.cleaning.hide(secrets, mask)


def recovered(topic: str, event: str, **facts: Any) -> None:
    """The trouble that lines of this topic told of is over: one line for the machine, if there was any."""
    seconds = LOG.repeats.recovered(topic)
    if seconds is not None:
        STRUCTLOG.logger().warning(event, each=True, seconds=round(seconds, 1), **facts)
