"""The driver that tests use: between any two events the call goes through its bytes, as in the store, and a step may not
change the state that it is handed."""

from router.engine.codec import decode_call, encode_call
from router.engine.driver import Driver
from router.engine.state import Step
from router.engine.step import CallEvent


class CheckedDriver(Driver):
    """`state` is the call as the store would keep it."""

    @property
    def state(self) -> bytes:
        return encode_call(self.call)

    def stepped(self, event: CallEvent) -> Step:
        before = self.state
        done = super().stepped(event)
        assert self.state == before, "the state handed in was changed"
        return done

    def take(self, done: Step) -> None:
        super().take(done)
        self.call = decode_call(encode_call(done.call))
