"""The directory through which the workers of a master add up their metrics: made once, and deleted with the master."""

import os
from typing import Final

from router.metric_files import fold_dead
from router.own_directory import OwnDirectory

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
PREFIX: Final = "ivr-metrics-"

_own: Final[list[OwnDirectory]] = []  # one, unless the environment names a directory


def metrics_directory() -> None:
    """Have the environment name the directory. One that it names already is used, and what dead processes have counted
    there still counts."""
    if VARIABLE not in os.environ:
        _own.append(OwnDirectory(PREFIX))
        os.environ[VARIABLE] = str(_own[0].path)
    elif not _own:
        fold_dead(os.environ[VARIABLE])


def delete_metrics_directory() -> None:
    """The master ends."""
    for directory in _own:
        directory.delete()
