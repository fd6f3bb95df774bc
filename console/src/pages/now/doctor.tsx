// What `ivr doctor` says, when it is asked.
import { useSignal } from "@preact/signals";
import { ask } from "../../api";
import { language } from "../../language";
import { clock } from "../../parts/format";
import type { Check } from "../../records";
import { attempt } from "../../shell/toasts";
import { nowWords } from "../../words/now";

const ORDER = ["error", "warning", "skipped", "ok"];

export function Doctor() {
  const t = nowWords();
  const report = useSignal<{ at: string; checks: Check[] } | null>(null);
  const isBusy = useSignal(false);
  const examine = async () => {
    isBusy.value = true;
    await attempt(async () => { report.value = await ask("doctor", { query: { language: language.peek() } }); });
    isBusy.value = false;
  };
  const checks = [...(report.value?.checks ?? [])].sort((one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level));
  return (
    <section class="card" aria-label={t.doctor}>
      <h2>{t.doctor}</h2>
      <p class="hint">{report.value ? t.examinedAt(clock(report.value.at)) : t.doctorHint}</p>
      <button type="button" disabled={isBusy.value} onClick={() => void examine()}>{isBusy.value ? t.examining : t.examine}</button>
      <ul class="checks" aria-live="polite">
        {checks.map((one) => (
          <li class={one.level}>
            <strong>{t.levels[one.level]}</strong> <b>{one.area}</b>: {one.told}
            {one.remedy && <em> {one.remedy}</em>}
          </li>
        ))}
      </ul>
    </section>
  );
}
