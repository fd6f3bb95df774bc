"""What a WSGI server serves: `gunicorn wsgi:app`, or any other server.

Under `gunicorn.conf.py` hooks start and end the router of each worker. Under every other server it is started here,
when the server's process imports this, and ended with the process; Flask's own commands start it with the first
request, since `flask routes` is to show paths and not to send commands.
"""

import atexit
import os
import sys

import structlog

from router.bootstrap.open_router import open_router
from router.errors import RouterError
from router.web import create_app

CANNOT_START = 3  # gunicorn's master ends with its worker then, and does not try for ever

try:
    router = open_router()
except RouterError as refused:
    structlog.get_logger().critical(refused.message, code=refused.code)
    raise SystemExit(CANNOT_START) from None
app = create_app(router)


def _end() -> None:
    router.stop()
    router.store.close()


if not getattr(
    sys.modules.get("__config__"), "starts_routers", False
):  # gunicorn's name for its configuration's module
    atexit.register(_end)
    if os.environ.get("FLASK_RUN_FROM_CLI"):
        app.before_request(router.start)
    else:
        router.start()
