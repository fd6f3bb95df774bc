"""Shared by every test: the option that regenerates what is held against golden files, and a PostgreSQL server."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.installed_wheel import install
from tests.postgres_server import OWNER, SERVING, Server, binaries, server

# A deadline for each example would be an assertion on the wall clock of a shared machine.
settings.register_profile("ivr", deadline=None)
settings.load_profile("ivr")

# What commands say is looked for in English, whatever the machine's language is; a test that wants another says so.
os.environ.pop("LC_MESSAGES", None)
for _name in ("LC_ALL", "LANG"):
    if os.environ.get(_name, "").startswith("ru"):
        os.environ[_name] = "C.UTF-8"

# A shell that starts the tests in the background has them ignore Ctrl-C, and with them each process that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="rewrite golden files; read the diff")
    parser.addoption("--expressions", type=int, default=2000, help="how many random ones are held against eval")
    parser.addoption("--explorer-states", type=int, default=30_000, help="the most worlds of one case that are visited")
    parser.addoption(
        "--replayed-minutes", type=int, default=10, help="how long the emulator's calls are that are replayed"
    )
    parser.addoption("--api-examples", type=int, default=1, help="how many requests schemathesis makes of a kind")
    parser.addoption("--mutations", type=int, default=400, help="how many changed bundles the loader has to bear")


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A test that opens a router by its environment configures the log of the process; the next test has its own."""
    before = structlog.get_config()
    yield
    if structlog.get_config()["processors"] is not before["processors"]:
        structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def no_builder_stays() -> Iterator[None]:
    """The process that checks bundles ends with the tests, as it does whenever its socket is gone."""
    yield
    from router.files import builder

    place = Path(tempfile.gettempdir(), f"{builder.PREFIX}{os.geteuid()}")
    for path in place.glob(f"{builder.program().partition('-')[0]}-*.sock"):
        path.unlink(missing_ok=True)


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-goldens"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real server, one for each process that runs tests; who has none is told, and skips."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    with server(programs) as started:
        yield started


@pytest.fixture(scope="session")
def postgres_database(postgres: Server) -> str:
    """The name of a migrated database, for tests that clear its tables themselves."""
    from router.store.postgres.migrate import migrate

    postgres.execute(f"CREATE DATABASE contract OWNER {OWNER}")
    migrate(postgres.url("contract", OWNER), serving_role=SERVING)
    return "contract"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"needs the right to mount: {made.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel."""
    return install(tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("venv"))
