"""Try troubles: `python -m tests.troubles [--write] [--only WORD]`; `--table` writes the
table anew from what was recorded."""

import argparse
import json
import sys
import time
from pathlib import Path

import msgspec

from tests.acceptance.processes import PROJECT
from tests.troubles.catalogue import TROUBLES
from tests.troubles.house import Said
from tests.troubles.prometheus import is_installed
from tests.troubles.steps import NotHere
from tests.troubles.table import write
from tests.troubles.trial import tried

RECORDED = Path(__file__).with_name("recorded.json")


def main(only: str, *, writes: bool) -> int:
    """How many troubles were not told as they have to be."""
    recorded = msgspec.json.decode(RECORDED.read_bytes()) if RECORDED.exists() else {}
    failed = 0
    for trouble in TROUBLES:
        if only not in trouble.name:
            continue
        begun = time.monotonic()
        try:
            said, wrong = tried(trouble)
        except NotHere as missing:
            print(f"SKIPPED {trouble.name}: {missing} is missing here", flush=True)
            continue
        failed += bool(wrong)
        print(f"{'WRONG' if wrong else 'ok'} {trouble.name} ({time.monotonic() - begun:.0f} s)", flush=True)
        for one in wrong:
            print(f"    {one[:600]}", flush=True)
        recorded[trouble.name] = msgspec.to_builtins(said)
        if writes:
            RECORDED.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if writes:
        write(recordings())
    return failed


def recordings() -> dict[str, Said]:
    """What was recorded, in the order of the catalogue."""
    recorded = msgspec.json.decode(RECORDED.read_bytes())
    return {one.name: msgspec.convert(recorded[one.name], Said) for one in TROUBLES if one.name in recorded}


if __name__ == "__main__":
    if not is_installed():
        sys.exit("prometheus is not installed (Debian: apt-get install prometheus)")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write the tables in {PROJECT.name}/docs/operations*.md")
    parser.add_argument("--only", default="", metavar="WORD", help="troubles whose name has it")
    parser.add_argument("--table", action="store_true", help="try nothing: the table of what was recorded")
    given = parser.parse_args()
    if given.table:
        sys.exit(write(recordings()))
    sys.exit(main(given.only, writes=given.write) > 0)
