"""How gunicorn serves the router: a worker class that no peer can stop, with a fast path for notifications.

The package imports nothing of the router but its log, its errors and its temporary files: gunicorn's master loads it,
and what the master has loaded a HUP does not renew in its workers. `worker` opens with the theory.
"""

from router.serving.listening import listeners
from router.serving.logger import SharedLogger
from router.serving.memory import give_back_large_blocks
from router.serving.metrics_directory import delete_metrics_directory, metrics_directory
from router.serving.worker import BufferingWorker

__all__ = [
    "BufferingWorker",
    "SharedLogger",
    "delete_metrics_directory",
    "give_back_large_blocks",
    "listeners",
    "metrics_directory",
]
