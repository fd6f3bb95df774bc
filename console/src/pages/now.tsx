// What goes on: live calls, commands that wait, and how full the limits are.
import { useEffect } from "preact/hooks";
import { ask, inWords } from "../api";
import { words } from "../language";
import { listen } from "../live";
import { confirmed } from "../parts/dialog";
import { clock, number, percent } from "../parts/format";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import type { AccountLimits, CallRow, Command, Serving } from "../records";
import { link } from "../route";
import { attempt } from "../shell/toasts";
import { callWords, commandState, standing } from "../words/calls";
import { now as en } from "../words/en/now";
import { now as ru } from "../words/ru/now";
import { shellWords } from "../words/shell";

const nowWords = words({ en, ru });
const GATHER_MILLISECONDS = 150;
const REFRESH_MILLISECONDS = 2000;

type Seen = { calls: CallRow[]; commands: Command[]; limits: AccountLimits[]; accounts: Serving[] };

async function load(signal: AbortSignal): Promise<Seen> {
  const [{ calls }, { commands }, { limits }, { accounts }] = await Promise.all([
    ask<{ calls: CallRow[] }>("calls", { query: { live: 1, limit: 100 }, signal }),
    ask<{ commands: Command[] }>("commands", { query: { limit: 100 }, signal }),
    ask<{ limits: AccountLimits[] }>("limits", { signal }),
    ask<{ accounts: Serving[] }>("accounts", { signal }),
  ]);
  return { calls, commands, limits, accounts };
}

export default function Now() {
  const seen = useLoaded(load, []);
  useEffect(() => {
    let timer = 0;
    const stop = listen((told) => {
      if (timer || told.every((one) => one.name === "heartbeat")) return;
      timer = window.setTimeout(() => { timer = 0; seen.again(); }, GATHER_MILLISECONDS);
    });
    const refresh = setInterval(() => { if (!document.hidden) seen.again(); }, REFRESH_MILLISECONDS);
    return () => { stop(); clearTimeout(timer); clearInterval(refresh); };
  }, []);
  const { value, error } = seen.value;
  const t = nowWords();
  return (
    <>
      <h1>{t.title}</h1>
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && <Seen seen={value} onChange={seen.again} />}
    </>
  );
}

function Seen({ seen, onChange }: { seen: Seen; onChange: () => void }) {
  const t = nowWords();
  const c = callWords();
  return (
    <>
      <Pause accounts={seen.accounts} onChange={onChange} />
      <h2>{t.calls}</h2>
      <Table caption={t.calls} rows={seen.calls} id={(call) => `${call.account} ${call.entry_id}`} empty={t.noCalls}
        href={(call) => link("call", call.entry_id, { account: call.account })} columns={[
          { title: c.started, cell: (call) => clock(call.started), kind: "time" },
          { title: c.caller, cell: (call) => call.caller || shellWords().withheld },
          { title: c.line, cell: (call) => call.line },
          { title: c.flow, cell: (call) => call.flow || c.noFlow },
          { title: c.step, cell: (call) => call.step },
          { title: c.state, cell: standing },
        ]} />
      <h2>{t.commands}</h2>
      <Table caption={t.commands} rows={seen.commands} id={(one) => `${one.account} ${one.command_id}`} empty={t.noCommands} columns={[
        { title: c.queued, cell: (one) => clock(one.queued), kind: "time" },
        { title: c.command, cell: (one) => one.command },
        { title: c.target, cell: (one) => one.label },
        { title: c.state, cell: (one) => <span class={one.state}>{commandState(one.state)}</span> },
        { title: c.deadline, cell: (one) => clock(one.deadline), kind: "time" },
        { title: c.code, cell: (one) => one.code },
        { title: c.waited, cell: (one) => one.wait_seconds, kind: "number" },
        { title: c.reason, cell: (one) => one.reason },
      ]} />
      <h2>{t.limits}</h2>
      <Limits limits={seen.limits} />
    </>
  );
}

function Pause({ accounts, onChange }: { accounts: readonly Serving[]; onChange: () => void }) {
  const t = nowWords();
  const isPaused = accounts.some((one) => one.paused);
  const press = async () => {
    const reason = isPaused ? "" : await confirmed(t.askPause, t.pause, true);
    if (reason === null) return;
    await attempt(() => ask(isPaused ? "resume" : "pause", { method: "POST", query: { reason } }));
    onChange();
  };
  return (
    <p class={isPaused ? "paused" : undefined}>
      {isPaused && <strong>{t.paused} </strong>}
      <button type="button" onClick={() => void press()}>{isPaused ? t.resume : t.pause}</button>
    </p>
  );
}

function Limits({ limits }: { limits: readonly AccountLimits[] }) {
  const t = nowWords();
  const rows = limits.flatMap((one) => one.windows.map((window) => ({ ...window, account: one.account, ours: one.share * window.share })))
    .filter((one) => one.occupied || one.queued || one.share < 1 || one.window === "route" || one.window === "all");
  return (
    <>
      {limits.map((one) => one.paused && (
        <p class="failed">{t.closed(one.account, clock(one.paused.until), one.paused.reason)}</p>
      ))}
      <Table caption={t.limits} rows={rows} id={(one) => `${one.account} ${one.window}`} empty={shellWords().none} columns={[
        { title: callWords().account, cell: (one) => one.account },
        { title: t.window, cell: (one) => one.window },
        { title: t.allowed, cell: (one) => t.per(number(one.count), number(one.seconds, 1)) },
        { title: t.share, cell: (one) => percent(one.ours), kind: "number" },
        { title: t.taken, cell: (one) => one.occupied, kind: "number" },
        { title: t.freeAt, cell: (one) => clock(one.next_free) || t.atOnce, kind: "time" },
        { title: t.waiting, cell: (one) => one.queued, kind: "number" },
      ]} />
    </>
  );
}
