"""What gunicorn serves: `gunicorn wsgi:app`.

`gunicorn.conf.py` starts the dispatcher and the timers in every worker; under another server they start with the
first accepted event.
"""

from router.bootstrap import open_router
from router.web import create_app

router = open_router()
app = create_app(router)
