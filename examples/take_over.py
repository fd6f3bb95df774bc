"""A supervisor's buttons, as a script: who is on the line, and take a caller over.

    export IVR_URL=https://ivr.example.com IVR_TOKEN=...        # ivr token create --role operator --name supervisor
    python take_over.py                                          # the calls that are up, and where each caller is
    python take_over.py 79000000001 --to 101 --reason "a VIP"    # bring that caller to 101
    python take_over.py 79000000001 --hang-up

The flow rests meanwhile. When nobody answers it goes on where it was, or as `--then` says. The exit code is 0 when
somebody answered (or the caller was hung up), 1 when not, 2 when there was nothing to do.
"""

import argparse
import json
import os
import sys
import time
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

URL = os.environ.get("IVR_URL", "http://127.0.0.1:8080")
TOKEN = os.environ.get("IVR_TOKEN", "")


def ask(path: str, body: dict[str, str] | None = None, key: str = "") -> dict[str, Any]:
    """One request of the API; an error is told in the router's own words."""
    headers = {"Authorization": f"Bearer {TOKEN}"} if TOKEN else {}
    if body is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
    request = Request(f"{URL}/api/{path}", json.dumps(body).encode() if body is not None else None, headers)
    try:
        with urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        sys.exit(f"{error.code}: {json.load(error)['detail']}")


def live_calls(caller: str = "") -> list[dict[str, Any]]:
    """The calls that a flow has or had and that are still up, newest first."""
    return [call for call in ask("calls?live=1")["calls"] if caller in ("", call["caller"])]


def where(call: dict[str, Any]) -> str:
    """The step that a caller is at, and with whom he talks."""
    steps = [step["step"] for step in call["steps"] if step["left"] is None]
    return f"talks to {call['answered_by']}" if call["answered_by"] else f"at {steps[-1]}" if steps else "at no step"


def take_over(call: dict[str, Any], command: dict[str, str]) -> dict[str, Any]:
    """Give the command once, however often the network makes us say it, and see what comes of it."""
    account = f"&account={quote(call['account'], safe='')}"
    path = f"calls/{quote(call['entry_id'], safe='')}/commands?{account[1:]}"
    given = ask(path, command | {"wait": "5s"}, key=str(uuid.uuid4()))
    while True:
        seen = ask(f"commands/{quote(given['command_id'], safe='')}?wait=10s{account}")
        if seen["given"]["outcome"] or (not seen["given"]["takes_over"] and seen["state"] not in ("queued", "sent")):
            return seen
        time.sleep(0.5)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take a caller over from the flow.")
    parser.add_argument("caller", nargs="?", default="", help="the caller's number")
    parser.add_argument("--to", help="an extension, a group or a number")
    parser.add_argument("--hang-up", action="store_true")
    parser.add_argument("--then", default="resume", help="when nobody answers: resume, release, or a step of the flow")
    parser.add_argument("--reason", default="", help="stands in the call's trace")
    asked = parser.parse_args()
    calls = live_calls(asked.caller)
    if not asked.caller:
        for call in calls:
            print(
                call["started"], call["caller"], call["flow"], where(ask(f"calls/{quote(call['entry_id'], safe='')}"))
            )
        return 0
    if not calls or not (asked.to or asked.hang_up):
        print("no such caller is on the line" if not calls else "say --to somebody, or --hang-up", file=sys.stderr)
        return 2
    command = {"command": "hangup"} if asked.hang_up else {"command": "route", "to_number": asked.to}
    command |= {"then": asked.then} | ({"reason": asked.reason} if asked.reason else {})
    seen = take_over(calls[0], command)
    print(f"{seen['given']['outcome'] or seen['state']}: {seen['given']['why'] or seen['reason'] or seen['code']}")
    return 0 if seen["given"]["outcome"] in ("answered", "hung_up") else 1


if __name__ == "__main__":
    sys.exit(main())
