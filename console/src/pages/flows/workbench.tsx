// One draft: its files, the editor, and beside it the diagram. The diagram follows the cursor, the text follows a click, and
// what is typed is saved by itself.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, inWords, segment } from "../../api";
import { confirmed } from "../../parts/dialog";
import { go, link, replace, route } from "../../route";
import { may } from "../../session";
import { useKeys } from "../../shell/keys";
import { attempt, told } from "../../shell/toasts";
import { flowsWords } from "../../words/flows";
import { shellWords } from "../../words/shell";
import { Actions } from "./actions";
import type { Saving } from "./autosave";
import { Conflicts } from "./conflicts";
import { OpenDraft } from "./draft";
import { Files } from "./files";
import { Findings, Tests } from "./results";
import { Hours } from "./hours";
import { Picture } from "./picture";
import { Session } from "./session";
import { TextPane } from "./text_pane";
import { bringBack } from "./unsaved";

export function Workbench({ draftId }: { draftId: string }) {
  const session = useSignal<Session | null>(null);
  const error = useSignal("");
  const open = () => {
    session.peek()?.end();
    OpenDraft.open(draftId).then(
      (draft) => {
        const back = may("author") ? bringBack(draft) : [];
        session.value = new Session(draft, route.peek().query.get("file") ?? "");
        if (back.length) told(flowsWords().cameBack(back.join(", ")));
      },
      (why: unknown) => { error.value = inWords(why); },
    );
  };
  useEffect(() => {
    open();
    return () => session.peek()?.end();
  }, []);
  if (error.value) return <p class="failed" role="alert">{error.value}</p>;
  if (!session.value) return <p class="empty" role="status">{shellWords().loading}</p>;
  return <Bench key={session.value.id} session={session.value} />;
}

function Bench({ session }: { session: Session }) {
  const t = flowsWords();
  const { draft, autosave } = session;
  const save = async (): Promise<boolean> => (await autosave?.now()) ?? false;
  const unsaved = draft.unsaved.value.length;
  const account = route.value.query.get("account") ?? "";
  useEffect(() => {
    replace(link("flows", draft.facts.peek().draft_id, { file: session.file.value, account }));
  }, [session.file.value]);
  useKeys([{ keys: "t", told: () => flowsWords().runTests, run: () => void session.runTests() }]);
  const mayWrite = may("author");
  const discard = async () => {
    const reason = await confirmed(t.discardAsk(draft.facts.value.name), t.discard, true);
    if (reason === null) return;
    const path = `drafts/${segment(draft.facts.value.draft_id)}`;
    if (await attempt(() => ask(path, { method: "DELETE", query: { reason } }))) go(link("flows", "", { account }));
  };
  const review = async () => {
    if (!draft.unsaved.peek().length || await save()) go(link("change", draft.facts.value.draft_id, { account }));
  };
  return (
    <div class="bench">
      <div class="title">
        <h1>{draft.facts.value.name}</h1>
        {autosave && <Standing saving={autosave.saving.value} unsaved={unsaved} />}
        <div class="buttons">
          <a class="button" href={link("flows", "", { account })}>{t.back}</a>
          {mayWrite && <button type="button" disabled={!unsaved} onClick={() => void save().then((done) => done && told(t.saved))}>{t.save}</button>}
          {mayWrite && <button type="button" onClick={() => void session.runTests()} disabled={session.isTesting.value}>{session.isTesting.value ? t.running : t.runTests}</button>}
          {session.places.value.hours.length > 0 && <Hours session={session} />}
          {mayWrite && <button type="button" class="main" onClick={() => void review()}>{t.review}</button>}
          {mayWrite && <button type="button" onClick={() => void discard()}>{t.discard}</button>}
        </div>
      </div>
      {!mayWrite && <p class="hint">{t.readOnly}</p>}
      <Conflicts session={session} />
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

/** Whether what is typed is saved. */
function Standing({ saving, unsaved }: { saving: Saving; unsaved: number }) {
  const t = flowsWords();
  const said = { saved: t.saved, waiting: t.unsaved(unsaved), saving: t.saving, failed: t.notSaved(saving.why), refused: t.notTaken(saving.why), held: t.heldBack }[saving.state];
  const kind = { saved: "hint", waiting: "hint", saving: "hint", failed: "failed", refused: "failed", held: "paused" }[saving.state];
  return <p class={kind} role="status">{said}</p>;
}
