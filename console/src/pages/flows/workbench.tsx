// One draft: its files, the editor, and beside it the diagram. The diagram follows the cursor, the text follows a click.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, inWords, segment } from "../../api";
import { confirmed } from "../../parts/dialog";
import { go, link, replace, route } from "../../route";
import { may } from "../../session";
import { useKeys } from "../../shell/keys";
import { attempt, complain, told } from "../../shell/toasts";
import { flowsWords } from "../../words/flows";
import { shellWords } from "../../words/shell";
import { Actions } from "./actions";
import { OpenDraft, type WholeDraft, isMoved } from "./draft";
import { Files } from "./files";
import { Findings, Tests } from "./results";
import { Hours } from "./hours";
import { Picture } from "./picture";
import { Session } from "./session";
import { TextPane } from "./text_pane";

export function Workbench({ draftId }: { draftId: string }) {
  const session = useSignal<Session | null>(null);
  const error = useSignal("");
  const open = () => {
    session.peek()?.end();
    OpenDraft.open(draftId).then(
      (draft) => { session.value = new Session(draft, route.peek().query.get("file") ?? ""); },
      (why: unknown) => { error.value = inWords(why); },
    );
  };
  useEffect(() => {
    open();
    return () => session.peek()?.end();
  }, []);
  if (error.value) return <p class="failed" role="alert">{error.value}</p>;
  if (!session.value) return <p class="empty" role="status">{shellWords().loading}</p>;
  return <Bench key={session.value.id} session={session.value} onReread={open} />;
}

function Bench({ session, onReread }: { session: Session; onReread: () => void }) {
  const t = flowsWords();
  const { draft } = session;
  const isMovedAway = useSignal(false);
  const save = async (): Promise<boolean> => {
    try {
      await draft.save();
      isMovedAway.value = false;
      return true;
    } catch (error) {
      if (isMoved(error)) isMovedAway.value = true;
      else complain(error);
      return false;
    }
  };
  const saveOver = async () => {
    await attempt(async () => {
      const { revision } = await ask<WholeDraft>(`drafts/${segment(draft.facts.peek().draft_id)}`);
      draft.facts.value = { ...draft.facts.peek(), revision };
    });
    await save();
  };
  const unsaved = draft.unsaved.value.length;
  useEffect(() => {
    replace(link("flows", draft.facts.peek().draft_id, { file: session.file.value }));
  }, [session.file.value]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => { if (draft.unsaved.peek().length) event.preventDefault(); };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, []);
  useKeys([{ keys: "t", told: () => flowsWords().runTests, run: () => void session.runTests() }]);
  const mayWrite = may("author");
  const discard = async () => {
    const reason = await confirmed(t.discardAsk(draft.facts.value.name), t.discard, true);
    if (reason === null) return;
    const path = `drafts/${segment(draft.facts.value.draft_id)}`;
    if (await attempt(() => ask(path, { method: "DELETE", query: { reason } }))) go(link("flows"));
  };
  const review = async () => {
    if (await save()) go(link("change", draft.facts.value.draft_id));
  };
  return (
    <div class="bench">
      <div class="title">
        <h1>{draft.facts.value.name}</h1>
        <p class={unsaved ? "paused" : "hint"} role="status">{unsaved ? t.unsaved(unsaved) : t.saved}</p>
        <div class="buttons">
          <a class="button" href={link("flows")}>{t.back}</a>
          {mayWrite && <button type="button" disabled={!unsaved} onClick={() => void save().then((done) => done && told(t.saved))}>{t.save}</button>}
          {mayWrite && <button type="button" onClick={() => void session.runTests()} disabled={session.isTesting.value}>{session.isTesting.value ? t.running : t.runTests}</button>}
          {session.places.value.hours.length > 0 && <Hours session={session} />}
          {mayWrite && <button type="button" class="main" onClick={() => void review()}>{t.review}</button>}
          {mayWrite && <button type="button" onClick={() => void discard()}>{t.discard}</button>}
        </div>
      </div>
      {!mayWrite && <p class="hint">{t.readOnly}</p>}
      {isMovedAway.value && (
        <p class="failed" role="alert">
          {t.moved} <button type="button" onClick={onReread}>{t.readAgain}</button> <button type="button" onClick={() => void saveOver()}>{t.saveOver}</button>
        </p>
      )}
      {session.language.failure.value && <p class="failed" role="alert">{session.language.failure.value}</p>}
      <div class="panes">
        <Files session={session} mayWrite={mayWrite} />
        <TextPane session={session} canWrite={mayWrite} onSave={() => void save()} />
        <Picture session={session} />
      </div>
      <p class="hint keys">{t.keysHint}</p>
      <Findings session={session} />
      <Tests session={session} />
      <Actions session={session} />
    </div>
  );
}
