"use strict";
// Everything from the API is put in as text, never as markup: callers choose parts of it.

const REFRESH_MILLISECONDS = 2000; // without live events
const GATHER_MILLISECONDS = 150; // events that come together are one redraw
const list = document.getElementById("list");
const detail = document.getElementById("detail");
const state = document.getElementById("state");
const tokenForm = document.getElementById("token");
const pauseButton = document.getElementById("pause");
let listening = false;
let lastEvent = "";
let redraw = 0;
let paused = false;
let view = "calls";
let opened = callOfAddress();

function callOfAddress() {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch { // a broken escape: no call is called so, and that is what is said
    return text;
  }
}

function element(tag, text, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== null && text !== undefined && text !== "") made.textContent = text;
  made.append(...children);
  return made;
}

function credentials() {
  const token = sessionStorage.getItem("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function ask(path, method = "GET", content = undefined, more = {}) {
  const headers = { ...credentials(), ...more };
  if (content !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(`../api/${path}`, { method, headers, body: content && JSON.stringify(content) });
  if (answer.status === 401) {
    tokenForm.hidden = false;
    throw new Error("the API wants its token");
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || body.title || `HTTP ${answer.status}`);
  tokenForm.hidden = true;
  return body;
}

const clock = (at) => (at ? new Date(at).toLocaleTimeString([], { hour12: false }) : "");
const stamp = (at) => (at ? new Date(at).toLocaleString([], { hour12: false }) : "");

function table(names, rows, empty) {
  if (!rows.length) return element("p", empty, { className: "empty" });
  const head = element("tr", "", {}, ...names.map((name) => element("th", name, { scope: "col" })));
  return element("table", "", {}, element("thead", "", {}, head), element("tbody", "", {}, ...rows));
}

const row = (...cells) =>
  element("tr", "", {}, ...cells.map((cell) => (cell instanceof Node ? element("td", "", {}, cell) : element("td", cell))));

const views = {
  async calls() {
    const live = document.getElementById("live").checked ? "&live=1" : "";
    const sip = document.getElementById("sip").value.trim();
    const { calls } = await ask(`calls?limit=100${live}${sip ? `&sip_call_id=${encodeURIComponent(sip)}` : ""}`);
    const rows = calls.map((call) => {
      const made = row(stamp(call.started), call.caller || "withheld", call.line, call.flow || "(nobody's)", call.outcome || call.status);
      made.tabIndex = 0;
      made.className = call.entry_id === opened ? "open" : "";
      made.onclick = () => open(call.entry_id);
      made.onkeydown = (event) => { if (event.key === "Enter") open(call.entry_id); };
      return made;
    });
    return table(["Started", "Caller", "Line", "Flow", "Outcome"], rows, "No calls yet. Place one: ivr call --keys 1");
  },
  async commands() {
    const { commands } = await ask("commands?limit=100");
    const rows = commands.map((one) => row(stamp(one.queued), one.command, one.label,
      element("span", one.state, { className: one.state }), one.code ?? "", one.wait_seconds ?? "", one.reason));
    return table(["Queued", "Command", "For", "State", "Code", "Waited, s", "Reason"], rows, "No commands yet.");
  },
  async limits() {
    const { limits, next, sums } = await ask("limits");
    const rows = limits.flatMap((one) => one.windows
      .filter((window) => window.occupied || window.queued || window.share < 1 || window.window === "route" || window.window === "all")
      .map((window) => row(one.account, window.window, `${window.count} in ${window.seconds} s`,
        `${Math.round(one.share * window.share * 100)} %`, String(window.occupied), clock(window.next_free) || "now", String(window.queued))));
    const paused = limits.filter((one) => one.paused).map((one) =>
      element("p", `${one.account} sends nothing until ${clock(one.paused.until)}: ${one.paused.reason}`, { className: "failed" }));
    const more = next ? [element("p", `${limits.length} of ${sums.accounts} accounts, ${sums.in_use} of them in use`)] : [];
    return element("div", "", {}, ...paused, ...more,
      table(["Account", "Window", "Allowed", "Share", "Taken", "Free at", "Queued"], rows, "No limits."));
  },
  async versions() {
    const [{ versions }, { accounts }] = await Promise.all([ask("versions"), ask("accounts")]);
    const serving = Object.fromEntries(accounts.map((one) => [one.account, one]));
    const rows = versions.map((one) => {
      const activate = (version) =>
        act(`versions/${encodeURIComponent(version)}/activate?account=${encodeURIComponent(one.account)}`);
      const { active, share } = serving[one.account];
      const buttons = {
        active: [],
        canary: [element("button", "to everybody", { onclick: () => activate(one.version) }),
          element("button", "take back", { onclick: () => activate(active) })],
      }[one.state] || [element("button", "activate", { onclick: () => activate(one.version) })];
      const name = one.state === "canary" ? `canary, ${+(100 * share).toFixed(2)} % of callers` : one.state;
      return row(one.account, one.version, name, stamp(one.activated || one.created), String(one.live_calls ?? ""),
        one.note, element("div", "", { className: "buttons" }, ...buttons));
    });
    return table(["Account", "Version", "State", "Activated", "Live calls", "Note", ""], rows, "Nothing was published yet.");
  },
};

function clauses(step) {
  const told = (one) => {
    const names = Object.entries(one.names || {}).filter(([name]) => name !== one.clause);
    return `${one.clause} → ${one.value}${names.length ? `  (${names.map(([name, value]) => `${name} = ${value}`).join(", ")})` : ""}`;
  };
  const lines = (step.clauses || []).flatMap((asked) => {
    const parts = asked.clauses || [];
    const whole = parts.length === 1 && parts[0].clause === asked.when;
    return [...(whole ? [] : [`${asked.when} → ${asked.value}`]), ...parts.map((one) => (whole ? "" : "  ") + told(one))];
  }).map((line) => element("li", line));
  return lines.length ? [element("ul", "", { className: "clauses" }, ...lines)] : [];
}

// A command by hand, for a call that is up. One press is one command, however often the button is pressed meanwhile.
function byHand(call) {
  if (call.ended) return [];
  const path = `calls/${encodeURIComponent(call.entry_id)}/commands?account=${encodeURIComponent(call.account)}`;
  const field = (label, properties = {}) => element("input", "", { placeholder: label, ariaLabel: label, size: 18, ...properties });
  const to = field("extension or number", { required: true, ariaLabel: "Route to" });
  const why = field("why", { maxLength: 200 });
  const who = field("your name", { maxLength: 200, size: 10, value: sessionStorage.getItem("actor") || "" });
  const then = field("if nobody answers", { title: "resume, release, or a step of the flow; resume when left empty" });
  const told = (command) => Object.fromEntries(Object.entries(
    { actor: who.value.trim(), reason: why.value.trim(), wait: "3s", ...command }).filter(([, value]) => value));
  const give = async (command) => {
    if (form.inert) return;
    form.inert = true;
    document.activeElement?.blur();
    sessionStorage.setItem("actor", who.value.trim());
    await act(path, told(command), { "Idempotency-Key": crypto.randomUUID?.() || `${Date.now()}-${Math.random()}` });
    form.inert = false;
  };
  const form = element("form", "", { className: "by-hand" }, element("button", "hang up", {
    type: "button", onclick: () => { if (confirm("Hang up on this caller?")) give({ command: "call/hangup" }); } }),
    to, element("button", "route"), then, why, who);
  form.onsubmit = (event) => {
    event.preventDefault();
    give({ command: "route", to_number: to.value.trim(), then: then.value.trim() });
  };
  return [form];
}

// Who gave a command, why, and what came of it.
function givenBy({ given }) {
  if (!given) return "";
  const outcome = given.outcome ? `: ${given.outcome}${given.why ? `, ${given.why}` : ""}` : "";
  return `by ${given.actor || "somebody"}${given.reason ? ` (${given.reason})` : ""}${outcome}`;
}

async function explain() {
  if (!opened || (detail.contains(document.activeElement) && document.activeElement.tagName === "INPUT")) return;
  const close = element("button", "close", { onclick: () => open("") });
  let call;
  try {
    if (/^\.{1,2}$/.test(opened)) throw new Error("there is no such call"); // as a path it would be another one
    call = await ask(`calls/${encodeURIComponent(opened)}`);
  } catch (error) {
    detail.replaceChildren(close, element("p", error.message, { className: "empty" }));
    return;
  }
  const facts = ["entry_id", "account", "flow", "version", "line", "caller", "started", "ended", "outcome"];
  const told = { ...call, dct: call.dct.number, ...call.summary };
  const more = ["untaken", "sip_call_id", "dct", "group", "answered_by", "talk_seconds", "end_reason", "recording_id",
    "task_id", "callback_initiator", "create_time", "forward_time", "talk_time", "end_time"].filter((name) => told[name]);
  const head = element("dl", "", {}, ...[...facts, ...more].flatMap((name) => [element("dt", name), element("dd", told[name] || "–")]));
  const steps = call.steps.map((step) => row(element("span", clock(step.at), { className: "at" }),
    `${step.within ? step.within + "." : ""}${step.step} (${step.verb})`,
    element("span", step.exit ? `${step.exit} → ${step.goto || "rests"}` : "", { className: "exit" }),
    element("div", step.why, {}, ...clauses(step))));
  const commands = call.commands.map((one) => row(element("span", clock(one.queued), { className: "at" }), one.command,
    one.label, element("span", one.state, { className: one.state }), one.code ?? "", one.wait_seconds ?? "",
    [one.reason, givenBy(one)].filter(Boolean).join("; ")));
  const legs = call.legs.map((leg) => row(element("span", clock(leg.at), { className: "at" }), leg.location, leg.from, leg.to,
    leg.state, leg.disconnect_reason || ""));
  detail.replaceChildren(
    close, element("h2", "Call"), head, ...byHand(call),
    element("h2", "Steps"), table(["At", "Step", "Exit", "Why"], steps, "No step was entered."),
    element("h2", "Commands"), table(["At", "Command", "For", "State", "Code", "Waited, s", "Reason"], commands, "None."),
    element("h2", "Legs"), table(["At", "Where", "From", "To", "State", "Reason"], legs, "None."));
}

function open(entryId) {
  opened = entryId;
  history.replaceState(null, "", entryId ? `#${encodeURIComponent(entryId)}` : "#");
  detail.hidden = !entryId;
  document.querySelector("main").classList.toggle("split", Boolean(entryId));
  refresh();
}

function complain(error) {
  state.textContent = error.message;
  state.className = "bad";
}

async function act(path, content, more = {}) {
  try {
    const done = await ask(path, "POST", content, more);
    await refresh();
    if (done?.lost?.told.length) complain(new Error(`Careful: ${done.lost.told.join("; ")}.`));
  } catch (error) {
    complain(error);
  }
}

async function showPause() {
  const { accounts } = await ask("accounts");
  paused = accounts.some((one) => one.paused);
  pauseButton.hidden = false;
  pauseButton.textContent = paused ? "resume" : "pause";
  document.body.classList.toggle("paused", paused);
}

pauseButton.onclick = () => {
  if (paused || confirm("Take no new calls and send nothing to the PBX?")) act(paused ? "resume" : "pause");
};

// Live events, by fetch: an EventSource could not bear the token.
async function listen() {
  const headers = { ...credentials(), ...(lastEvent ? { "Last-Event-ID": lastEvent } : {}) };
  const answer = await fetch("../api/events", { headers });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  listening = true;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      lastEvent = (block.match(/^id: (\S+)$/m) || [, lastEvent])[1];
      if (/^event: (call|account|reset)$/m.test(block)) soon();
    }
  }
}

