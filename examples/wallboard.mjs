// A wallboard in the terminal: who is on the line, where, and since when. Made from docs/http.md alone.
//   ivr token create --role viewer --name wallboard
//   IVR_TOKEN=ivr_… node --experimental-eventsource examples/wallboard.mjs   (20.18 or newer; 22.3 needs no flag)

const base = process.env.IVR_URL ?? "http://127.0.0.1:8080";
const calls = new Map(); // entry_id -> state, of those that are not over
let heard = new Set(); // calls that an event told of since the stream was opened
let lastId = ""; // of the last event: what a new stream goes on behind

async function ask(path, method = "GET") {
  const answer = await fetch(base + path, { method, headers: { Authorization: `Bearer ${process.env.IVR_TOKEN}` } });
  if (answer.status === 401 || answer.status === 403) {
    console.error((await answer.json()).detail); // revoked, expired, or of another role: nothing will mend that
    process.exit(1);
  }
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
  return answer.json();
}

function put(id, state) {
  if (state.status === "ended") calls.delete(id);
  else calls.set(id, state);
}

async function load() { // the calls that are up; what an event has told meanwhile is newer
  const { calls: rows } = await ask("/api/calls?live=1&limit=500");
  for (const id of calls.keys()) if (!heard.has(id)) calls.delete(id);
  for (const row of rows) if (!heard.has(row.entry_id)) put(row.entry_id, row);
  draw();
}

async function listen() {
  const { access_token } = await ask("/api/stream-token", "POST"); // an EventSource can send no header
  const stream = new EventSource(`${base}/api/events?${new URLSearchParams({ access_token, after: lastId })}`);
  let failed = false;
  heard = new Set();
  stream.onopen = () => load().catch(() => stream.onerror());
  stream.addEventListener("reset", () => { heard = new Set(); load().catch(() => stream.onerror()); });
  stream.addEventListener("call", (event) => {
    const { entry_id, state } = JSON.parse(event.data);
    lastId = event.lastEventId;
    heard.add(entry_id);
    if (state) put(entry_id, state);
    draw();
  });
  stream.onerror = () => { // the router restarts, the token has expired, or the network is gone
    stream.close();
    if (!failed) setTimeout(again, 1000);
    failed = true;
  };
}

function draw() {
  console.log(`--- ${calls.size} on the line`);
  for (const s of calls.values())
    console.log([s.caller || "hidden", s.flow, s.step, s.where?.with, s.status, s.since ?? s.started].join("\t"));
}

const again = () => listen().catch(() => setTimeout(again, 1000));
again();
