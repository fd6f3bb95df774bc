"""Why a webhook request is not accepted, with the HTTP status and the document's code for each reason.

The codes are those of the class 31xx ("Список кодов результатов"). A message names what is wrong and never repeats
what the request said.
"""

from router.errors import RequestRefused


def wrong_method() -> RequestRefused:
    return RequestRefused("notifications are sent by POST", status=405, result=3101, error="wrong-method")


def wrong_sign() -> RequestRefused:
    return RequestRefused("the sign does not fit key, json and salt", status=403, result=3102, error="wrong-sign")


def missing(name: str) -> RequestRefused:
    """`name` is a parameter of the document, not text from the request."""
    return RequestRefused(f"{name} is missing", status=400, result=3103, error="missing-parameter")


def malformed(message: str) -> RequestRefused:
    return RequestRefused(message, status=400, result=3104, error="malformed-parameter")


def unknown_key() -> RequestRefused:
    return RequestRefused("the api key is not known here", status=403, result=3105, error="unknown-key")


def unknown_sender(reason: str) -> RequestRefused:
    return RequestRefused(reason, status=403, result=3105, error="unknown-sender")


def too_large(max_bytes: int) -> RequestRefused:
    return RequestRefused(f"a body has at most {max_bytes} bytes", status=413, result=3104, error="too-large")
