// Live calls by flow and step, on the flow's own diagram; below it those of the chosen step, or of all.
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { ask, inWords, segment } from "../../api";
import { second, secondsUntil } from "../../clock";
import { Diagram } from "../../parts/diagram";
import { type Drawing, drawingOf } from "../../parts/drawing";
import { span } from "../../parts/format";
import { Table } from "../../parts/table";
import type { Flow, LiveCall, Serving } from "../../records";
import { link, replace, route } from "../../route";
import { callWords, standing } from "../../words/calls";
import { nowWords } from "../../words/now";
import { shellWords } from "../../words/shell";
import { liveCalls, news, paint } from "./live_calls";
import { type Chosen, isOf, painter } from "./movement";

const MOST_ROWS = 40;
const MOST_CHIPS = 8;
const FEW_ACCOUNTS = 5; // of so many the flows that have no call now are shown, too

/** `line` leads to it, so that a call can be placed. */
type Known = Chosen & { line?: string | undefined };
type Group = Known & { calls: number; isActive: boolean };

export function Board({ accounts }: { accounts: readonly Serving[] }) {
  const t = nowWords();
  const known = useKnownFlows(accounts);
  news.value;
  const groups = groupsOf(accounts, known);
  const chosen = chosenOf(groups);
  if (!groups.length || !chosen) return <p class="empty">{t.noFlows}</p>;
  return (
    <section aria-label={t.calls}>
      <Choice groups={groups} chosen={chosen} isOneAccount={accounts.length < 2} />
      <Picture key={`${chosen.account} ${chosen.version} ${chosen.flow}`} chosen={chosen} />
      <Calls chosen={chosen} />
    </section>
  );
}

/** The flows that take calls of each account's active version. */
function useKnownFlows(accounts: readonly Serving[]) {
  const known = useSignal<readonly Known[]>([]);
  const few = accounts.slice(0, FEW_ACCOUNTS).filter((one) => one.active);
  useEffect(() => {
    const ended = new AbortController();
    const read = async ({ account, active }: Serving) => {
      const { flows } = await ask<{ flows: Flow[] }>(`versions/${segment(active)}/flows`, { query: { account }, signal: ended.signal });
      return flows.filter((flow) => flow.takes_calls).map((flow) => ({ account, version: active, flow: flow.name, line: flow.lines[0] }));
    };
    Promise.all(few.map(read)).then((found) => { known.value = found.flat(); }, () => undefined);
    return () => ended.abort();
  }, [few.map((one) => `${one.account} ${one.active}`).join()]);
  return known.value;
}

function groupsOf(accounts: readonly Serving[], known: readonly Known[]): readonly Group[] {
  const active = new Map(accounts.map((one) => [one.account, one.active]));
  const groups = new Map<string, Group>();
  const add = ({ account, version, flow, line }: Known, calls: number) => {
    const name = `${account} ${version} ${flow}`;
    const group = groups.get(name) ?? { account, version, flow, line, calls: 0, isActive: active.get(account) === version };
    group.calls += calls;
    groups.set(name, group);
  };
  for (const one of known) add(one, 0);
  for (const { account, state } of liveCalls.values()) add({ account, version: state.version, flow: state.flow }, 1);
  return [...groups.values()].sort((one, other) => Number(other.isActive) - Number(one.isActive) || other.calls - one.calls);
}

/** What the address chooses; else the first. */
function chosenOf(groups: readonly Group[]): Group | undefined {
  const query = route.value.query;
  const [account, flow, version] = ["account", "flow", "version"].map((name) => query.get(name));
  const fits = (one: Group) =>
    (!account || one.account === account) && (!flow || one.flow === flow) && (!version || one.version === version);
  return groups.find(fits) ?? groups[0];
}

