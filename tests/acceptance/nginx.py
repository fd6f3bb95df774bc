"""Debian's nginx in front of the router, with the very configuration that docs/deployment.md shows."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import urllib3

from tests.acceptance.processes import PROJECT, Site, free_port, running_process, wait_for

FRAME = """
daemon off;
pid {directory}/nginx.pid;
error_log stderr warn;
worker_processes 2;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    {more}
{shown}
}}
"""


def shown_in_the_readme(port: int, upstream: str) -> str:
    """The page's block; only its addresses are others here, and nobody has a certificate."""
    found = re.search(r"```nginx\n(.*?)```", (PROJECT / "docs/deployment.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    text = found[1]
    for there, here in (("127.0.0.1:8080", upstream), ("listen 443 ssl", f"listen 127.0.0.1:{port}")):
        assert there in text
        text = text.replace(there, here)
    return text


@contextmanager
def in_front_of(site: Site, directory: Path, more: str = "") -> Iterator[Site]:
    """The same site by way of nginx, with `more` in its configuration; skips loudly where there is none."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: apt-get install nginx-light)")
    directory.mkdir(exist_ok=True)
    port = free_port()
    shown = shown_in_the_readme(port, site.router.removeprefix("http://"))
    config = directory / "nginx.conf"
    config.write_text(FRAME.format(directory=directory, more=more, shown=shown), encoding="utf-8")
    subprocess.run([program, "-t", "-q", "-c", str(config)], check=True, capture_output=True)
    address = f"http://127.0.0.1:{port}"
    with running_process([program, "-c", str(config)], site.environ, directory / "nginx.log"):
        wait_for("nginx's answer", lambda: _answers(site, address))
        yield replace(site, router=address)


def _answers(site: Site, address: str) -> bool:
    try:
        return site.http.request("POST", f"{address}/ping", timeout=2.0).status in (200, 403)
    except urllib3.exceptions.HTTPError:
        return False
