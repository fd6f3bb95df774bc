"""Every answer that a test of the web layer gets is held to the description of the HTTP interface."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.openapi import undescribed


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = FlaskClient.open

    def open_and_check(self: FlaskClient, *args: Any, **kwargs: Any) -> Any:
        answer = ask(self, *args, **kwargs)
        body = None if answer.is_streamed and answer.mimetype == "text/event-stream" else answer.get_data()
        wrong = undescribed(answer.request.method, answer.request.path, answer.status_code, answer.headers, body)
        assert not wrong, f"{answer.request.method} {answer.request.path}: {wrong}"
        return answer

    monkeypatch.setattr(FlaskClient, "open", open_and_check)