function soon() {
  if (!redraw) redraw = setTimeout(() => { redraw = 0; refresh(); }, GATHER_MILLISECONDS);
}

async function listenForEver() {
  for (;;) {
    try {
      await listen();
    } catch {
      listening = false;
      await new Promise((later) => setTimeout(later, REFRESH_MILLISECONDS));
    }
  }
}

async function refresh() {
  try {
    const wanted = view;
    const drawn = await views[wanted]();
    if (wanted === view) list.replaceChildren(drawn);
    await explain();
    await showPause();
    state.textContent = `${paused ? "paused, " : ""}as of ${new Date().toLocaleTimeString([], { hour12: false })}`;
    state.className = "";
  } catch (error) {
    complain(error);
  }
}

for (const button of document.querySelectorAll("nav button")) {
  button.onclick = () => {
    view = button.dataset.view;
    document.querySelectorAll("nav button").forEach((other) => other.toggleAttribute("aria-current", other === button));
    refresh();
  };
}
document.getElementById("live").onchange = refresh;
document.getElementById("sip").oninput = refresh;
tokenForm.onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", tokenForm.querySelector("input").value);
  refresh();
};
window.onhashchange = () => open(callOfAddress());
if (opened) open(opened); else refresh();
setInterval(() => { if (!document.hidden && (!listening || view === "limits")) refresh(); }, REFRESH_MILLISECONDS);
listenForEver();
