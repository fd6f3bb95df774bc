// One call: its facts, each step with why it was left, commands and legs; and, while it is up, commands by hand.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ask, inWords, segment } from "../api";
import { words } from "../language";
import { listen } from "../live";
import { confirmed } from "../parts/dialog";
import { clock, stamp } from "../parts/format";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import type { Call, Clause } from "../records";
import { route } from "../route";
import { attempt } from "../shell/toasts";
import { callWords, commandState } from "../words/calls";
import { call as en } from "../words/en/call";
import { call as ru } from "../words/ru/call";

const pageWords = words({ en, ru });
const GATHER_MILLISECONDS = 150;
const FACTS = ["entry_id", "account", "flow", "version", "line", "caller", "started", "ended", "outcome"];
const MORE_FACTS = ["untaken", "sip_call_id", "group", "answered_by", "talk_seconds", "end_reason", "recording_id", "task_id"];

export default function CallPage() {
  const id = route.value.rest;
  const account = route.value.query.get("account") ?? "";
  const found = useLoaded((signal) => ask<Call>(`calls/${segment(id)}`, { query: { account }, signal }), [id, account]);
  useEffect(() => {
    let timer = 0;
    const stop = listen((told) => {
      if (!timer && told.some((one) => one.name === "reset" || one.data?.entry_id === id)) {
        timer = window.setTimeout(() => { timer = 0; found.again(); }, GATHER_MILLISECONDS);
      }
    });
    return () => { stop(); clearTimeout(timer); };
  }, [id]);
  const { value, error } = found.value;
  const t = pageWords();
  if (error) return <><h1>{t.title}</h1><p class="empty" role="alert">{inWords(error)}</p></>;
  return value && <Found call={value} onChange={found.again} />;
}

function Found({ call, onChange }: { call: Call; onChange: () => void }) {
  const t = pageWords();
  const c = callWords();
  const facts = [...FACTS, ...MORE_FACTS.filter((name) => call[name])];
  return (
    <>
      <h1>{t.title}</h1>
      <dl class="facts">
        {facts.map((name) => <><dt>{name}</dt><dd>{shownFact(call[name])}</dd></>)}
      </dl>
      {!call.ended && <ByHand call={call} onChange={onChange} />}
      <h2>{t.steps}</h2>
      <Table caption={t.steps} rows={call.steps} id={(step) => `${step.at} ${step.step} ${step.within ?? ""}`} empty={t.noSteps} columns={[
        { title: c.at, cell: (step) => clock(step.at), kind: "time" },
        { title: c.step, cell: (step) => `${step.within ? `${step.within}.` : ""}${step.step} (${step.verb})` },
        { title: c.exit, cell: (step) => step.exit && `${step.exit} → ${step.goto || t.rests}` },
        { title: c.why, cell: (step) => <>{step.why}<Clauses asked={step.clauses} /></> },
      ]} />
      <h2>{t.commands}</h2>
      <Table caption={t.commands} rows={call.commands} id={(one) => one.command_id} empty={t.none} columns={[
        { title: c.queued, cell: (one) => clock(one.queued), kind: "time" },
        { title: c.command, cell: (one) => one.command },
        { title: c.target, cell: (one) => one.label },
        { title: c.state, cell: (one) => <span class={one.state}>{commandState(one.state)}</span> },
        { title: c.code, cell: (one) => one.code },
        { title: c.waited, cell: (one) => one.wait_seconds, kind: "number" },
        { title: c.reason, cell: (one) => [one.reason, givenBy(one)].filter(Boolean).join("; ") },
      ]} />
      <h2>{t.legs}</h2>
      <Table caption={t.legs} rows={call.legs} id={(leg) => `${leg.at} ${leg.to}`} empty={t.none} columns={[
        { title: c.at, cell: (leg) => clock(leg.at), kind: "time" },
        { title: t.where, cell: (leg) => leg.location },
        { title: t.from, cell: (leg) => leg.from },
        { title: t.to, cell: (leg) => leg.to },
        { title: c.state, cell: (leg) => leg.state },
        { title: c.reason, cell: (leg) => leg.disconnect_reason || "" },
      ]} />
    </>
  );
}

function shownFact(value: unknown): string {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return stamp(value);
  return value ? String(value) : "–";
}

/** The clauses that a condition consists of, each with what its names stood for. */
function Clauses({ asked }: { asked: Call["steps"][number]["clauses"] }): ComponentChildren {
  const told = (one: Clause) => {
    const names = Object.entries(one.names ?? {}).filter(([name]) => name !== one.clause);
    const stood = names.map(([name, value]) => `${name} = ${String(value)}`).join(", ");
    return `${one.clause} → ${String(one.value)}${stood ? `  (${stood})` : ""}`;
  };
  const lines = asked.flatMap(({ when, value, clauses = [] }) => {
    const isWhole = clauses.length === 1 && clauses[0]?.clause === when;
    return [...(isWhole ? [] : [`${when} → ${String(value)}`]), ...clauses.map((one) => `${isWhole ? "" : "  "}${told(one)}`)];
  });
  return lines.length ? <ul class="clauses">{lines.map((line) => <li>{line}</li>)}</ul> : null;
}

function givenBy({ given }: Call["commands"][number]): string {
  if (!given) return "";
  const t = pageWords();
  const outcome = given.outcome ? `: ${given.outcome}${given.why ? `, ${given.why}` : ""}` : "";
  return `${t.by(given.actor || t.somebody)}${given.reason ? ` (${given.reason})` : ""}${outcome}`;
}

/** A command by hand. One press is one command, however often the button is pressed meanwhile. */
function ByHand({ call, onChange }: { call: Call; onChange: () => void }) {
  const t = pageWords();
  const form = useRef<HTMLFormElement>(null);
  const give = async (command: Record<string, string>) => {
    const fields = form.current;
    if (!fields || fields.inert) return;
    fields.inert = true;
    const text = (name: string) => String(new FormData(fields).get(name) ?? "").trim();
    const asked = { actor: text("actor"), reason: text("reason"), wait: "3s", ...command };
    sessionStorage.setItem("actor", asked.actor);
    await attempt(() => ask(`calls/${segment(call.entry_id)}/commands`, {
      method: "POST",
      query: { account: call.account },
      json: Object.fromEntries(Object.entries(asked).filter(([, value]) => value)),
      headers: { "Idempotency-Key": idempotencyKey() },
    }));
    fields.inert = false;
    onChange();
  };
  const hangUp = async () => {
    if ((await confirmed(t.askHangUp, t.hangUp)) !== null) await give({ command: "call/hangup" });
  };
  const route = () => {
    const given = new FormData(form.current ?? undefined);
    void give({ command: "route", to_number: String(given.get("to")).trim(), then: String(given.get("then")).trim() });
  };
  return (
    <form class="by-hand" ref={form} onSubmit={(event) => { event.preventDefault(); route(); }}>
      <label>{t.routeTo} <input name="to" required placeholder={t.extension} autocomplete="off" /></label>
      <label>{t.otherwise} <input name="then" title={t.otherwiseHint} autocomplete="off" /></label>
      <label>{t.why} <input name="reason" maxLength={200} autocomplete="off" /></label>
      <label>{t.yourName} <input name="actor" maxLength={200} defaultValue={sessionStorage.getItem("actor") ?? ""} /></label>
      <div class="buttons">
        <button class="main">{t.route}</button>
        <button type="button" onClick={() => void hangUp()}>{t.hangUp}</button>
      </div>
    </form>
  );
}

/** `randomUUID` exists in secure contexts alone. */
function idempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("-");
}
