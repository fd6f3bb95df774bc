"""A CRM's receiver of notifications: checks who sent each one, takes it once, and keeps a card for each call.

    ivr deliveries secret http://127.0.0.1:8765                 # what signs them, unless `receivers` names another
    WEBHOOK_SECRET=whsec_... python crm_receiver.py cards.db     # listens on 127.0.0.1:8765 (PORT)
    ivr publish examples/crm_flows                               # a flow that tells it of each call
    sqlite3 cards.db 'SELECT * FROM cards'

It answers 204 once the card is on the disk, so what it has said yes to is kept; 401 for what the router did not sign,
400 for what is no envelope. Only the standard library is needed.
"""

import base64
import hmac
import json
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRETS = os.environ.get("WEBHOOK_SECRET", "").split()  # two while the secret is changed
PORT = int(os.environ.get("PORT", "8765"))
TOLERANCE_SECONDS = 300
MOST_BYTES = 1 << 20

TABLES = """
    CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS cards (
        account TEXT NOT NULL, entry_id TEXT NOT NULL, sequence INTEGER NOT NULL, type TEXT NOT NULL,
        caller TEXT NOT NULL, line TEXT NOT NULL, started TEXT NOT NULL, outcome TEXT NOT NULL,
        answered_by TEXT NOT NULL, talk_seconds REAL NOT NULL, data TEXT NOT NULL, PRIMARY KEY (account, entry_id)
    );
"""
KEEP_CARD = """
    INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account, entry_id) DO UPDATE SET sequence = excluded.sequence, type = excluded.type,
        outcome = excluded.outcome, answered_by = excluded.answered_by, talk_seconds = excluded.talk_seconds,
        data = excluded.data
    WHERE excluded.sequence > cards.sequence
"""


def is_signed(headers, body):
    """Whether one of our secrets signed the request, lately."""
    delivery_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    given = headers.get("webhook-signature", "").split()
    for secret in SECRETS:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.digest(key, f"{delivery_id}.{timestamp}.".encode() + body, "sha256")
        expected = b"v1," + base64.b64encode(digest)
        if any(hmac.compare_digest(expected, one.encode()) for one in given):
            return True
    return False


def keep(database, envelope):
    """Take a notification into its call's card; one that came before, or after a later one, changes nothing."""
    state = envelope["state"]
    with database:
        is_new = database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (envelope["id"], time.time())).rowcount
        if is_new:
            card = (envelope["account"], envelope["entry_id"], envelope["sequence"], envelope["type"], state["caller"])
            end = (state["outcome"], state["answered_by"], state["talk_seconds"], json.dumps(envelope["data"]))
            database.execute(KEEP_CARD, (*card, state["line"], state["started"], *end))


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(min(length, MOST_BYTES))
        if length > MOST_BYTES or not is_signed(self.headers, body):
            return self._answer(401)
        try:
            keep(self.server.database, json.loads(body))
        except (ValueError, KeyError, TypeError):
            return self._answer(400)  # it will not get better: the router gives it up, and says so
        return self._answer(204)

    def _answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    if not SECRETS:
        sys.exit("WEBHOOK_SECRET is not set: `ivr deliveries secret` prints it")
    server = HTTPServer(("127.0.0.1", PORT), Receiver)
    server.database = sqlite3.connect(sys.argv[1] if len(sys.argv) > 1 else "cards.db")
    server.database.executescript(TABLES)
    server.serve_forever()
