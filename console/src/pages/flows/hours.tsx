// A year of the draft's opening hours as a heat map.
import { useSignal } from "@preact/signals";
import { Dialog } from "../../parts/dialog";
import { attempt } from "../../shell/toasts";
import { flowsWords } from "../../words/flows";
import type { Session } from "./session";

export function Hours({ session }: { session: Session }) {
  const t = flowsWords();
  const picture = useSignal<string | null>(null);
  const show = () => attempt(async () => {
    const text = await session.draft.ask<string>("ivr/hours");
    picture.value = `data:image/svg+xml,${encodeURIComponent(text)}`;
  });
  return (
    <>
      <button type="button" onClick={() => void show()}>{t.hours}</button>
      <Dialog title={t.hoursOf} isOpen={picture.value !== null} onClose={() => { picture.value = null; }}>
        <div class="heat" tabIndex={0} role="region" aria-label={t.hoursOf}><img src={picture.value ?? ""} alt={t.hoursOf} /></div>
      </Dialog>
    </>
  );
}
