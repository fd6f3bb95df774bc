"""A call's state as bytes: what the store keeps between two events, and the only form in which state travels."""

import msgspec

from router.engine.state import Call, Entry

_ENCODER = msgspec.msgpack.Encoder()
_CALLS = msgspec.msgpack.Decoder(Call)
_TRACES = msgspec.msgpack.Decoder(tuple[Entry, ...])


def encode_call(call: Call) -> bytes:
    """The state as MessagePack; empty fields take no room."""
    return _ENCODER.encode(call)


def decode_call(data: bytes) -> Call:
    """The inverse of `encode_call`; raises msgspec.ValidationError on bytes that are not a call."""
    return _CALLS.decode(data)


def encode_trace(entries: tuple[Entry, ...]) -> bytes:
    return _ENCODER.encode(entries)


def decode_trace(data: bytes) -> tuple[Entry, ...]:
    return _TRACES.decode(data)