function Choice({ groups, chosen, isOneAccount }: { groups: readonly Group[]; chosen: Group; isOneAccount: boolean }) {
  const t = nowWords();
  const told = (one: Group) =>
    [isOneAccount ? "" : one.account, one.flow || callWords().noFlow, one.isActive ? "" : t.olderVersion(one.version.slice(0, 8))].filter(Boolean).join(" · ");
  const href = (one: Group) => link("now", "", { account: one.account, flow: one.flow, version: one.isActive ? undefined : one.version });
  const shown = groups.slice(0, MOST_CHIPS);
  return (
    <nav class="chips" aria-label={t.flows}>
      {(shown.includes(chosen) ? shown : [chosen, ...shown]).map((one) => (
        <a key={href(one)} href={href(one)} aria-current={one === chosen || undefined}>{told(one)} <b>{one.calls}</b></a>
      ))}
      {groups.length > MOST_CHIPS && (
        <select aria-label={t.moreFlows} value="" onChange={(event) => replace(event.currentTarget.value)}>
          <option value="">{t.moreFlows}</option>
          {groups.slice(MOST_CHIPS).map((one) => <option value={href(one)}>{told(one)} · {one.calls}</option>)}
        </select>
      )}
    </nav>
  );
}

function Picture({ chosen }: { chosen: Chosen }) {
  const t = nowWords();
  const drawing = useSignal<Drawing | null>(null);
  const error = useSignal("");
  useEffect(() => {
    let stop: () => void = () => undefined;
    let isOver = false;
    drawingOf(chosen).then(
      (drawn) => {
        if (isOver) return;
        drawing.value = drawn;
        stop = paint(painter(drawn, chosen, liveCalls));
      },
      (why: unknown) => { error.value = inWords(why); },
    );
    return () => { isOver = true; stop(); };
  }, []);
  if (error.value) return <p class="failed" role="alert">{error.value}</p>;
  if (!drawing.value) return <p class="empty">{shellWords().loading}</p>;
  const [flow, step] = chosenStep();
  const pick = (inFlow: string, name: string) => {
    const isSame = inFlow === flow && name === step;
    replace(link("now", "", { ...Object.fromEntries(route.peek().query), step: isSame ? undefined : `${inFlow}.${name}` }));
  };
  return (
    <Diagram drawing={drawing.value} label={t.diagramOf(chosen.flow)} onStep={pick} chosen={step ? { flow: flow ?? "", step } : null} />
  );
}

/** [flow, step] of the address. */
function chosenStep(): string[] {
  return (route.value.query.get("step") ?? "").split(".");
}

function Calls({ chosen }: { chosen: Known }) {
  const t = nowWords();
  const c = callWords();
  news.value;
  second.value;
  const [flow, step] = chosenStep();
  const fits = ({ account, state }: LiveCall) =>
    isOf(chosen, { account, version: state.version, flow: state.flow }) &&
    (!step || (state.step === step && (state.within || state.flow) === flow));
  const found = [...liveCalls.values()].filter(fits).sort((one, other) => (one.state.started < other.state.started ? -1 : 1));
  const shown = found.slice(0, MOST_ROWS);
  return (
    <>
      <h2>{step ? t.callsAt(step, found.length) : t.callsOf(chosen.flow, found.length)}</h2>
      <Table caption={t.calls} rows={shown} id={(call) => `${call.account} ${call.entry_id}`} empty={t.noCalls(chosen.line ?? "LINE")}
        href={(call) => link("call", call.entry_id, { account: call.account })} columns={[
          { title: c.caller, cell: ({ state }) => state.caller || shellWords().withheld },
          { title: c.line, cell: ({ state }) => state.line },
          { title: c.step, cell: ({ state }) => `${state.within ? `${state.within}.` : ""}${state.step}` },
          { title: t.inStep, cell: ({ state }) => (state.since ? span(-secondsUntil(state.since)) : ""), kind: "number" },
          { title: t.lasts, cell: ({ state }) => span(-secondsUntil(state.started)), kind: "number" },
          { title: t.with, cell: ({ state }) => state.where?.with || state.where?.location || "" },
          { title: c.state, cell: ({ state }) => standing(state) },
        ]} />
      {found.length > shown.length && (
        <p><a href={link("find", "", { live: "1", flow: chosen.flow })}>{t.moreCalls(found.length - shown.length)}</a></p>
      )}
    </>
  );
}
