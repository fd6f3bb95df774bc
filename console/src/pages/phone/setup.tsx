// What is dialled: against which version or draft, or live; which line, by whom, when, and who is there.
import { useSignal } from "@preact/signals";
import { ask, segment } from "../../api";
import { number } from "../../parts/format";
import { useLoaded } from "../../parts/load";
import type { Flow } from "../../records";
import { phoneWords } from "./page_words";

/** An emulator that plays an account's PBX. */
export type Emulator = {
  account: string;
  is_there: boolean;
  why_not: "" | "absent" | "real" | "another";
  speed: number;
  lines: { number: string; to: string }[];
  employees: { extension: string; name: string }[];
};

export type Against = { account: string; version: string; draft: string; label: string; emulator?: Emulator };
export type Dialled = { number: number; against: Against; flow: string; given: Record<string, unknown>; said: readonly string[] };

const SOMEBODY = "79000000000";
let dialled = 0;

type Shown = { choices: readonly Against[]; isDialled: boolean; onDial: (made: Dialled) => void };

export function Setup({ choices, isDialled, onDial }: Shown) {
  const t = phoneWords();
  const chosen = useSignal(0);
  const against = choices[chosen.value];
  const lines = useLoaded((signal) => linesOf(against, signal), [against?.version, against?.account, against?.emulator]);
  const dial = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    if (!against) return;
    const online = text("online").split(/[\s,]+/).filter(Boolean);
    const phones = against.emulator && !fields.has("waits") ? "behave" : "";
    const world = { from: text("caller"), line: text("line"), at: text("at"), phones, ...(online.length ? { online } : {}) };
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
      <label><span>{t.line}{against?.emulator && <i aria-hidden="true"> *</i>}</span>
        <input name="line" list="lines" autocomplete="off" placeholder={lines.value.value?.[0]} required={against?.emulator !== undefined} />
      </label>
      <datalist id="lines">{lines.value.value?.map((line) => <option value={line} />)}</datalist>
      <Caller key={String(against?.emulator !== undefined)} isLive={against?.emulator !== undefined} />
      {against?.emulator ? <Phones emulator={against.emulator} /> : (
        <>
          <label>{t.at} <input name="at" title={t.atHint} placeholder="2026-11-30T12:00" autocomplete="off" /></label>
          <label>{t.online} <input name="online" title={t.onlineHint} placeholder="101, 102" autocomplete="off" /></label>
        </>
      )}
      <div class="buttons"><button class="main" disabled={!against}>{isDialled ? t.again : t.dial}</button></div>
    </form>
  );
}

/** On a virtual clock a number is made up for who gives none; live the caller withholds it. */
function Caller({ isLive }: { isLive: boolean }) {
  const t = phoneWords();
  return (
    <label>{t.caller} <input name="caller" autocomplete="off" defaultValue={isLive ? SOMEBODY : ""}
      placeholder={isLive ? t.withheld : SOMEBODY} /></label>
  );
}

function Phones({ emulator }: { emulator: Emulator }) {
  const t = phoneWords();
  return (
    <>
      <label class="inline"><input type="checkbox" name="waits" defaultChecked /> {t.waits}</label>
      <span class="hint">{t.waitsHint}</span>
      {emulator.speed !== 1 && <span class="hint">{t.speed(number(emulator.speed, 1))}</span>}
    </>
  );
}

async function linesOf(against: Against | undefined, signal: AbortSignal): Promise<string[]> {
  if (against?.emulator) return against.emulator.lines.map((line) => line.number);
  if (!against?.version) return [];
  const path = `versions/${segment(against.version)}/flows`;
  const { flows } = await ask<{ flows: Flow[] }>(path, { query: { account: against.account }, signal });
  return [...new Set(flows.flatMap((flow) => flow.lines))];
}
