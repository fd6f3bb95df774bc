// A call as a test that passes: to be copied, downloaded, or put into the draft that it was played against.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ask, segment } from "../../api";
import { save as saveFile } from "../../parts/save";
import { attempt, told } from "../../shell/toasts";
import { phoneWords } from "./page_words";

type Saved = { file: string; text: string };

type Shown = {
  draft: string | null;
  isReady: boolean;
  save: (name: string) => Promise<Saved | undefined>;
  /** What else is asked beside the name. */
  children?: ComponentChildren;
};

export function Saving({ draft, isReady, save, children }: Shown) {
  const t = phoneWords();
  const saved = useSignal<Saved | null>(null);
  const text = useRef<HTMLPreElement>(null);
  useEffect(() => { saved.value = null; }, [draft]); // what was made for another one
  useEffect(() => { text.current?.scrollTo(0, text.current.scrollHeight); }, [saved.value]); // the new test is the last one
  const make = (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    void attempt(async () => { saved.value = (await save(name)) ?? null; });
  };
  const put = () => attempt(async () => {
    if (!draft || !saved.value) return;
    const path = `drafts/${segment(draft)}`;
    const { revision } = await ask<{ revision: number }>(path);
    const { file, text } = saved.value;
    await ask(path, { method: "PATCH", json: { revision, files: { [file]: text } } });
    told(t.isInDraft(file));
  });
  return (
    <>
      <form class="buttons saving" aria-label={t.save} onSubmit={make}>
        <label>{t.testName} <input name="name" required maxLength={200} autocomplete="off" /></label>
        {children}
        <button disabled={!isReady}>{t.save}</button>
      </form>
      {saved.value && (
        <div class="saved">
          <p role="status">{t.saved(saved.value.file)}</p>
          <pre class="text" ref={text} tabIndex={0}>{saved.value.text}</pre>
          <div class="buttons">
            {draft && <button type="button" class="main" onClick={() => void put()}>{t.intoDraft}</button>}
            <button type="button" onClick={() => void attempt(() => navigator.clipboard.writeText(saved.value?.text ?? ""))}>{t.copy}</button>
            <button type="button" onClick={() => saved.value && saveFile(new Blob([saved.value.text]), saved.value.file)}>{t.download}</button>
          </div>
        </div>
      )}
    </>
  );
}
