// Figures: calls by outcome, each step with its choices on the diagram, where callers gave up, waits for limits, lookups.
// The address has the question, so a figure can be sent to a colleague; each table can be had as CSV.
import { useRef } from "preact/hooks";
import { answerOf, ask, inWords } from "../api";
import { words } from "../language";
import { stamp } from "../parts/format";
import { useLoaded } from "../parts/load";
import { save } from "../parts/save";
import type { Serving } from "../records";
import { link, replace, route } from "../route";
import { attempt } from "../shell/toasts";
import { figures as en } from "../words/en/figures";
import { figures as ru } from "../words/ru/figures";
import { Abandoned, Calls, Lookups, Waits } from "./figures/tables";
import { Chart } from "./figures/chart";
import { Funnel } from "./figures/funnel";

export const figuresWords = words({ en, ru });

export type Query = Readonly<Record<string, string>>;
export type Figure<Row> = { rows: Row[]; timezone: string; since: string; until: string; counted_until: string | null };

const GROUPINGS = ["day", "hour_of_day", "hour"] as const;
const DIMENSIONS = ["flow", "line", "version"] as const;
const FILTERS = ["account", "since", "until", ...DIMENSIONS] as const;

export default function FiguresPage() {
  const t = figuresWords();
  const given = Object.fromEntries(FILTERS.map((name) => [name, route.value.query.get(name) ?? ""]));
  const by = route.value.query.get("by") || "day";
  const accounts = useLoaded((signal) => ask<{ accounts: Serving[] }>("accounts", { signal }), []);
  const { value, error } = accounts.value;
  if (error) return <><h1>{t.title}</h1><p class="failed" role="alert">{inWords(error)}</p></>;
  if (!value) return null;
  const account = given.account || value.accounts[0]?.account || "";
  const query = { ...given, account };
  return (
    <>
      <h1>{t.title}</h1>
      <Form query={query} by={by} accounts={value.accounts.map((one) => one.account)} />
      <CallsFigure query={query} by={by} />
      <Funnel query={query} active={value.accounts.find((one) => one.account === account)?.active ?? ""} />
      <Abandoned query={query} />
      <Waits query={query} />
      <Lookups query={query} />
    </>
  );
}

function Form({ query, by, accounts }: { query: Query; by: string; accounts: readonly string[] }) {
  const t = figuresWords();
  const form = useRef<HTMLFormElement>(null);
  const search = () => {
    const pairs = [...new FormData(form.current ?? undefined).entries()].map(([name, text]) => [name, String(text).trim()]);
    replace(link("figures", "", Object.fromEntries(pairs) as Record<string, string>));
  };
  return (
    <form class="filters" ref={form} aria-label={t.title} onChange={search} onSubmit={(event) => { event.preventDefault(); search(); }}>
      {accounts.length > 1 && (
        <label>{t.account}
          <select name="account" value={query.account}>{accounts.map((one) => <option value={one}>{one}</option>)}</select>
        </label>
      )}
      <label>{t.since} <input type="date" name="since" defaultValue={query.since} /></label>
      <label>{t.until} <input type="date" name="until" defaultValue={query.until} /></label>
      <label>{t.by}
        <select name="by" value={by}>{GROUPINGS.map((one) => <option value={one}>{t.groupings[one]}</option>)}</select>
      </label>
      {DIMENSIONS.map((name) => (
        <label>{t[name]} <input name={name} defaultValue={query[name]} placeholder={t.any} autocomplete="off" /></label>
      ))}
    </form>
  );
}

function CallsFigure({ query, by }: { query: Query; by: string }) {
  const t = figuresWords();
  const found = useFigure<CallsRow>("calls", query, by);
  const { value, error } = found.value;
  return (
    <section>
      <Heading title={t.calls} figure="calls" query={query} by={by} />
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && (
        <>
          <p class="hint">
            {value.counted_until ? t.counted(stamp(value.counted_until)) : t.countedNone} {t.zone(value.timezone)}
          </p>
          <Chart rows={value.rows} by={by} since={value.since} until={value.until} />
          <Calls rows={value.rows} by={by} />
        </>
      )}
    </section>
  );
}

export type CallsRow = Record<"calls" | "answered" | "missed" | "hung_up" | "released" | "undecided" | "untaken", number> & {
  day?: string;
  hour?: number;
  answered_share: number | null;
} & Record<`${"talk" | "ring" | "menu" | "limit"}_seconds`, number | null>;

export function useFigure<Row>(figure: string, query: Query, by = "") {
  return useLoaded(
    (signal) => ask<Figure<Row>>(`figures/${figure}`, { query: { ...query, by }, signal }),
    [figure, JSON.stringify(query), by],
  );
}

/** A figure's name, and its table as a file. */
export function Heading({ title, figure, query, by = "" }: { title: string; figure: string; query: Query; by?: string }) {
  const t = figuresWords();
  const download = () => attempt(async () => {
    const answer = await answerOf(`figures/${figure}`, { query: { ...query, by }, headers: { Accept: "text/csv" } });
    save(await answer.blob(), `${figure}.csv`);
  });
  return (
    <div class="headed">
      <h2>{title}</h2>
      <button type="button" class="plain" aria-label={`${title}: ${t.csv}`} onClick={() => void download()}>{t.csv}</button>
    </div>
  );
}
