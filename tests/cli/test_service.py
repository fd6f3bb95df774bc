"""`ivr service install`: what it writes, for whom, and what the sandbox is worth; below a root of its own."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from router.cli.service.command import service
from router.cli.service.environment import environment_text, read_environment, settings_of
from router.cli.service.install import plan_of, refuse_unreachable
from router.cli.service.unit import Service, unit
from router.errors import ConfigurationError

PROGRAM = Path("/opt/ivr-router/bin/ivr")
SETTINGS = {"MANGO_API_KEY": "the-key", "MANGO_API_SALT": "the-salt"}
MOST_EXPOSED = 3.0

systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(service, ["install", "--program", str(PROGRAM), *arguments])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@systemd
def test_the_sandbox_is_worth_its_name(tmp_path: Path) -> None:
    file = tmp_path / "ivr-router.service"
    file.write_text(unit(Service(program=Path("/bin/true"), environment=tmp_path / "environment")), encoding="utf-8")
    told = ["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED * 10:.0f}", str(file)]
    done = subprocess.run(told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@systemd
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    odd = tmp_path / "100% of $x"
    odd.mkdir()
    shutil.copy("/bin/true", odd / "ivr")
    file = tmp_path / "ivr-router.service"
    text = unit(Service(program=odd / "ivr", environment=tmp_path / "environment", writable=(odd,)))
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    assert "ivr-router" not in done.stderr, done.stderr


def test_it_is_written_below_a_root_and_nothing_is_enabled(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text("flow: main\nfor: any\nstart: bye\nsteps: {bye: hangup}\n", encoding="utf-8")
    root = tmp_path / "root"
    answer = run("--root", str(root), "--flows", str(flows))
    assert answer.exit_code == 0, answer.output
    written = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    assert written == [
        "etc/ivr-router/environment",
        "etc/systemd/system/ivr-router.service",
        "var/lib/ivr-router/flows/main.yaml",
    ]
    environment = root / "etc/ivr-router/environment"
    assert mode(environment) == 0o600
    settings = read_environment(environment)
    assert settings["MANGO_API_SALT"] == "the-salt"
    assert settings["IVR_FLOWS"] == "/var/lib/ivr-router/flows"
    assert len(settings["IVR_ADMIN_TOKEN"]) > 24
    assert "ExecStart=/opt/ivr-router/bin/ivr serve" in (root / "etc/systemd/system/ivr-router.service").read_text()


def test_a_second_time_it_leaves_settings_and_flows_alone(tmp_path: Path) -> None:
    run("--root", str(tmp_path))
    environment = tmp_path / "etc/ivr-router/environment"
    environment.write_text("MANGO_API_KEY=mine\n", encoding="utf-8")
    answer = run("--root", str(tmp_path), "--program", "/opt/other/bin/ivr")
    assert f"kept {environment} as it is" in answer.output
    assert environment.read_text(encoding="utf-8") == "MANGO_API_KEY=mine\n"
    assert "renewed" in answer.output
    assert "kept" in run("--root", str(tmp_path), "--program", "/opt/other/bin/ivr").output


def test_it_is_shown_without_writing_and_without_secrets(tmp_path: Path) -> None:
    answer = run("--root", str(tmp_path), "--print")
    assert "[Service]" in answer.output
    assert "MANGO_API_SALT=..." in answer.output
    assert "the-salt" not in answer.output
    assert not list(tmp_path.iterdir())


def test_a_password_in_the_databases_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_DATABASE", "postgresql://ivr:hidden-word@db/ivr")
    monkeypatch.setenv("IVR_OF_A_LATER_VERSION", "hidden-word")
    monkeypatch.setenv("IVR_WATCH", "1")
    shown = run("--print").output
    assert "hidden-word" not in shown
    assert "IVR_WATCH=1" in shown


def test_settings_come_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "ivr.env").write_text('export MANGO_API_SALT="of the file"\n# a comment\n\n', encoding="utf-8")
    assert run("--root", str(tmp_path), "--settings", str(tmp_path / "ivr.env")).exit_code == 0
    assert read_environment(tmp_path / "etc/ivr-router/environment")["MANGO_API_SALT"] == "of the file"


def test_what_the_service_could_not_run_is_refused(tmp_path: Path) -> None:
    """pipx installs below the home directory, which is closed to others."""
    program = tmp_path / "home" / "venv" / "bin" / "ivr"
    program.parent.mkdir(parents=True)
    program.touch()
    (tmp_path / "home").chmod(0o750)
    with pytest.raises(ConfigurationError, match="home is closed to others"):
        refuse_unreachable(program)


def test_a_home_and_a_database_elsewhere_are_opened_as_far_as_needed() -> None:
    plan = plan_of({"IVR_DATABASE": "sqlite:////srv/ivr/ivr.db"}, Path("/home/anna/ivr/bin/ivr"), None, Path("/"))
    text = unit(plan.service)
    assert "ProtectHome=read-only" in text
    assert "ReadWritePaths=/srv/ivr\n" in text
    assert "ReadWritePaths" not in unit(plan_of({}, PROGRAM, None, Path("/")).service)


def test_only_root_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    answer = run()
    assert isinstance(answer.exception, ConfigurationError)
    assert "call it with sudo, as `sudo " in answer.exception.message
    assert "ivr service install ...`" in answer.exception.message


values = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)


@given(value=values)
def test_every_value_comes_back_as_it_was(value: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "environment"
    path.write_text(environment_text({"IVR_X": value}), encoding="utf-8")
    assert read_environment(path) == {"IVR_X": value}


def test_a_shell_reads_the_same(tmp_path: Path) -> None:
    odd = 'it\'s "$HOME" `id` \\ 100% #1'
    (tmp_path / "environment").write_text(environment_text({"IVR_X": odd}), encoding="utf-8")
    script = f'set -a; . {tmp_path}/environment; printf %s "$IVR_X"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == odd


def test_what_only_a_terminal_needs_stays_there() -> None:
    taken = settings_of({"IVR_TOKEN": "x", "IVR_LANG": "ru", "IVR_WORKERS": "3", "HOME": "/"}, Path("/flows"))
    assert (taken["IVR_WORKERS"], "IVR_TOKEN" in taken, "HOME" in taken) == ("3", False, False)
