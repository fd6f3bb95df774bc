// The recorded calls of the last days under a draft: how many would end elsewhere, which, and from where to where.
import { useSignal } from "@preact/signals";
import { ask, segment } from "../../api";
import { number, percent } from "../../parts/format";
import { link } from "../../route";
import { attempt } from "../../shell/toasts";
import { reviewWords } from "../../words/review";
import type { DraftFacts } from "../flows/draft";

type Way = { outcome: string; step: string };
type Differing = { entry_id: string; elsewhere: boolean; recorded: Way; replayed: Way; diff: string[] };
export type Replayed = {
  compared: number;
  not_comparable: number;
  elsewhere: number;
  percent_elsewhere: number;
  another_way: number;
  differing: Differing[];
};

const DAYS = [1, 7, 30] as const;
const MOST_CALLS = 50;

export function Replay({ draft, days, onDays }: { draft: DraftFacts; days: number; onDays: (days: number) => void }) {
  const t = reviewWords();
  const found = useSignal<Replayed | null>(null);
  const isRunning = useSignal(false);
  const run = async () => {
    isRunning.value = true;
    await attempt(async () => {
      const path = `drafts/${segment(draft.draft_id)}/replay`;
      found.value = (await ask<{ result: Replayed }>(path, { method: "POST", query: { since: `${days}d` } })).result;
    });
    isRunning.value = false;
  };
  return (
    <section aria-label={t.replay}>
      <h2>{t.replay}</h2>
      <p class="hint">{t.replayHint}</p>
      <div class="row">
        <label>{t.since} <select value={days} onChange={(event) => onDays(Number(event.currentTarget.value))}>
          {DAYS.map((one) => <option value={one}>{t.days(one)}</option>)}
        </select></label>
        <button type="button" disabled={isRunning.value} onClick={() => void run()}>{isRunning.value ? t.running : t.run}</button>
      </div>
      {found.value && <Sum found={found.value} account={draft.account} />}
    </section>
  );
}

function Sum({ found, account }: { found: Replayed; account: string }) {
  const t = reviewWords();
  if (!found.compared) return <p class="empty" role="status">{t.noCalls}</p>;
  return (
    <div role="status">
      <p><b>{t.sum(number(found.elsewhere), number(found.compared), percent(found.percent_elsewhere / 100, 1))}</b></p>
      <p class="hint">{t.anotherWay(number(found.another_way))} · {t.notComparable(number(found.not_comparable))}</p>
      {groupsOf(found.differing).map(([name, calls]) => <Group name={name} calls={calls} account={account} />)}
    </div>
  );
}

type Named = readonly [from: string, to: string];

/** Calls that would end elsewhere, by where from and where to; the largest group first. */
function groupsOf(differing: readonly Differing[]): [Named, Differing[]][] {
  const groups = new Map<string, [Named, Differing[]]>();
  for (const one of differing.filter((call) => call.elsewhere)) {
    const name: Named = [placeOf(one.recorded), placeOf(one.replayed)];
    const group = groups.get(name.join("\n")) ?? [name, []];
    group[1].push(one);
    groups.set(name.join("\n"), group);
  }
  return [...groups.values()].sort((one, other) => other[1].length - one[1].length);
}

const placeOf = ({ step, outcome }: Way) => [step, outcome].filter(Boolean).join(", ");

function Group({ name: [from, to], calls, account }: { name: Named; calls: readonly Differing[]; account: string }) {
  const t = reviewWords();
  return (
    <details class="group">
      <summary>{t.group(number(calls.length), from || t.nowhere, to || t.nowhere)}</summary>
      <ul>
        {calls.slice(0, MOST_CALLS).map((one) => (
          <li>
            <details>
              <summary><a href={link("call", one.entry_id, { account })}>{one.entry_id}</a></summary>
              <pre class="diff">{one.diff.map((line) => <span class={line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : ""}>{`${line}\n`}</span>)}</pre>
            </details>
          </li>
        ))}
      </ul>
      {calls.length > MOST_CALLS && <p class="hint">{t.moreCalls(calls.length - MOST_CALLS)}</p>}
    </details>
  );
}
