// What is dialled: against which version or draft, which line, by whom, when, and who is there.
import { useSignal } from "@preact/signals";
import { useLoaded } from "../../parts/load";
import { ask, segment } from "../../api";
import type { Flow } from "../../records";
import { phoneWords } from "../phone";

export type Against = { account: string; version: string; draft: string; label: string };
export type Dialled = { number: number; against: Against; flow: string; given: Record<string, unknown>; said: readonly string[] };

let dialled = 0;

export function Setup({ choices, isDialled, onDial }: { choices: readonly Against[]; isDialled: boolean; onDial: (made: Dialled) => void }) {
  const t = phoneWords();
  const chosen = useSignal(0);
  const against = choices[chosen.value];
  const lines = useLoaded((signal) => linesOf(against, signal), [against?.version, against?.account]);
  const dial = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    if (!against) return;
    const online = text("online").split(/[\s,]+/).filter(Boolean);
    const world = { from: text("caller"), line: text("line"), at: text("at"), ...(online.length ? { online } : {}) };
    const given = Object.fromEntries(Object.entries(world).filter(([, value]) => value !== ""));
    onDial({ number: ++dialled, against, flow: "", given, said: [] });
  };
  return (
    <form class="filters" aria-label={t.dial} onSubmit={dial}>
      <label>{t.against}
        <select name="against" value={String(chosen.value)} onChange={(event) => { chosen.value = Number(event.currentTarget.value); }}>
          {choices.map((one, place) => <option value={String(place)}>{one.label}</option>)}
        </select>
      </label>
      <label>{t.line} <input name="line" list="lines" autocomplete="off" /></label>
      <datalist id="lines">{lines.value.value?.map((line) => <option value={line} />)}</datalist>
      <label>{t.caller} <input name="caller" placeholder="79000000000" autocomplete="off" /></label>
      <label>{t.at} <input name="at" title={t.atHint} placeholder="2026-11-30T12:00" autocomplete="off" /></label>
      <label>{t.online} <input name="online" title={t.onlineHint} placeholder="101, 102" autocomplete="off" /></label>
      <div class="buttons"><button class="main" disabled={!against}>{isDialled ? t.again : t.dial}</button></div>
    </form>
  );
}

async function linesOf(against: Against | undefined, signal: AbortSignal): Promise<string[]> {
  if (!against?.version) return [];
  const path = `versions/${segment(against.version)}/flows`;
  const { flows } = await ask<{ flows: Flow[] }>(path, { query: { account: against.account }, signal });
  return [...new Set(flows.flatMap((flow) => flow.lines))];
}
