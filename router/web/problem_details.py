"""Errors of the admin API as `application/problem+json` (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import msgspec
from flask import Response
from werkzeug.exceptions import HTTPException

from router.errors import BundleRefused, RouterError, StoreUnavailable, TooBusy
from router.flow.finding_output import to_json


class Problem(Exception):
    """Raised anywhere in a view; becomes the answer. `more` are further members of the object."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


def problem(status: int, detail: str, **more: Any) -> Response:
    """The answer for an error."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(msgspec.json.encode(content), status, headers, content_type="application/problem+json")


def from_problem(error: Problem) -> Response:
    found = problem(error.status, error.detail, **error.more)
    if "allow" in error.more:
        found.headers["Allow"] = ", ".join(error.more["allow"])
    if "retry_after" in error.more:
        found.headers["Retry-After"] = str(error.more["retry_after"])
    return found


def from_http(error: HTTPException) -> Response:
    """What Flask itself refuses: unknown paths, wrong methods, bodies that are not JSON."""
    found = problem(error.code or 500, error.description or "")
    if "Allow" in (headers := dict(error.get_headers())):
        found.headers["Allow"] = headers["Allow"]
    return found


def from_router(error: RouterError) -> Response:
    """Our own errors: a store that does not answer, a bundle with findings, anything else."""
    if isinstance(error, StoreUnavailable):
        return problem(503, error.message, code=error.code)
    if isinstance(error, BundleRefused):
        return problem(422, error.message, code=error.code, findings=to_json(error.findings))
    if isinstance(error, TooBusy):
        return from_problem(Problem(503, error.message, code=error.code, retry_after=error.again))
    return problem(400, error.message, code=error.code)
