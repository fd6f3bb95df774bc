"""`python -m tests.explorer [--deep] [--states N] [NAME…]`: explore, and say how much was seen."""

import argparse
import sys

from tests.explorer.cases import cases, deeper
from tests.explorer.explore import explore


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deep", action="store_true", help="with wider bounds")
    parser.add_argument("--states", type=int, default=1_000_000, help="the most of one case")
    parser.add_argument("names", nargs="*", help="cases whose names begin so; all of them if none is given")
    given = parser.parse_args()
    broken = states = transitions = 0
    for case in cases():
        if given.names and not case.name.startswith(tuple(given.names)):
            continue
        found = explore(deeper(case) if given.deep else case, most_states=given.states)
        print(found, flush=True)
        broken += bool(found.broken)
        states += found.states
        transitions += found.transitions
    print(f"{states:,} states, {transitions:,} transitions, {broken} broken laws")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
