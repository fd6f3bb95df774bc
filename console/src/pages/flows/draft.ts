// A draft as this tab has it: its files as they are saved, and as they are typed. A question to the router bears what is
// typed, so nothing has to be saved before it is answered.
import { computed, signal } from "@preact/signals";
import { Problem, answerOf, ask, segment } from "../../api";

export type DraftFacts = {
  draft_id: string;
  account: string;
  name: string;
  base: string;
  active?: string | null;
  changed: string;
  changed_by: string;
  revision: number;
};
export type WholeDraft = DraftFacts & { active: string | null; files: { name: string; bytes: number }[] };

/** A larger file is a list for a program to write; the editor would make every key slow. */
const MOST_BYTES = 400_000;
const UNANSWERED = 422;

export class OpenDraft {
  readonly facts = signal<DraftFacts>(undefined as unknown as DraftFacts);
  /** Every file that can be edited, as it is typed. */
  readonly texts = signal<ReadonlyMap<string, string>>(new Map());
  readonly saved = signal<ReadonlyMap<string, string>>(new Map());
  /** Files that are too large, or no text. */
  readonly others = signal<readonly string[]>([]);
  /** Names of files that differ from what is saved; of those that are gone, too. */
  readonly unsaved = computed(() => {
    const [texts, saved] = [this.texts.value, this.saved.value];
    return [...new Set([...texts.keys(), ...saved.keys()])].filter((name) => texts.get(name) !== saved.get(name));
  });

  static async open(draftId: string): Promise<OpenDraft> {
    const whole = await ask<WholeDraft>(`drafts/${segment(draftId)}`);
    const draft = new OpenDraft();
    draft.facts.value = whole;
    const found = await Promise.all(whole.files.map((file) => textOf(draftId, file)));
    const texts = new Map(found.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const])));
    draft.saved.value = draft.texts.value = texts;
    draft.others.value = found.filter(([, text]) => text === null).map(([name]) => name);
    return draft;
  }

  write(name: string, text: string | null): void {
    if (this.texts.peek().get(name) === (text ?? undefined)) return;
    const texts = new Map(this.texts.peek());
    if (text === null) texts.delete(name);
    else texts.set(name, text);
    this.texts.value = texts;
  }

  /** The answer to a question about the draft as it is typed. Raises Problem. */
  async ask<T>(method: string, params: unknown = null, signal?: AbortSignal): Promise<T> {
    const texts = this.texts.peek();
    const typed = Object.fromEntries(this.unsaved.peek().map((name) => [name, texts.get(name) ?? ""]));
    return question<T>(this.facts.peek().draft_id, { method, params, texts: typed }, signal);
  }

  /** Save what is typed; raises Problem when somebody else was first. */
  async save(): Promise<void> {
    const names = this.unsaved.peek();
    if (!names.length) return;
    const texts = this.texts.peek();
    const files = Object.fromEntries(names.map((name) => [name, texts.get(name) ?? null]));
    const { draft_id, revision } = this.facts.peek();
    const facts = await ask<DraftFacts>(`drafts/${segment(draft_id)}`, { method: "PATCH", json: { revision, files } });
    this.facts.value = { ...this.facts.peek(), ...facts };
    this.saved.value = texts;
  }
}

export type Question = { method: string; params?: unknown; texts?: Readonly<Record<string, string>> };

/** The answer to a question about a draft. Raises Problem. */
export async function question<T>(draftId: string, json: Question, signal?: AbortSignal): Promise<T> {
  const path = `drafts/${segment(draftId)}/questions`;
  const asked = { method: "POST", json, ...(signal ? { signal } : {}) } as const;
  const told = await inTurn(() => ask<{ result: T; problem: string }>(path, asked), signal);
  if (told.problem) throw new Problem(UNANSWERED, told.problem);
  return told.result;
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other: the router works on one question at a time, and has few places for those that wait. */
export function inTurn<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const mine = last.catch(() => undefined).then(() => {
    signal?.throwIfAborted();
    return action();
  });
  last = mine;
  return mine;
}

async function textOf(draftId: string, file: { name: string; bytes: number }): Promise<[string, string | null]> {
  if (file.bytes > MOST_BYTES) return [file.name, null];
  const path = `drafts/${segment(draftId)}/files/${file.name.split("/").map(segment).join("/")}`;
  const answer = await answerOf(path);
  return [file.name, answer.headers.get("Content-Type")?.startsWith("text/") ? await answer.text() : null];
}

/** Whether somebody else has saved the draft meanwhile. */
export function isMoved(error: unknown): boolean {
  return error instanceof Problem && error.more.code === "draft-moved";
}
