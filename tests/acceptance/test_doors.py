"""What must not open a door, tried on gunicorn itself and behind nginx: fields of a request that servers of old took for
parts of its address."""

from pathlib import Path

import pytest

from tests.acceptance import nginx
from tests.acceptance.processes import Site, router
from tests.acceptance.sink import sink
from tests.acceptance.test_database_away import flows

pytestmark = pytest.mark.acceptance

__all__ = ["flows"]
FIELDS = (
    {"SCRIPT_NAME": "/api"},
    {"SCRIPT_NAME": "/healthz", "PATH_INFO": "/healthz"},
    {"Script-Name": "/api", "Path-Info": "/healthz"},
    {"PATH_INFO": "/api/limits"},
)


def statuses(site: Site, fields: dict[str, str]) -> list[int]:
    paths = ("/healthz", "/api/limits", "/api/healthz", "/nowhere")
    return [site.http.request("GET", f"{site.router}{path}", headers=fields).status for path in paths]


def test_fields_choose_no_path(tmp_path: Path, flows: Path) -> None:
    with sink() as pbx, router(tmp_path, pbx.address, flows=flows) as running:
        assert statuses(running, {}) == [200, 200, 404, 404]
        for fields in FIELDS:
            assert statuses(running, fields) == [200, 200, 404, 404], fields


def test_fields_choose_no_path_behind_nginx(tmp_path: Path, flows: Path) -> None:
    """With `underscores_in_headers on` nginx passes such fields on. The README's nginx serves the webhook alone."""
    proxied = {"IVR_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        sink() as pbx,
        router(tmp_path, pbx.address, flows=flows, **proxied) as running,
        nginx.in_front_of(running, tmp_path / "nginx", "underscores_in_headers on;") as site,
    ):
        for fields in ({}, *FIELDS):
            assert site.http.request("POST", f"{site.router}/ping", headers=fields).status == 200
            assert site.http.request("GET", f"{site.router}/api/limits", headers=fields).status == 404
            refused = running.http.request("GET", f"{running.router}/api/limits", headers=fields)
            assert refused.status == 403
            assert b"IVR_ADMIN_TOKEN" in refused.data
