// What knows the language, for CodeMirror's client of the Language Server Protocol: a transport that puts each question to
// the router by a request of its own (decision 0141), and a workspace of all files of the draft.
import { LSPClient, LSPPlugin, Workspace, type WorkspaceFile, findReferencesKeymap, formatKeymap, hoverTooltips, jumpToDefinitionKeymap, renameKeymap, serverCompletion } from "@codemirror/lsp-client";
import { ChangeSet, Text, type TransactionSpec } from "@codemirror/state";
import { type EditorView, keymap } from "@codemirror/view";
import { effect, signal } from "@preact/signals";
import { inWords } from "../../api";
import { language } from "../../language";
import type { OpenDraft } from "./draft";

const ROOT = "file:///draft/";
const PAUSE_MILLISECONDS = 180; // in typing, before findings are asked for
const PATIENCE_MILLISECONDS = 60_000; // what is asked by fetch ends by itself

export type Place = { line: number; character: number };
export type Range = { start: Place; end: Place };
export type Finding = {
  range: Range;
  message: string;
  severity?: 1 | 2 | 3 | 4;
  code?: string;
  data?: { fix?: unknown[]; suggestion?: string };
};
export type TextEdit = { range: Range; newText: string };
export type WorkspaceEdit = {
  changes?: Record<string, TextEdit[]>;
  documentChanges?: ({ textDocument: { uri: string }; edits: TextEdit[] } | { kind: string; uri: string })[];
};
export type Action = { title: string; edit?: WorkspaceEdit; diagnostics?: Finding[] };

export const uriOf = (name: string) => ROOT + name.split("/").map(encodeURIComponent).join("/");
export const nameOf = (uri: string) => decodeURIComponent(uri.replace(ROOT, ""));

const CAPABILITIES = {
  textDocumentSync: 1,
  completionProvider: { triggerCharacters: [" ", ".", ":", "{", "[", '"', "-", "$"] },
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: true,
  documentFormattingProvider: true,
};

/** The language of one draft, for the one editor that the page has. */
export class Language {
  readonly findings = signal<ReadonlyMap<string, readonly Finding[]>>(new Map());
  /** How often findings have come: what is drawn of the draft may be drawn anew. */
  readonly news = signal(0);
  readonly failure = signal("");
  readonly client: LSPClient;
  readonly files: DraftFiles;
  #timer = 0;
  #running: AbortController | null = null;
  readonly #quiet: () => void;

  constructor(readonly draft: OpenDraft, show: (name: string) => Promise<EditorView | null>) {
    let files!: DraftFiles;
    this.client = new LSPClient({
      workspace: (client) => (files = new DraftFiles(client, draft, show)),
      timeout: PATIENCE_MILLISECONDS,
      sanitizeHTML: withoutHarm,
      extensions: [
        serverCompletion(),
        hoverTooltips(),
        keymap.of([...formatKeymap, ...renameKeymap, ...jumpToDefinitionKeymap, ...findReferencesKeymap]),
      ],
    });
    this.files = files;
    this.client.connect(this.#transport());
    this.#quiet = effect(() => {
      language.value; // findings come in it
      this.look(0);
    });
  }

  /** Ask for findings, once nothing was typed for a moment. */
  look(after = PAUSE_MILLISECONDS): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#find(), after);
  }

  end(): void {
    this.#quiet();
    clearTimeout(this.#timer);
    this.#running?.abort();
  }

  async #find(): Promise<void> {
    this.#running?.abort();
    const mine = (this.#running = new AbortController());
    try {
      const found = await this.draft.ask<Record<string, Finding[]>>("ivr/findings", null, mine.signal);
      if (mine.signal.aborted) return;
      this.findings.value = new Map(Object.entries(found).map(([uri, ones]) => [nameOf(uri), ones]));
      this.failure.value = "";
      this.news.value += 1;
    } catch (error) {
      if (!mine.signal.aborted) this.failure.value = inWords(error);
    }
  }

  #transport() {
    const hearers = new Set<(message: string) => void>();
    const tell = (message: object) => {
      for (const hear of hearers) hear(JSON.stringify({ jsonrpc: "2.0", ...message }));
    };
    return {
      subscribe: (hear: (message: string) => void) => void hearers.add(hear),
      unsubscribe: (hear: (message: string) => void) => void hearers.delete(hear),
      send: (message: string) => {
        const { id, method, params } = JSON.parse(message) as { id?: number; method: string; params: unknown };
        if (id === undefined) return; // what is typed goes with each question
        if (method === "initialize") {
          queueMicrotask(() => tell({ id, result: { capabilities: CAPABILITIES } }));
          return;
        }
        this.draft.ask(method, params).then(
          (result) => tell({ id, result: result ?? null }),
          (error: unknown) => {
            // Nobody asked for what a pointer hovers over; the findings tell that the router is away.
            if (method === "textDocument/hover") tell({ id, result: null });
            else tell({ id, error: { code: -32803, message: inWords(error) } });
          },
        );
      },
    };
  }
}

