// What a phone has that is on a virtual clock and one that is live: where the call is, the keypad, the employee, what is
// heard. What is said to it are the words of the router's API.
import { useEffect, useRef } from "preact/hooks";
import { number, span } from "../../parts/format";
import { useKeys } from "../../shell/keys";
import { callWords } from "../../words/calls";
import { phoneWords } from "./page_words";

const SIGNS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
const EMPLOYEE = ["answer", "busy", "reject", "noanswer", "unavailable", "hold", "resume", "left"] as const;

export type Where = "menu" | "queue" | "ringing" | "talking" | "held" | "between" | "over";

export type Standing = {
  elapsed: number;
  where: Where;
  can: readonly string[];
  step: string;
  /** Who is rung or talked to, where that is known. */
  phone?: string;
  heard: readonly { after: number; command: string; told: string; says: string; seconds: number | null }[];
};

type Shown = { now: Standing; say: (text: string) => void };

/** The keyboard's digits are the phone's, and each of these letters is what somebody does. */
const LETTERS = { a: "answer", b: "busy", r: "reject", o: "hold", u: "resume", x: "hangup" } as const;

export function usePhoneKeys(now: () => Standing | null, say: (text: string) => void): void {
  const press = (word: string, text: string) => { if (now()?.can.includes(word)) say(text); };
  const signs = SIGNS.map((sign) => ({ keys: sign, told: () => phoneWords().key(sign), run: () => press("keys", sign) }));
  const letters = Object.entries(LETTERS).map(([letter, act]) => ({
    keys: letter,
    told: () => { const t = phoneWords(); return act === "hangup" ? t.hangUp : t.acts[act]; },
    run: () => press(act, act),
  }));
  useKeys([...signs, ...letters]);
}

/** One after the other, in the order in which they were pressed: who types fast loses none. */
export function inTurn(act: (text: string) => Promise<void>): (text: string) => void {
  let last = Promise.resolve();
  return (text) => { last = last.then(() => act(text)); };
}

/** What is dialled gets the focus: the next keys are the phone's, not those of the field that was typed into. */
export function useFocus(isThere: boolean) {
  const handset = useRef<HTMLElement>(null);
  useEffect(() => { if (isThere) handset.current?.focus(); }, [isThere]);
  return handset;
}

export function Place({ now }: { now: Standing }) {
  const t = phoneWords();
  const place = [now.step, t.where[now.where], now.phone].filter(Boolean).join(" · ");
  return (
    <dl class="facts">
      <dt>{t.elapsed}</dt><dd class="clock"><span role="timer">{span(now.elapsed)}</span></dd>
      <dt>{t.step}</dt><dd class="place"><span role="status">{place}</span></dd>
    </dl>
  );
}

export function Keypad({ now, say }: Shown) {
  const t = phoneWords();
  return (
    <div class="keypad" role="group" aria-label={t.keypad}>
      {SIGNS.map((sign) => (
        <button type="button" aria-label={t.key(sign)} disabled={!now.can.includes("keys")} onClick={() => say(sign)}>{sign}</button>
      ))}
    </div>
  );
}

export function Employee({ now, say }: Shown) {
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

export function Transcript({ now }: { now: Standing }) {
  const t = phoneWords();
  return (
    <>
      <h2>{t.transcript}</h2>
      <ol class="transcript" aria-live="polite">
        {now.heard.map((one) => (
          <li>
            <span class="time">{span(one.after)}</span>{" "}
            {one.says ? <q>{one.says}</q> : one.told}{one.seconds ? <span class="hint">{` ${callWords().seconds(number(one.seconds, 1))}`}</span> : null}
          </li>
        ))}
      </ol>
    </>
  );
}
