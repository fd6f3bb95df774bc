// What one open draft's page knows: which file is shown, where the cursor is, what was found, and what the tests came to.
import { effect, signal } from "@preact/signals";
import { Transaction } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { may } from "../../session";
import { attempt, told } from "../../shell/toasts";
import { flowsWords } from "../../words/flows";
import { writtenWords } from "../../words/written";
import { Autosave } from "./autosave";
import type { OpenDraft } from "./draft";
import { type Action, type Finding, Language, uriOf } from "./language";
import { type Content, edits } from "./merge";

export type StepPlace = { step: string; file: string; line: number; column: number };
export type FlowPlaces = { flow: string; takes_calls: boolean; steps: StepPlace[] };
export type Places = { flows: FlowPlaces[]; hours: string[]; is_sound: boolean };
export type TestRun = { file: string; flow: string; name: string; passed: boolean; line: number; reason?: string; trace?: string[] };
export type TestReport = {
  passed: number;
  failed: number;
  percent: number;
  tests: TestRun[];
  reached: { flow: string; step: string; tests: number }[];
  coverage: { flow: string; percent: number; gaps: { step: string; exit: string; file: string; line: number; column: number }[] }[];
};

const FIRST = ["main.yaml", ".yaml"];
let next = 1;

export class Session {
  readonly id = next++;
  readonly language: Language;
  /** None for who may only look. */
  readonly autosave: Autosave | null;
  readonly file = signal("");
  /** Of the cursor, from 1. */
  readonly line = signal(1);
  /** Where to go once the file is shown. */
  readonly goal = signal<{ line: number; column: number } | null>(null);
  readonly places = signal<Places>({ flows: [], hours: [], is_sound: true });
  readonly chosen = signal<{ flow: string; step: string } | null>(null);
  readonly report = signal<TestReport | null>(null);
  readonly isTesting = signal(false);
  readonly offered = signal<readonly Action[] | null>(null);
  view: EditorView | null = null;
  #seeAgain: () => void;
  #shown: ((view: EditorView) => void) | null = null;

  constructor(readonly draft: OpenDraft, file: string) {
    this.language = new Language(draft, (name) => this.show(name));
    const names = [...draft.texts.peek().keys()];
    this.autosave = may("author") ? new Autosave(draft, (name, text) => this.put(name, text), (changed) => this.#merged(changed)) : null;
    this.#seeAgain = effect(() => {
      if (this.autosave?.saving.value.state !== "failed" && this.language.failure.peek()) this.language.look(0); // the router is back
    });
    this.file.value = names.find((name) => name === file) ?? FIRST.map((end) => names.find((name) => name.endsWith(end) && !name.endsWith(".test.yaml"))).find(Boolean) ?? names[0] ?? "";
  }

  end(): void {
    this.#seeAgain();
    this.autosave?.end();
    this.language.end();
  }

  /** Show a file's text that came from elsewhere: the cursor stays where it is, and undoing leaves it alone. */
  put(name: string, text: Content): void {
    const { draft, language } = this;
    const present = draft.texts.peek().get(name);
    if (text === null) {
      draft.write(name, null);
      language.files.drop(name);
      if (this.file.peek() === name) this.file.value = [...draft.texts.peek().keys()][0] ?? "";
    } else if (present === undefined) {
      draft.write(name, text);
      language.files.add(name, text);
    } else if (this.view && this.file.peek() === name) {
      this.view.dispatch({ changes: edits(this.view.state.doc.toString(), text), annotations: Transaction.addToHistory.of(false) });
    } else {
      language.files.drop(name);
      language.files.add(name, text);
      draft.write(name, text);
    }
    language.look();
  }

  #merged(names: readonly string[]): void {
    told(flowsWords().merged(writtenWords().actor(this.draft.facts.peek().changed_by), names.join(", ")));
  }

  /** Show a file; the editor of it, once it is there. */
  show(name: string): Promise<EditorView | null> {
    if (!this.draft.texts.peek().has(name)) return Promise.resolve(null);
    if (this.file.peek() === name && this.view) return Promise.resolve(this.view);
    this.file.value = name;
    return new Promise((shown) => { this.#shown = shown; });
  }

  isShown(view: EditorView): void {
    this.view = view;
    this.#shown?.(view);
    this.#shown = null;
  }

  goTo(file: string, line: number, column = 1): void {
    this.goal.value = { line, column };
    this.file.value = file;
  }

  /** The cursor moved: the diagram follows. */
  cursorAt(line: number): void {
    this.line.value = line;
    let found: { flow: string; step: string } | null = null;
    let last = 0;
    for (const { flow, steps } of this.places.peek().flows) {
      for (const one of steps) {
        if (one.file !== this.file.peek() || one.line > line || one.line < last) continue;
        last = one.line;
        found = { flow, step: one.step };
      }
    }
    const present = this.chosen.peek();
    if (found?.flow !== present?.flow || found?.step !== present?.step) this.chosen.value = found;
  }

  /** A step was clicked: the text follows. */
  toStep(flow: string, step: string): void {
    const place = this.places.peek().flows.find((one) => one.flow === flow)?.steps.find((one) => one.step === step);
    if (place) this.goTo(place.file, place.line, place.column);
  }

  async readPlaces(): Promise<void> {
    const found = await this.draft.ask<Places>("ivr/flows").catch(() => null);
    if (!found) return;
    this.places.value = found.flows.length ? found : { ...this.places.peek(), is_sound: false };
    this.cursorAt(this.line.peek());
  }

  async runTests(): Promise<void> {
    this.isTesting.value = true;
    await attempt(async () => { this.report.value = await this.draft.ask<TestReport>("ivr/tests"); });
    this.isTesting.value = false;
  }

  /** What the language server offers for a finding, or at the cursor. */
  async actionsFor(findings: readonly Finding[], range: Finding["range"], file = this.file.peek()): Promise<readonly Action[]> {
    const params = { textDocument: { uri: uriOf(file) }, range, context: { diagnostics: findings } };
    const found = await this.draft.ask<Action[] | null>("textDocument/codeAction", params);
    return (found ?? []).filter((one) => one.edit);
  }

  /** Do it, and look again. */
  take(action: Action): void {
    if (action.edit) this.language.files.apply(action.edit);
    this.language.look();
  }

  /** Take a finding's advice. */
  async advise(finding: Finding, file: string): Promise<void> {
    await attempt(async () => {
      const [first] = (await this.actionsFor([finding], finding.range, file)).filter((one) => one.diagnostics?.length);
      if (first) this.take(first);
    });
  }
}
