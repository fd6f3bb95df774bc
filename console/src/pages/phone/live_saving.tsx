// A live call that is over as a test: it is told as one, played anew on a virtual clock against the version that it had, or
// against a draft, and kept there if it passes.
import { useSignal } from "@preact/signals";
import { ask, segment } from "../../api";
import { phoneWords } from "./page_words";
import { play } from "./played";
import { Saving } from "./saving";
import type { Against } from "./setup";
import type { Live } from "./live";

export type Recorded = {
  complaint: string | null;
  phone: { flow: string; given: Record<string, unknown>; said: string[] };
};

export function LiveSaving({ live, choices }: { live: Live; choices: readonly Against[] }) {
  const t = phoneWords();
  const chosen = useSignal("");
  const complaint = useSignal("");
  const drafts = choices.filter((one) => one.draft && one.account === live.account);
  const save = async (name: string) => {
    const { phone, complaint: found } = await ask<Recorded>(`calls/${segment(live.entry_id)}/test`, { query: { account: live.account } });
    complaint.value = found ?? "";
    const against = drafts.find((one) => one.draft === chosen.peek()) ?? { account: live.account, version: live.version, draft: "", label: "" };
    return (await play({ number: 0, against, ...phone }, phone.said, { save: { name } })).saved;
  };
  return (
    <Saving draft={chosen.value || null} isReady={true} save={save}>
      {drafts.length > 0 && (
        <label>{t.savedFor}
          <select name="for" value={chosen.value} onChange={(event) => { chosen.value = event.currentTarget.value; }}>
            <option value="">{t.itsVersion(live.version.slice(0, 12))}</option>
            {drafts.map((one) => <option value={one.draft}>{one.label}</option>)}
          </select>
        </label>
      )}
      {complaint.value && <p class="failed">{t.goesElse(complaint.value)}</p>}
    </Saving>
  );
}
