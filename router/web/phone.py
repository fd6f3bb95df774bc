"""`POST /api/phone`: a call on a virtual clock against a version or a draft, made of what was said to it so far.

No call of anybody is touched: no router, PBX or database takes part but for the bundle itself. Nothing is kept between
two requests. Few run at once in a process, so that events never wait for many of them.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response

from router.errors import TooBusy
from router.files.bundle import stored_files
from router.flow.model import Bundle
from router.simulator.session import Session
from router.simulator.session_view import session_object
from router.simulator.spoken import LONGEST, MOST_SAID, Spoken, Unplayable
from router.web.api_objects import reply
from router.web.draft_bundles import DraftBundles
from router.web.drafts import draft_of
from router.web.json_bodies import read_json
from router.web.problem_details import Problem
from router.web.queries import one_account
from router.web.router_parts import RouterParts

AT_ONCE: Final = 2
TEXTS: Final = ("version", "draft", "flow")
FIELDS: Final = (*TEXTS, "given", "said", "save")
REFUSED: Final = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a call is played against."""

    account: str
    version: str  # of a draft the one that it began with
    draft: str  # "" for a version
    revision: int | None = None  # of the draft
    bundle: Bundle
    files: Callable[[], Mapping[str, bytes]]


def phone(blueprint: Blueprint, parts: RouterParts, drafts: DraftBundles) -> None:
    places = threading.BoundedSemaphore(AT_ONCE)

    @blueprint.post("/phone")
    def play() -> Response:
        """The call after all that was said; with `save` as a test, too. 422 says what cannot be followed."""
        asked = _asked()
        if not places.acquire(blocking=False):
            raise TooBusy("other calls are being played: try again", again=1)
        try:
            return reply(_called(_against(parts, drafts, asked), asked))
        except Unplayable as refused:
            place = {} if refused.place is None else {"place": refused.place}
            raise Problem(REFUSED, str(refused), code="cannot-be-played", **place) from None
        finally:
            places.release()


def _against(parts: RouterParts, drafts: DraftBundles, asked: Mapping[str, Any]) -> Played:
    if draft_id := asked.get("draft"):
        draft = draft_of(parts, draft_id)
        files = partial(parts.store.draft_files, draft_id)
        return Played(
            account=draft.account,
            version=draft.base,
            draft=draft_id,
            revision=draft.revision,
            bundle=drafts.get(draft),
            files=files,
        )
    account = one_account(parts).name
    version = str(asked.get("version") or parts.store.serving(account).active or "")
    bundle = parts.versions.bundle(account, version) if version else None
    if bundle is None:
        raise Problem(404, "there is no such version" if version else "no version is active: name one")
    stored = partial(stored_files, parts.store, account, version)
    return Played(account=account, version=version, draft="", bundle=bundle, files=lambda: stored() or {})


def _called(against: Played, asked: Mapping[str, Any]) -> dict[str, Any]:
    spoken = Spoken(flow=asked.get("flow") or "", given=asked.get("given") or {}, said=asked.get("said") or ())
    session, progress = spoken.played(against.bundle)
    told = {
        "account": against.account,
        "version": against.version,
        "draft": against.draft or None,
        "revision": against.revision,
        "flow": session.flow,
        "progress": progress,
        **session_object(session),
    }
    if (save := asked.get("save")) is not None:
        file = save.get("file") or tests_of(session)
        before = against.files().get(file)
        text = before.decode("utf-8-sig", "replace") if before is not None else None
        told["saved"] = {"file": file, "text": spoken.as_test(session, save["name"], file, text)}
    return told


def tests_of(session: Session) -> str:
    """The file of tests beside the flow's: main.yaml, main.test.yaml."""
    flow = session.bundle.flows[session.flow]
    return f"{flow.steps[flow.start].mark.file.removesuffix('.yaml')}.test.yaml"


def _asked() -> Mapping[str, Any]:
    """The body, with every field of the kind that it has to be."""
    given = read_json()
    if not isinstance(given, dict):
        raise Problem(400, f"the body is an object with {', '.join(FIELDS)}")
    for name in given.keys() - {*FIELDS}:
        raise Problem(400, f"there is no field {name[:100]!r}: the body has {', '.join(FIELDS)}")
    for name in TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise Problem(400, f"{name} is a text")
    if not isinstance(given.get("given", {}), dict):
        raise Problem(400, "given is an object, as in a test")
    _check_said(given.get("said", []))
    _check_save(given.get("save"))
    return given


def _check_said(said: Any) -> None:
    if not isinstance(said, list) or not all(isinstance(one, str) and len(one) <= LONGEST for one in said):
        raise Problem(400, f'said is a list of texts such as "1" or "wait 5s", of at most {LONGEST} characters each')
    if len(said) > MOST_SAID:
        raise Problem(400, f"a call takes {MOST_SAID} words at the most: begin another one")


def _check_save(save: Any) -> None:
    if save is None:
        return
    fields = save if isinstance(save, dict) else {}
    name, file = fields.get("name"), fields.get("file", "a.test.yaml")
    if not isinstance(name, str) or not name.strip() or fields.keys() - {"name", "file"}:
        raise Problem(400, 'save is {"name": "what the test is called"}, and "file" for another one than the flow\'s')
    if not isinstance(file, str) or not file.endswith(".test.yaml"):
        raise Problem(400, "save.file ends with .test.yaml")
