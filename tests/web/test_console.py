"""The console's files: who gets them, what they may load, and how they are kept by browsers."""

import gzip
import re

import pytest
from flask.testing import FlaskClient

from router.config.settings import load_settings
from router.web import create_app
from tests.web.parts import FakeParts


@pytest.fixture
def client() -> FlaskClient:
    return create_app(FakeParts()).test_client()


def files_of_the_page(client: FlaskClient) -> list[str]:
    """Those that it loads at once."""
    return re.findall(r'(?:src|href)="([^":]+)"', client.get("/console/").text)


def test_page_names_files_that_are_there(client: FlaskClient) -> None:
    names = files_of_the_page(client)
    assert {name.rpartition(".")[2] for name in names} == {"js", "css"}
    for name in names:
        answer = client.get(f"/console/{name}")
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/css" if name.endswith(".css") else "text/javascript")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/console/", "/console/index.html"])
def test_page_runs_no_script_but_its_own(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.content_type == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert b"<script>" not in answer.data
    assert b"style=" not in answer.data


def test_page_is_asked_for_again_and_told_when_it_is_the_same(client: FlaskClient) -> None:
    first = client.get("/console/")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get("/console/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/console/", headers={"If-None-Match": '"another"'}).status_code == 200


def test_files_are_compressed_for_browsers_that_can_read_that(client: FlaskClient) -> None:
    script = next(name for name in files_of_the_page(client) if name.startswith("main-"))
    plain = client.get(f"/console/{script}")
    packed = client.get(f"/console/{script}", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]


@pytest.mark.parametrize("name", ["nothing.js", "console.py", "..%2Fconsole.py", "%00"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/console/{name}").status_code == 404


def test_page_without_its_slash_leads_to_it(client: FlaskClient) -> None:
    answer = client.get("/console?login=refused")
    assert (answer.status_code, answer.headers["Location"]) == (
        308,
        "/console/?login=refused",
    )  # TLS may end at a proxy


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