class DraftFile implements WorkspaceFile {
  languageId = "yaml";
  version = 1;
  view: EditorView | null = null;
  constructor(readonly uri: string, public doc: Text) {}
  getView() {
    return this.view;
  }
}

/** All files of the draft, so that a new name reaches those that no editor shows. */
export class DraftFiles extends Workspace {
  files: DraftFile[] = [];

  constructor(client: LSPClient, readonly draft: OpenDraft, readonly show: (name: string) => Promise<EditorView | null>) {
    super(client);
    for (const [name, text] of draft.texts.peek()) this.add(name, text);
  }

  add(name: string, text: string): DraftFile {
    const file = new DraftFile(uriOf(name), Text.of(text.split("\n")));
    this.files.push(file);
    return file;
  }

  drop(name: string): void {
    this.files = this.files.filter((file) => file.uri !== uriOf(name));
  }

  override connected(): void {}

  syncFiles() {
    const updates = [];
    for (const file of this.files) {
      const plugin = file.view && LSPPlugin.get(file.view);
      if (!plugin || !file.view || plugin.unsyncedChanges.empty) continue;
      updates.push({ file, prevDoc: file.doc, changes: plugin.unsyncedChanges });
      file.doc = file.view.state.doc;
      file.version += 1;
      plugin.clear();
    }
    return updates;
  }

  openFile(uri: string, _language: string, view: EditorView): void {
    const file = (this.getFile(uri) as DraftFile | null) ?? this.add(nameOf(uri), view.state.doc.toString());
    file.view = view;
    file.doc = view.state.doc;
  }

  closeFile(uri: string): void {
    const file = this.getFile(uri) as DraftFile | null;
    if (file) file.view = null;
  }

  override updateFile(uri: string, update: TransactionSpec): void {
    const file = this.getFile(uri) as DraftFile | null;
    if (!file) return;
    if (file.view) {
      file.view.dispatch(update);
      return;
    }
    file.doc = ChangeSet.of(update.changes ?? [], file.doc.length).apply(file.doc);
    this.draft.write(nameOf(uri), file.doc.toString());
  }

  /** Do what an action of the language server says, in all files. */
  apply(edit: WorkspaceEdit): void {
    const all = new Map(Object.entries(edit.changes ?? {}));
    for (const one of edit.documentChanges ?? []) {
      if ("edits" in one) all.set(one.textDocument.uri, [...(all.get(one.textDocument.uri) ?? []), ...one.edits]);
    }
    for (const [uri, edits] of all) {
      const file = (this.getFile(uri) as DraftFile | null) ?? this.add(nameOf(uri), "");
      const doc = file.view?.state.doc ?? file.doc;
      this.updateFile(uri, {
        changes: edits.map(({ range, newText }) => ({ from: offset(doc, range.start), to: offset(doc, range.end), insert: newText })),
        userEvent: "advice",
      });
    }
  }

  override displayFile(uri: string): Promise<EditorView | null> {
    return this.show(nameOf(uri));
  }
}

/** Where a place of the protocol is in a text; one behind its end is its end. */
export function offset(doc: Text, place: Place): number {
  if (place.line >= doc.lines) return doc.length;
  const line = doc.line(place.line + 1);
  return Math.min(line.to, line.from + place.character);
}

const PLAIN = new Set(["P", "CODE", "PRE", "STRONG", "EM", "UL", "OL", "LI", "BR", "HR", "H1", "H2", "H3", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "SPAN"]);

/** Documentation without anything that acts: a draft's comments and names are somebody else's words. */
function withoutHarm(html: string): string {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const element of [...body.querySelectorAll("*")]) {
    if (!PLAIN.has(element.tagName)) element.replaceWith(element.textContent ?? "");
    else for (const { name } of [...element.attributes]) if (name !== "class") element.removeAttribute(name);
  }
  const writer = new XMLSerializer();
  return [...body.childNodes].map((node) => writer.serializeToString(node)).join("");
}
