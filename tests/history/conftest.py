"""Every call that a test records is replayed once the test is over, as in `tests/runtime`."""

from tests.runtime.conftest import replays_go_as_they_went

__all__ = ["replays_go_as_they_went"]
