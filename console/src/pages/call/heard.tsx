// What the caller heard, with its words, and what lookups answered, by the second of the call.
import { number, span } from "../../parts/format";
import { Table } from "../../parts/table";
import type { Call } from "../../records";
import { callWords } from "../../words/calls";
import { pageWords } from "./page_words";
import type { Heard, Lookup } from "./span";

const since = (call: Call, at: string): string => span((Date.parse(at) - Date.parse(call.started)) / 1000);
const seconds = (value: number | null): string => (value === null ? "" : number(value, 1));

export function HeardTable({ call, heard }: { call: Call; heard: readonly Heard[] }) {
  const t = pageWords();
  return (
    <Table caption={t.heard} rows={heard} id={(one) => one.command_id} empty={t.heardNothing} columns={[
      { title: t.second, cell: (one) => since(call, one.at), kind: "time" },
      { title: t.says, cell: (one) => one.says || <span class="hint">{t.noWords}</span> },
      { title: t.prompt, cell: (one) => <code>{one.label}</code> },
      { title: t.heardFor, cell: (one) => [seconds(one.seconds), one.length === null ? "" : `/ ${seconds(one.length)}`].join(" "), kind: "number" },
      { title: t.endedBy, cell: (one) => (t.ends as Readonly<Record<string, string>>)[one.ended_by] ?? "" },
    ]} />
  );
}

export function LookupTable({ call, lookups }: { call: Call; lookups: readonly Lookup[] }) {
  const t = pageWords();
  const c = callWords();
  return (
    <Table caption={t.lookups} rows={lookups} id={(one) => `${one.at} ${one.step}`} empty={t.none} columns={[
      { title: t.second, cell: (one) => since(call, one.at), kind: "time" },
      { title: c.step, cell: (one) => one.step },
      { title: t.answer, cell: (one) => Object.entries(one.outputs).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join(", ") },
      { title: t.took, cell: (one) => seconds(one.seconds), kind: "number" },
      { title: c.exit, cell: (one) => one.exit },
      { title: c.why, cell: (one) => one.why },
    ]} />
  );
}
