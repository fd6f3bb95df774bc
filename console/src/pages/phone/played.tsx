// A call on a virtual clock. The whole of it is the list of what was said; the router plays it anew each time, so nothing
// is kept there, and one step back is a word less.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Problem, ask } from "../../api";
import { number } from "../../parts/format";
import type { Call } from "../../records";
import { complain } from "../../shell/toasts";
import { Way } from "../call/way";
import { Employee, Keypad, Place, type Standing, Transcript, inTurn, useFocus, usePhoneKeys } from "./handset";
import { LookupAnswer } from "./lookup";
import { phoneWords } from "./page_words";
import { Saving } from "./saving";
import type { Dialled } from "./setup";

export type Played = Standing & {
  account: string;
  version: string;
  draft: string | null;
  /** The draft as it was when the call was played. */
  revision: number | null;
  flow: string;
  progress: { after: number; steps: number }[];
  call: Call;
  seconds_to_next: number | null;
  lookup: { name: string; outputs: { name: string; type: string }[] } | null;
  variables: string[];
  trace: string[];
  saved?: { file: string; text: string };
};

const BACK = ""; // said to nobody: the last word is taken back

export function play(dialled: Dialled, said: readonly string[], more: Record<string, unknown> = {}): Promise<Played> {
  const { against, flow, given } = dialled;
  const where = against.draft ? { draft: against.draft } : { version: against.version };
  return ask<Played>("phone", { method: "POST", query: { account: against.account }, json: { ...where, flow, given, said, ...more } });
}

export function Handset({ dialled }: { dialled: Dialled }) {
  const t = phoneWords();
  const said = useSignal<readonly string[]>(dialled.said);
  const played = useSignal<Played | null>(null);
  const refused = useSignal("");
  const isBusy = useSignal(false);
  const go = async (next: readonly string[]) => {
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
  const say = useRef(inTurn((text) => go(text === BACK ? said.peek().slice(0, -1) : [...said.peek(), text]))).current;
  useEffect(() => { void go(dialled.said); }, []);
  const now = played.value;
  const handset = useFocus(now !== null);
  usePhoneKeys(() => played.peek(), say);
  if (!now) return refused.value ? <p class="failed" role="alert">{refused.value}</p> : null;
  return (
    <>
      <section class="handset" ref={handset} tabIndex={-1} aria-label={t.title} aria-busy={isBusy.value}>
        <Place now={now} />
        <Keypad now={now} say={say} />
        <div class="acts">
          <Employee now={now} say={say} />
          {now.lookup && <LookupAnswer lookup={now.lookup} say={say} />}
          <Clock now={now} say={say} />
          <div class="buttons">
            <button type="button" disabled={!now.can.includes("hangup")} onClick={() => say("hangup")}>{t.hangUp}</button>
            <button type="button" disabled={!said.value.length} onClick={() => say(BACK)}>{t.back}</button>
          </div>
        </div>
        {refused.value && <p class="failed" role="alert">{refused.value}</p>}
      </section>
      <Transcript now={now} />
      <details><summary>{t.said}</summary><ol class="said">{said.value.map((one) => <li><code>{one}</code></li>)}</ol></details>
      <Saving draft={now.draft} isReady={now.lookup === null} save={async (name) => (await play(dialled, said.peek(), { save: { name } })).saved} />
      <h2>{t.way}</h2>
      <Way call={{ ...now, steps: now.call.steps }} chosen={now.call.steps.length - 1} onStep={() => undefined} />
      <details><summary>{t.trace}</summary><pre class="text" tabIndex={0}>{now.trace.join("\n")}</pre></details>
      <details><summary>{t.variables}</summary><pre class="text" tabIndex={0}>{now.variables.join("\n")}</pre></details>
    </>
  );
}

function Clock({ now, say }: { now: Played; say: (text: string) => void }) {
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
