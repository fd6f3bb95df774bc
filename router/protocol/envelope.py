"""The envelope of every request, in both directions: a form with an api key, a sign and a `json` (§2.2).

The sign covers the decoded bytes, so decoding here is exact: nothing is stripped, normalised or re-encoded. Peers send
`application/x-www-form-urlencoded` and some send `multipart/form-data`; we send the former. The caller has bounded the
size of the body; the number of fields is bounded here.
"""

from binascii import a2b_qp
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus, unquote_to_bytes

import msgspec
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from router.protocol.request_refusals import malformed, missing
from router.protocol.sign import sign

MAX_FIELDS: Final = 32  # three are expected; a body of a million tiny fields is not decoded


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What stood in the three fields, decoded and not yet verified."""

    api_key: bytes
    sign: bytes | None  # None only for the contact centre's events, which come unsigned (§4.4)
    json: bytes


def open_envelope(form: Mapping[str, bytes], *, unsigned: bool = False) -> Envelope:
    """The three fields of a decoded form; RequestRefused 3103 names the first one that is missing.

    With `unsigned` the sign may be absent and the key may be called `api_key`, as in the examples of §4.4.
    """
    key_names = ("vpbx_api_key", "api_key") if unsigned else ("vpbx_api_key",)
    api_key = next((form[name] for name in key_names if name in form), None)
    if api_key is None:
        raise missing("vpbx_api_key")
    if not unsigned and "sign" not in form:
        raise missing("sign")
    if "json" not in form:
        raise missing("json")
    return Envelope(api_key=api_key, sign=form.get("sign"), json=form["json"])


def decode_form(body: bytes, content_type: str) -> dict[str, bytes]:
    """The fields of a form body, byte for byte; of a repeated name the last one counts.

    A missing content type is read as urlencoded, any other one than the two is refused (RequestRefused 3104).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("application/x-www-form-urlencoded", ""):
        return _decode_urlencoded(body)
    if kind == "multipart/form-data":
        return _decode_multipart(body, content_type)
    raise malformed("the content type must be application/x-www-form-urlencoded or multipart/form-data")


def encode_form(api_key: str, salt: str, payload: Mapping[str, Any]) -> bytes:
    """A signed urlencoded body for `payload`."""
    text = json_text(payload)
    fields = {"vpbx_api_key": api_key, "sign": sign(api_key, text, salt), "json": text}
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()


def json_text(payload: Mapping[str, Any]) -> str:
    """Compact JSON without artificial spaces, as §2.2 asks; other letters than Latin ones stay as they are."""
    return msgspec.json.encode(payload).decode()


def _decode_urlencoded(body: bytes) -> dict[str, bytes]:
    if body.count(b"&") >= MAX_FIELDS:
        raise malformed("too many fields")
    fields = {}
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name:
            fields[_unquote(name).decode("latin-1")] = _unquote(value)
    return fields


def _unquote(value: bytes) -> bytes:
    """`+` and `%XX` undone, as `unquote_to_bytes` does it, in a sixth of its time.

    Quoted-printable is the same code with another escape character, and the standard library has it in C. Its
    differences (soft line breaks, a doubled or a dangling escape) are excluded by the two conditions: no `=` or line
    end stands in the value, and each escape has shortened it by exactly two.
    """
    spaced = value.replace(b"+", b" ")
    escapes = spaced.count(b"%")
    if not escapes:
        return spaced
    if not (b"=" in spaced or b"\n" in spaced or b"\r" in spaced):
        decoded = a2b_qp(spaced.replace(b"%", b"="))
        if len(decoded) == len(spaced) - 2 * escapes:
            return decoded
    return unquote_to_bytes(spaced)


def _decode_multipart(body: bytes, content_type: str) -> dict[str, bytes]:
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not (boundary and len(boundary) <= 70 and boundary.isascii()):  # 70: RFC 2046, section 5.1.1
        raise malformed("multipart/form-data without a usable boundary")
    decoder = MultipartDecoder(boundary.encode(), max_parts=MAX_FIELDS)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        return _parts(decoder)
    except (ValueError, RequestEntityTooLarge) as error:
        raise malformed("the multipart body is broken") from error


def _parts(decoder: MultipartDecoder) -> dict[str, bytes]:
    parts: dict[str, bytearray] = {}
    name = ""
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, NeedData):
            raise malformed("the multipart body ends early")
        if isinstance(event, Field | File):
            name = event.name or ""  # None when the part has no name, though its type says str
            parts[name] = bytearray()
        elif isinstance(event, Data):
            parts[name] += event.data
    return {name: bytes(value) for name, value in parts.items() if name}
