"""Forms, byte for byte."""

from contextlib import suppress
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import RequestRefused
from router.protocol.envelope import MAX_FIELDS, decode_form, encode_form, json_text, open_envelope
from router.protocol.sign import is_signed, sign

URLENCODED = "application/x-www-form-urlencoded"
tricky = st.text("%=4aF1zg+\n\r\t _\x00\xffЖ.~&").map(lambda text: text.encode("latin-1", "replace")) | st.binary()


@given(tricky)
def test_values_decode_as_the_standard_library_decodes_them(raw: bytes) -> None:
    value = raw.replace(b"&", b"")
    assert decode_form(b"json=" + value, URLENCODED)["json"] == unquote_to_bytes(value.replace(b"+", b" "))


@given(st.dictionaries(st.text("abc_", min_size=1), st.binary(), max_size=5))
def test_forms_survive_the_way(fields: dict[str, bytes]) -> None:
    assert decode_form(urlencode(fields).encode(), URLENCODED) == fields


@given(
    st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53) | st.booleans()).filter(
        lambda payload: "\ud800" not in str(payload)
    )
)
def test_what_we_send_is_signed_and_decodes_to_itself(payload: dict[str, object]) -> None:
    form = decode_form(encode_form("key", "salt", payload), URLENCODED)
    envelope = open_envelope(form)
    assert envelope.json.decode() == json_text(payload)
    assert is_signed(envelope.api_key, envelope.json, envelope.sign or b"", ["salt"])


def test_json_is_compact_and_keeps_its_letters() -> None:
    assert json_text({"to_number": "100", "text": "Ждём"}) == '{"to_number":"100","text":"Ждём"}'


def test_known_sign() -> None:
    """Computed by another program."""
    assert sign("key", '{"a":1}', "salt") == "0a14249b7c9fe83386698debbe9dd7e4a3c0adca8a825e1b5b6d2ed4dfb58f00"


@pytest.mark.parametrize("forged", [b"", b"\xff\xfe", "ж".encode(), b"A" * 64, b"0" * 10_000])
def test_any_bytes_may_claim_to_be_a_sign(forged: bytes) -> None:
    assert not is_signed(b"key", b"{}", forged, ["salt", "old"])


def test_signs_are_lower_case() -> None:
    right = sign("key", "{}", "salt").encode()
    assert is_signed(b"key", b"{}", right, ["salt"])
    assert not is_signed(b"key", b"{}", right.upper(), ["salt"])


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ({}, "vpbx_api_key"),
        ({"vpbx_api_key": b"k"}, "sign"),
        ({"vpbx_api_key": b"k", "sign": b"s"}, "json"),
        ({"api_key": b"k", "sign": b"s", "json": b"{}"}, "vpbx_api_key"),
    ],
)
def test_what_is_missing_is_named(form: dict[str, bytes], name: str) -> None:
    with pytest.raises(RequestRefused, match=f"^{name} is missing") as refused:
        open_envelope(form)
    assert (refused.value.status, refused.value.result) == (400, 3103)


def test_contact_centre_events_need_no_sign() -> None:
    envelope = open_envelope({"api_key": b"k", "json": b"{}"}, unsigned=True)
    assert (envelope.api_key, envelope.sign) == (b"k", None)
    assert open_envelope({"vpbx_api_key": b"k", "sign": b"s", "json": b"{}"}, unsigned=True).sign == b"s"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"&" * MAX_FIELDS, URLENCODED),
        (b"{}", "application/json"),
        (b"--b\r\n", "multipart/form-data; boundary=b"),
        (b"--b--\r\n", "multipart/form-data"),
        (b"--b--\r\n", "multipart/form-data; boundary=" + "b" * 71),
        (b"--b--\r\n", "multipart/form-data; boundary=ж"),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        (b"--b\r\nContent-Disposition: \xff\xfe; name=a\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
        (b"nothing of the kind", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * (MAX_FIELDS + 1) + b"--b--",
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_bodies_that_are_no_form_are_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        decode_form(body, content_type)
    assert refused.value.result == 3104


def test_a_part_without_a_name_is_passed_over() -> None:
    body = b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"
    assert decode_form(body, "multipart/form-data; boundary=b") == {}


@given(st.binary(), st.sampled_from(["multipart/form-data; boundary=b", URLENCODED, ""]))
def test_any_body_is_a_form_or_refused(body: bytes, content_type: str) -> None:
    for raw in (body, b"--b\r\n" + body + b"\r\n--b--", b'--b\r\nContent-Disposition: form-data; name="a"\r\n' + body):
        with suppress(RequestRefused):
            form = decode_form(raw, content_type)
            assert all(isinstance(value, bytes) for value in form.values())
