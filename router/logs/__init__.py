"""The log: one format on one stream, for everything that runs in a process.

Code logs with `get_logger()`, structlog's: an event in words, and facts by their names. Reserved names are `topic`
(lines of one topic are one kind when they repeat themselves), `key` (tells a line from others of the same event) and
`each` (true: never counted, always written). See `setup` for the way of a line, `repeats` for what is counted, and
`sink` for what happens without a reader.

The package is loaded by gunicorn's master, too, before it forks; so it knows nothing of the router but its errors.
"""

from router.logs.log_options import LogOptions
from router.logs.log_setup import configure, hide, recovered
from router.logs.logger import get_logger

__all__ = ["LogOptions", "configure", "get_logger", "hide", "recovered"]
