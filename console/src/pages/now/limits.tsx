// Each limit as a gauge: what is taken of it, when the next request may go, and how long a new command would wait.
import { second, secondsUntil } from "../../clock";
import { clock, number, percent } from "../../parts/format";
import type { AccountLimits, Window } from "../../records";
import { nowWords } from "../../words/now";

const MOST_ACCOUNTS = 12;
const ALWAYS = new Set(["route", "all"]); // shown also while nothing is taken

export function Limits({ limits, accounts }: { limits: readonly AccountLimits[]; accounts: number }) {
  const t = nowWords();
  second.value;
  const shown = limits.slice(0, MOST_ACCOUNTS);
  return (
    <section class="card" aria-label={t.limits}>
      <h2>{t.limits}</h2>
      {shown.map((one) => (
        <div key={one.account}>
          {limits.length > 1 && <h3>{one.account}</h3>}
          {one.paused && <p class="failed">{t.closed(clock(one.paused.until), one.paused.reason)}</p>}
          <ul class="gauges">
            {one.windows.filter(isShown).map((window) => <Gauge key={window.window} window={window} ours={one.share * window.share} />)}
          </ul>
          <Waits waits={one.waits} />
        </div>
      ))}
      {accounts > shown.length && <p class="hint">{t.moreAccounts(accounts - shown.length)}</p>}
    </section>
  );
}

function isShown(one: Window): boolean {
  return one.occupied > 0 || one.queued > 0 || one.share < 1 || one.closed_until !== null || ALWAYS.has(one.window);
}

function Gauge({ window, ours }: { window: Window; ours: number }) {
  const t = nowWords();
  const taken = window.free_at.filter((at) => secondsUntil(at) > 0).length;
  const isFull = taken >= window.count;
  const next = window.next_free ? secondsUntil(window.next_free) : 0;
  const told = t.taken(number(taken), number(window.count), number(window.seconds, 1));
  return (
    <li class={isFull ? "full" : undefined}>
      <span class="gauge-name">{window.window}</span>
      <span class="gauge" role="meter" aria-label={window.window} aria-valuemin={0} aria-valuemax={window.count}
        aria-valuenow={Math.min(taken, window.count)} aria-valuetext={told}>
        <span style={{ width: `${Math.min(100, (100 * taken) / Math.max(1, window.count))}%` }} />
      </span>
      <span class="gauge-told">
        {told}
        {ours < 1 && ` · ${t.ours(percent(ours))}`}
        {` · ${next > 0 ? t.freeIn(number(next, 1)) : t.freeNow}`}
        {window.queued > 0 && ` · ${t.waiting(window.queued)}`}
      </span>
    </li>
  );
}

/** The router's own forecast, by the scheduler's rules. */
function Waits({ waits }: { waits: Readonly<Record<string, number>> }) {
  const t = nowWords();
  const kinds: Readonly<Record<string, string>> = t.kinds;
  return (
    <dl class="forecast">
      <dt>{t.forecast}</dt>
      {Object.entries(waits).map(([kind, seconds]) => (
        <dd key={kind} class={seconds >= 15 ? "failed" : undefined}>{kinds[kind] ?? kind} <b>{seconds ? t.seconds(number(seconds, 1)) : t.atOnce}</b></dd>
      ))}
    </dl>
  );
}
