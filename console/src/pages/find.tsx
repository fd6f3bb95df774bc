// Calls, found by what is known of them. The address has the filters, so a search can be sent to a colleague.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { answerOf, ask, inWords } from "../api";
import { words } from "../language";
import { listen } from "../live";
import { stamp } from "../parts/format";
import { useLoaded } from "../parts/load";
import { Table } from "../parts/table";
import type { CallRow } from "../records";
import { link, replace, route } from "../route";
import { session } from "../session";
import { useKeys } from "../shell/keys";
import { attempt } from "../shell/toasts";
import { callWords, standing } from "../words/calls";
import { find as en } from "../words/en/find";
import { find as ru } from "../words/ru/find";
import { shellWords } from "../words/shell";

const findWords = words({ en, ru });

/** The filters, each a parameter of `GET /api/calls` of the same name. */
const USUAL = ["caller", "line", "flow", "reached", "took", "since", "until"] as const;
const MORE = ["q", "trace", "sip_call_id", "step", "exit", "version"] as const;
const BY_NUMBER = new Set(["caller", "q", "trace"]); // who sees no whole numbers may not look for them
const EXAMPLES: Readonly<Record<string, string>> = { caller: "79000000001", reached: "menu", took: "menu:1", since: "7d", until: "1h" };
const OUTCOMES = ["answered", "hung_up", "released", "missed"] as const;
const INSTANTS = ["1h", "1d", "7d", "30d"];
const NAMES = [...USUAL, ...MORE, "outcome", "live", "account", "cursor"];
const TYPING_MILLISECONDS = 250;
const NEWS_MILLISECONDS = 1500;
const PAGE = 100;

type Filters = Readonly<Record<string, string>>;
type Found = { calls: CallRow[]; next: string | null };

function filtersOf(query: URLSearchParams): Filters {
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]).filter(([, value]) => value));
}

export default function Find() {
  const t = findWords();
  const filters = filtersOf(route.value.query);
  const found = useLoaded(
    (signal) => ask<Found>("calls", { query: { ...filters, limit: PAGE }, signal }),
    [JSON.stringify(filters)],
  );
  const isNewest = !filters.cursor;
  useEffect(() => {
    if (!isNewest) return undefined;
    let timer = 0;
    const stop = listen((told) => {
      if (told.some((one) => one.name === "call" || one.name === "reset")) {
        timer ||= window.setTimeout(() => { timer = 0; if (!document.hidden) found.again(); }, NEWS_MILLISECONDS);
      }
    });
    return () => { stop(); clearTimeout(timer); };
  }, [isNewest]);
  const { value, error } = found.value;
  return (
    <>
      <h1>{t.title}</h1>
      <Form filters={filters} />
      {error ? <p class="failed" role="alert">{whyNot(error)}</p> : null}
      {value && <Calls calls={value.calls} />}
      {value && <Pages filters={filters} found={value} />}
    </>
  );
}

/** The API's words, but for a time that it cannot read: those name its parameters. */
function whyNot(error: unknown): string {
  const told = inWords(error);
  const name = /^(since|until) is /.exec(told)?.[1];
  return name ? findWords().notATime(findWords().fields[name as "since" | "until"]) : told;
}

function Form({ filters }: { filters: Filters }) {
  const t = findWords();
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef(0);
  useKeys([{ keys: "/", told: () => shellWords().keys.search, run: () => form.current?.querySelector("input")?.focus() }]);
  useEffect(() => fill(form.current, filters), [JSON.stringify(filters)]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = () => {
    clearTimeout(timer.current);
    const pairs = [...new FormData(form.current ?? undefined).entries()].map(([name, value]) => [name, String(value).trim()]);
    const kept = filters.account ? { account: filters.account } : {};
    replace(link("find", "", { ...kept, ...(Object.fromEntries(pairs) as Record<string, string>) }));
  };
  const soon = () => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(search, TYPING_MILLISECONDS);
  };
  const field = (name: (typeof USUAL | typeof MORE)[number]) => (
    <label>{t.fields[name]}
      <input name={name} autocomplete="off" placeholder={EXAMPLES[name] ?? ""} list={name === "since" || name === "until" ? "instants" : undefined} />
    </label>
  );
  const isOpen = (name: string) => session.value.who?.sees_numbers !== false || !BY_NUMBER.has(name);
  return (
    <form class="filters" role="search" ref={form} onInput={soon} onSubmit={(event) => { event.preventDefault(); search(); }}>
      {USUAL.filter(isOpen).map(field)}
      <label>{callWords().outcome}
        <select name="outcome">
          <option value="">{t.any}</option>
          {OUTCOMES.map((one) => <option value={one}>{callWords().outcomes[one]}</option>)}
        </select>
      </label>
      <label>{callWords().state}
        <select name="live">
          <option value="">{t.any}</option>
          <option value="1">{t.isLive}</option>
          <option value="0">{t.isOver}</option>
        </select>
      </label>
      <MoreFields isOpen={MORE.some((name) => filters[name])}>{MORE.filter(isOpen).map(field)}</MoreFields>
      <button type="button" class="plain" onClick={() => replace(link("find"))}>{t.clear}</button>
      <datalist id="instants">{INSTANTS.map((one) => <option value={one} />)}</datalist>
    </form>
  );
}

/** Write what the address says, but not over what somebody is typing. */
function fill(form: HTMLFormElement | null, filters: Filters): void {
  for (const element of form?.elements ?? []) {
    if ((element instanceof HTMLInputElement || element instanceof HTMLSelectElement) && element !== document.activeElement) {
      element.value = filters[element.name] ?? "";
    }
  }
}

function MoreFields({ isOpen, children }: { isOpen: boolean; children: ComponentChildren }) {
  const t = findWords();
  const wasOpened = useSignal(isOpen);
  return (
    <>
      <button type="button" class="plain" aria-expanded={wasOpened.value} onClick={() => { wasOpened.value = !wasOpened.value; }}>
        {wasOpened.value ? t.fewer : t.more}
      </button>
      <div class="more" hidden={!wasOpened.value}>{children}</div>
    </>
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

function Pages({ filters, found }: { filters: Filters; found: Found }) {
  const t = findWords();
  const { cursor, ...first } = filters;
  return (
    <nav class="pages" aria-label={t.pages}>
      <span>{t.count(found.calls.length)}</span>
      {cursor && <a href={link("find", "", first)}>{t.newest}</a>}
      {found.next && <a rel="next" href={link("find", "", { ...first, cursor: found.next })}>{t.older}</a>}
      <button type="button" onClick={() => void attempt(() => download(first))}>{t.csv}</button>
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
