"""Debian's HAProxy in front of the router, with the very configuration that docs/operations.md shows."""

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

ADDS_A_FIELD = "    option forwardfor"
"""What people write without the manual: a second X-Forwarded-For, behind the one that the sender wrote."""


def shown_in_the_docs(port: int, upstream: str) -> str:
    """The block; only its addresses are others here, and nobody has a certificate."""
    text = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"```haproxy\n(.*?)```", text, re.DOTALL)
    assert found is not None
    shown, tls = found[1], ":443 ssl crt /etc/ssl/ivr.pem"
    for there, here in (("127.0.0.1:8080", upstream), (tls, f"127.0.0.1:{port}")):
        assert there in shown
        shown = shown.replace(there, here)
    return shown


@contextmanager
def in_front_of(site: Site, directory: Path, *, careless: bool = False) -> Iterator[Site]:
    """The same site by way of HAProxy; a careless one passes everything on and adds its field to the sender's. Skips
    loudly where there is none."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("haproxy is not installed (Debian: apt-get install haproxy)")
    directory.mkdir(exist_ok=True)
    port = free_port()
    text = shown_in_the_docs(port, site.router.removeprefix("http://"))
    if careless:
        text = re.sub(r"(?m)^    http-request .*$", ADDS_A_FIELD, text)
    config = directory / "haproxy.cfg"
    config.write_text(text, encoding="utf-8")
    subprocess.run([program, "-c", "-q", "-f", str(config)], check=True, capture_output=True)
    address = f"http://127.0.0.1:{port}"
    with running_process([program, "-db", "-f", str(config)], site.environ, directory / "haproxy.log"):
        wait_for("HAProxy's answer", lambda: _answers(site, address))
        yield replace(site, router=address)


def _answers(site: Site, address: str) -> bool:
    try:
        return site.http.request("POST", f"{address}/ping", timeout=2.0).status in (200, 403)
    except urllib3.exceptions.HTTPError:
        return False
