// The editor of the file that is shown.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { flowsWords } from "../../words/flows";
import { goTo, makeEditor, showFindings } from "./editor";
import type { Finding } from "./language";
import type { Session } from "./session";

type Shown = { session: Session; canWrite: boolean; onSave: () => void };

const MOST_TITLE = 60;

export function TextPane({ session, canWrite, onSave }: Shown) {
  const t = flowsWords();
  const host = useRef<HTMLDivElement>(null);
  const file = session.file.value;
  const advice = (finding: Finding): readonly [string, () => void][] => {
    if (!canWrite || !finding.data?.fix?.length) return [];
    const title = (finding.data.suggestion || t.take).split("\n")[0] ?? t.take;
    const short = title.length > MOST_TITLE ? `${title.slice(0, MOST_TITLE)}…` : title;
    return [[short, () => void session.advise(finding, session.file.peek())]];
  };
  useEffect(() => {
    const text = session.draft.texts.peek().get(file);
    if (!host.current || text === undefined) return undefined;
    const view = makeEditor(host.current, text, {
      name: file,
      label: t.editor(file),
      language: session.language,
      advice,
      canWrite,
      onSave,
      onCursor: (line) => session.cursorAt(line),
      onActions: () => void offer(session),
    });
    session.isShown(view);
    showFindings(view, session.language.findings.peek().get(file) ?? [], advice);
    const goal = session.goal.peek();
    if (goal) goTo(view, goal.line, goal.column);
    session.cursorAt(goal?.line ?? 1);
    session.goal.value = null;
    return () => {
      session.view = null;
      view.destroy();
    };
  }, [file]);
  useSignalEffect(() => {
    const found = session.language.findings.value.get(session.file.value) ?? [];
    if (session.view) showFindings(session.view, found, advice);
  });
  useSignalEffect(() => {
    const goal = session.goal.value;
    if (!goal || !session.view || session.file.peek() !== file) return;
    goTo(session.view, goal.line, goal.column);
    session.view.focus();
    session.goal.value = null;
  });
  useSignalEffect(() => {
    session.language.news.value;
    void session.readPlaces();
  });
  return <div class="editor" ref={host} />;
}

/** What can be done at the cursor, for a dialog. */
async function offer(session: Session): Promise<void> {
  const { view } = session;
  if (!view) return;
  const { doc, selection } = view.state;
  const place = (at: number) => {
    const line = doc.lineAt(at);
    return { line: line.number - 1, character: at - line.from };
  };
  const range = { start: place(selection.main.from), end: place(selection.main.to) };
  const near = (session.language.findings.peek().get(session.file.peek()) ?? [])
    .filter((one) => one.range.start.line <= range.end.line && one.range.end.line >= range.start.line);
  session.offered.value = await session.actionsFor(near, range).catch(() => []);
}
