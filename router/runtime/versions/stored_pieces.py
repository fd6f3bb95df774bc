"""Puts the parts of a version into the database before the version itself, a piece at a time.

A list of 200,000 numbers is some megabytes, and a transaction that writes them makes every event wait that would write
meanwhile. So each piece has a transaction of its own, and those that the account has already are not written again;
the version's row, which counts, is small.
"""

import zlib
from collections.abc import Mapping
from typing import Final

from router.flow.image_parts import Buffer
from router.runtime.ports import Store

LEVEL: Final = 4
"""Of zlib: half as quick as the lowest, and a tenth smaller; higher ones gain little on what is packed."""

Pieces = Mapping[str, Buffer]  # digest -> piece


def store_pieces(store: Store, account: str, pieces: Pieces) -> int:
    """Store those that are not there yet; answers how many bytes they had."""
    known = store.known_parts(account, pieces.keys())
    for digest, piece in pieces.items():
        if digest not in known:
            content = zlib.compress(piece, LEVEL)
            with store.transaction() as tx:
                tx.store_part(account, digest, content)
    return sum(len(piece) for digest, piece in pieces.items() if digest not in known)
