// A phone in front of a version or a draft: dial, press keys, be the employee, step back, save the call as a test. The whole
// call is the list of what was said to it; the router plays it anew each time, so nothing is kept there.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Problem, ask, inWords, segment } from "../api";
import { words } from "../language";
import { number, span } from "../parts/format";
import { useLoaded } from "../parts/load";
import type { Call, Version } from "../records";
import { route } from "../route";
import { useKeys } from "../shell/keys";
import { complain } from "../shell/toasts";
import { phone as en } from "../words/en/phone";
import { phone as ru } from "../words/ru/phone";
import { Way } from "./call/way";
import { LookupAnswer } from "./phone/lookup";
import { Saving } from "./phone/saving";
import { type Against, type Dialled, Setup } from "./phone/setup";

export const phoneWords = words({ en, ru });

export type Played = {
  account: string;
  version: string;
  draft: string | null;
  flow: string;
  progress: { after: number; steps: number }[];
  call: Call;
  elapsed: number;
  seconds_to_next: number | null;
  where: "menu" | "ringing" | "talking" | "held" | "between" | "over";
  can: string[];
  step: string;
  lookup: { name: string; outputs: { name: string; type: string }[] } | null;
  heard: { after: number; command: string; told: string; says: string; seconds: number | null }[];
  variables: string[];
  trace: string[];
  saved?: { file: string; text: string };
};

type Recorded = { phone: { flow: string; given: Record<string, unknown>; said: string[] } };

const SIGNS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
const EMPLOYEE = ["answer", "busy", "reject", "noanswer", "unavailable", "hold", "resume", "left"] as const;

export default function PhonePage() {
  const t = phoneWords();
  const account = route.value.query.get("account") ?? "";
  const choices = useLoaded((signal) => choicesOf(account, signal), [account]);
  const dialled = useSignal<Dialled | null>(null);
  const { value, error } = choices.value;
  useEffect(() => {
    if (value) void recordedCall(value).then((found) => { if (found) dialled.value = found; }, complain);
  }, [value === null]);
  if (error) return <><h1>{t.title}</h1><p class="failed" role="alert">{inWords(error)}</p></>;
  return (
    <>
      <h1>{t.title}</h1>
      <p class="hint">{t.hint}</p>
      {value && <Setup choices={value} isDialled={dialled.value !== null} onDial={(made) => { dialled.value = made; }} />}
      {dialled.value && <Handset key={dialled.value.number} dialled={dialled.value} />}
    </>
  );
}

async function choicesOf(account: string, signal: AbortSignal): Promise<Against[]> {
  const [versions, drafts] = await Promise.all([
    ask<{ versions: Version[] }>("versions", { query: { account }, signal }),
    ask<{ drafts: { draft_id: string; name: string; account: string }[] }>("drafts", { query: { account }, signal }),
  ]);
  const t = phoneWords();
  const kept = versions.versions.map((one): Against => ({
    account: one.account, version: one.version, draft: "",
    label: `${one.version.slice(0, 12)}${one.state === "active" ? ` (${t.active})` : ` (${one.state})`}`,
  }));
  kept.sort((one, other) => Number(other.label.includes(t.active)) - Number(one.label.includes(t.active)));
  return [...kept, ...drafts.drafts.map((one): Against => ({ account: one.account, version: "", draft: one.draft_id, label: t.draft(one.name) }))];
}

/** A real call that the address names, as far as the step that it names; null without one. */
async function recordedCall(choices: readonly Against[]): Promise<Dialled | null> {
  const { query } = route.peek();
  const entry = query.get("call");
  if (!entry) return null;
  const account = query.get("account") ?? "";
  const [call, told] = await Promise.all([
    ask<Call>(`calls/${segment(entry)}`, { query: { account } }),
    ask<Recorded>(`calls/${segment(entry)}/test`, { query: { account } }),
  ]);
  const against = choices.find((one) => one.version === call.version) ?? { account: call.account, version: call.version, draft: "", label: "" };
  const { flow, given, said } = told.phone;
  const step = query.get("step");
  return { number: 0, against, flow, given, said: step === null ? said : await upTo(Number(step), against, flow, given, said) };
}

async function upTo(step: number, against: Against, flow: string, given: Dialled["given"], said: string[]): Promise<string[]> {
  const whole = await play({ number: 0, against, flow, given, said }, said);
  const place = whole.progress.findIndex((one) => one.steps > step);
  return place < 0 ? [] : said.slice(0, place + 1);
}

export function play(dialled: Dialled, said: readonly string[], more: Record<string, unknown> = {}): Promise<Played> {
  const { against, flow, given } = dialled;
  const where = against.draft ? { draft: against.draft } : { version: against.version };
  return ask<Played>("phone", { method: "POST", query: { account: against.account }, json: { ...where, flow, given, said, ...more } });
}

