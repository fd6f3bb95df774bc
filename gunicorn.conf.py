"""gunicorn's settings for the router: `gunicorn wsgi:app` in this directory finds them by itself.

Threads, because a request waits for the disk, not for the processor. No preload: a HUP must bring the new code.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Any

import yaml

from router.errors import ConfigurationError
from router.logs import configure
from router.serving import SharedLogger, delete_metrics_directory, metrics_directory

os.umask(0o077)  # the files of metrics, too, are this user's alone
try:  # first of all, so that every line of the master has the chosen form
    SharedLogger.options = configure(os.environ, serves=True)
except ConfigurationError as refused:
    raise SystemExit(f"ivr: {refused.message}") from None


def _listen() -> str:
    """IVR_LISTEN, or what the configuration's file says. Read without the router's code: see `worker_class`. A file of
    thousands of accounts is parsed only if it can say it."""
    if listen := os.environ.get("IVR_LISTEN"):
        return listen
    path = Path(os.environ.get("IVR_CONFIG") or "ivr.yaml")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    said = yaml.load(text, yaml.CSafeLoader) if "listen" in text else None
    listen = said.get("listen") if isinstance(said, dict) else None
    return os.path.expandvars(str(listen or "127.0.0.1:8080"))


starts_routers = True  # by the hooks below; `wsgi` looks for it
bind = _listen()
workers = int(os.environ.get("IVR_WORKERS", "2"))
# The master loads `router.serving` and `router.logs`, and nothing else of the router: what the master has loaded, a HUP
# does not renew.
worker_class = "router.serving.BufferingWorker"  # gthread that no peer can stop
worker_connections = 4000
threads = int(os.environ.get("IVR_THREADS", "16"))
timeout = 30
graceful_timeout = 30
keepalive = 75
backlog = 2048
max_requests = 0
logger_class = SharedLogger
accesslog = None
# The webhook and the API read X-Forwarded-For themselves (IVR_TRUSTED_PROXIES). Gunicorn believes no peer: else the
# fields SCRIPT_NAME and PATH_INFO of a request that a local proxy passes on would choose its path.
forwarded_allow_ips = ""
forwarder_headers = ""
umask = 0o177  # of a Unix socket, should one be listened on: nobody else may connect to it
control_socket_disable = True  # signals do; a socket in the home directory would be shared by all instances

# Metrics of all workers are added up through files of this directory (prometheus-client's multiprocess mode). It has
# to be known before any worker imports the client, and stays the same when a HUP reads this file again.
metrics_directory()


def on_starting(server: Any) -> None:
    """Wait for the address if another process still has it; what systemd or an older master hands over is used."""
    from router.serving import listeners

    if not (os.environ.get("LISTEN_FDS") or os.environ.get("GUNICORN_FD")):
        server.LISTENERS = listeners(server.cfg, server.log)


def post_worker_init(worker: Any) -> None:
    """A worker is ready: start its dispatcher and its timers, and give notifications their fast path."""
    import wsgi
    from router.serving import BufferingWorker, give_back_large_blocks
    from router.web import FAST_PATH, STREAMS, larger_bodies

    give_back_large_blocks()
    wsgi.router.start()
    if isinstance(worker, BufferingWorker):
        worker.when_leaving(wsgi.app.extensions[STREAMS].end)
        worker.limit_bodies(wsgi.router.settings.max_body_bytes, larger_bodies(wsgi.router.settings))
        if FAST_PATH in wsgi.app.extensions:
            worker.serve_directly(wsgi.app.extensions[FAST_PATH])
    # What was loaded stays: a collection that walks through all of it stops every event of a worker for that time.
    gc.collect()
    gc.freeze()


def worker_exit(server: Any, worker: Any) -> None:
    """A worker leaves: let it finish what is on the wire."""
    if "wsgi" not in sys.modules:  # it never came to that
        return
    import wsgi
    from router.web import STREAMS

    wsgi.app.extensions[STREAMS].end()  # a worker that is told to end at once comes straight here
    wsgi.router.stop()
    wsgi.router.store.close()  # the last one of all leaves no -wal behind


def child_exit(server: Any, worker: Any) -> None:
    """What a dead worker has counted is added to what all dead ones have; its gauges are forgotten."""
    from prometheus_client import multiprocess

    from router.metric_files import fold_dead

    multiprocess.mark_process_dead(worker.pid)
    fold_dead(os.environ["PROMETHEUS_MULTIPROC_DIR"])


def on_exit(server: Any) -> None:
    delete_metrics_directory()
