"""What must not open a door, tried on gunicorn itself and behind Debian's nginx and HAProxy: fields of a request that
servers of old took for parts of its address, and fields that say who sent it."""

import os
import socket
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import urllib3

from tests.acceptance import haproxy, nginx
from tests.acceptance.processes import KEY, PROJECT, SALT, Site, free_port, router, running_process, wait_for
from tests.acceptance.test_reachable import read_answer

pytestmark = pytest.mark.acceptance

FIELDS = (
    {"SCRIPT_NAME": "/api"},
    {"SCRIPT_NAME": "/healthz", "PATH_INFO": "/healthz"},
    {"Script-Name": "/api", "Path-Info": "/healthz"},
    {"script_name": "/api", "Path_Info": "/healthz"},
    {"PATH_INFO": "/api/limits"},
    {"HTTP_SCRIPT_NAME": "/api", "HTTP_PATH_INFO": "/healthz", "RAW_URI": "/healthz", "REQUEST_URI": "/healthz"},
    {"X-Script-Name": "/api", "X-Forwarded-Prefix": "/api", "X-Forwarded-Path": "/healthz"},
    {"X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz", "X-HTTP-Method-Override": "PUT"},
)
ALLOWED = "203.0.113.7"
SENDERS = {
    **dict.fromkeys(
        [
            "X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "X-Forwarded_For", "X_FORWARDED-FOR", "X_Forwarded-For",
            "HTTP_X_FORWARDED_FOR", "HTTP-X-Forwarded-For", "Forwarded-For", "X-Forwarded", "X-Real-IP", "X_Real_IP",
            "X-Client-IP", "X-Cluster-Client-IP", "X-Originating-IP", "X-Remote-IP", "X-Remote-Addr", "Remote-Addr",
            "REMOTE_ADDR", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "Fly-Client-IP", "X-ProxyUser-IP",
            "X-Envoy-External-Address", "X-Azure-ClientIP", "X-Appengine-User-IP", "Client-IP", "Via",
        ],
        ALLOWED,
    ),
    "Forwarded": f"for={ALLOWED}",
    "forwarded": f'for="{ALLOWED}:80";proto=https',
}  # fmt: skip
FRONTS = ["nginx", "haproxy", "careless haproxy"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with router(tmp_path_factory.mktemp("alone"), "127.0.0.1:9", flows=PROJECT / "flows", IVR_WATCH="0") as running:
        yield running


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"IVR_TRUSTED_PROXIES": "127.0.0.1", "MANGO_ALLOWED_IPS": f"{ALLOWED} 127.0.0.3", "IVR_WATCH": "0"}
    with router(tmp_path_factory.mktemp("proxied"), "127.0.0.1:9", flows=PROJECT / "flows", **settings) as running:
        yield running


@pytest.fixture(params=FRONTS)
def front(request: pytest.FixtureRequest, proxied: Site, tmp_path: Path) -> Iterator[Site]:
    """The proxied router as its senders reach it."""
    with ExitStack() as stack:
        if request.param == "nginx":  # with `underscores_in_headers on` it passes such fields on
            started = nginx.in_front_of(proxied, tmp_path, "underscores_in_headers on;")
        else:
            started = haproxy.in_front_of(proxied, tmp_path, careless=request.param != "haproxy")
        yield stack.enter_context(started)


def status(site: Site, path: str, fields: Mapping[str, str], *, method: str = "GET", source: str = "") -> int:
    """What a request from this loopback address is answered with."""
    if not source:
        return site.http.request(method, f"{site.router}{path}", headers=fields).status
    with urllib3.PoolManager(retries=False, source_address=(source, 0)) as pool:
        return pool.request(method, f"{site.router}{path}", headers=fields).status


def statuses(site: Site, fields: Mapping[str, str]) -> list[int]:
    return [status(site, path, fields) for path in ("/healthz", "/api/limits", "/api/healthz", "/nowhere")]


@pytest.mark.parametrize("fields", FIELDS, ids=" ".join)
def test_fields_choose_no_path(alone: Site, fields: dict[str, str]) -> None:
    local = not any(name.startswith("X-") for name in fields)  # proxies write those
    assert statuses(alone, {}) == [200, 200, 404, 404]
    assert statuses(alone, fields) == ([200, 200, 404, 404] if local else [200, 403, 403, 404])


