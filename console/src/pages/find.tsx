// Calls, found by what is known of them. The address has the filters, so a search can be sent to a colleague.
import { useRef } from "preact/hooks";
import { answerOf, ask, inWords } from "../api";
import { words } from "../language";
import { stamp } from "../parts/format";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import { link, replace, route } from "../route";
import { useKeys } from "../shell/keys";
import { find as en } from "../words/en/find";
import { find as ru } from "../words/ru/find";
import { callWords, standing } from "../words/calls";
import { shellWords } from "../words/shell";
import type { CallRow } from "../records";

const findWords = words({ en, ru });

/** The filters, each a parameter of `GET /api/calls` of the same name. */
const FIELDS = ["caller", "line", "flow", "step", "exit", "q", "sip_call_id", "since", "until"] as const;
const OUTCOMES = ["answered", "hung_up", "released", "missed"] as const;
const PAUSE_MILLISECONDS = 250;
const PAGE = 100;

type Filters = Readonly<Record<string, string>>;

function filtersOf(query: URLSearchParams): Filters {
  const names = [...FIELDS, "outcome", "live", "cursor"];
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]).filter(([, value]) => value));
}

export default function Find() {
  const t = findWords();
  const filters = filtersOf(route.value.query);
  const found = useLoaded(
    (signal) => ask<{ calls: CallRow[]; next: string | null }>("calls", { query: { ...filters, limit: PAGE }, signal }),
    [JSON.stringify(filters)],
  );
  const { value, error } = found.value;
  return (
    <>
      <h1>{t.title}</h1>
      <Form filters={filters} />
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {value && <Calls calls={value.calls} />}
      {value && <Pages filters={filters} next={value.next} count={value.calls.length} />}
    </>
  );
}

function Form({ filters }: { filters: Filters }) {
  const t = findWords();
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef(0);
  useKeys([{ keys: "/", told: () => shellWords().keys.search, run: () => form.current?.querySelector("input")?.focus() }]);
  const search = () => {
    const given = new FormData(form.current ?? undefined);
    const pairs = [...given.entries()].map(([name, value]) => [name, String(value).trim()]);
    replace(link("find", "", Object.fromEntries(pairs) as Record<string, string>));
  };
  const soon = () => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(search, PAUSE_MILLISECONDS);
  };
  return (
    <form class="filters" role="search" ref={form} onInput={soon} onSubmit={(event) => { event.preventDefault(); search(); }}>
      {FIELDS.map((name) => (
        <label>{t.fields[name]} <input name={name} defaultValue={filters[name] ?? ""} autocomplete="off" placeholder={t.hints[name]} /></label>
      ))}
      <label>{callWords().outcome}
        <select name="outcome" value={filters.outcome ?? ""}>
          <option value="">{t.any}</option>
          {OUTCOMES.map((one) => <option value={one}>{callWords().outcomes[one]}</option>)}
        </select>
      </label>
      <label>{callWords().state}
        <select name="live" value={filters.live ?? ""}>
          <option value="">{t.any}</option>
          <option value="1">{t.isLive}</option>
          <option value="0">{t.isOver}</option>
        </select>
      </label>
    </form>
  );
}

function Calls({ calls }: { calls: readonly CallRow[] }) {
  const t = callWords();
  return (
    <Table
      caption={findWords().title}
      rows={calls}
      id={(call) => `${call.account} ${call.entry_id}`}
      href={(call) => link("call", call.entry_id, { account: call.account })}
      empty={findWords().nothing}
      columns={[
        { title: t.started, cell: (call) => stamp(call.started), kind: "time" },
        { title: t.caller, cell: (call) => call.caller || shellWords().withheld },
        { title: t.line, cell: (call) => call.line },
        { title: t.flow, cell: (call) => call.flow || t.noFlow },
        { title: t.lastStep, cell: (call) => [call.step, call.exit].filter(Boolean).join(" → ") },
        { title: t.outcome, cell: standing },
        { title: t.answeredBy, cell: (call) => call.answered_by },
        { title: t.version, cell: (call) => <code title={call.version}>{call.version.slice(0, 8)}</code> },
      ]}
    />
  );
}

function Pages({ filters, next, count }: { filters: Filters; next: string | null; count: number }) {
  const t = findWords();
  const { cursor, ...first } = filters;
  return (
    <nav class="pages" aria-label={t.pages}>
      <span>{t.count(count)}</span>
      {cursor && <a href={link("find", "", first)}>{t.newest}</a>}
      {next && <a rel="next" href={link("find", "", { ...first, cursor: next })}>{t.older}</a>}
      <button type="button" onClick={() => void download(first)}>{t.csv}</button>
    </nav>
  );
}

/** By `fetch`, since a link could bear no token. */
async function download(filters: Filters): Promise<void> {
  const answer = await answerOf("calls", { query: filters, headers: { Accept: "text/csv" } });
  const url = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: url, download: "calls.csv" }).click();
  URL.revokeObjectURL(url);
}
