// A canary and the active version side by side: each outcome, how much of it, and the chance that the two truly differ.
import { ask } from "../../api";
import { number, percent, stamp } from "../../parts/format";
import { useLoaded } from "../../parts/load";
import { Table } from "../../parts/table";
import type { Serving } from "../../records";
import { reviewWords } from "../../words/review";

type Counts = { calls: number; missed: number; failing: number };
type Outcome = {
  outcome: "answered" | "missed" | "hung_up" | "released" | "undecided" | "failing";
  active: number;
  canary: number;
  difference: number;
  low: number;
  high: number;
  chance_higher: number;
  verdict: "too-few" | "more" | "fewer" | "same" | "unclear";
};
type Figures = { active: Counts; canary: Counts; outcomes: Outcome[]; least_calls: number; verdict: string };
type Told = { share: number; since: string | null; figures: Figures | null };

const MOST_CHANCE = 0.999; // no number of calls makes it a certainty

export function Canary({ serving }: { serving: Serving }) {
  const t = reviewWords();
  const found = useLoaded((signal) => ask<Told>("canary", { query: { account: serving.account }, signal }), [serving.canary, serving.share]);
  const told = found.value.value;
  if (!told?.figures) return null;
  const { active, canary, outcomes, least_calls, verdict } = told.figures;
  const share = (count: number, of: number) => `${number(count)} (${percent(count / of, 1)})`;
  return (
    <section aria-label={`${t.canaryTitle}: ${serving.account}`}>
      <h2>{t.canaryTitle}: {serving.account}</h2>
      <p>{t.canarySince(percent(told.share, 1), stamp(told.since))}</p>
      <Table caption={t.canaryTitle} rows={outcomes.filter((one) => one.active || one.canary)} id={(one) => one.outcome} empty={t.unsure} columns={[
        { title: t.measure, cell: (one) => t.outcomes[one.outcome] },
        { title: `${t.states.active}: ${number(active.calls)} ${t.calls(active.calls)}`, cell: (one) => share(one.active, active.calls), kind: "number" },
        { title: `${t.states.canary}: ${number(canary.calls)} ${t.calls(canary.calls)}`, cell: (one) => share(one.canary, canary.calls), kind: "number" },
        { title: t.apart, cell: (one) => points(one), kind: "number" },
        { title: t.chance, cell: (one) => <span class={`chance ${one.verdict}`}>{inChances(one)}</span> },
      ]} />
      <p class="hint">{t.chanceHint}</p>
      <p class={verdict ? "failed" : "hint"}>{verdict || t.tooFew(least_calls)}</p>
    </section>
  );
}

/** Of shares a difference is in points: 20 % instead of 30 % is 10 points fewer. */
function points({ difference, low, high }: Outcome): string {
  return reviewWords().points(signed(difference), signed(low), signed(high));
}

function signed(share: number): string {
  const size = number(Math.abs(share) * 100, 1);
  return share > 0 ? `+${size}` : share < 0 ? `−${size}` : size;
}

function inChances({ verdict, chance_higher: higher }: Outcome): string {
  const t = reviewWords();
  if (verdict === "more" || verdict === "fewer") {
    const chance = verdict === "more" ? higher : 1 - higher;
    return t.likely[verdict](chance > MOST_CHANCE ? t.beyond(percent(MOST_CHANCE, 1)) : percent(chance, 1));
  }
  return t.chances[verdict];
}
