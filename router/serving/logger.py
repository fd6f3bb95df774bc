"""gunicorn's own log as part of the router's: its lines go through the standard library to the same stream."""

from typing import Any

from gunicorn.glogging import Logger

from router.logs import LogOptions
from router.logs.log_options import LEVELS


class SharedLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The logger class of gunicorn.conf.py. Files and syslog that gunicorn's own options name are kept beside it, as
    gunicorn writes them."""

    options = LogOptions()

    def setup(self, cfg: Any) -> None:
        """gunicorn's handlers for standard error and output give way to the root's."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in list(log.handlers):
                if type(handler).__name__ == "StreamHandler":
                    log.removeHandler(handler)
        self.error_log.setLevel(max(LEVELS[self.options.level], 0 if cfg.loglevel == "info" else self.loglevel))
        self.error_log.propagate = cfg.errorlog in (None, "-")
        self.access_log.propagate = cfg.accesslog == "-"

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """A request, by its facts: with an access log on the stream."""
        if not self.access_log.propagate:
            super().access(resp, req, environ, request_time)
            return
        atoms = self.atoms_wrapper_class(self.atoms(resp, req, environ, request_time))
        status = str(resp.status).split(None, 1)[0]
        self.access_log.info(
            "request",
            extra={
                "method": atoms["m"],
                "path": atoms["U"],
                "status": int(status) if status.isdigit() else status,
                "bytes": getattr(resp, "sent", 0),
                "seconds": round(request_time.total_seconds(), 6),
                "peer": atoms["h"],
            },
        )
