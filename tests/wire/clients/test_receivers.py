"""Would published receivers understand what the emulator sends? Typed ones decode strictly, and panic otherwise."""

import msgspec
import pytest

from router.emulator.config import Faults, Habits
from tests.emulator.stage import Stage, stage
from tests.wire.clients.receivers import TYPED


def day(scene: Stage) -> Stage:
    """Callers, keys, routes, a group, a transfer, a message and a callback."""
    for target in ("101", "102", "303", "79000000200", "105"):
        journey = scene.dial()
        scene.press(journey, "1")
        scene.wait(1)
        scene.ask("route", call_id=journey.legs[0].call_id, to_number=target)
        scene.wait(8)
        talking = next((leg for leg in journey.legs if leg.alive and leg.state == "Connected"), None)
        if talking is not None:
            extension = talking.callee.extension
            scene.ask("recording/start", call_id=talking.call_id, call_party_number=extension)
            scene.wait(2)
            transfer = {"call_id": talking.call_id, "to_number": "100", "method": "blind", "initiator": extension}
            scene.ask("transfer", **transfer)
            scene.wait(8)
        scene.hang_up(journey)
        scene.wait(60)
    scene.ask("sms", from_extension="101", to_number="79000000055", text="hello")
    scene.ask("callback", **{"from": {"extension": "101"}, "to_number": "79000000200"})
    scene.ask("callback_group", **{"from": "303", "to": "79000000200", "line_number": "74952150438"})
    scene.wait(120)
    return scene


@pytest.mark.parametrize("seed", range(3))
def test_a_typed_receiver_decodes_everything(seed: int) -> None:
    scene = day(stage(Habits(), Faults(seed=seed, duplicate=0.1)))
    decoded = dict.fromkeys(TYPED, 0)
    for one in scene.sent:
        if one.path in TYPED:
            msgspec.json.decode(one.text, type=TYPED[one.path], strict=True)
            decoded[one.path] += 1
    assert all(decoded.values()), decoded


def test_numbers_as_text_are_what_it_panics_at() -> None:
    scene = day(stage(Habits(), Faults(numbers_as_text=1.0)))
    call = next(one for one in scene.sent if one.path == "events/call")
    with pytest.raises(msgspec.ValidationError, match="Expected `int`, got `str`"):
        msgspec.json.decode(call.text, type=TYPED["events/call"], strict=True)
