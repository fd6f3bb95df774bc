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
import { Waiting } from "./now/waiting";

const GATHER_MILLISECONDS = 700;
const REFRESH_MILLISECONDS = 1000;
const IDLE_ROUNDS = 3; // while no command waits, so many are left out
const MOST_COMMANDS = 200;

type Seen = { commands: Command[]; limits: AccountLimits[]; accounts: Serving[] };

async function load(signal: AbortSignal): Promise<Seen> {
  const [{ commands }, { limits }, { accounts }] = await Promise.all([
    ask<{ commands: Command[] }>("commands", { query: { state: "queued", limit: MOST_COMMANDS }, signal }),
    ask<{ limits: AccountLimits[] }>("limits", { signal }),
    ask<{ accounts: Serving[] }>("accounts", { signal }),
  ]);
  return { commands, limits, accounts };
}

const loadAlarms = (signal: AbortSignal) => ask<{ alarms: Alarm[] }>("alarms", { signal });

export default function Now() {
  const t = nowWords();
  const seen = useLoaded(load, []);
  const alarms = useLoaded(loadAlarms, []); // they may take a while, and nothing waits for them
  useEffect(follow, []);
  useEffect(() => {
    let timer = 0;
    const again = () => {
      clearTimeout(timer);
      timer = 0;
      if (document.hidden) return;
      seen.again();
      alarms.again();
    };
    const stop = listen((told) => {
      if (told.some((one) => one.name !== "heartbeat")) timer ||= window.setTimeout(again, GATHER_MILLISECONDS);
    });
    let round = 0;
    const refresh = setInterval(() => {
      round += 1;
      if (seen.peek().value?.commands.length || round % IDLE_ROUNDS === 0) again();
    }, REFRESH_MILLISECONDS);
    return () => { stop(); clearTimeout(timer); clearInterval(refresh); };
  }, []);
  const { value, error } = seen.value;
  const trouble = error ? inWords(error) : failure.value;
  return (
    <div class="now">
      <div class="title">
        <h1>{t.title}</h1>
        {value && <Standing seen={value} onChange={seen.again} />}
      </div>
      {trouble && <p class="failed" role="alert">{trouble}</p>}
      {alarms.value.value && <Alarms alarms={alarms.value.value.alarms} accounts={value?.accounts ?? []} />}
      {value && (
        <div class="columns">
          <Board accounts={value.accounts} />
          <aside aria-label={t.around}>
            <Limits limits={value.limits} />
            <Waiting commands={value.commands} isMore={value.commands.length === MOST_COMMANDS} />
            {may("operator") && <Doctor />}
          </aside>
        </div>
      )}
    </div>
  );
}

/** How many calls there are, and the pause. */
function Standing({ seen, onChange }: { seen: Seen; onChange: () => void }) {
  const t = nowWords();
  news.value;
  const isPaused = seen.accounts.some((one) => one.paused);
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
