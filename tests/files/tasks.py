"""Tasks for the process that stays: `python -m tests.files.tasks` is the child that does them in its place."""

import os

import msgspec

from router.files.builder import be_child
from router.flow.load_cache import LoadCache


class Told(msgspec.Struct, frozen=True):
    """Who did it."""

    process: int
    stays: bool


def answer(task: bytes, cache: LoadCache) -> Told:
    """What the task says: to end, to fail, or to tell who does it."""
    stays = __name__ != "__main__"
    if task == b"end" and stays:
        os._exit(1)
    if task == b"fail" and stays:
        raise ValueError("as it was told")
    return Told(os.getpid(), stays)


if __name__ == "__main__":
    be_child(answer)
