"""The wheel in a virtual environment of its own, as somebody has it who installs the package."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

TREE = Path(__file__).parents[1]
SOURCES = (
    "flows",
    "pbx.yaml",
    "router",
    "schemas",
    "gunicorn.conf.py",
    "hatch_build.py",
    "pyproject.toml",
    "wsgi.py",
    "README.md",
    "LICENSE",
)


def install(tree: Path, home: Path) -> Path:
    """Build the wheel in the directory `tree` and install it in `home`, a new environment; answers `home`. What the
    router depends on is taken from the environment that runs the tests."""
    for name in SOURCES:
        source = TREE / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("*.pyi", "__pycache__"))
        else:
            shutil.copy(source, tree)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    build = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(tree / "dist"), str(tree)]
    _run([*pip, *build])
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    (wheel,) = (tree / "dist").iterdir()
    _run([*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)])
    return home


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
