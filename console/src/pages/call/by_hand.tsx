// Commands by hand for a call that is up: route, play, transfer, hang up, each with a reason, which the trace keeps with
// who gave it. One press is one command, however often the button is pressed meanwhile.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ask, segment } from "../../api";
import { confirmed } from "../../parts/dialog";
import type { Call } from "../../records";
import { session } from "../../session";
import { attempt } from "../../shell/toasts";
import { pageWords } from "./page_words";

const KINDS = ["route", "transfer", "play"] as const;
type Kind = (typeof KINDS)[number];
const AFTER_PLAY_SECONDS = 10;

export function ByHand({ call, onChange }: { call: Call; onChange: () => void }) {
  const t = pageWords();
  const form = useRef<HTMLFormElement>(null);
  const kind = useSignal<Kind>("route");
  const isKnown = session.value.who?.kind === "user"; // the router writes down who has logged in
  const text = (name: string) => String(new FormData(form.current ?? undefined).get(name) ?? "").trim();
  const give = async (command: Record<string, string | number>) => {
    const fields = form.current;
    if (!fields || fields.inert) return;
    const asked = { actor: text("actor"), reason: text("reason"), wait: "3s", ...command };
    fields.inert = true;
    sessionStorage.setItem("actor", asked.actor);
    await attempt(() => ask(`calls/${segment(call.entry_id)}/commands`, {
      method: "POST",
      query: { account: call.account },
      json: Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== "")),
      headers: { "Idempotency-Key": idempotencyKey() },
    }));
    fields.inert = false;
    onChange();
  };
  const hangUp = async () => {
    if ((await confirmed(t.askHangUp, t.hangUp)) !== null) await give({ command: "call/hangup" });
  };
  const commands: Readonly<Record<Kind, () => Record<string, string | number>>> = {
    route: () => ({ command: "route", to_number: text("to"), then: text("then") }),
    transfer: () => ({ command: "transfer", to_number: text("to"), then: text("then") }),
    play: () => ({ command: "play", internal_id: Number(text("to")), after_play_time: AFTER_PLAY_SECONDS }),
  };
  return (
    <form class="by-hand" ref={form} aria-label={t.byHand}
      onSubmit={(event) => { event.preventDefault(); void give(commands[kind.value]()); }}>
      <label>{t.command}
        <select name="kind" value={kind.value} onChange={(event) => { kind.value = event.currentTarget.value as Kind; }}>
          {KINDS.map((one) => <option value={one}>{t.kinds[one]}</option>)}
        </select>
      </label>
      <label>{t.targets[kind.value]} <input name="to" required placeholder={t.hints[kind.value]} autocomplete="off"
        inputMode={kind.value === "play" ? "numeric" : "text"} pattern={kind.value === "play" ? "[0-9]+" : ".*"} /></label>
      {kind.value !== "play" && <label>{t.otherwise} <input name="then" title={t.otherwiseHint} autocomplete="off" /></label>}
      <label>{t.why} <input name="reason" maxLength={200} autocomplete="off" /></label>
      {!isKnown && <label>{t.yourName} <input name="actor" maxLength={200} defaultValue={sessionStorage.getItem("actor") ?? ""} /></label>}
      <div class="buttons">
        <button class="main">{t.kinds[kind.value]}</button>
        <button type="button" onClick={() => void hangUp()}>{t.hangUp}</button>
      </div>
    </form>
  );
}

/** `randomUUID` exists in secure contexts alone. */
function idempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join("-");
}
