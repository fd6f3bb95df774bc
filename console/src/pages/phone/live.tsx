// A real call, placed in the emulator that plays the PBX. The phones are there, what the router makes of the call is in its
// database; this page looks at both several times a second, for as long as the call is up.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Problem, ask, inWords, segment } from "../../api";
import type { Call } from "../../records";
import { link } from "../../route";
import { complain } from "../../shell/toasts";
import { Way } from "../call/way";
import { Employee, Keypad, Place, type Standing, Transcript, inTurn, useFocus, usePhoneKeys } from "./handset";
import { LiveSaving } from "./live_saving";
import { phoneWords } from "./page_words";
import type { Against } from "./setup";

export type Live = Standing & {
  account: string;
  entry_id: string;
  version: string;
  flow: string;
  /** Null while the first notification of the call is on its way. */
  call: Call | null;
  trace: string[];
};

const LOOK_MILLISECONDS = 400;
const LOOKS_AFTER_THE_END = 25; // the last notifications come behind the caller's hanging up
const REFUSED = [409, 422];

export const path = (entryId: string) => `phone/calls/${segment(entryId)}`;

export function LiveHandset({ account, entryId, choices }: { account: string; entryId: string; choices: readonly Against[] }) {
  const t = phoneWords();
  const live = useSignal<Live | null>(null);
  const refused = useSignal("");
  const isBusy = useSignal(false);
  const order = useRef({ asked: 0, shown: 0 });
  /** Answers that overtake each other: one that was asked for earlier shows nothing any more. */
  const show = async (question: () => Promise<Live>) => {
    const place = ++order.current.asked;
    const found = await question();
    if (place < order.current.shown) return;
    order.current.shown = place;
    live.value = found;
  };
  const act = async (text: string) => {
    isBusy.value = true;
    try {
      await show(() => ask<Live>(`${path(entryId)}/acts`, { method: "POST", query: { account }, json: { say: text } }));
      refused.value = "";
    } catch (error) {
      refused.value = error instanceof Problem && REFUSED.includes(error.status) ? error.message : "";
      if (!refused.value) complain(error);
    }
    isBusy.value = false;
  };
  const say = useRef(inTurn(act)).current;
  useEffect(() => {
    const abort = new AbortController();
    const look = () => show(() => ask<Live>(path(entryId), { query: { account }, signal: abort.signal }));
    void follow(look, () => isOver(live.peek()), abort.signal).catch((error: unknown) => { refused.value = inWords(error); });
    return () => abort.abort();
  }, [entryId]);
  usePhoneKeys(() => live.peek(), say);
  const now = live.value;
  const handset = useFocus(now !== null);
  if (!now) return refused.value ? <p class="failed" role="alert">{refused.value}</p> : null;
  return (
    <>
      <section class="handset" ref={handset} tabIndex={-1} aria-label={t.title} aria-busy={isBusy.value}>
        <Place now={now} />
        <Keypad now={now} say={say} />
        <div class="acts">
          <Employee now={now} say={say} />
          <div class="buttons">
            <button type="button" disabled={!now.can.includes("hangup")} onClick={() => say("hangup")}>{t.hangUp}</button>
            {now.call && <a class="button" href={link("call", now.entry_id, { account: now.account })}>{t.callPage}</a>}
          </div>
          {now.call && !now.flow && <p class="hint">{t.untaken}</p>}
        </div>
        {refused.value && <p class="failed" role="alert">{refused.value}</p>}
      </section>
      <Transcript now={now} />
      {now.call?.ended && now.flow && <LiveSaving live={now} choices={choices} />}
      {now.call && now.flow && (
        <>
          <h2>{t.way}</h2>
          <Way call={{ ...now, steps: now.call.steps }} chosen={now.call.steps.length - 1} onStep={() => undefined} />
          <details><summary>{t.trace}</summary><pre class="text" tabIndex={0}>{now.trace.join("\n")}</pre></details>
        </>
      )}
    </>
  );
}

function isOver(live: Live | null): boolean {
  return live?.where === "over";
}

/** Look until the call is over, and a little longer: what the router says of the end comes last. A hidden tab rests. */
async function follow(look: () => Promise<void>, isOver: () => boolean, abort: AbortSignal): Promise<void> {
  for (let left = LOOKS_AFTER_THE_END; left > 0 && !abort.aborted; ) {
    if (!document.hidden) {
      try {
        await look();
      } catch (error) {
        if (abort.aborted) return;
        if (error instanceof Problem && error.status < 500 && error.status !== 0 && error.status !== 429) throw error;
      }
      if (isOver()) left--;
    }
    await new Promise((later) => setTimeout(later, LOOK_MILLISECONDS));
  }
}
