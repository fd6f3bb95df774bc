"""What a stored version consists of: `GET /api/versions/ID/files`, as a list or as one archive, and the text of one."""

import hashlib
from typing import Final

from flask import Blueprint, Response, request

from router.files.archive import write_archive
from router.files.bundle import stored_files
from router.web.api_objects import reply
from router.web.problem_details import Problem
from router.web.queries import one_account
from router.web.router_parts import RouterParts

ARCHIVE: Final = "application/gzip"


def version_files(blueprint: Blueprint, parts: RouterParts) -> None:
    @blueprint.get("/versions/<version>/files")
    def files_of_version(version: str) -> Response:
        """The files by name; with `Accept: application/gzip` all of them, as `POST /api/versions` takes them."""
        account, files = _files(version)
        if request.accept_mimetypes.best_match(("application/json", ARCHIVE)) == ARCHIVE:
            return Response(write_archive(files), content_type=ARCHIVE, headers={"Cache-Control": "no-store"})
        rows = [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        ]
        return reply({"account": account, "version": version, "files": rows})

    @blueprint.get("/versions/<version>/files/<path:name>")
    def file_of_version(version: str, name: str) -> Response:
        """The file as it was published, byte for byte."""
        _, files = _files(version)
        if name not in files:
            raise Problem(404, "the version has no such file")
        return Response(files[name], content_type=kind_of(files[name]), headers={"Cache-Control": "no-store"})

    def _files(version: str) -> tuple[str, dict[str, bytes]]:
        account = one_account(parts)
        files = stored_files(parts.store, account.name, version)
        if files is None:
            raise Problem(404, "there is no such version")
        return account.name, files


def kind_of(content: bytes) -> str:
    """Text, unless it is in an older coding than UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain; charset=utf-8"
