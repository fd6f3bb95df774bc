"""An upgrade as docs/upgrade.md has it: new code over the old one under load, then a HUP. No event is lost, none is
refused, and the new version's migration has run. `make soak` does the same with the Debian package."""

import re
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from tests.acceptance.processes import KEY, PROJECT, SALT, Site, free_port, running_process, wait_for
from tests.acceptance.test_leaving import Load, enough, workers_of

pytestmark = pytest.mark.acceptance

LATER = '_LATER = ("CREATE TABLE of_the_next_version (x INTEGER) STRICT",)\n\nMIGRATIONS: Final = (\n    '


@contextmanager
def serving(venv: Path, directory: Path) -> Iterator[Site]:
    """`ivr serve` of that environment."""
    listen = f"127.0.0.1:{free_port()}"
    environ = {
        "PATH": "/usr/bin:/bin",
        "MANGO_API_KEY": KEY,
        "MANGO_API_SALT": SALT,
        "MANGO_API_URL": "http://127.0.0.1:9/vpbx/",
        "MANGO_ALLOWED_IPS": "127.0.0.1",
        "IVR_DATABASE": f"sqlite:///{directory}/ivr.db",
        "IVR_FLOWS": str(PROJECT / "flows"),
        "IVR_LISTEN": listen,
    }
    http = urllib3.PoolManager(retries=False, maxsize=8)
    command = [str(venv / "bin" / "python"), "-m", "router.cli", "serve"]
    with running_process(
        command, environ, directory / "router.log", place=directory
    ) as process:  # not the checkout's code
        site = Site(f"http://{listen}", "", environ, http, process)
        wait_for("readiness", lambda: _is_ready(site))
        yield site
    http.clear()


def _is_ready(site: Site) -> bool:
    try:
        return site.http.request("GET", f"{site.router}/readyz").status == 200
    except urllib3.exceptions.HTTPError:
        return False


def next_version(package: Path, place: Path) -> Path:
    """The same package, of a later version, with one more migration."""
    made = Path(shutil.copytree(package, place))
    about, schema = made / "__init__.py", made / "store" / "sqlite" / "schema.py"
    about.write_text(re.sub(r'__version__ = "[^"]+"', '__version__ = "99.0.0"', about.read_text()), encoding="utf-8")
    text = schema.read_text(encoding="utf-8").replace("MIGRATIONS: Final = (\n    ", LATER, 1)
    last = text.rindex(')  # fmt: skip\n"""Each migration')
    schema.write_text(f"{text[:last]}    _LATER,\n{text[last:]}", encoding="utf-8")
    return made


def migrations(site: Site) -> int:
    with sqlite3.connect(site.environ["IVR_DATABASE"].removeprefix("sqlite:///")) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def forgotten(site: Site, load: Load) -> set[str]:
    """What was acknowledged and is not in the database, which only the new version may open."""
    with sqlite3.connect(site.environ["IVR_DATABASE"].removeprefix("sqlite:///")) as database:
        return set(load.acknowledged) - {row[0] for row in database.execute("SELECT entry_id FROM calls")}


def test_new_code_and_its_migration_come_with_a_reload(installed: Path, tmp_path: Path) -> None:
    venv = Path(shutil.copytree(installed, tmp_path / "venv", symlinks=True))
    (package,) = venv.glob("lib/python*/site-packages/router")
    later = next_version(package, tmp_path / "later")
    with serving(venv, tmp_path) as site:
        before, old_workers = migrations(site), workers_of(site)
        with Load(site) as load:
            enough(load)
            shutil.rmtree(package)  # what serves has lost its files
            enough(load, 50)
            later.rename(package)
            enough(load, 50)
            site.process.send_signal(signal.SIGHUP)
            wait_for("new workers", lambda: len(workers_of(site)) == 2 and not workers_of(site) & old_workers)
            enough(load)
            load.stop()
        assert set(load.statuses) == {200}
        assert load.unanswered == 0
        assert migrations(site) == before + 1
        assert not forgotten(site, load)
