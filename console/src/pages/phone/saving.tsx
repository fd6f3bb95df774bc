// A call that was played as a test that passes: to be copied, downloaded, or put into the draft that it was played against.
import { useSignal } from "@preact/signals";
import { ask, segment } from "../../api";
import { save as saveFile } from "../../parts/save";
import { attempt, told } from "../../shell/toasts";
import { phoneWords, type Played } from "../phone";

export function Saving({ now, save }: { now: Played; save: (name: string) => Promise<Played> }) {
  const t = phoneWords();
  const saved = useSignal<Played["saved"] | null>(null);
  const make = (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    void attempt(async () => { saved.value = (await save(name)).saved ?? null; });
  };
  const put = () => attempt(async () => {
    if (!now.draft || !saved.value) return;
    const path = `drafts/${segment(now.draft)}`;
    const { revision } = await ask<{ revision: number }>(path);
    const { file, text } = saved.value;
    await ask(path, { method: "PATCH", json: { revision, files: { [file]: text } } });
    told(t.isInDraft(file));
  });
  return (
    <>
      <form class="buttons saving" onSubmit={make}>
        <label>{t.testName} <input name="name" required maxLength={200} autocomplete="off" /></label>
        <button disabled={now.lookup !== null}>{t.save}</button>
      </form>
      {saved.value && (
        <div class="saved">
          <p role="status">{t.saved(saved.value.file)}</p>
          <pre class="text" tabIndex={0}>{saved.value.text}</pre>
          <div class="buttons">
            {now.draft && <button type="button" class="main" onClick={() => void put()}>{t.intoDraft}</button>}
            <button type="button" onClick={() => void attempt(() => navigator.clipboard.writeText(saved.value?.text ?? ""))}>{t.copy}</button>
            <button type="button" onClick={() => saved.value && saveFile(new Blob([saved.value.text]), saved.value.file)}>{t.download}</button>
          </div>
        </div>
      )}
    </>
  );
}
