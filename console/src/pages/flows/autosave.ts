// Saves a draft while it is written: a moment after the last key, and at the latest some seconds after the first one. When
// somebody else was first, their changes are merged and it is tried again; a router that is away is asked again and again.
// Until something is saved the browser keeps it, too.
import { type ReadonlySignal, effect, signal } from "@preact/signals";
import { Problem, ask, inWords } from "../../api";
import { isLoginNeeded } from "../../session";
import { type DraftFacts, type OpenDraft, isMoved } from "./draft";
import type { Content } from "./merge";
import { keepUnsaved } from "./unsaved";

const PAUSE_MILLISECONDS = 700;
const LONGEST_MILLISECONDS = 2000;
const KEEP_MILLISECONDS = 250;
const AGAIN_MILLISECONDS = 5000; // after a failure
const LOOK_MILLISECONDS = 8000; // whether somebody else has saved
const KEEPALIVE_BYTES = 50_000; // browsers send 64 KB from a page that is closed
const MOST_ROUNDS = 5; // of two who save at the same time

/** `failed` is tried again, `refused` is not; `held` waits for a person's choice. */
export type Saving = { state: "saved" | "waiting" | "saving" | "failed" | "refused" | "held"; why: string };

export class Autosave {
  readonly #saving = signal<Saving>({ state: "saved", why: "" });
  readonly saving: ReadonlySignal<Saving> = this.#saving;
  #timer = 0;
  #since = 0;
  #last: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  #isOver = false;
  #look = 0;
  #keeping = 0;
  #isKept = true;
  readonly #ends: (() => void)[] = [];

  /** `put` shows a file's text that came from elsewhere, `onMerged` is told of files that others have changed. */
  constructor(
    readonly draft: OpenDraft,
    readonly put: (name: string, text: Content) => void,
    readonly onMerged: (names: readonly string[]) => void,
  ) {
    this.#ends.push(effect(() => {
      draft.texts.value;
      draft.held.value;
      this.#typed();
    }));
    this.#hear(document, "visibilitychange", () => { if (document.hidden) this.#leave(); });
    this.#hear(window, "pagehide", () => this.#leave());
    this.#hear(window, "beforeunload", (event) => { if (!this.#isKept && draft.unsaved.peek().length) event.preventDefault(); });
    this.#hear(window, "online", () => void this.now());
    this.#look = window.setInterval(() => void this.#seeOthers(), LOOK_MILLISECONDS);
  }

  end(): void {
    this.#isOver = true;
    clearInterval(this.#look);
    for (const end of this.#ends) end();
    this.#keep();
    void this.now();
  }

  /** Save what there is; whether all of it is saved then. */
  now(): Promise<boolean> {
    clearTimeout(this.#timer);
    const mine = this.#last.then(async () => {
      this.#isBusy = true;
      try {
        return await this.#save();
      } finally {
        this.#isBusy = false;
      }
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  #keep(): void {
    clearTimeout(this.#keeping);
    this.#keeping = 0;
    this.#isKept = keepUnsaved(this.draft);
  }

  #hear(target: EventTarget, name: string, action: (event: Event) => void): void {
    target.addEventListener(name, action);
    this.#ends.push(() => target.removeEventListener(name, action));
  }

  #typed(): void {
    this.#keeping ||= window.setTimeout(() => this.#keep(), KEEP_MILLISECONDS);
    if (!this.draft.pending.length) {
      this.#rest();
      return;
    }
    const now = Date.now();
    this.#since ||= now;
    this.#tell("waiting");
    this.#later(Math.max(0, Math.min(PAUSE_MILLISECONDS, this.#since + LONGEST_MILLISECONDS - now)));
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#isOver) this.#timer = window.setTimeout(() => void this.now(), milliseconds);
  }

  /** Nothing is to be saved: all of it is, or waits for a choice. */
  #rest(): void {
    clearTimeout(this.#timer);
    this.#since = 0;
    this.#tell(this.draft.held.peek().size ? "held" : "saved");
  }

  #tell(state: Saving["state"], why = ""): void {
    const present = this.#saving.peek();
    if (present.state !== state || present.why !== why) this.#saving.value = { state, why };
  }

  async #save(): Promise<boolean> {
    for (let round = 1; this.draft.pending.length; round++) {
      this.#tell("saving");
      this.#since = 0;
      try {
        await this.draft.save();
        break;
      } catch (error) {
        if (!isMoved(error) || round > MOST_ROUNDS) {
          this.#fail(error);
          return false;
        }
        if (!(await this.#merge())) return false;
      }
    }
    this.#keep();
    if (this.draft.pending.length) this.#typed(); // while it was saved
    else this.#rest();
    return !this.draft.unsaved.peek().length;
  }

  #fail(error: unknown): void {
    const isFinal = error instanceof Problem && [400, 403, 404, 413].includes(error.status);
    this.#tell(isFinal ? "refused" : "failed", inWords(error));
    if (!isFinal) this.#later(AGAIN_MILLISECONDS);
  }

  /** Others' changes into what is typed; whether they could be read. */
  async #merge(): Promise<boolean> {
    try {
      const changed = await this.draft.pull();
      for (const [name, text] of changed) this.put(name, text);
      if (changed.size) this.onMerged([...changed.keys()]);
      this.#keep();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** The tab is left, and perhaps closed. */
  #leave(): void {
    this.#keep();
    const bytes = this.draft.pending.reduce((sum, name) => sum + (this.draft.texts.peek().get(name) ?? "").length, 0);
    if (!this.draft.pending.length || this.#isBusy || bytes > KEEPALIVE_BYTES) return;
    clearTimeout(this.#timer);
    this.#isBusy = true;
    this.#last = this.draft.save(true)
      .catch(() => undefined) // somebody was first, or the router is away: the next look tells
      .finally(() => { this.#isBusy = false; this.#typed(); });
  }

  async #seeOthers(): Promise<void> {
    if (document.hidden || this.#isBusy || isLoginNeeded.peek()) return;
    const { account, draft_id, revision } = this.draft.facts.peek();
    try {
      const { drafts } = await ask<{ drafts: DraftFacts[] }>("drafts", { query: { account } });
      const found = drafts.find((one) => one.draft_id === draft_id);
      if (found && found.revision > revision && !this.#isBusy && this.draft.facts.peek().revision === revision) await this.#merge();
    } catch {
      // saving tells of it
    }
  }
}
