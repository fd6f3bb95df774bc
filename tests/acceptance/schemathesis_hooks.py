"""What schemathesis cannot know of the router: how a notification is signed, and which calls there are.

Half of the notifications are right but for their content, which is the example of the description with fields left out,
added, or replaced by any JSON. Half of the paths name a call that is there.
"""

import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

from router.protocol.sign import sign
from router.web.openapi import resolved
from tests.openapi import operations

KEY, SALT = os.environ["MANGO_API_KEY"], os.environ["MANGO_API_SALT"]
CALLS = json.loads(os.environ.get("IVR_TEST_CALLS", "[]"))

NAMES = st.sampled_from(
    ["entry_id", "call_id", "seq", "call_state", "dtmf", "from", "to", "command_id", "result", "key"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def contents(path: str, method: str) -> st.SearchStrategy[dict[str, Any]] | None:
    """What a notification may say; None for an operation that takes none."""
    body = operations()[path, method].get("requestBody", {})
    form = resolved(body).get("content", {}).get("multipart/form-data", {}).get("schema")
    told = form and resolved(form).get("properties", {}).get("json", {}).get("contentSchema")
    if not told:
        return None
    (example,) = resolved(told)["examples"]
    changes = st.dictionaries(st.sampled_from(sorted(example)) | NAMES, JSON, max_size=2)
    entry = st.sampled_from([*CALLS, example.get("entry_id", "e")])
    removed = st.sets(st.sampled_from(sorted(example)), max_size=1)
    return st.builds(
        lambda changed, entry_id, without: {
            name: value
            for name, value in {
                **example,
                **({"entry_id": entry_id} if "entry_id" in example else {}),
                **changed,
            }.items()
            if name not in without
        },
        changes,
        entry,
        removed,
    )


@schemathesis.hook
def flatmap_body(context: Any, body: Any) -> st.SearchStrategy[Any]:
    told = contents(context.operation.path, context.operation.method.upper())
    if told is None or not isinstance(body, dict) or "json" not in body:
        return st.just(body)
    return st.just(body) | told.map(lambda content: signed(json.dumps(content)))


def signed(text: str) -> dict[str, str]:
    return {"vpbx_api_key": KEY, "sign": sign(KEY, text, SALT), "json": text}


@schemathesis.hook
def flatmap_path_parameters(context: Any, path_parameters: Any) -> st.SearchStrategy[Any]:
    if not CALLS or not path_parameters or "entry_id" not in path_parameters:
        return st.just(path_parameters)
    known = st.sampled_from(CALLS).map(lambda entry_id: {**path_parameters, "entry_id": entry_id})
    return st.just(path_parameters) | known


@schemathesis.serializer("application/gzip", "application/x-tar")
def archive(context: Any, value: Any) -> bytes:
    """Bytes that are hardly ever an archive: those that are have tests of their own."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
