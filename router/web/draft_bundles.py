"""Drafts as bundles that calls can be played and replayed against: loaded once for each revision."""

import threading
from collections import OrderedDict
from typing import Final

from router.flow.finding_output import render_text
from router.flow.loader import load
from router.flow.model import Bundle
from router.runtime.records import Draft
from router.web.problem_details import Problem
from router.web.router_parts import RouterParts

KEPT: Final = 4
WITH_FINDINGS: Final = 422


class DraftBundles:
    """Thread-safe."""

    def __init__(self, parts: RouterParts) -> None:
        self._parts = parts
        self._kept: OrderedDict[tuple[str, int], Bundle] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, draft: Draft) -> Bundle:
        """Raises Problem for a draft that has errors."""
        key = (draft.draft_id, draft.revision)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._loaded(draft)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def _loaded(self, draft: Draft) -> Bundle:
        loaded = load(self._parts.store.draft_files(draft.draft_id))
        if loaded.bundle is None:
            told = render_text(loaded.findings)
            raise Problem(
                WITH_FINDINGS, f"the draft has errors, so no call can be played: {told}", code="bundle-refused"
            )
        return loaded.bundle
