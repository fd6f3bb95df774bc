// The tables of figures.
import { inWords } from "../../api";
import { number, percent } from "../../parts/format";
import { type Column, Table } from "../../parts/table";
import { type CallsRow, figuresWords, Heading, type Query, useFigure } from "../figures";

const OUTCOMES = ["answered", "missed", "hung_up", "released", "undecided", "untaken"] as const;
const TIMES = ["talk", "ring", "menu", "limit"] as const;

const seconds = (value: number | null) => (value === null ? "" : number(value, 1));
const minutes = (value: number | null) => (value === null ? "" : number(value / 60));
const share = (value: number | null) => (value === null ? "" : percent(value, 1));

export function Calls({ rows, by }: { rows: readonly CallsRow[]; by: string }) {
  const t = figuresWords();
  const used = OUTCOMES.filter((name) => rows.some((row) => row[name]));
  const when = (row: CallsRow) => [row.day, row.hour === undefined ? "" : `${row.hour}:00`].filter(Boolean).join(" ");
  const group: keyof typeof t.groupings = by === "hour" || by === "hour_of_day" ? by : "day";
  return (
    <Table caption={t.calls} rows={rows} id={when} empty={t.noCalls} columns={[
      { title: t.heads[group], cell: when, kind: "time" },
      { title: t.count, cell: (row) => number(row.calls), kind: "number" },
      ...used.map((name): Column<CallsRow> => ({ title: t.outcomes[name], cell: (row) => number(row[name]), kind: "number" })),
      { title: t.answeredShare, cell: (row) => share(row.answered_share), kind: "number" },
      ...(by === "day" ? TIMES : []).map((name): Column<CallsRow> => ({ title: t[name], cell: (row) => minutes(row[`${name}_seconds`]), kind: "number" })),
    ]} />
  );
}

type Durations = { mean_seconds: number | null; p50_seconds: number | null; p95_seconds: number | null };
type AbandonedRow = Durations & { flow: string; step: string; verb: string; calls: number; share: number };
type WaitRow = Durations & { command: string; commands: number } & Record<"confirmed" | "failed" | "expired" | "unknown", number>;
type LookupRow = Durations & { flow: string; step: string; asked: number; found: number; not_found: number; failed: number };

function durations<Row extends Durations>(t: ReturnType<typeof figuresWords>): Column<Row>[] {
  return [
    { title: t.mean, cell: (row) => seconds(row.mean_seconds), kind: "number" },
    { title: t.half, cell: (row) => seconds(row.p50_seconds), kind: "number" },
    { title: t.most, cell: (row) => seconds(row.p95_seconds), kind: "number" },
  ];
}

type Shown<Row> = { figure: string; title: string; empty: string; query: Query; id: (row: Row) => string; columns: Column<Row>[] };

function FigureTable<Row>({ figure, title, empty, query, id, columns }: Shown<Row>) {
  const { value, error } = useFigure<Row>(figure, query).value;
  return (
    <section>
      <Heading title={title} figure={figure} query={query} />
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && <Table caption={title} rows={value.rows} id={id} empty={empty} columns={columns} />}
    </section>
  );
}

export function Abandoned({ query }: { query: Query }) {
  const t = figuresWords();
  return (
    <FigureTable<AbandonedRow> figure="abandoned" title={t.abandoned} empty={t.noneAbandoned} query={query}
      id={(row) => `${row.flow} ${row.step}`} columns={[
        { title: t.flow, cell: (row) => row.flow },
        { title: t.step, cell: (row) => `${row.step} (${row.verb})` },
        { title: t.count, cell: (row) => number(row.calls), kind: "number" },
        { title: t.share, cell: (row) => share(row.share), kind: "number" },
        ...durations<AbandonedRow>(t),
      ]} />
  );
}

export function Waits({ query }: { query: Query }) {
  const t = figuresWords();
  const states = Object.keys(t.states) as (keyof typeof t.states)[];
  return (
    <FigureTable<WaitRow> figure="waits" title={t.waits} empty={t.noWaits} query={query} id={(row) => row.command} columns={[
      { title: t.command, cell: (row) => row.command },
      { title: t.commands, cell: (row) => number(row.commands), kind: "number" },
      ...durations<WaitRow>(t),
      ...states.map((state): Column<WaitRow> => ({ title: t.states[state], cell: (row) => number(row[state]), kind: "number" })),
    ]} />
  );
}

export function Lookups({ query }: { query: Query }) {
  const t = figuresWords();
  return (
    <FigureTable<LookupRow> figure="lookups" title={t.lookups} empty={t.noLookups} query={query}
      id={(row) => `${row.flow} ${row.step}`} columns={[
        { title: t.flow, cell: (row) => row.flow },
        { title: t.step, cell: (row) => row.step },
        { title: t.asked, cell: (row) => number(row.asked), kind: "number" },
        { title: t.found, cell: (row) => number(row.found), kind: "number" },
        { title: t.notFound, cell: (row) => number(row.not_found), kind: "number" },
        { title: t.failed, cell: (row) => number(row.failed), kind: "number" },
        ...durations<LookupRow>(t),
      ]} />
  );
}
