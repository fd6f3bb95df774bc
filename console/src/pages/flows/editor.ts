// CodeMirror for one file. It lives in a shadow root, where its styles are objects and not elements: the policy of the page
// takes no style that the router did not serve.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Finding, type Language, offset, uriOf } from "./language";

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", color: "var(--text)", backgroundColor: "var(--card)" },
  "&.cm-focused": { outline: "none" }, // its frame shows the focus: the gutter would cover a part of an outline here
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--raised) 60%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--card)", color: "var(--text)", border: "1px solid var(--line)" },
  ".cm-tooltip": { maxWidth: "36rem", maxHeight: "60vh", overflow: "auto" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionInfo": { maxWidth: "24rem", padding: ".4rem .6rem" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--on-accent)", border: "none", borderRadius: "var(--radius)", padding: ".15rem .5rem" },
  ".cm-lsp-documentation": { padding: ".3rem .6rem" },
  ".cm-button, .cm-textfield": { backgroundColor: "var(--card)", backgroundImage: "none", color: "var(--text)", border: "1px solid var(--line)" },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "light-dark(#0b5394, #7cb7f0)" },
  { tag: [tags.string, tags.special(tags.string)], color: "light-dark(#7a3e00, #e3b077)" },
  { tag: [tags.number, tags.bool, tags.keyword, tags.atom], color: "light-dark(#6a1b9a, #d0a2ec)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.brace], color: "var(--soft)" },
]);

type Wanted = {
  name: string;
  label: string;
  language: Language;
  /** [what an action is called, what it does] */
  advice: (finding: Finding) => readonly [string, () => void][];
  onCursor: (line: number) => void;
  onSave: () => void;
  onActions: () => void;
  canWrite: boolean;
};

export function makeEditor(host: HTMLElement, text: string, wanted: Wanted): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const { language, name } = wanted;
  const isFlow = name.endsWith(".yaml");
  const extensions: Extension[] = [
    lineNumbers(), foldGutter(), history(), drawSelection(), highlightSpecialChars(), indentOnInput(), bracketMatching(),
    closeBrackets(), autocompletion(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
    lintGutter(), EditorView.lineWrapping, LOOK, syntaxHighlighting(COLOURS), EditorState.tabSize.of(2),
    keymap.of([
      { key: "Mod-s", run: () => { wanted.onSave(); return true; } },
      { key: "Mod-.", run: () => { wanted.onActions(); return true; } },
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap,
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({ "aria-label": wanted.label }),
    EditorState.readOnly.of(!wanted.canWrite),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) {
        language.draft.write(name, update.state.doc.toString());
        language.look();
      }
      if (update.docChanged || update.selectionSet) wanted.onCursor(update.state.doc.lineAt(update.state.selection.main.head).number);
    }),
  ];
  if (isFlow) extensions.push(yaml(), language.client.plugin(uriOf(name), "yaml"));
  root.replaceChildren();
  const view = new EditorView({ parent: root, root, state: EditorState.create({ doc: text, extensions }) });
  view.scrollDOM.tabIndex = 0; // what scrolls can be scrolled by keys, without writing
  return view;
}

const SEVERITIES = { 1: "error", 2: "warning", 3: "info", 4: "hint" } as const;

/** Underline what is wrong, with each one's advice at hand. */
export function showFindings(view: EditorView, found: readonly Finding[], advice: Wanted["advice"]): void {
  const { doc } = view.state;
  const shown = found.map((finding): Diagnostic => ({
    from: offset(doc, finding.range.start),
    to: Math.max(offset(doc, finding.range.start), offset(doc, finding.range.end)),
    severity: SEVERITIES[finding.severity ?? 1],
    source: finding.code ?? "",
    message: finding.message,
    actions: advice(finding).map(([title, apply]) => ({ name: title, apply })),
  }));
  view.dispatch(setDiagnostics(view.state, shown));
}

/** Put the cursor at the beginning of a line, and show it in the middle. */
export function goTo(view: EditorView, line: number, column = 1): void {
  const found = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  const anchor = Math.min(found.to, found.from + column - 1);
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
}
