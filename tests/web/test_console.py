"""The console's page: who gets it, and what it may load."""

import pytest
from flask.testing import FlaskClient

from router.config.settings import load_settings
from router.web import create_app
from tests.web.parts import FakeParts


@pytest.fixture
def client() -> FlaskClient:
    return create_app(FakeParts()).test_client()


@pytest.mark.parametrize(
    ("path", "kind", "word"),
    [
        ("/console/", "text/html", b"<title>IVR router"),
        ("/console/console.js", "text/javascript", b"textContent"),
        ("/console/console.css", "text/css", b"--accent"),
    ],
)
def test_page_and_its_files(client: FlaskClient, path: str, kind: str, word: bytes) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith(kind)
    assert word in answer.data
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_page_without_its_slash_leads_to_it(client: FlaskClient) -> None:
    assert client.get("/console").headers["Location"].endswith("/console/")


def test_page_builds_nothing_from_markup(client: FlaskClient) -> None:
    """What callers choose must never be read as markup."""
    script = client.get("/console/console.js").data
    assert b"innerHTML" not in script
    assert b"insertAdjacentHTML" not in script


def test_without_a_token_only_this_machine_gets_it(client: FlaskClient) -> None:
    assert client.get("/console/", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403
    assert client.get("/console/", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 403


def test_with_a_token_the_empty_page_is_public() -> None:
    parts = FakeParts()
    environ = {"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_ADMIN_TOKEN": "t" * 24}
    parts.settings = load_settings(environ, None, lambda path: path)
    client = create_app(parts).test_client()
    assert client.get("/console/", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200
    assert client.get("/api/calls").status_code == 401
