// What publishing a draft would change: in an author's terms, on the diagrams, and as text.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, inWords, segment } from "../../api";
import { Diagram } from "../../parts/diagram";
import { type Drawing, drawingFrom, drawingOf } from "../../parts/drawing";
import { useLoaded } from "../../parts/load";
import { reviewWords } from "../../words/review";
import { type DraftFacts, inTurn, question } from "../flows/draft";

type Detail = { path: string; before: string; after: string };
export type Change = { kind: "added" | "removed" | "changed"; owner: string; name: string; about: string; details: Detail[] };
type FileChange = { file: string; kind: "added" | "removed" | "changed"; diff: string };
export type Difference = { from: string; to: string; changes: Change[]; files: FileChange[] };

const FLOW = "flow ";
const HEAD = "head";

export function Differences({ draft }: { draft: DraftFacts }) {
  const t = reviewWords();
  const found = useLoaded(
    async (signal) =>
      (await inTurn(() => ask<{ result: Difference }>(`drafts/${segment(draft.draft_id)}/differences`, { signal }), signal)).result,
    [draft.revision, draft.base, draft.active],
  );
  const { value, error } = found.value;
  if (error) return <p class="failed" role="alert">{inWords(error)}</p>;
  if (!value) return null;
  if (!value.files.length) return <p class="empty" role="status">{t.same}</p>;
  const flows = [...new Set(value.changes.filter((one) => one.owner.startsWith(FLOW)).map((one) => one.owner.slice(FLOW.length)))];
  return (
    <section aria-label={t.changes}>
      <h2>{t.changes}</h2>
      <p class="hint">{value.from ? t.against(value.from.slice(0, 12)) : t.first}</p>
      <ul class="changes">{value.changes.map((one) => <OneChange change={one} />)}</ul>
      {flows.map((flow) => (
        <details open={flows.length === 1}>
          <summary>{t.diagrams}: {flow}</summary>
          <Pictures draft={draft} version={value.from} flow={flow} changes={value.changes.filter((one) => one.owner === FLOW + flow)} />
        </details>
      ))}
      <details>
        <summary>{t.texts}: {value.files.map((one) => one.file).join(", ")}</summary>
        {value.files.map((one) => <TextDiff change={one} />)}
      </details>
    </section>
  );
}

function OneChange({ change }: { change: Change }) {
  const t = reviewWords();
  const name = change.name === HEAD ? t.head : change.name || t.whole;
  return (
    <li class={change.kind}>
      <b>{change.owner}</b> · {name} {change.about && <span class="hint">({change.about})</span>} <em>{t.kinds[change.kind]}</em>
      {change.details.length > 0 && (
        <ul>
          {change.details.map((one) => (
            <li><code>{one.path}</code> {one.before && <del>{one.before}</del>} {one.after && <ins>{one.after}</ins>}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function TextDiff({ change }: { change: FileChange }) {
  const kind = (line: string) => (line.startsWith("@@") ? "place" : line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "");
  return (
    <pre class="diff" tabIndex={0} role="region" aria-label={change.file}>
      {change.diff.split("\n").map((line) => <span class={kind(line)}>{`${line}\n`}</span>)}
    </pre>
  );
}

type Shown = { draft: DraftFacts; version: string; flow: string; changes: readonly Change[] };

function Pictures({ draft, version, flow, changes }: Shown) {
  const t = reviewWords();
  const drawings = useSignal<{ before: Drawing | null; after: Drawing | null }>({ before: null, after: null });
  useEffect(() => {
    let isOver = false;
    const after = question<string>(draft.draft_id, { method: "ivr/diagram", params: { flow } }).then(drawingFrom).catch(() => null);
    const before = version ? drawingOf({ account: draft.account, version, flow }).catch(() => null) : Promise.resolve(null);
    Promise.all([before, after]).then(([was, is]) => {
      if (isOver) return;
      paint(was, flow, changes, ["removed", "changed"]);
      paint(is, flow, changes, ["added", "changed"]);
      drawings.value = { before: was, after: is };
    });
    return () => { isOver = true; };
  }, [draft.revision, version, flow]);
  const { before, after } = drawings.value;
  return (
    <div class="beside">
      {before && <figure><figcaption>{t.before}</figcaption><Diagram drawing={before} label={`${t.before}: ${flow}`} /></figure>}
      {after && <figure><figcaption>{t.after}</figcaption><Diagram drawing={after} label={`${t.after}: ${flow}`} /></figure>}
    </div>
  );
}

function paint(drawing: Drawing | null, flow: string, changes: readonly Change[], kinds: readonly Change["kind"][]): void {
  for (const change of changes) {
    if (kinds.includes(change.kind)) drawing?.step(flow, change.name)?.classList.add(change.kind);
  }
}
