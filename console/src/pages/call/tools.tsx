// What can be made of a call: a test, a replay under other rules, a call by phone from one of its steps, a file.
import { useSignal } from "@preact/signals";
import { answerOf, ask, inWords, segment } from "../../api";
import { Dialog } from "../../parts/dialog";
import { save } from "../../parts/save";
import type { Call, Version } from "../../records";
import { link } from "../../route";
import { attempt } from "../../shell/toasts";
import { versionState } from "../../words/calls";
import { pageWords } from "./page_words";
import { stepName } from "./span";

type AsTest = { text: string; complaint: string | null };
type Replayed = { differs: boolean; elsewhere: boolean; not_comparable: string; assumed: number; diff: string[] };
type Draft = { draft_id: string; name: string };
type Against = { value: string; label: string };

export function Tools({ call, step }: { call: Call; step: number | null }) {
  const t = pageWords();
  const asTest = useSignal<AsTest | null>(null);
  const against = useSignal<Against[] | null>(null);
  const masks = useSignal(false);
  const path = `calls/${segment(call.entry_id)}`;
  const query = { account: call.account };
  const isOver = Boolean(call.ended && call.flow);
  const from = step === null ? undefined : call.steps[step];
  const openTest = () => attempt(async () => { asTest.value = await ask<AsTest>(`${path}/test`, { query }); });
  const openReplay = () => attempt(async () => {
    const [versions, drafts] = await Promise.all([
      ask<{ versions: Version[] }>("versions", { query }),
      ask<{ drafts: Draft[] }>("drafts", { query }),
    ]);
    against.value = [
      ...drafts.drafts.map((one) => ({ value: `draft=${one.draft_id}`, label: t.draft(one.name) })),
      ...versions.versions.map((one) => ({ value: `against=${one.version}`, label: `${one.version.slice(0, 12)} (${versionState(one.state)})` })),
    ];
  });
  const download = () => attempt(async () => {
    const answer = await answerOf(path, { query: { ...query, limit: 500, masked: masks.value ? "1" : "" } });
    save(await answer.blob(), `call-${call.entry_id.replace(/[^A-Za-z0-9]/g, "")}.json`);
  });
  return (
    <div class="tools" role="group" aria-label={t.tools}>
      <button type="button" disabled={!isOver} onClick={() => void openTest()}>{t.asTest}</button>
      <button type="button" disabled={!isOver} onClick={() => void openReplay()}>{t.replay}</button>
      {isOver && (
        <a class="button" href={link("phone", "", { call: call.entry_id, account: call.account, step: step === null ? "" : String(step) })}>
          {from ? t.simulateFrom(stepName(from)) : t.simulate}
        </a>
      )}
      <button type="button" onClick={() => void download()}>{t.export}</button>
      <label class="inline">
        <input type="checkbox" checked={masks.value} onChange={(event) => { masks.value = event.currentTarget.checked; }} /> {t.masked}
      </label>
      <TestDialog told={asTest.value} onClose={() => { asTest.value = null; }} />
      <ReplayDialog call={call} choices={against.value} onClose={() => { against.value = null; }} />
    </div>
  );
}

function TestDialog({ told, onClose }: { told: AsTest | null; onClose: () => void }) {
  const t = pageWords();
  return (
    <Dialog title={t.asTest} isOpen={told !== null} onClose={onClose}>
      {told && (
        <>
          <p class={told.complaint ? "failed" : "hint"}>{told.complaint ? t.testFails(told.complaint) : t.testPasses}</p>
          <pre class="text" tabIndex={0}>{told.text}</pre>
          <div class="buttons">
            <button type="button" class="main" onClick={() => void attempt(() => navigator.clipboard.writeText(told.text))}>{t.copy}</button>
            <button type="button" onClick={() => save(new Blob([told.text]), "recorded.test.yaml")}>{t.download}</button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function ReplayDialog({ call, choices, onClose }: { call: Call; choices: Against[] | null; onClose: () => void }) {
  const t = pageWords();
  const found = useSignal<Replayed | null>(null);
  const failure = useSignal("");
  const play = async (chosen: string) => {
    found.value = null;
    failure.value = "";
    const [name = "", value = ""] = chosen.split("=");
    try {
      found.value = await ask<Replayed>(`calls/${segment(call.entry_id)}/replay`, { query: { account: call.account, [name]: value } });
    } catch (error) {
      failure.value = inWords(error);
    }
  };
  const verdict = ({ not_comparable, differs, elsewhere }: Replayed): string =>
    not_comparable ? t.notComparable(not_comparable) : !differs ? t.sameWay : elsewhere ? t.elsewhere : t.otherWay;
  return (
    <Dialog title={t.replay} isOpen={choices !== null} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void play(String(new FormData(event.currentTarget).get("against"))); }}>
        <label>{t.against}
          <select name="against">{choices?.map((one) => <option value={one.value}>{one.label}</option>)}</select>
        </label>
        <div class="buttons"><button class="main">{t.play}</button></div>
      </form>
      {failure.value && <p class="failed" role="alert">{failure.value}</p>}
      {found.value && (
        <div role="status">
          <p><strong>{verdict(found.value)}</strong>{found.value.assumed > 0 && ` ${t.assumed(found.value.assumed)}`}</p>
          <pre class="text diff" tabIndex={0}>
            {found.value.diff.map((line) => <span class={line.startsWith("+") ? "added" : line.startsWith("-") ? "gone" : ""}>{`${line}\n`}</span>)}
          </pre>
        </div>
      )}
    </Dialog>
  );
}
