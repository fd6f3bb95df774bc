// One call: why it went where it went. Its way on the diagram, an axis of time, each step with the clauses that decided,
// what the caller heard; and what can be done with it: as a test, under other rules, by phone, by hand while it is up.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, inWords, segment } from "../api";
import { language } from "../language";
import { listen } from "../live";
import { clock, stamp } from "../parts/format";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import type { Call } from "../records";
import { route } from "../route";
import { may } from "../session";
import { callWords, commandState, outcomeWord } from "../words/calls";
import { writtenWords } from "../words/written";
import { Axis } from "./call/axis";
import { ByHand } from "./call/by_hand";
import { HeardTable, LookupTable } from "./call/heard";
import { pageWords } from "./call/page_words";
import { Records } from "./call/records";
import type { Timeline } from "./call/span";
import { Steps } from "./call/steps";
import { Tools } from "./call/tools";
import { Way } from "./call/way";

const GATHER_MILLISECONDS = 150;
const FACTS = ["entry_id", "account", "flow", "version", "line", "caller", "started", "ended", "outcome"] as const;
const MORE_FACTS = ["untaken", "sip_call_id", "group", "answered_by", "talk_seconds", "end_reason", "recording_id", "task_id"] as const;

type Told = { call: Call; timeline: Timeline | null };

const LISTS = ["legs", "events", "steps", "commands", "timers"] as const;
const MOST_PAGES = 20;

/** The whole call: a long one comes in pages, and a leg that goes on beyond one stands on both. */
async function wholeCall(path: string, account: string, signal: AbortSignal): Promise<Call> {
  const call = await ask<Call>(path, { query: { account, language: language.peek() }, signal });
  let next = call.next;
  for (let page = 1; typeof next === "string" && page < MOST_PAGES; page++) {
    const more = await ask<Call>(path, { query: { account, cursor: next, language: language.peek() }, signal });
    for (const list of LISTS) (call[list] as unknown[]).push(...more[list]);
    next = more.next;
  }
  call.legs = [...new Map(call.legs.map((leg) => [leg.call_id, leg])).values()];
  return call;
}

async function told(id: string, account: string, signal: AbortSignal): Promise<Told> {
  const path = `calls/${segment(id)}`;
  const call = await wholeCall(path, account, signal);
  const timeline = await ask<Timeline>(`${path}/timeline`, { query: { account: call.account, language: language.peek() }, signal });
  return { call, timeline };
}

export default function CallPage() {
  const id = route.value.rest;
  const account = route.value.query.get("account") ?? "";
  const found = useLoaded((signal) => told(id, account, signal), [id, account, language.value]);
  useEffect(() => {
    let timer = 0;
    const stop = listen((events) => {
      if (!timer && events.some((one) => one.name === "reset" || one.data?.entry_id === id)) {
        timer = window.setTimeout(() => { timer = 0; found.again(); }, GATHER_MILLISECONDS);
      }
    });
    return () => { stop(); clearTimeout(timer); };
  }, [id]);
  const { value, error } = found.value;
  const t = pageWords();
  if (error) return <><h1>{t.title}</h1><p class="empty" role="alert">{inWords(error)}</p></>;
  return value && <Found key={value.call.entry_id} {...value} onChange={found.again} />;
}

function Found({ call, timeline, onChange }: Told & { onChange: () => void }) {
  const t = pageWords();
  const c = callWords();
  const chosen = useSignal<number | null>(null);
  const choose = (step: number) => { chosen.value = chosen.peek() === step ? null : step; };
  const facts = [...FACTS, ...MORE_FACTS.filter((name) => call[name])];
  return (
    <>
      <h1>{t.title}</h1>
      <dl class="facts">
        {facts.map((name) => <><dt>{t.facts[name]}</dt><dd>{name === "outcome" ? outcomeWord(call.outcome) || "–" : shownFact(call[name])}</dd></>)}
      </dl>
      <Tools call={call} step={chosen.value} />
      {!call.ended && may("operator") && <ByHand call={call} onChange={onChange} />}
      <h2>{t.axis}</h2>
      <Axis call={call} timeline={timeline} chosen={chosen.value} onStep={choose} />
      {call.flow && call.version && (
        <>
          <h2>{t.way}</h2>
          <Way call={call} chosen={chosen.value} onStep={choose} />
        </>
      )}
      <h2>{t.steps}</h2>
      <Steps call={call} chosen={chosen.value} onStep={choose} />
      <h2>{t.heard}</h2>
      <HeardTable call={call} heard={timeline?.heard ?? []} />
      {timeline && timeline.lookups.length > 0 && (
        <>
          <h2>{t.lookups}</h2>
          <LookupTable call={call} lookups={timeline.lookups} />
        </>
      )}
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
        { title: c.state, cell: (leg) => t.legState(leg.state) },
        { title: c.reason, cell: (leg) => leg.disconnect_reason || "" },
      ]} />
      <Records call={call} />
    </>
  );
}

function shownFact(value: unknown): string {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return stamp(value);
  return value ? String(value) : "–";
}

function givenBy({ given }: Call["commands"][number]): string {
  if (!given) return "";
  const t = pageWords();
  const outcome = given.outcome ? `: ${given.outcome}${given.why ? `, ${given.why}` : ""}` : "";
  return `${t.by(writtenWords().actor(given.actor) || t.somebody)}${given.reason ? ` (${given.reason})` : ""}${outcome}`;
}
