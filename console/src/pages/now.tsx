// What goes on: live calls on the diagram, commands that wait, limits, alarms; and the switch that stops all of it.
import { useEffect } from "preact/hooks";
import { ask, inWords } from "../api";
import { listen } from "../live";
import { confirmed } from "../parts/dialog";
import { useLoaded } from "../parts/load";
import type { AccountLimits, Alarm, Command, Serving } from "../records";
import { may } from "../session";
import { attempt } from "../shell/toasts";
import { nowWords } from "../words/now";
import { Alarms } from "./now/alarms";
import { Board } from "./now/board";
import { Doctor } from "./now/doctor";
import { Limits } from "./now/limits";
import { failure, follow, liveCalls, news } from "./now/live_calls";
import { Commands } from "./now/commands";

const GATHER_MILLISECONDS = 700;
const REFRESH_MILLISECONDS = 1000;
const IDLE_ROUNDS = 3; // while no command waits, so many are left out
const ACCOUNT_ROUNDS = 10; // there may be thousands, and they seldom change
const MOST_COMMANDS = 200;

/** What changes with every event. */
type Flowing = { commands: Command[]; limits: AccountLimits[]; accounts: number };

async function loadFlowing(signal: AbortSignal): Promise<Flowing> {
  const [{ commands }, { limits, sums }] = await Promise.all([
    ask<{ commands: Command[] }>("commands", { query: { state: "queued", limit: MOST_COMMANDS }, signal }),
    ask<{ limits: AccountLimits[]; sums: { accounts: number } }>("limits", { signal }),
  ]);
  return { commands, limits, accounts: sums.accounts };
}

const loadAccounts = (signal: AbortSignal) => ask<{ accounts: Serving[] }>("accounts", { signal });
const loadAlarms = (signal: AbortSignal) => ask<{ alarms: Alarm[] }>("alarms", { signal });

/** All that the page asks for beside the live calls, each as often as it changes. */
function useSeen() {
  const flowing = useLoaded(loadFlowing, []);
  const accounts = useLoaded(loadAccounts, []);
  const alarms = useLoaded(loadAlarms, []); // they may take a while, and nothing waits for them
  useEffect(() => {
    let timer = 0;
    let round = 0;
    const again = () => {
      clearTimeout(timer);
      timer = 0;
      if (document.hidden) return;
      flowing.again();
      alarms.again();
    };
    const stop = listen((told) => {
      if (told.some((one) => one.name !== "heartbeat")) timer ||= window.setTimeout(again, GATHER_MILLISECONDS);
    });
    const refresh = setInterval(() => {
      round += 1;
      if (flowing.peek().value?.commands.length || round % IDLE_ROUNDS === 0) again();
      if (!document.hidden && round % ACCOUNT_ROUNDS === 0) accounts.again();
    }, REFRESH_MILLISECONDS);
    return () => { stop(); clearTimeout(timer); clearInterval(refresh); };
  }, []);
  return { flowing, accounts, alarms };
}

export default function Now() {
  const t = nowWords();
  const { flowing, accounts, alarms } = useSeen();
  useEffect(follow, []);
  const error = accounts.value.error ?? flowing.value.error ?? alarms.value.error;
  const trouble = error ? inWords(error) : failure.value;
  const known = accounts.value.value?.accounts;
  const seen = flowing.value.value;
  return (
    <div class="now">
      <div class="title">
        <h1>{t.title}</h1>
        {known && <Standing accounts={known} onChange={() => { accounts.again(); alarms.again(); }} />}
      </div>
      {trouble && <p class="failed" role="alert">{trouble}</p>}
      {/* What was well when it could last be asked says nothing of now. */}
      {!trouble && alarms.value.value && <Alarms alarms={alarms.value.value.alarms} accounts={known ?? []} />}
      <div class="columns">
        {known && <Board accounts={known} />}
        <aside aria-label={t.around}>
          {seen && <Limits limits={seen.limits} accounts={seen.accounts} />}
          {seen && <Commands waiting={seen.commands} isMore={seen.commands.length === MOST_COMMANDS} />}
          {may("operator") && <Doctor />}
        </aside>
      </div>
    </div>
  );
}

/** How many calls there are, and the pause. */
function Standing({ accounts, onChange }: { accounts: readonly Serving[]; onChange: () => void }) {
  const t = nowWords();
  news.value;
  const isPaused = accounts.some((one) => one.paused);
  const press = async () => {
    const reason = isPaused ? "" : await confirmed(t.askPause, t.pause, true);
    if (reason === null) return;
    await attempt(() => ask(isPaused ? "resume" : "pause", { method: "POST", query: { reason } }));
    onChange();
  };
  return (
    <>
      <p class="sum"><b>{liveCalls.size}</b> {t.liveCalls(liveCalls.size)}</p>
      {isPaused && <p class="paused">{t.paused}</p>}
      {may("operator") && <button type="button" onClick={() => void press()}>{isPaused ? t.resume : t.pause}</button>}
    </>
  );
}
