"""`GET /api/recordings/ID`: leads to a recording at the PBX, by a link that is good for a minute (§3.4.2).

So rows and cards of calls hold addresses that stay, and the key that signs stays here.
"""

from typing import Final

from flask import Blueprint, Response, request

from router.catalogue.methods import METHODS
from router.client.signed_http import good_until, link_of
from router.sender.command_sender import Peer
from router.web.problem_details import Problem
from router.web.queries import one_account
from router.web.router_parts import RouterParts

ACTIONS: Final = ("play", "download")
GOOD_SECONDS: Final = 60.0


def recordings(blueprint: Blueprint, parts: RouterParts) -> None:
    """Mount it."""

    @blueprint.get("/recordings/<entry_id:recording_id>")
    def recording(recording_id: str) -> Response:
        """A redirect; what is there the PBX knows."""
        account, action = one_account(parts), request.args.get("action") or ACTIONS[0]
        if action not in ACTIONS:
            raise Problem(400, f"action is one of {', '.join(ACTIONS)}")
        peer = Peer(url=account.api_url, api_key=account.api_key, salt=account.api_salt)
        params = {"recording_id": recording_id, "action": action, "timestamp": good_until(GOOD_SECONDS)}
        link = link_of(peer, METHODS["queries/recording/link"], params)
        return Response(status=302, headers={"Location": link, "Cache-Control": "no-store"})
