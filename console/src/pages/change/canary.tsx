// A canary and the active version side by side, with how sure it is that they differ.
import { ask } from "../../api";
import { percent, stamp } from "../../parts/format";
import { useLoaded } from "../../parts/load";
import { Table } from "../../parts/table";
import type { Serving } from "../../records";
import { reviewWords } from "../../words/review";

type Counts = { calls: number; missed: number; failing: number };
type Figures = {
  active: Counts;
  canary: Counts;
  certainty: { missed: number | null; failing: number | null };
  least_calls: number;
  verdict: string;
};
type Told = { share: number; since: string | null; figures: Figures | null };

export function Canary({ serving }: { serving: Serving }) {
  const t = reviewWords();
  const found = useLoaded((signal) => ask<Told>("canary", { query: { account: serving.account }, signal }), [serving.canary, serving.share]);
  const told = found.value.value;
  if (!told?.figures) return null;
  const { active, canary, certainty, least_calls, verdict } = told.figures;
  const share = (counts: Counts, name: "missed" | "failing") =>
    counts.calls ? `${counts[name]} (${percent(counts[name] / counts.calls, 1)})` : t.unsure;
  const rows = (["missed", "failing"] as const).map((name) => ({ name, told: t[name] }));
  return (
    <section aria-label={`${t.canaryTitle}: ${serving.account}`}>
      <h2>{t.canaryTitle}: {serving.account}</h2>
      <p>{t.canarySince(percent(told.share, 1), stamp(told.since))}</p>
      <Table caption={t.canaryTitle} rows={rows} id={(row) => row.name} empty="" columns={[
        { title: t.measure, cell: (row) => row.told },
        { title: `${t.states.active}: ${active.calls} ${t.calls}`, cell: (row) => share(active, row.name), kind: "number" },
        { title: `${t.states.canary}: ${canary.calls} ${t.calls}`, cell: (row) => share(canary, row.name), kind: "number" },
        { title: t.certainty, cell: (row) => { const sure = certainty[row.name]; return sure === null ? t.unsure : percent(sure, 1); }, kind: "number" },
      ]} />
      <p class={verdict ? "failed" : "hint"}>{verdict || t.tooFew(least_calls)}</p>
    </section>
  );
}
