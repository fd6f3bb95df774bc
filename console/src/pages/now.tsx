// What goes on: live calls on the diagram, commands that wait, limits, alarms; and the switch that stops all of it.
import { useEffect } from "preact/hooks";
import { ask, inWords } from "../api";
import { listen } from "../live";
import { confirmed } from "../parts/dialog";
import { useLoaded } from "../parts/load";
import type { AccountLimits, Alarm, Command, Serving } from "../records";
import { attempt } from "../shell/toasts";
import { nowWords } from "../words/now";
import { Alarms } from "./now/alarms";
import { Board } from "./now/board";
import { Doctor } from "./now/doctor";
import { Limits } from "./now/limits";
import { failure, follow, liveCalls, news } from "./now/live_calls";
import { Waiting } from "./now/waiting";

const GATHER_MILLISECONDS = 700;
const REFRESH_MILLISECONDS = 3000;
const MOST_COMMANDS = 200;

type Seen = { commands: Command[]; limits: AccountLimits[]; accounts: Serving[]; alarms: Alarm[] };

async function load(signal: AbortSignal): Promise<Seen> {
  const [{ commands }, { limits }, { accounts }, { alarms }] = await Promise.all([
    ask<{ commands: Command[] }>("commands", { query: { state: "queued", limit: MOST_COMMANDS }, signal }),
    ask<{ limits: AccountLimits[] }>("limits", { signal }),
    ask<{ accounts: Serving[] }>("accounts", { signal }),
    ask<{ alarms: Alarm[] }>("alarms", { signal }),
  ]);
  return { commands, limits, accounts, alarms };
}

export default function Now() {
  const t = nowWords();
  const seen = useLoaded(load, []);
  useEffect(follow, []);
  useEffect(() => {
    let timer = 0;
    const again = () => {
      clearTimeout(timer);
      timer = 0;
      if (!document.hidden) seen.again();
    };
    const stop = listen((told) => {
      if (told.some((one) => one.name !== "heartbeat")) timer ||= window.setTimeout(again, GATHER_MILLISECONDS);
    });
    const refresh = setInterval(again, REFRESH_MILLISECONDS);
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
      {value && <Alarms alarms={value.alarms} accounts={value.accounts} />}
      {value && (
        <div class="columns">
          <Board accounts={value.accounts} />
          <aside aria-label={t.around}>
            <Limits limits={value.limits} />
            <Waiting commands={value.commands} isMore={value.commands.length === MOST_COMMANDS} />
            <Doctor />
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
      <button type="button" onClick={() => void press()}>{isPaused ? t.resume : t.pause}</button>
    </>
  );
}
