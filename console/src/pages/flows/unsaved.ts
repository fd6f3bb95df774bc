// What was typed and is not saved yet, kept by the browser for a tab that is closed, or that dies: of one draft, for the
// person who typed it. Beside each text stands the one that it was made of, so that it can be merged with what came meanwhile.
import { kept, keep } from "../../kept";
import type { OpenDraft } from "./draft";
import type { Content } from "./merge";

type Kept = Record<string, { base: Content; mine: Content }>;

const nameOf = (draft: OpenDraft) => `ivr-draft-${draft.facts.peek().draft_id}-${draft.owner}`;

/** Write it down; false where the browser keeps nothing. */
export function keepUnsaved(draft: OpenDraft): boolean {
  const [texts, saved, held] = [draft.texts.peek(), draft.saved.peek(), draft.held.peek()];
  const files: Kept = Object.fromEntries(draft.unsaved.peek().map((name) => [name, {
    base: held.has(name) ? held.get(name) ?? null : saved.get(name) ?? null,
    mine: texts.get(name) ?? null,
  }]));
  const text = Object.keys(files).length ? JSON.stringify(files) : "";
  keep(nameOf(draft), text);
  return (kept(nameOf(draft)) ?? "") === text;
}

/** What an earlier tab has left, back in the draft as if it was typed here: the files that have come back. */
export function bringBack(draft: OpenDraft): string[] {
  const files = read(kept(nameOf(draft)));
  for (const [name, { mine }] of Object.entries(files)) draft.write(name, mine);
  const merged = draft.bring(Object.entries(files).map(([name, { base }]) => [name, base] as const));
  for (const [name, text] of merged) draft.write(name, text);
  return Object.keys(files).filter((name) => draft.unsaved.peek().includes(name));
}

function read(text: string | null): Kept {
  try {
    return text ? (JSON.parse(text) as Kept) : {};
  } catch {
    return {}; // of another program
  }
}
