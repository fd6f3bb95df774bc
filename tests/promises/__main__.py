"""Keep what the tree's version promises, when it is released: `python -m tests.promises`. Never changed afterwards."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from router import __version__
from tests.promises import kept_database
from tests.promises.surface import KEPT, PROJECT, SCHEMAS, migrations, surface


def main() -> None:
    directory = KEPT / __version__
    if directory.exists():
        sys.exit(f"{directory.relative_to(PROJECT)} is there: what a released version promised does not change")
    directory.mkdir(parents=True)
    for name in ("openapi.yaml", *(f"{name}.schema.json" for name in SCHEMAS)):
        shutil.copyfile(PROJECT / "schemas" / name, directory / name)
    for name, value in (("surface", surface()), ("migrations", migrations())):
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
        (directory / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    for bundle in sorted((PROJECT / "flows" / "library").iterdir()):
        if bundle.is_dir() and bundle.name != "pbx":
            _copy(bundle, directory / "bundles" / bundle.name)
    _copy(PROJECT / "tests" / "bundles" / "every_verb", directory / "bundles" / "every_verb")
    with tempfile.TemporaryDirectory() as scratch:
        kept_database.write(directory, Path(scratch))
    print(f"{directory.relative_to(PROJECT)} is written")


def _copy(bundle: Path, to: Path) -> None:
    """What a bundle consists of: no page, picture or PBX."""
    for file in sorted(bundle.rglob("*")):
        if file.is_file() and file.suffix in (".yaml", ".csv", ".txt", ".json") and "pbx" not in file.name:
            (to / file.relative_to(bundle)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to / file.relative_to(bundle))


if __name__ == "__main__":
    main()
