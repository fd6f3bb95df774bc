// How many calls came to each step and by which exits they left it: on the diagram of a flow, and as a table.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { inWords } from "../../api";
import { Diagram } from "../../parts/diagram";
import { type Drawing, drawingOf, svgElement } from "../../parts/drawing";
import { number, percent } from "../../parts/format";
import { useLoaded } from "../../parts/load";
import { Table } from "../../parts/table";
import { figuresWords, Heading, type Query, useFigure } from "../figures";

export type StepRow = {
  flow: string;
  step: string;
  verb: string;
  calls: number;
  visits: number;
  mean_seconds: number | null;
  exits: { exit: string; visits: number; share: number }[];
};

export function Funnel({ query, active }: { query: Query; active: string }) {
  const t = figuresWords();
  const found = useFigure<StepRow>("steps", query);
  const chosen = useSignal("");
  const { value, error } = found.value;
  const flows = [...new Set(value?.rows.map((row) => row.flow) ?? [])];
  const flow = flows.includes(chosen.value) ? chosen.value : flows[0] ?? "";
  const rows = value?.rows.filter((row) => row.flow === flow) ?? [];
  const version = query.version || active;
  return (
    <section>
      <Heading title={t.funnel} figure="steps" query={query} />
      {error ? <p class="failed" role="alert">{inWords(error)}</p> : null}
      {flows.length > 1 && (
        <label>{t.flow}
          <select value={flow} onChange={(event) => { chosen.value = event.currentTarget.value; }}>
            {flows.map((one) => <option value={one}>{one}</option>)}
          </select>
        </label>
      )}
      {flow && version && <OnDiagram account={query.account ?? ""} version={version} flow={flow} rows={rows} />}
      {value && (
        <Table caption={t.funnel} rows={rows} id={(row) => row.step} empty={t.noCalls} columns={[
          { title: t.step, cell: (row) => `${row.step} (${row.verb})` },
          { title: t.count, cell: (row) => number(row.calls), kind: "number" },
          { title: t.visits, cell: (row) => number(row.visits), kind: "number" },
          { title: t.stay, cell: (row) => (row.mean_seconds === null ? "" : number(row.mean_seconds, 1)), kind: "number" },
          { title: t.exits, cell: (row) => row.exits.map((one) => `${one.exit || t.ends} ${percent(one.share, 1)}`).join(", ") },
        ]} />
      )}
    </section>
  );
}

type OfFlow = { account: string; version: string; flow: string; rows: readonly StepRow[] };

function OnDiagram({ account, version, flow, rows }: OfFlow) {
  const t = figuresWords();
  const found = useLoaded(() => drawingOf({ account, version, flow }), [account, version, flow]);
  const { value } = found.value;
  useEffect(() => (value ? paint(value, flow, rows) : undefined), [value, rows]);
  return value && <Diagram drawing={value} label={t.onDiagram} />; // a version that is gone has no picture: the table is there
}

/** Badges of calls at the steps, and shares at the exits; answers how to take them off. */
function paint(drawing: Drawing, flow: string, rows: readonly StepRow[]): () => void {
  const made: SVGElement[] = [];
  for (const row of rows) {
    const [within, step] = splitName(row.step, flow);
    const box = drawing.step(within, step);
    const frame = box?.querySelector("rect");
    if (!box || !frame) continue;
    const text = svgElement("text", { class: "figure", x: Number(frame.getAttribute("x")) + Number(frame.getAttribute("width")) + 4, y: Number(frame.getAttribute("y")) + 11 });
    text.textContent = number(row.calls);
    box.append(text);
    made.push(text);
    const title = svgElement("title");
    title.textContent = row.exits.map((one) => `${one.exit || "–"}: ${percent(one.share, 1)}`).join("\n");
    text.append(title);
    made.push(...sharesOf(drawing, within, step, row));
  }
  return () => made.forEach((one) => one.remove());
}

/** At each line that leaves the step the share of its exits, where the line says which those are. */
function sharesOf(drawing: Drawing, flow: string, step: string, row: StepRow): SVGElement[] {
  const shares = new Map(row.exits.map((one) => [one.exit, one.share]));
  return [...(drawing.panel(flow)?.querySelectorAll<SVGGElement>("g.exit") ?? [])].flatMap((label) => {
    if (label.dataset.from !== step) return [];
    const sum = (label.dataset.exits ?? "").split("\n").reduce((total, exit) => total + (shares.get(exit) ?? 0), 0);
    const paper = label.querySelector("rect");
    if (!sum || !paper) return [];
    const x = Number(paper.getAttribute("x")) + Number(paper.getAttribute("width")) + 2;
    const text = svgElement("text", { class: "figure", x, y: Number(paper.getAttribute("y")) + 11 });
    text.textContent = percent(sum, sum < 0.1 ? 1 : 0);
    label.append(text);
    return [text];
  });
}

function splitName(name: string, flow: string): [string, string] {
  const at = name.indexOf(".");
  return at < 0 ? [flow, name] : [name.slice(0, at), name.slice(at + 1)];
}