@pytest.mark.parametrize("bound", ["0.0.0.0", "[::]"])
def test_who_listens_elsewhere_too_serves_no_api_without_a_token(bound: str, tmp_path: Path) -> None:
    """Told so by gunicorn's own option, which the settings know nothing of, and beside a loopback address."""
    local, other = f"127.0.0.1:{free_port()}", f"{bound}:{free_port()}"
    with gunicorn(tmp_path, "--bind", local, "--bind", other) as http:
        for address in (local, f"127.0.0.1:{other.rpartition(':')[2]}"):
            assert http.request("GET", f"http://{address}/healthz").status == 200
            refused = http.request("GET", f"http://{address}/api/limits")
            assert refused.status == 403
            assert b"IVR_ADMIN_TOKEN" in refused.data


def test_a_unix_socket_serves_no_api_without_a_token(tmp_path: Path) -> None:
    path, local = tmp_path / "ivr.sock", f"127.0.0.1:{free_port()}"
    with gunicorn(tmp_path, "--bind", f"unix:{path}", "--bind", local) as http:
        assert http.request("GET", f"http://{local}/api/limits").status == 200
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for asked, status in (("/healthz", 200), ("/api/limits", 403), ("/console/", 403)):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(path))
                connection.sendall(f"GET {asked} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                assert read_answer(connection)[0].startswith(f"HTTP/1.1 {status}".encode())


@contextmanager
def gunicorn(directory: Path, *options: str) -> Iterator[urllib3.PoolManager]:
    """The router with these options of gunicorn's, once it answers at its last address."""
    environ = {
        **os.environ,
        "MANGO_API_KEY": KEY,
        "MANGO_API_SALT": SALT,
        "MANGO_API_URL": "http://127.0.0.1:9/",
        "IVR_DATABASE": f"sqlite:///{directory}/ivr.db",
        "IVR_FLOWS": str(PROJECT / "flows"),
        "IVR_WATCH": "0",
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", *options]
    http = urllib3.PoolManager(retries=False)
    port = options[-1].rpartition(":")[2]
    with running_process(command, environ, directory / "router.log"):
        wait_for("gunicorn", lambda: answers(http, f"http://127.0.0.1:{port}/healthz"))
        yield http
    http.clear()


def answers(http: urllib3.PoolManager, url: str) -> bool:
    try:
        return http.request("GET", url, timeout=2.0).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def test_fields_choose_no_path_behind_proxies(front: Site, proxied: Site) -> None:
    """The documents' proxies pass the webhook on, and nothing else."""
    for fields in ({}, *FIELDS):
        assert status(front, "/ping", fields, method="POST", source="127.0.0.3") == 200
        assert status(front, "/api/limits", fields) in (403, 404)
        assert status(front, "/events/nothing", fields, source="127.0.0.3") == 405
        refused = proxied.http.request("GET", f"{proxied.router}/api/limits", headers=fields)
        assert refused.status == 403
        assert b"IVR_ADMIN_TOKEN" in refused.data


@pytest.mark.parametrize("name", SENDERS)
def test_strangers_cannot_say_who_they_are(proxied: Site, name: str) -> None:
    """A ping of this machine itself is `ivr doctor`'s, and answered."""
    assert status(proxied, "/events/call", {name: SENDERS[name]}, method="POST", source="127.0.0.2") == 403
    assert status(proxied, "/events/call?x", {name: SENDERS[name]}, method="POST", source="127.0.0.2") == 403
    assert status(proxied, "/events/call", {name: SENDERS[name]}, method="POST", source="127.0.0.3") == 400


def test_strangers_cannot_say_who_they_are_behind_proxies(front: Site) -> None:
    assert status(front, "/ping", {}, method="POST", source="127.0.0.3") == 200
    for name, value in SENDERS.items():
        assert status(front, "/ping", {name: value}, method="POST", source="127.0.0.2") == 403, name
        assert status(front, "/ping", {name: f"{value}, {value}"}, method="POST", source="127.0.0.2") == 403, name
        assert status(front, "/ping", {name: "127.0.0.2"}, method="POST", source="127.0.0.3") == 200, name


def test_a_proxy_that_is_named_may_say_who_sent_it(proxied: Site) -> None:
    def said(field: str) -> int:
        return status(proxied, "/ping", {"X-Forwarded-For": field}, method="POST")

    assert said(ALLOWED) == said(f"8.8.8.8, {ALLOWED}") == said(f"8.8.8.8, {ALLOWED}, 127.0.0.1") == 200
    assert said(f"::ffff:{ALLOWED}") == said(f"{ALLOWED}:4711") == 200
    assert said("8.8.8.8") == said(f"{ALLOWED}, 8.8.8.8") == said("unknown") == said(f"{ALLOWED}, unknown") == 403
