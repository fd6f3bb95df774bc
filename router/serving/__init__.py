"""How gunicorn serves the router: a worker class that no peer can stop, with a short way for the webhook.

The package imports nothing of the router but its log and its errors: gunicorn's master loads it, and what the master
has loaded a HUP does not renew in its workers. `worker` opens with the theory.
"""

from router.serving.logger import SharedLogger
from router.serving.ports import listeners
from router.serving.worker import BufferingWorker

__all__ = ["BufferingWorker", "SharedLogger", "listeners"]