function Handset({ dialled }: { dialled: Dialled }) {
  const t = phoneWords();
  const said = useSignal<readonly string[]>(dialled.said);
  const played = useSignal<Played | null>(null);
  const refused = useSignal("");
  const isBusy = useSignal(false);
  const go = async (next: readonly string[]) => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    try {
      played.value = await play(dialled, next);
      said.value = next;
      refused.value = "";
    } catch (error) {
      refused.value = error instanceof Problem && error.status === 422 ? error.message : "";
      if (!refused.value) complain(error);
    }
    isBusy.value = false;
  };
  const say = (text: string) => void go([...said.peek(), text]);
  useEffect(() => { void go(dialled.said); }, []);
  const now = played.value;
  useKeys(SIGNS.map((sign) => ({
    keys: sign,
    told: () => phoneWords().key(sign),
    run: () => { if (played.peek()?.can.includes("keys")) say(sign); },
  })));
  if (!now) return refused.value ? <p class="failed" role="alert">{refused.value}</p> : null;
  return (
    <>
      <section class="handset" aria-label={t.title} aria-busy={isBusy.value}>
        <Standing now={now} />
        <Keypad now={now} say={say} />
        <Employee now={now} say={say} />
        <Clock now={now} say={say} />
        {now.lookup && <LookupAnswer lookup={now.lookup} say={say} />}
        <div class="buttons">
          <button type="button" disabled={!now.can.includes("hangup")} onClick={() => say("hangup")}>{t.hangUp}</button>
          <button type="button" disabled={!said.value.length} onClick={() => void go(said.peek().slice(0, -1))}>{t.back}</button>
        </div>
        {refused.value && <p class="failed" role="alert">{refused.value}</p>}
      </section>
      <Transcript now={now} said={said.value} />
      <Saving now={now} save={(name) => play(dialled, said.peek(), { save: { name } })} />
      {!now.draft && (
        <>
          <h2>{t.way}</h2>
          <Way call={{ account: now.account, version: now.version, flow: now.flow, steps: now.call.steps }} chosen={now.call.steps.length - 1} onStep={() => undefined} />
        </>
      )}
      <details><summary>{t.trace}</summary><pre class="text" tabIndex={0}>{now.trace.join("\n")}</pre></details>
      <details><summary>{t.variables}</summary><pre class="text" tabIndex={0}>{now.variables.join("\n")}</pre></details>
    </>
  );
}

type Told = { now: Played; say: (text: string) => void };

function Standing({ now }: { now: Played }) {
  const t = phoneWords();
  return (
    <div role="status">
      <dl class="facts">
        <dt>{t.elapsed}</dt><dd class="clock">{span(now.elapsed)}</dd>
        <dt>{t.step}</dt><dd class="place">{`${now.step} · ${t.where[now.where]}`}</dd>
      </dl>
    </div>
  );
}

function Keypad({ now, say }: Told) {
  const t = phoneWords();
  return (
    <div class="keypad" role="group" aria-label={t.keypad}>
      {SIGNS.map((sign) => (
        <button type="button" aria-label={t.key(sign)} disabled={!now.can.includes("keys")} onClick={() => say(sign)}>{sign}</button>
      ))}
    </div>
  );
}

function Employee({ now, say }: Told) {
  const t = phoneWords();
  const mover = now.can.includes("transfer") ? "transfer" : now.can.includes("route") ? "route" : null;
  const move = (event: SubmitEvent) => {
    event.preventDefault();
    const to = String(new FormData(event.currentTarget as HTMLFormElement).get("to")).trim();
    const act = event.submitter?.dataset.act ?? mover;
    if (act && to) say(`${act} ${to}`);
  };
  return (
    <div class="employee" role="group" aria-label={t.employee}>
      <div class="buttons">
        {EMPLOYEE.filter((act) => now.can.includes(act)).map((act) => (
          <button type="button" onClick={() => say(act)}>{t.acts[act]}</button>
        ))}
      </div>
      {mover && (
        <form class="buttons" onSubmit={move}>
          <label>{t[mover]} <input name="to" inputMode="numeric" pattern="[0-9]+" required autocomplete="off" /></label>
          <button>{mover === "transfer" ? t.doTransfer : t.doRoute}</button>
          {now.can.includes("consults") && <button data-act="consults">{t.consult}</button>}
        </form>
      )}
    </div>
  );
}

function Clock({ now, say }: Told) {
  const t = phoneWords();
  const next = now.seconds_to_next;
  const wait = (event: SubmitEvent) => {
    event.preventDefault();
    const seconds = Number(new FormData(event.currentTarget as HTMLFormElement).get("seconds"));
    if (seconds > 0) say(`wait ${seconds}s`);
  };
  return (
    <form class="buttons" onSubmit={wait}>
      <button type="button" class="main" disabled={next === null} onClick={() => say(`wait ${next}s`)}>
        {next === null ? t.nothingComes : t.waitNext(number(next, 1))}
      </button>
      <label>{t.seconds} <input name="seconds" type="number" min="0.1" max="86400" step="0.1" required /></label>
      <button>{t.wait}</button>
    </form>
  );
}

function Transcript({ now, said }: { now: Played; said: readonly string[] }) {
  const t = phoneWords();
  return (
    <>
      <h2>{t.transcript}</h2>
      <ol class="transcript" aria-live="polite">
        {now.heard.map((one) => (
          <li>
            <span class="time">{span(one.after)}</span>{" "}
            {one.says ? <q>{one.says}</q> : one.told}{one.seconds ? <span class="hint">{` ${number(one.seconds, 1)} s`}</span> : null}
          </li>
        ))}
      </ol>
      <details><summary>{t.said}</summary><ol class="said">{said.map((one) => <li><code>{one}</code></li>)}</ol></details>
    </>
  );
}
