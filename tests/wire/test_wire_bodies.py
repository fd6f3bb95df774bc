"""Raw signed bodies in every style that peers send, each through decoding, verifying and parsing.

A file of `bodies/` is a request: its first line, its content type, an empty line, and the body byte for byte. The
signs in them were computed apart from the package.
"""

from pathlib import Path

import pytest

from router.protocol.envelope import decode_form, open_envelope
from router.protocol.events import (
    CommandResulted,
    DigitsCollected,
    Event,
    JourneyEnded,
    LegChanged,
    PresenceChanged,
    RecordingChanged,
    StatisticsReady,
    Unhandled,
)
from router.protocol.parse import dedupe_key, parse_event
from router.protocol.sign import is_signed

BODIES = Path(__file__).parent / "bodies"
EXPECTED: dict[str, Event] = {
    "call_compact_escaped": LegChanged(
        entry_id="MTA6NTAw+/==",
        call_id="MToxMDA6NTAwOjI1Ng==",
        seq=1,
        timestamp=1558422128,
        state="Appeared",
        location="ivr",
        from_number="79000000000",
        to_number="sip:user@example.ru",
        line_number="74952150438",
        sip_call_id="привет",
    ),
    "call_spaced": LegChanged(
        entry_id="e1",
        call_id="c1",
        seq=2,
        timestamp=1558422128,
        state="Disconnected",
        location="abonent",
        from_number="79001234567",
        taken_from_call_id="c0",
        to_extension="29",
        to_number="sip:user00000@tech.mangosip.ru",
        line_number="sip:line00000@tech.mangosip.ru",
        acd_group="303",
        disconnect_reason=1131,
        dct_number="74001234567",
        dct_type=1,
    ),
    "call_raw_utf8": LegChanged(
        entry_id="e1",
        call_id="c1",
        seq=1,
        timestamp=1558422128,
        state="Connected",
        location="abonent",
        from_extension="101",
        from_number="79000000000",
        to_extension="100",
        sip_call_id="Иван Ёлкин ☎",
    ),
    "call_escaped_slashes": LegChanged(
        entry_id="a/b+c/d==",
        call_id="c/1",
        seq=1,
        timestamp=1558422128,
        state="Appeared",
        location="queue",
        to_number="303",
    ),
    "call_numbers_as_text": LegChanged(
        entry_id="17",
        call_id="c1",
        seq=3,
        timestamp=1558422128,
        state="Disconnected",
        location="abonent",
        from_extension="101",
        from_number="79000000000",
        to_extension="100",
        acd_group="303",
        disconnect_reason=1121,
        command_id="42",
    ),
    "call_unknown_fields": LegChanged(
        entry_id="e1",
        call_id="c1",
        seq=1,
        timestamp=1558422128,
        state="Appeared",
        from_number="79000000000",
        to_number="74952150438",
        to_hold_initiator=True,
        transfer="blind",
    ),
    "call_multipart": LegChanged(
        entry_id="e+1 %41",
        call_id="c1",
        seq=1,
        timestamp=1558422128,
        state="Appeared",
        from_number="79000000000",
        to_number="74952150438",
        sip_call_id="Ж",
    ),
    "dtmf": DigitsCollected(
        entry_id="232wc3e3w3s222",
        call_id="100:500:256",
        seq=1,
        timestamp=1399906980,
        digits="124",
        location="ivr.2",
        initiator="79000000000",
        from_number="79000000000",
        to_number="7800123456789",
        line_number="7800123456789",
    ),
    "summary": JourneyEnded(
        entry_id="232wc3e3w3s222",
        call_direction=1,
        from_number="7800123635242",
        to_extension="123",
        to_number="7800123456789",
        line_number="7800123456789",
        create_time=1399906976,
        forward_time=1399906978,
        talk_time=1399906980,
        end_time=1399906990,
        entry_result=1,
        disconnect_reason=1100,
    ),
    "result_route": CommandResulted(
        command="route", command_id="cmd.2.vpbx.12345.external.system.com.net", result=1000
    ),
    "result_play": CommandResulted(command="play/start", command_id="p1", result=3340),
    "result_multipart_quoted_boundary": CommandResulted(command="call/hangup", command_id="m1", result=4101),
    "result_stat_singular": StatisticsReady(kind="stats", key="abc"),
    "recording": RecordingChanged(
        recording_id="r100:777:500:256",
        seq=1,
        state="Started",
        entry_id="232wc3e3w3s222",
        call_id="100:500:256",
        extension="1234",
        timestamp=1399906976,
        command_id="cmd.12",
    ),
    "address_book": Unhandled(kind="events/ab"),
    "presence_unsigned": PresenceChanged(abonent_id="787585", status=1, when=109822219823, timestamp=109822219877),
}
KEYS = {
    "call_spaced": "call:c1:2",
    "dtmf": "dtmf:100:500:256:1",
    "recording": "recording:r100:777:500:256:1",
}


def read(name: str) -> tuple[str, str, bytes]:
    """(path without mount and outer slashes, content type, body) of a file."""
    head, _, body = (BODIES / f"{name}.http").read_bytes().partition(b"\n\n")
    request, content_type = head.decode().splitlines()
    path = request.removeprefix("POST /").removeprefix("vpbx/").rstrip("/")
    return path, content_type.removeprefix("Content-Type: "), body


def test_every_file_is_expected_to_be_something() -> None:
    assert {file.stem for file in BODIES.iterdir()} == {*EXPECTED, "ping_empty"}


@pytest.mark.parametrize("name", EXPECTED)
def test_body_is_verified_and_understood(name: str) -> None:
    path, content_type, body = read(name)
    unsigned = path.startswith("events/user/")
    envelope = open_envelope(decode_form(body, content_type), unsigned=unsigned)
    if not unsigned:
        assert envelope.sign is not None
        assert is_signed(envelope.api_key, envelope.json, envelope.sign, ["another salt", "wire-salt"])
        assert not is_signed(envelope.api_key, envelope.json + b" ", envelope.sign, ["wire-salt"])
    event = parse_event(path, envelope.json)
    assert event == EXPECTED[name]
    key, digest = dedupe_key(event, path, envelope.json)
    assert key.startswith(KEYS.get(name, key.partition(":")[0]))
    assert len(digest) == 32


def test_ping_may_hold_an_empty_json() -> None:
    _, content_type, body = read("ping_empty")
    envelope = open_envelope(decode_form(body, content_type))
    assert envelope.json == b""
    assert envelope.sign is not None
    assert is_signed(envelope.api_key, b"", envelope.sign, ["wire-salt"])
