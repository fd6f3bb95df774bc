"""The body of a POST that comes by WSGI, from whichever server: read whole, within bounds, and not before it may be."""

from typing import TYPE_CHECKING

from router.protocol.request_refusals import malformed, too_large, wrong_method

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def addresses(environ: "WSGIEnvironment") -> tuple[str, str]:
    """The peer's address and X-Forwarded-For, "" for what is not there."""
    return environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")


def announced_length(environ: "WSGIEnvironment", max_bytes: int) -> int | None:
    """The length that the peer announces; None when it sends chunks. Too much is refused unread."""
    if environ["REQUEST_METHOD"] != "POST":
        raise wrong_method()
    announced = environ.get("CONTENT_LENGTH") or ""
    if not announced:
        # Without a length and without chunks there is no body to wait for.
        return None if environ.get("wsgi.input_terminated") else 0
    if not (announced.isascii() and announced.isdigit() and len(announced) < 16):
        raise malformed("the length of the body is not a number")
    if int(announced) > max_bytes:
        raise too_large(max_bytes)
    return int(announced)


def read_body(environ: "WSGIEnvironment", length: int | None, max_bytes: int) -> bytes:
    """The whole body; chunks that go on for too long are cut off."""
    try:
        body: bytes = environ["wsgi.input"].read(max_bytes + 1 if length is None else length)
    except Exception:  # a connection that broke, or chunks that are none: each server has errors of its own for it
        raise malformed("the body cannot be read") from None
    if len(body) > max_bytes:
        raise too_large(max_bytes)
    if length is not None and len(body) < length:
        raise malformed("the body is shorter than announced")
    return body
