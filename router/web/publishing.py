"""The admin API's paths of versions that change something: publishing the account's directory or a bundle that is sent,
and activating a stored version."""

import binascii
import hashlib
import time
from base64 import b64decode
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final

import msgspec
from flask import Blueprint, Response, request
from msgspec.structs import replace
from werkzeug.exceptions import RequestEntityTooLarge

from router.config.settings import AccountSettings
from router.errors import BundleRefused
from router.files.archive import write_archive
from router.files.bundle import read_directory
from router.flow.durations import parse_duration
from router.runtime.records import MOST_TOLD, Draft, Origin
from router.runtime.versions.canary import read_share
from router.runtime.versions.upload import Gate, Upload
from router.simulator.checked import check_object
from router.web.api_objects import reply, row_object
from router.web.drafts import archive_of, draft_to_publish, note_published
from router.web.identities import actor, identity
from router.web.problem_details import Problem
from router.web.queries import one_account, one_of
from router.web.router_parts import RouterParts

REFUSED: Final = 422
PATH: Final = "/api/versions"  # takes larger bodies than every other one
KINDS: Final = frozenset(
    {
        "application/x-tar", "application/gzip", "application/x-gzip", "application/x-gtar", "application/octet-stream",
        "",
    }
)  # fmt: skip
"""What a body may say that it is. What it is, is seen by its bytes."""

DIGESTS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def publishing(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.post("/versions")
    def publish() -> Response:
        """Publishes the archive of the body, or the account's bundle directory when there is none; 422 with all
        findings when it is refused. With `canary=10%` only that share of the callers gets it; `dry_run=1` only
        checks."""
        account, share, origin, gate = one_account(parts), _share(), _origin(), _gate(parts)
        archive, draft = _archive(parts.settings.max_upload_bytes), draft_to_publish(parts, account.name)
        if draft is not None:
            archive, origin = archive_of(parts, draft), _of_draft(draft, origin)
        if one_of("dry_run", ("0", "1")) == "1":
            return _checked(parts, account, archive, gate)
        if archive is None and gate is None:
            row = parts.versions.publish(account.name, account.flows, share, actor(parts.settings), origin)
        else:
            upload = Upload(archive=archive or _of_directory(account), only_check=False, gate=gate)
            examined = parts.versions.examine(upload)
            if examined.problem:
                told = f"{examined.problem}; nothing was published"
                raise Problem(422, told, code="ends-elsewhere", findings=[], replayed=examined.replayed)
            row = parts.versions.publish_examined(account.name, examined, share, actor(parts.settings), origin)
        if draft is not None:
            note_published(parts, draft, account.name, str(row["version"]))
        return reply({"account": account.name, **row_object(row)}, 201)

    @blueprint.post("/versions/<version>/activate")
    def activate(version: str) -> Response:
        """Gives new calls a stored version, which ends a canary; with `canary=10%` it begins one."""
        account = one_account(parts)
        row = parts.versions.activate(account.name, version, _share(), actor(parts.settings))
        if row is None:
            raise Problem(404, "there is no such version")
        return reply({"account": account.name, **row_object(row)})


def _checked(parts: RouterParts, account: AccountSettings, archive: bytes | None, gate: Gate | None) -> Response:
    """What `ivr check --json` tells of the bundle; 422 when it would not be published."""
    try:
        upload = Upload(archive=archive or _of_directory(account), only_check=True, gate=gate)
        examined = parts.versions.examine(upload)
    except BundleRefused as refused:  # for what it consists of; whatever is wrong inside of it is told
        return reply(check_object(None, refused.findings), REFUSED)
    told: dict[str, Any] = msgspec.json.decode(examined.told)
    if gate is not None:
        told |= {"replayed": examined.replayed, "problem": examined.problem}
    return reply(told, REFUSED if told["errors"] or examined.problem else 200)


def _of_directory(account: AccountSettings) -> bytes:
    """The account's own directory as an archive. Raises BundleRefused."""
    return write_archive(read_directory(Path(account.flows)))


def _archive(most_bytes: int) -> bytes | None:
    """The body, which is an archive; None when there is none."""
    request.max_content_length = most_bytes
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Problem(413, f"the body is larger than {most_bytes} bytes (IVR_MAX_UPLOAD)") from None
    if not body:
        return None
    if request.mimetype not in KINDS:
        told = "a body is the bundle's directory as a tar, of the type application/gzip or application/x-tar"
        raise Problem(415, f"{told}; without one the account's directory is published")
    if request.headers.get("Content-Encoding", "identity").lower() not in ("identity", "gzip"):
        raise Problem(415, "the only coding that is known here is gzip")
    _check_digest(body, request.headers.get("Content-Digest", ""))
    return body


def _check_digest(body: bytes, field: str) -> None:
    """Compare the body with its digests (RFC 9530), of which one that is known here has to be right."""
    for name, found in DIGESTS.items():
        written = field.partition(f"{name}=:")[2].partition(":")[0]
        if not written:
            continue
        try:
            told = b64decode(written, validate=True)
        except binascii.Error:
            raise Problem(400, f"Content-Digest is written {name}=:BASE64:") from None
        if not compare_digest(told, found(body).digest()):
            raise Problem(400, f"the body is not what its {name} says: it was changed on its way")


def _origin() -> Origin | None:
    """What the query says of where the bundle comes from; None when it says nothing."""
    told = {name: request.args.get(name, "") for name in MOST_TOLD}
    for name, most in MOST_TOLD.items():
        if len(told[name]) > most:
            raise Problem(400, f"{name} has at most {most} characters")
    return Origin(**told) if any(told.values()) else None


def _of_draft(draft: Draft, told: Origin | None) -> Origin:
    """Who publishes a draft in the console is its author, unless something else is said."""
    told = told or Origin()
    return replace(told, author=told.author or identity().name, source=told.source or f"draft {draft.name}")


def _gate(parts: RouterParts) -> Gate | None:
    """`replay_since=7d` and `fail_over=5%`: recorded calls that have to end as they did."""
    since, most = request.args.get("replay_since", ""), request.args.get("fail_over", "")
    if not since:
        if most:
            raise Problem(400, "fail_over judges replayed calls: say which with replay_since=7d")
        return None
    seconds = parse_duration(since)
    if seconds is None:
        raise Problem(400, "replay_since is a duration such as 7d or 12h")
    return Gate(account=one_account(parts).name, since=time.time() - seconds, most_percent=_percent(most or "0"))


def _percent(text: str) -> float:
    try:
        number = float(text.removesuffix("%")) if text.isascii() else -1.0
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise Problem(400, "fail_over is a share between 0% and 100%, such as 5%")
    return number


def _share() -> float:
    """`canary=10%` as 0.1; 1.0 without it."""
    text = request.args.get("canary", "")
    if not text:
        return 1.0
    share = read_share(text)
    if share is None:
        raise Problem(400, "canary is a share of the callers between 0% and 100%, as in ?canary=10%")
    return share
