"""A checked bundle as bytes that open at once, however large it is: an image.

Reading 10,000 steps from their YAML takes a second of one processor, and a worker that has calls to serve has no second
to spare. So whoever publishes a bundle makes its image, once; a worker opens that. Every step, list and table is packed
by itself and unpacked when it is first asked for, in some tens of microseconds, with its expressions compiled again.
Tables and large lists stay packed then, too (`packed_texts`): a table of 200,000 rows is there in a few milliseconds.
What is large may be kept apart from the image, once for all versions that have it (`image_parts`).

What always holds: an opened bundle behaves as the one that was packed; an image is data and nothing of it is executed;
an image that another state of this program made is not opened (`open_image` answers None), since its fields may mean
something else. The files stay the source of a version, and an image can be made from them again at any time.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from router.flow import model
from router.flow.image_parts import Opened, Reference, Source, apart, moved, no_source, references_in
from router.flow.load_cache import Kept
from router.flow.plain_values import FINGERPRINT, LAZY, TAGS, built, field_names, flat, with_parts, with_values
from router.flow.resources.hours import OpeningHours

OPENED_TIMES: Final = 12
"""So many times as large as its packed form is a step when it is opened (measured); lists and tables stay packed."""

_encode: Final = msgspec.msgpack.encode
_decode: Final = msgspec.msgpack.decode

_parts: Final = msgspec.msgpack.Decoder(tuple[Any, msgspec.Raw, Any]).decode
"""The bundle in an image stays packed: it may be large, and only its calendars be asked for."""

IMAGE_HEAD: Final = _encode([FINGERPRINT, None, None])[:-2]
"""What an image of this program begins with."""


def pack_image(
    bundle: model.Bundle, parts: dict[str, bytes] | None = None, kept: Mapping[str, Kept] | None = None
) -> bytes:
    """The bundle as bytes. With `parts` what is large goes there, by its digest; `kept` has what was packed of its
    flows, lists and tables before."""
    if parts is None:
        return _encode([FINGERPRINT, flat(bundle), calendars_of_bundle(bundle)])
    packing = _Packing(parts, kept or {})
    plain = [TAGS[model.Bundle], *(packing.field(name, getattr(bundle, name)) for name in field_names(model.Bundle))]
    return _encode([FINGERPRINT, plain, calendars_of_bundle(bundle)])


class _Packing:
    """A bundle while its image is made, with parts; what was packed before is taken from where it is kept."""

    def __init__(self, parts: dict[str, bytes], kept: Mapping[str, Kept]) -> None:
        self._parts = parts
        self._kept = kept

    def field(self, name: str, value: Any) -> Any:
        """A field of the bundle."""
        if name == "flows":
            return {flow: self._apart(f"flows.{flow}", partial(_flow_apart, inner)) for flow, inner in value.items()}
        if name not in LAZY:
            return flat(value)
        packed = {inner: self._packed(f"{name}.{inner}", one) for inner, one in value.items()}
        told = apart(packed, self._parts, lambda inner, one: self._apart(f"{name}.{inner}", partial(_value_apart, one)))
        return [TAGS[Opened], told]

    def _packed(self, name: str, value: Any) -> bytes:
        return self._of(name).keep("packed", lambda: _encode(flat(value)))

    def _apart(self, name: str, make: Callable[[], tuple[Any, dict[str, bytes]]]) -> Any:
        told, own = self._of(name).keep("apart", make)
        self._parts |= own
        return told

    def _of(self, name: str) -> Kept:
        return self._kept.get(name) or Kept()


def _flow_apart(flow: model.Flow) -> tuple[Any, dict[str, bytes]]:
    parts: dict[str, bytes] = {}
    return with_parts(flat(flow), parts), parts


def _value_apart(packed: bytes) -> tuple[Any, dict[str, bytes]]:
    parts: dict[str, bytes] = {}
    return moved(packed, parts), parts


def parts_of_image(image: bytes) -> list[Reference]:
    """The parts that an image of this program refers to; none of any other one."""
    try:
        fingerprint, plain, _ = _parts(image)
        return list(references_in(_decode(plain))) if fingerprint == FINGERPRINT else []
    except msgspec.DecodeError:
        return []


def calendar_countries(bundle: model.Bundle) -> list[str]:
    """The countries whose holidays the bundle goes by."""
    entries = [entry for entry in bundle.hours.values() if isinstance(entry, OpeningHours)]
    return sorted({entry.calendar.country for entry in entries if entry.calendar is not None})


def calendars_of_bundle(bundle: model.Bundle) -> dict[str, Any]:
    """Country -> the days of its holidays' calendar that the bundle goes by."""
    entries = [entry for entry in bundle.hours.values() if isinstance(entry, OpeningHours)]
    calendars = {entry.calendar.country: entry.calendar for entry in entries if entry.calendar is not None}
    return {country: calendar.frozen() for country, calendar in sorted(calendars.items())}


def calendars_of(image: bytes | None) -> dict[str, Any]:
    """The calendars of an image, whichever program made it; none of an image that keeps none."""
    try:
        _, _, calendars = _parts(image or b"")
    except msgspec.DecodeError:
        return {}
    return calendars if isinstance(calendars, dict) else {}


def is_current(image: bytes) -> bool:
    """Whether this program made the image, so that it can be opened where its parts are."""
    return image.startswith(IMAGE_HEAD)


def open_image(image: bytes, source: Source = no_source) -> model.Bundle | None:
    """The bundle that was packed; None when these bytes are not an image that this program made. `source` gives its
    parts."""
    try:
        fingerprint, plain, _ = _parts(image)
        bundle = built(with_values(_decode(plain), source)) if fingerprint == FINGERPRINT else None
    except (msgspec.DecodeError, TypeError, ValueError, LookupError):
        return None
    return bundle if isinstance(bundle, model.Bundle) else None


def held_bytes(bundle: model.Bundle, image_bytes: int) -> int:
    """About how much memory an opened bundle takes once everything in it was asked for: its parts too, though other
    versions and other processes may have the same."""
    packed = sum(values.packed_bytes for values in (bundle.lists, bundle.tables) if isinstance(values, Opened))
    steps = [flow.steps for flow in bundle.flows.values()]
    opened = sum(values.packed_bytes for values in steps if isinstance(values, Opened))
    return packed + (max(image_bytes - packed, 0) + opened) * OPENED_TIMES
