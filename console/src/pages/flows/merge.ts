// Two people's changes to one text, brought together line by line: what one side alone has changed is taken, what both have
// changed alike is the same, and where they touch a person has to choose. Nothing here knows of drafts or pages.
import { diffArrays } from "diff";

/** A file's text; null where there is no such file. */
export type Content = string | null;

export type Part =
  | { kind: "same"; lines: readonly string[] }
  | { kind: "conflict"; mine: readonly string[]; theirs: readonly string[]; isMineGone: boolean; isTheirsGone: boolean };

export type Merged = { parts: readonly Part[]; isGone: boolean };

const GONE: Merged = { parts: [], isGone: true };
const linesOf = (content: Content) => (content === null ? [] : content.split("\n"));
const same = (lines: readonly string[]): Part => ({ kind: "same", lines });
const whole = (content: Content): Merged => (content === null ? GONE : { parts: [same(linesOf(content))], isGone: false });

/** Both sides' changes since `base`. */
export function merge(base: Content, mine: Content, theirs: Content): Merged {
  if (mine === theirs || theirs === base) return whole(mine);
  if (mine === base) return whole(theirs);
  if (mine === null || theirs === null) {
    const conflict: Part = { kind: "conflict", mine: linesOf(mine), theirs: linesOf(theirs), isMineGone: mine === null, isTheirsGone: theirs === null };
    return { parts: [conflict], isGone: false };
  }
  return { parts: together(linesOf(base), linesOf(mine), linesOf(theirs)), isGone: false };
}

/** Lines from `start` to `end` of a text have become `lines`. */
type Hunk = { start: number; end: number; lines: readonly string[] };

const PATIENCE_MILLISECONDS = 1000;

/** What was changed; one hunk for all of it where the two have little in common and finding more would take too long. */
function hunks(before: readonly string[], after: readonly string[]): Hunk[] {
  const found: Hunk[] = [];
  const steps = diffArrays([...before], [...after], { timeout: PATIENCE_MILLISECONDS });
  if (!steps) return [{ start: 0, end: before.length, lines: after }];
  let line = 0;
  let open: Hunk | null = null;
  for (const { added, removed, count, value } of steps) {
    if (!added && !removed) {
      open = null;
      line += count;
      continue;
    }
    if (!open) found.push((open = { start: line, end: line, lines: [] }));
    if (added) open.lines = [...open.lines, ...value];
    else open.end = line += count;
  }
  return found;
}

function together(base: readonly string[], mine: readonly string[], theirs: readonly string[]): Part[] {
  const [ours, others] = [hunks(base, mine), hunks(base, theirs)];
  const parts: Part[] = [];
  let line = 0;
  while (ours.length || others.length) {
    const start = Math.min(ours[0]?.start ?? Infinity, others[0]?.start ?? Infinity);
    const [left, right]: [Hunk[], Hunk[]] = [[], []];
    let end = start;
    for (let grew = true; grew; ) { // each hunk that touches what is there already
      grew = false;
      for (const [queue, taken] of [[ours, left], [others, right]] as const) {
        while (queue[0] && queue[0].start <= end) {
          end = Math.max(end, queue[0].end);
          taken.push(queue.shift()!);
          grew = true;
        }
      }
    }
    parts.push(same(base.slice(line, start)), region(base, start, end, left, right));
    line = end;
  }
  return joined([...parts, same(base.slice(line))]);
}

/** Without empty parts, and with one between two conflicts. */
function joined(parts: readonly Part[]): Part[] {
  const made: Part[] = [];
  for (const part of parts) {
    const last = made.at(-1);
    if (part.kind === "same" && last?.kind === "same") made[made.length - 1] = same([...last.lines, ...part.lines]);
    else if (part.kind === "conflict" || part.lines.length) made.push(part);
  }
  return made;
}

/** One stretch that at least one side has changed. */
function region(base: readonly string[], start: number, end: number, left: readonly Hunk[], right: readonly Hunk[]): Part {
  const [mine, theirs] = [changedTo(base, start, end, left), changedTo(base, start, end, right)];
  if (!right.length || mine.join("\n") === theirs.join("\n")) return same(mine);
  return left.length ? { kind: "conflict", mine, theirs, isMineGone: false, isTheirsGone: false } : same(theirs);
}

function changedTo(base: readonly string[], start: number, end: number, changes: readonly Hunk[]): string[] {
  const lines: string[] = [];
  let line = start;
  for (const hunk of changes) {
    lines.push(...base.slice(line, hunk.start), ...hunk.lines);
    line = hunk.end;
  }
  return [...lines, ...base.slice(line, end)];
}

export const isClean = ({ parts }: Merged) => parts.every((part) => part.kind === "same");

export type Choice = "mine" | "theirs" | "both";

/** The text, with one choice for each conflict in their order. */
export function chosen(merged: Merged, choices: readonly Choice[] = []): Content {
  if (merged.isGone) return null;
  let place = 0;
  const lines: string[] = [];
  for (const part of merged.parts) {
    if (part.kind === "same") {
      lines.push(...part.lines);
      continue;
    }
    const choice = choices[place++] ?? "mine";
    if ((choice === "mine" && part.isMineGone) || (choice === "theirs" && part.isTheirsGone)) return null;
    if (choice !== "theirs") lines.push(...part.mine);
    if (choice !== "mine") lines.push(...part.theirs);
  }
  return lines.join("\n");
}

export type Edit = { from: number; to: number; insert: string };

/** What to change of a text so that it becomes another one, line by line: a cursor elsewhere stays where it is. */
export function edits(before: string, after: string): Edit[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  const starts = [0];
  for (const line of old) starts.push(starts.at(-1)! + line.length + 1);
  return hunks(old, fresh).map(({ start, end, lines }) => {
    const edit = { from: starts[start]!, to: starts[end]!, insert: lines.map((text) => `${text}\n`).join("") };
    return edit.to > before.length ? atTheEnd(edit, before.length) : edit;
  });
}

/** The last line has no end of its own, so the end of the line before goes or comes with it. */
function atTheEnd({ from, insert }: Edit, length: number): Edit {
  const text = insert.replace(/\n$/, "");
  if (from > length) return { from: length, to: length, insert: `\n${text}` };
  return { from: insert ? from : Math.max(0, from - 1), to: length, insert: text };
}
