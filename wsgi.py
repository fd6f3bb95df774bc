"""What gunicorn serves: `gunicorn wsgi:app`.

`gunicorn.conf.py` starts the dispatcher and the timers in every worker; under another server they start with the
first accepted event.
"""

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
