// A draft as this tab has it: its files as they are saved, and as they are typed. A question to the router bears what is
// typed, so nothing has to be saved before it is answered. What others have saved meanwhile is merged into what is typed here;
// a file in which both have changed the same place is held back until a person has chosen.
import { computed, signal } from "@preact/signals";
import { Problem, answerOf, ask, segment } from "../../api";
import { language } from "../../language";
import { session } from "../../session";
import { type Content, chosen, isClean, merge } from "./merge";

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
export type StoredFile = { name: string; bytes: number; sha256: string };
export type WholeDraft = DraftFacts & { active: string | null; files: StoredFile[] };

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
  /** Files to choose in, each with the text that both sides began from. */
  readonly held = signal<ReadonlyMap<string, Content>>(new Map());
  /** Whose tab it is. */
  readonly owner = session.peek().who?.name ?? "";
  #digests = new Map<string, string>();
  /** Names of files that differ from what is saved; of those that are gone, too. */
  readonly unsaved = computed(() => {
    const [texts, saved] = [this.texts.value, this.saved.value];
    return [...new Set([...texts.keys(), ...saved.keys()])].filter((name) => texts.get(name) !== saved.get(name));
  });

  static async open(draftId: string): Promise<OpenDraft> {
    const draft = new OpenDraft();
    await draft.#read(draftId);
    draft.texts.value = draft.saved.peek();
    return draft;
  }

  /** What is saved now. A file whose digest is known already is not read again. */
  async #read(draftId: string): Promise<void> {
    const whole = await ask<WholeDraft>(`drafts/${segment(draftId)}`);
    const known = this.saved.peek();
    const found = await Promise.all(whole.files.map(async (file): Promise<[string, string | null]> => {
      const text = known.get(file.name);
      return text !== undefined && this.#digests.get(file.name) === file.sha256 ? [file.name, text] : textOf(draftId, file);
    }));
    this.#digests = new Map(whole.files.map((file) => [file.name, file.sha256]));
    this.facts.value = whole;
    this.saved.value = new Map(found.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const])));
    this.others.value = found.filter(([, text]) => text === null).map(([name]) => name);
  }

  /** Take over what others have saved: each file that is another one now, with its text. */
  async pull(): Promise<Map<string, Content>> {
    const before = this.saved.peek();
    await this.#read(this.facts.peek().draft_id);
    const names = new Set([...before.keys(), ...this.saved.peek().keys()]);
    return this.bring([...names].map((name) => [name, before.get(name) ?? null] as const));
  }

  /** Merge what is typed into what is saved; both began as `bases` say. */
  bring(bases: Iterable<readonly [string, Content]>): Map<string, Content> {
    const held = new Map(this.held.peek());
    const changed = new Map<string, Content>();
    for (const [name, base] of bases) {
      const [mine, theirs] = [this.texts.peek().get(name) ?? null, this.saved.peek().get(name) ?? null];
      const begun = held.get(name) ?? base;
      const merged = merge(begun, mine, theirs);
      if (!isClean(merged)) {
        held.set(name, begun);
        continue;
      }
      held.delete(name);
      const text = chosen(merged);
      if (text !== mine) changed.set(name, text);
    }
    this.held.value = held;
    return changed;
  }

  /** A person has chosen what becomes of a file that was held back. */
  release(name: string): void {
    const held = new Map(this.held.peek());
    held.delete(name);
    this.held.value = held;
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

  /** What is typed and can be saved. */
  get pending(): readonly string[] {
    return this.unsaved.peek().filter((name) => !this.held.peek().has(name));
  }

  /** Save what is typed; raises Problem when somebody else was first. */
  async save(keepalive = false): Promise<void> {
    const names = this.pending;
    if (!names.length) return;
    const texts = this.texts.peek();
    const files = Object.fromEntries(names.map((name) => [name, texts.get(name) ?? null]));
    const { draft_id, revision } = this.facts.peek();
    const asked = { method: "PATCH", json: { revision, files }, keepalive } as const;
    const facts = await ask<DraftFacts>(`drafts/${segment(draft_id)}`, asked);
    this.facts.value = { ...this.facts.peek(), ...facts };
    const saved = new Map(this.saved.peek());
    for (const name of names) {
      const text = texts.get(name);
      if (text === undefined) saved.delete(name);
      else saved.set(name, text);
      this.#digests.delete(name);
    }
    this.saved.value = saved;
  }
}

export type Question = { method: string; params?: unknown; texts?: Readonly<Record<string, string>> };

/** The answer to a question about a draft. Raises Problem. */
export async function question<T>(draftId: string, json: Question, signal?: AbortSignal): Promise<T> {
  const path = `drafts/${segment(draftId)}/questions`;
  const asked = { method: "POST", json: { ...json, language: language.peek() }, ...(signal ? { signal } : {}) } as const;
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
