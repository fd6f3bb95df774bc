"""The image and the composition, as far as they can be judged without a daemon: by linters that others keep, by the
schema of compose files, and by what the repository has."""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.config.settings import ACCOUNT_SETTINGS, ROUTER_SETTINGS

TREE = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
DOCKERFILE = (TREE / "Dockerfile").read_text(encoding="utf-8")
COMPOSE_TEXT = (TREE / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
INSTRUCTIONS = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
LAST_STAGE = INSTRUCTIONS[max(number for number, line in enumerate(INSTRUCTIONS) if line.startswith("FROM ")) :]


def instruction(name: str) -> str:
    """The last one of the last stage."""
    return [line.removeprefix(name).strip() for line in LAST_STAGE if line.startswith(f"{name} ")][-1]


HADOLINT = shutil.which("hadolint", path=f"{TOOLS}:{os.environ.get('PATH', '')}")
"""It is no dependency: its licence is the GPL."""


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")
def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    assert HADOLINT is not None
    done = subprocess.run([HADOLINT, TREE / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_composition_fits_the_schema_of_compose_files() -> None:
    command = [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", TREE / "compose.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_has_two_stages_and_no_root() -> None:
    assert sum(line.startswith("FROM ") for line in INSTRUCTIONS) == 2
    assert instruction("USER") == "10001:10001"
    assert instruction("STOPSIGNAL") == "SIGTERM"
    assert "/readyz" in instruction("HEALTHCHECK")
    assert (instruction("ENTRYPOINT"), instruction("CMD")) == ('["ivr"]', '["serve"]')
    assert not any("pip" in line for line in LAST_STAGE)


def test_whatever_is_copied_is_there_and_not_ignored() -> None:
    ignored = (TREE / ".dockerignore").read_text(encoding="utf-8").split()
    sources = [
        word
        for line in INSTRUCTIONS
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert sources
    for source in sources:
        assert (TREE / source).exists()
        assert f"!{source.removeprefix('./')}" in ignored
    assert not any(fnmatch("ivr.env", pattern.removeprefix("!")) for pattern in ignored if pattern.startswith("!"))


def test_what_the_wheel_is_made_of_is_copied() -> None:
    """`hatch` would say so only when the image is built."""
    project = (TREE / "pyproject.toml").read_text(encoding="utf-8")
    forced = re.search(r"\[tool\.hatch\.build\.targets\.wheel\.force-include\]\n((?:.+\n)+)", project)
    assert forced is not None
    for name in re.findall(r'^"([^"]+)"', forced[1], re.MULTILINE):
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", DOCKERFILE, re.MULTILINE), name


def test_settings_that_are_set_are_known() -> None:
    of_image = set(re.findall(r"\b((?:IVR|MANGO)_[A-Z_]+)=", DOCKERFILE))
    of_services = {name for service in COMPOSE["services"].values() for name in service.get("environment", ())}
    ours = of_image | {name for name in of_services if name.startswith(("IVR_", "MANGO_"))}
    assert ours <= {setting.variable for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)}
    assert {"IVR_LISTEN", "IVR_DATABASE"} <= ours


def test_files_that_are_mounted_are_there() -> None:
    mounts = [one for service in COMPOSE["services"].values() for one in service.get("volumes", ())]
    paths = [mount.partition(":")[0] for mount in mounts]
    assert [path for path in paths if path.startswith(".") and not (TREE / path).exists()] == []
    assert {path for path in paths if not path.startswith(".")} == set(COMPOSE["volumes"])


def test_what_has_to_be_written_into_the_env_file_is_said_at_its_head() -> None:
    head = COMPOSE_TEXT[: COMPOSE_TEXT.index("\nname:")]
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE_TEXT))
    assert needed == set(re.findall(r"[A-Z]+_[A-Z_]+", head))


def test_nothing_listens_on_more_than_this_machine() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    for path in ("deploy/compose/prometheus.yml", "deploy/prometheus/ivr-router.rules.yaml"):
        shutil.copy(TREE / path, tmp_path)
    done = subprocess.run(
        ["promtool", "check", "config", tmp_path / "prometheus.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
